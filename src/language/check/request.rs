//! A request written in place, `invoke GET "https://…"`: a service of one operation that takes nothing and brings nothing, under
//! a name that says all of it.

use crate::language::check::exprs::Exprs;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::expr::Expr;
use crate::language::flow::prompt::Prompt;
use crate::language::flow::service::{Method, Service};
use crate::language::flow::state::Kind;
use crate::language::source::Word;
use crate::language::syntax::ast;

/// The methods of a first try; the others are operations of a service.
const METHODS: [Method; 2] = [Method::Get, Method::Post];

/// The name of the service that a request in place is.
pub fn name(method: &Word, url: &Word, written: &ast::State, exprs: &mut Exprs) -> Option<String> {
    let nothing = "a request in place takes nothing along and brings nothing back";
    let help = "put the request into a service of the project, which types its arguments and its answer";
    if let Some((name, _)) = written.args.first() {
        let message = format!("unknown argument `{}`", name.value);
        exprs.findings.push(Diagnostic::new(Code::F0101, message, name.span, nothing).help(help));
    }
    if let Some(save) = &written.save {
        exprs.findings.push(Diagnostic::new(Code::F0101, "there is no result to save", save.span, nothing).help(help));
    }
    let Some(known) = Method::from_word(&method.value).filter(|method| METHODS.contains(method)) else {
        let message = format!("`{}` is not a method of a request in place", method.value);
        let label = "neither GET nor POST";
        return exprs.refuse(Diagnostic::new(Code::F0814, message, method.span, label).help(help));
    };
    if let Err(wrong) = Service::in_place(known, &url.value) {
        let finding = Diagnostic::new(Code::F0801, "not the address of a service", url.span, wrong.to_string());
        return exprs.refuse(finding.help("write it like `https://crm.example.com/hours`"));
    }
    (written.args.is_empty() && written.save.is_none()).then(|| format!("{} {}", known.word(), url.value))
}

/// The state that makes it.
pub fn invoke(service: String, meanwhile: Option<Prompt>, once: Option<Expr>, timeout: Option<Expr>) -> Kind {
    Kind::Invoke { service, operation: String::new(), args: Vec::new(), save: None, meanwhile, once, timeout }
}

/// The service of such a name; `None` for any other name.
#[must_use]
pub fn service(name: &str) -> Option<Service> {
    let (method, url) = name.split_once(' ')?;
    let service = Service::in_place(Method::from_word(method)?, url).ok()?;
    Some(Service { name: name.to_owned(), ..service })
}

//! Headers of an `add` or a `transfer`: names that can be sent, values that are texts, and what a SIP header holds where a phone
//! is called.

use crate::language::check::exprs::Exprs;
use crate::language::check::given::known;
use crate::language::check::states::option;
use crate::language::check::trust::Place;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::expr::Expr;
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::{Span, Word};
use crate::language::syntax::ast;
use crate::platform::headers::{self, Kind};

/// The headers of a state whose call goes to `to`.
pub(super) fn headers(written: &ast::State, to: Option<&ast::Value>, exprs: &mut Exprs) -> Option<Vec<(String, Expr)>> {
    let Some(ast::Value::Headers(all, _)) = option(written, "headers") else { return Some(Vec::new()) };
    let kind = to.and_then(|to| kind(to, exprs));
    let before = exprs.findings.len();
    let mut headers: Vec<(String, Expr)> = Vec::new();
    for (name, value) in all {
        exprs.findings.extend(wrong_name(name, kind));
        if headers.iter().any(|(first, _)| first.eq_ignore_ascii_case(&name.value)) {
            let message = format!("header `{}` stands twice", name.value);
            exprs.findings.push(Diagnostic::new(Code::F0103, message, name.span, "the second time"));
        }
        if let Some(expr) = exprs.check_at(value, &Type::Text, Place::Header) {
            if let Some(Value::Text(text)) = known(&expr) {
                exprs.findings.extend(wrong_value(&text, value.span.0, kind));
            }
            headers.push((name.value.clone(), expr));
        }
    }
    exprs.findings.extend(too_many(all.iter().map(|(name, _)| name), kind));
    (exprs.findings.len() == before && headers.len() == all.len()).then_some(headers)
}

/// What kind of headers a target takes; `None` where the call decides who it is.
fn kind(to: &ast::Value, exprs: &Exprs) -> Option<Kind> {
    let ty = match to {
        ast::Value::Literal(word) => return Some(Kind::of(&word.value)),
        ast::Value::Expr(expr) => {
            let mut aside = Exprs::new(exprs.names);
            aside.known.clone_from(&exprs.known);
            aside.infer(expr)?.ty
        }
        _ => return None,
    };
    match ty.present() {
        Type::Phone => Some(Kind::Sip),
        Type::AcsUser => Some(Kind::Voip),
        _ => None,
    }
}

fn wrong_name(name: &Word, kind: Option<Kind>) -> Option<Diagnostic> {
    let most = headers::longest_name(&name.value, kind);
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let fits = !name.value.is_empty() && name.value.len() <= most && name.value.bytes().all(plain);
    let message = format!("`{}` cannot name a header", name.value);
    let finding = || Diagnostic::new(Code::F0108, message, name.span, "not sent as written");
    (!fits).then(|| finding().help(format!("letters, digits, `-`, `_` and `.`, at most {most}")))
}

fn wrong_value(text: &str, span: Span, kind: Option<Kind>) -> Option<Diagnostic> {
    let most = headers::longest_value(kind);
    if text.len() > most {
        let message = format!("a header of {} bytes", text.len());
        return Some(Diagnostic::new(Code::F0404, message, span, format!("at most {most}")));
    }
    let odd = text.chars().find(|c| !headers::may_stand(*c, kind))?;
    let message = format!("`{odd}` cannot stand in a header of a phone call");
    let finding = Diagnostic::new(Code::F0401, message, span, "not sent as written");
    Some(finding.help("a SIP header holds letters, digits and `= ; . ! % * _ + ~ -`"))
}

/// SIP headers of one's own are few.
fn too_many<'a>(names: impl Iterator<Item = &'a Word>, kind: Option<Kind>) -> Option<Diagnostic> {
    let own = names.filter(|name| !headers::is_user_to_user(&name.value));
    let most = headers::most(kind);
    let one_more = own.skip(most).next()?;
    let finding = Diagnostic::new(Code::F0404, "too many headers", one_more.span, format!("at most {most} are sent"));
    Some(match kind {
        Some(Kind::Sip) => finding.help("a phone call carries five headers of your own, and `User-To-User` besides"),
        Some(Kind::Voip) | None => finding,
    })
}

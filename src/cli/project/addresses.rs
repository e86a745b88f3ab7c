//! The addresses of services that settings give.

use crate::cli::project::Project;
use crate::language::compile;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::origin::Origin;
use crate::language::source::Span;
use std::collections::BTreeMap;

/// Texts of `flowc.toml` that a service has for its address and that are none.
#[must_use]
pub fn findings(project: &Project, compiled: &compile::Project) -> Vec<Diagnostic> {
    let mut read: BTreeMap<&str, &str> = BTreeMap::new();
    for program in compiled.flows.iter().filter_map(|flow| flow.program.as_ref()) {
        for service in program.services.values() {
            if let Expr::Read(Slot::Setting(setting)) = &service.url {
                read.entry(setting).or_insert(&service.name);
            }
        }
    }
    read.into_iter().filter_map(|(setting, service)| finding(project, setting, service)).collect()
}

fn finding(project: &Project, setting: &str, service: &str) -> Option<Diagnostic> {
    let why = match Origin::parse(project.file.settings.get(setting)?.as_str()?) {
        Ok(origin) if origin.secure || origin.host.is_loopback() => return None,
        Ok(_) => "plain http is for this machine alone".to_owned(),
        Err(why) => why.to_string(),
    };
    let place = project.file.places.get(setting)?;
    let span = Span::new(project.file_id?, place.start, place.end);
    let message = format!("`{setting}` is not the address of service `{service}`");
    Some(Diagnostic::new(Code::F0801, message, span, why).help("write it like `https://crm.example.com/api`"))
}

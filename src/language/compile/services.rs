//! The services of a project, with the documents they import.

use crate::language::check::calendar::Calendar;
use crate::language::check::lent::Lent;
use crate::language::check::service::{self, Service};
use crate::language::compile::Input;
use crate::language::diagnostic::{Code, Diagnostic, has_errors, near};
use crate::language::source::{FileId, Sources, Word};
use crate::language::syntax;
use crate::language::syntax::openapi::Imported;
use crate::language::syntax::service::Import;
use std::collections::BTreeMap;

/// Reads and checks every service; also whether one could not be read at all.
pub(super) fn read(sources: &Sources, input: &Input, diagnostics: &mut Vec<Diagnostic>) -> (Vec<Service>, bool) {
    let mut services = Vec::new();
    let mut lost = false;
    for file in &input.services {
        let (written, mut found) = syntax::read_service(sources, *file);
        let imported = written.as_ref().and_then(|written| written.openapi.as_ref());
        let imported = imported.map(|import| self::import(sources, input, import, &mut found));
        let incomplete = has_errors(&found) || matches!(imported, Some(None));
        match written {
            Some(written) => {
                let imported = imported.flatten().unwrap_or_default();
                services.push(service::check(&written, imported, incomplete, &mut found));
            }
            None => lost = true,
        }
        diagnostics.extend(found);
    }
    (services, lost)
}

fn import(sources: &Sources, input: &Input, import: &Import, found: &mut Vec<Diagnostic>) -> Option<Imported> {
    let Some(path) = within_project(&import.file) else {
        let message = format!("`{}` is no file of the project", import.file.value);
        let finding = Diagnostic::new(Code::F0810, message, import.file.span, "it leads out of the project's folder");
        found.push(finding.help("put the document into the project, and write its path from the project's folder"));
        return None;
    };
    let Some(file) = input.documents.get(path) else {
        let message = format!("there is no `{path}`");
        let near = near(path, input.documents.keys().map(String::as_str));
        let finding = Diagnostic::new(Code::F0810, message, import.file.span, "no such file in the project");
        found.push(finding.help("write the path from the project's folder").meant(&import.file.value, near));
        return None;
    };
    let (imported, more) = syntax::read_openapi(sources, *file, import.operations.as_deref());
    found.extend(more);
    imported
}

/// The document that a service names, as a path within the project; `None` when it leads out of it.
#[must_use]
pub fn within_project(file: &Word) -> Option<&str> {
    let path = file.value.strip_prefix("./").unwrap_or(&file.value);
    let plain = |step: &str| !step.is_empty() && step != "." && step != ".." && !step.contains(['\\', ':', '\0']);
    path.split('/').all(plain).then_some(path)
}

/// The documents that a service file names.
#[must_use]
pub fn documents(sources: &Sources, file: FileId) -> Vec<String> {
    let (service, _) = syntax::read_service(sources, file);
    let import = service.and_then(|service| service.openapi);
    import.iter().filter_map(|import| within_project(&import.file)).map(str::to_owned).collect()
}

/// What services and calendars lend to the flows that use them.
pub(super) fn lent(services: &BTreeMap<String, Service>, calendars: &BTreeMap<String, Calendar>) -> Lent {
    let mut lent = Lent::default();
    for (name, calendar) in calendars {
        calendar.hours.keys().for_each(|hours| lent.add_hours(name, hours));
    }
    for (name, service) in services {
        lent.add_service(name);
        if service.incomplete {
            lent.add_unread(name);
        }
        for (ty, entry) in &service.types {
            match &entry.value {
                Some(value) => lent.add_type(name, ty, value.clone()),
                None => lent.add_lost(name, ty),
            }
        }
        for (constant, entry) in &service.constants {
            match &entry.value {
                Some((ty, value)) => lent.add_constant(name, &[constant], ty.clone(), value.clone()),
                None => lent.add_lost(name, constant),
            }
        }
    }
    lent
}

//! The text of a service file to [`Service`].

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{FileId, Spanned, Word};
use crate::language::syntax::ast::{TypeExpr, TypeKind};
use crate::language::syntax::error;
use crate::language::syntax::service::{Arg, Constant, ConstantKind, Import, Operation, Outcome, Service};
use crate::language::syntax::yaml::faults;
use crate::language::syntax::yaml::shapes::Shapes;
use crate::language::syntax::yaml::tree::{Entry, Node, NodeKind};

const FIELDS: &[&str] = &["service", "url", "headers", "types", "constants", "operations", "openapi"];
const OPERATION_FIELDS: &[&str] =
    &["args", "max_bytes", "method", "ok", "outcomes", "path", "retry", "safe_to_repeat", "timeout", "untrusted"];
const OPERATIONS: &str = "`find: { args: { account: digits(8) }, ok: Customer, outcomes: [missing] }`";

/// Reads a service; `None` when it does not even say its name.
pub(crate) fn read(text: &str, file: FileId) -> (Option<Service>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let document = faults::read(text, file, &mut found);
    let shapes = Shapes { text, file, comments: document.comments, blanked: document.blanked, found };
    let mut reader = Reader { shapes };
    let service = match document.root {
        Some(root) => reader.top(&root, file),
        None => reader.shapes.nothing("service", "`service: crm`"),
    };
    (service, reader.shapes.found)
}

struct Reader<'a> {
    shapes: Shapes<'a>,
}

impl Reader<'_> {
    fn top(&mut self, root: &Node, file: FileId) -> Option<Service> {
        let entries = self.shapes.map(root, "a service", "`service: crm`")?;
        let Some(name) = entries.iter().find(|entry| entry.key.value == "service") else {
            self.shapes.missing("service", root.span, "`service: crm`");
            return None;
        };
        let name = self.shapes.word(&name.value, "a name", "`service: crm`")?;
        self.shapes.found.extend(error::bad_name(&name));
        let mut service = Service {
            file,
            name,
            url: None,
            headers: Vec::new(),
            types: Vec::new(),
            constants: Vec::new(),
            operations: Vec::new(),
            openapi: None,
        };
        for entry in entries {
            self.field(entry, &mut service);
        }
        if !entries.iter().any(|entry| entry.key.value == "url") && !self.shapes.lost_within(root.span) {
            self.shapes.missing("url", root.span, "`url: =settings.crm_url`");
        }
        Some(service)
    }

    fn field(&mut self, entry: &Entry, service: &mut Service) {
        let value = &entry.value;
        match entry.key.value.as_str() {
            "service" => {}
            "url" => service.url = self.shapes.literal(value, "an address", "`url: =settings.crm_url`"),
            "headers" => {
                let example = "`headers: { Authorization: =settings.crm_key }`";
                for entry in self.shapes.map(value, "headers with their values", example).unwrap_or_default() {
                    let value = self.shapes.literal(&entry.value, "a value of a header", example);
                    service.headers.extend(value.map(|value| (entry.key.clone(), value)));
                }
            }
            "types" => {
                let example = "`types: { Team: { id: text, number: phone } }`";
                for entry in self.shapes.map(value, "types by name", example).unwrap_or_default() {
                    self.shapes.found.extend(bad_type_name(&entry.key));
                    service.types.extend(self.ty(&entry.value).map(|ty| (entry.key.clone(), ty)));
                }
            }
            "constants" => {
                let example = "`constants: { desks: { sales: \"+441632960201\" } }`";
                for entry in self.shapes.map(value, "constants by name", example).unwrap_or_default() {
                    self.shapes.found.extend(error::bad_choice_name(&entry.key));
                    service.constants.extend(self.constant(&entry.value).map(|value| (entry.key.clone(), value)));
                }
            }
            "operations" => {
                for entry in self.shapes.map(value, "operations by name", OPERATIONS).unwrap_or_default() {
                    self.shapes.found.extend(error::bad_choice_name(&entry.key));
                    service.operations.extend(self.operation(entry));
                }
            }
            "openapi" => service.openapi = self.import(value),
            _ => self.shapes.unknown(&entry.key, "a service", FIELDS),
        }
    }

    fn import(&mut self, value: &Node) -> Option<Import> {
        let example = "`openapi: crm.json` or `openapi: { file: crm.json, operations: [find] }`";
        let NodeKind::Map(fields) = &value.kind else {
            let file = self.shapes.word(value, "a file", example)?;
            return Some(Import { file, operations: None });
        };
        let (mut file, mut operations) = (None, None);
        for field in fields {
            match field.key.value.as_str() {
                "file" => file = self.shapes.word(&field.value, "a file", example),
                "operations" => {
                    let list = self.shapes.list(&field.value, "a list of operations", example);
                    let words = list.unwrap_or_default().iter();
                    operations = Some(words.filter_map(|one| self.shapes.word(one, "a name", example)).collect());
                }
                _ => self.shapes.unknown(&field.key, "`openapi`", &["file", "operations"]),
            }
        }
        if !fields.iter().any(|field| field.key.value == "file") {
            self.shapes.missing("file", value.span, example);
        }
        Some(Import { file: file?, operations })
    }

    fn operation(&mut self, entry: &Entry) -> Option<Operation> {
        let mut operation = Operation::named(entry.key.clone());
        if matches!(&entry.value.kind, NodeKind::Scalar(scalar) if scalar.plain && scalar.text == "true") {
            return Some(operation);
        }
        for field in self.shapes.map(&entry.value, "an operation", OPERATIONS)? {
            let value = &field.value;
            match field.key.value.as_str() {
                "args" => operation.args = Some(self.args(value)),
                "max_bytes" => operation.max_bytes = self.shapes.word(value, "a number of bytes", "`max_bytes: 65536`"),
                "method" => operation.method = self.shapes.word(value, "a method", "`method: GET`"),
                "ok" => operation.ok = self.ty(value),
                "outcomes" => operation.outcomes = Some(self.outcomes(value)),
                "path" => operation.path = self.shapes.word(value, "a path", "`path: /customers/{account}`"),
                "retry" => operation.retry = self.shapes.word(value, "`never`", "`retry: never`"),
                "safe_to_repeat" => operation.safe_to_repeat = self.flag(value, "`safe_to_repeat: true`"),
                "timeout" => operation.timeout = self.shapes.word(value, "a duration", "`timeout: 3s`"),
                "untrusted" => operation.untrusted = self.flag(value, "`untrusted: true`"),
                _ => self.shapes.unknown(&field.key, "an operation", OPERATION_FIELDS),
            }
        }
        Some(operation)
    }

    fn args(&mut self, value: &Node) -> Vec<Arg> {
        let example = "`args: { account: digits(8), pin: secret digits(4) }`";
        let mut args = Vec::new();
        for entry in self.shapes.map(value, "arguments with their types", example).unwrap_or_default() {
            self.shapes.found.extend(error::bad_choice_name(&entry.key));
            let ty = self.ty(&entry.value);
            args.extend(ty.map(|ty| Arg { name: entry.key.clone(), ty, wire: None, in_query: false }));
        }
        args
    }

    /// `[missing, taken]` or `{ missing: 404, taken: 409 }`.
    fn outcomes(&mut self, value: &Node) -> Vec<Outcome> {
        let example = "`outcomes: [missing]` or `outcomes: { missing: 404 }`";
        let mut outcomes = Vec::new();
        match &value.kind {
            NodeKind::List(list) => {
                for node in list {
                    let name = self.shapes.word(node, "a name", example);
                    outcomes.extend(name.map(|name| Outcome { name, status: None }));
                }
            }
            NodeKind::Map(entries) => {
                for entry in entries {
                    let status = self.shapes.word(&entry.value, "a status", "`missing: 404`");
                    outcomes.push(Outcome { name: entry.key.clone(), status });
                }
            }
            _ => self.shapes.other(value, "a list of outcomes", example),
        }
        for outcome in &outcomes {
            self.shapes.found.extend(error::bad_choice_name(&outcome.name));
        }
        outcomes
    }

    fn flag(&mut self, value: &Node, example: &str) -> Option<Spanned<bool>> {
        let word = self.shapes.word(value, "`true` or `false`", example)?;
        let flag = match word.value.as_str() {
            "true" => true,
            "false" => false,
            other => {
                let message = format!("`{}` is neither `true` nor `false`", error::short(other));
                self.shapes.found.push(Diagnostic::new(Code::F0401, message, word.span, "not a yes or a no"));
                return None;
            }
        };
        Some(Spanned::new(flag, word.span))
    }

    /// A type; the fields of a record are names that an expression can read.
    fn ty(&mut self, value: &Node) -> Option<TypeExpr> {
        let ty = self.shapes.ty(value)?;
        let mut bad = Vec::new();
        bad_fields(&ty, &mut bad);
        self.shapes.found.extend(bad);
        Some(ty)
    }

    /// A constant as it stands; what it means is found out by `check`.
    fn constant(&mut self, node: &Node) -> Option<Constant> {
        let kind = match &node.kind {
            NodeKind::Scalar(scalar) => ConstantKind::Scalar { text: scalar.text.clone(), plain: scalar.plain },
            NodeKind::List(list) => ConstantKind::List(list.iter().filter_map(|one| self.constant(one)).collect()),
            NodeKind::Map(entries) => {
                let named = |name: &str| entries.iter().find(|entry| entry.key.value == name);
                if let (Some(ty), Some(value), 2) = (named("type"), named("value"), entries.len()) {
                    let (ty, value) = (self.ty(&ty.value), self.constant(&value.value));
                    return Some(Constant { kind: ConstantKind::Typed(ty?, Box::new(value?)), span: node.span });
                }
                let mut fields = Vec::new();
                for entry in entries {
                    self.shapes.found.extend(bad_field_name(&entry.key));
                    fields.extend(self.constant(&entry.value).map(|value| (entry.key.clone(), value)));
                }
                ConstantKind::Map(fields)
            }
            NodeKind::Broken | NodeKind::Empty => {
                self.shapes.other(node, "a value", "`sales: \"+441632960201\"`");
                return None;
            }
        };
        Some(Constant { kind, span: node.span })
    }
}

/// A word that cannot name a type: letters, digits and `_`, and a letter first.
fn bad_type_name(word: &Word) -> Option<Diagnostic> {
    if word.value.starts_with(|c: char| c.is_ascii_uppercase()) {
        bad_field_name(word)
    } else {
        error::bad_choice_name(word)
    }
}

fn bad_field_name(word: &Word) -> Option<Diagnostic> {
    let named = word.value.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if named {
        return None;
    }
    let message = format!("`{}` is not a name", error::short(&word.value));
    let finding = Diagnostic::new(Code::F0108, message, word.span, "not a name");
    Some(finding.help("such names are made of letters, digits and `_`, and begin with a letter"))
}

fn bad_fields(ty: &TypeExpr, found: &mut Vec<Diagnostic>) {
    match &ty.kind {
        TypeKind::Record(fields) => {
            for (name, ty) in fields {
                found.extend(bad_field_name(name));
                bad_fields(ty, found);
            }
        }
        TypeKind::List(inner) | TypeKind::Optional(inner) | TypeKind::Secret(inner) => bad_fields(inner, found),
        TypeKind::Digits { .. } | TypeKind::Enum(_) | TypeKind::Named(_) => {}
    }
}

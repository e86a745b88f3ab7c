//! The YAML spelling to [`ast::Flow`]: a tree with places, walked by the shapes of its fields.

pub(crate) mod faults;
pub(crate) mod groups;
pub(crate) mod shapes;
pub(crate) mod states;
pub(crate) mod tree;
mod values;

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{FileId, Span, Word};
use crate::language::syntax::ast;
use crate::language::syntax::comments::Comments;
use crate::language::syntax::edges;
use crate::language::syntax::error;
use crate::language::syntax::yaml::shapes::Shapes;
use crate::language::syntax::yaml::tree::{Entry, Node, NodeKind};

/// What stands at the top of a flow.
pub(crate) const FIELDS: &[&str] = &[
    "allow",
    "always",
    "call",
    "defaults",
    "flow",
    "flowc",
    "groups",
    "locale",
    "needs",
    "params",
    "participants",
    "policy",
    "returns",
    "settings",
    "signals",
    "start",
    "states",
    "use",
    "vars",
];

/// Reads a flow in YAML; what cannot be read is said, and left out.
pub(crate) fn read(text: &str, file: FileId) -> (ast::Flow, Comments, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let document = faults::read(text, file, &mut found);
    let mut flow = ast::Flow::empty(file, ast::Spelling::Yaml);
    flow.partial = !found.is_empty();
    let comments = Comments::read(text, file, ast::Spelling::Yaml, &document.comments);
    let mut shapes = Shapes { text, file, comments: document.comments, blanked: document.blanked, found };
    let Some(root) = document.root else {
        if shapes.found.is_empty() {
            shapes.found.push(no_version(Span::new(file, 0, 0)));
        }
        flow.partial = true;
        return (flow, comments, shapes.found);
    };
    let mut reader = Reader { shapes, flow };
    reader.top(&root);
    (reader.flow, comments, reader.shapes.found)
}

fn no_version(at: Span) -> Diagnostic {
    let message = "the file does not say the version of the language";
    let finding = Diagnostic::new(Code::F0009, message, at, "`flowc: 1` is missing");
    finding.help("begin the file with a line `flowc: 1`")
}

/// Walks the tree into a flow.
struct Reader<'a> {
    shapes: Shapes<'a>,
    flow: ast::Flow,
}

impl Reader<'_> {
    fn top(&mut self, root: &Node) {
        let Some(entries) = self.shapes.map(root, "a flow", "`flow: hello`, `call: inbound`, `states: …`") else {
            self.flow.partial = true;
            return;
        };
        let first = entries.first().map_or(root.span.at_start(), |entry| entry.key.span);
        self.flow.head = first;
        if !entries.iter().any(|entry| entry.key.value == "flowc") && !self.flow.partial {
            self.shapes.found.push(no_version(first.at_start()).instead(first.at_start(), "flowc: 1\n"));
        }
        for entry in entries {
            if self.shapes.found.len() > error::MAX_FINDINGS {
                self.flow.partial = true;
                return;
            }
            if self.field(entry).is_none() {
                self.flow.partial = true;
            }
        }
        if self.flow.name.is_none() && !self.flow.partial {
            let finding = Diagnostic::new(Code::F0110, "the flow has no name", self.flow.head, "no `flow: NAME` here");
            self.shapes.found.push(finding.help("write `flow: NAME` below the first line"));
        }
    }

    /// A field at the top; `None` when a piece of it could not be read.
    fn field(&mut self, entry: &Entry) -> Option<()> {
        let value = &entry.value;
        match entry.key.value.as_str() {
            "flowc" => {
                let version = self.shapes.word(value, "a version", "`flowc: 1`")?;
                if version.value != "1" {
                    self.shapes.found.push(error::other_version(&version));
                }
            }
            "flow" => {
                let name = self.shapes.word(value, "a name", "`flow: hello`")?;
                self.declared(&name);
                self.flow.head = entry.key.span.to(name.span);
                self.flow.name = Some(name);
            }
            "call" => self.flow.call = Some(self.shapes.word(value, "how the flow begins", "`call: inbound`")?),
            "start" => self.flow.start = Some(self.shapes.word(value, "the name of a state", "`start: welcome`")?),
            "locale" => self.flow.locale = Some(self.shapes.literal(value, "a locale", "`locale: en-GB`")?),
            "returns" => self.flow.returns = self.names(value, "`returns: [done, failed]`")?,
            "use" => self.flow.uses = self.names(value, "`use: [words]`")?,
            "settings" => self.flow.settings = self.declarations(value, "`settings: { desk: phone }`")?,
            "params" => self.flow.params = self.declarations(value, "`params: { patient: text }`")?,
            "vars" => self.flow.vars = self.declarations(value, "`vars: { pin: digits(4)? }`")?,
            "defaults" => self.defaults(value)?,
            "always" => {
                let routes = self.routes(value);
                self.flow.always = routes?;
            }
            "states" => self.states(value, None)?,
            "groups" => self.groups(value)?,
            "participants" => self.flow.participants = self.names(value, "`participants: [agent]`")?,
            "needs" => self.needs(value)?,
            "signals" => self.signals(value)?,
            "policy" => self.policies(value)?,
            "allow" => self.allows(value)?,
            _ => {
                self.shapes.unknown(&entry.key, "a flow", FIELDS);
                return None;
            }
        }
        Some(())
    }

    fn names(&mut self, value: &Node, example: &str) -> Option<Vec<Word>> {
        let list = self.shapes.list(value, "a list of names", example)?;
        let names: Vec<Word> = list.iter().filter_map(|node| self.shapes.word(node, "a name", example)).collect();
        names.iter().for_each(|name| self.declared(name));
        (names.len() == list.len()).then_some(names)
    }

    fn declarations(&mut self, value: &Node, example: &str) -> Option<Vec<ast::Declaration>> {
        let entries = self.shapes.map(value, "names with their types", example)?;
        let mut declarations = Vec::new();
        for entry in entries {
            self.declared(&entry.key);
            if let Some((ty, default)) = self.shapes.typed(&entry.value) {
                declarations.push(ast::Declaration { name: entry.key.clone(), ty, default });
            } else {
                self.flow.partial = true;
            }
        }
        Some(declarations)
    }

    fn defaults(&mut self, value: &Node) -> Option<()> {
        for entry in self.shapes.map(value, "defaults", "`defaults: { retry: 2, on: { failed: sorry } }`")? {
            match entry.key.value.as_str() {
                "retry" => self.flow.defaults.retry = Some(ast::Value::Retry(self.retry(&entry.value)?)),
                "on" => self.flow.defaults.routes = self.routes(&entry.value)?,
                _ => {
                    self.shapes.unknown(&entry.key, "`defaults`", &["retry", "on"]);
                    return None;
                }
            }
        }
        Some(())
    }

    /// `{ busy | no_answer: sorry, party left: return }`.
    fn routes(&mut self, value: &Node) -> Option<Vec<ast::Route>> {
        let entries = self.shapes.map(value, "outcomes with their targets", "`on: { failed: sorry }`")?;
        let mut routes = Vec::new();
        let mut whole = true;
        for entry in entries {
            let triggers = edges::triggers(&entry.key.value, &entry.place);
            let target = self.target(&entry.value);
            whole &= target.is_some();
            match triggers {
                Ok(triggers) => {
                    let target = target.unwrap_or_else(|| ast::Target::broken(entry.value.span));
                    let span = ast::SpanOnly(entry.key.span.to(entry.value.span));
                    routes.push(ast::Route { triggers, target, span });
                }
                Err(finding) => {
                    let cut = self.shapes.comment_after(entry.key.span.end as usize);
                    let text = self.shapes.text;
                    self.shapes.found.push(cut.map_or(finding, |at| error::cut_by_comment(text, at)));
                    whole = false;
                }
            }
        }
        self.flow.partial |= !whole;
        Some(routes)
    }

    /// `sorry`, `return moved`, `{ to: x, limit: 3, else: y }`.
    fn target(&mut self, value: &Node) -> Option<ast::Target> {
        let NodeKind::Map(entries) = &value.kind else {
            let to = self.destination(value)?;
            return Some(ast::Target { to, limit: None, span: ast::SpanOnly(value.span) });
        };
        for entry in entries {
            if !["to", "limit", "else"].contains(&entry.key.value.as_str()) {
                self.shapes.unknown(&entry.key, "a target", &["to", "limit", "else"]);
                return None;
            }
        }
        let part = |name: &str| entries.iter().find(|entry| entry.key.value == name);
        self.target_of(value.span, part("to"), part("limit"), part("else"))
    }

    /// A target from its fields, which may stand among others.
    fn target_of(
        &mut self,
        all: Span,
        to: Option<&Entry>,
        limit: Option<&Entry>,
        otherwise: Option<&Entry>,
    ) -> Option<ast::Target> {
        let Some(to) = to else {
            self.shapes.missing("to", all, "`{ to: again, limit: 3, else: sorry }`");
            return None;
        };
        let destination = self.destination(&to.value)?;
        let span = ast::SpanOnly(to.value.span);
        match (limit, otherwise) {
            (None, None) => Some(ast::Target { to: destination, limit: None, span }),
            (Some(limit), Some(otherwise)) => {
                let times = self.shapes.word(&limit.value, "a whole number", "`limit: 3`")?;
                let otherwise = self.destination(&otherwise.value)?;
                Some(ast::Target {
                    to: destination,
                    limit: Some(ast::Limit { times, otherwise }),
                    span: ast::SpanOnly(all),
                })
            }
            (Some(limit), None) => {
                self.shapes.missing("else", limit.key.span, "`{ to: again, limit: 3, else: sorry }`");
                None
            }
            (None, Some(otherwise)) => {
                self.shapes.missing("limit", otherwise.key.span, "`{ to: again, limit: 3, else: sorry }`");
                None
            }
        }
    }

    fn destination(&mut self, value: &Node) -> Option<ast::Destination> {
        let scalar = self.shapes.scalar(value, "a target", "`then: welcome` or `then: return`")?;
        match edges::destination_in(&scalar.text, &scalar.place) {
            Ok(destination) => destination,
            Err(finding) => {
                let help = "a target with a limit is `{ to: again, limit: 3, else: sorry }`";
                let limited = scalar.text.contains(" limit ");
                self.shapes.found.push(finding.maybe_help(limited.then(|| help.to_owned())));
                None
            }
        }
    }

    fn declared(&mut self, name: &Word) {
        self.shapes.found.extend(error::bad_name(name));
    }
}

/// Says that a key is unknown.
pub(crate) fn unknown(key: &Word, within: &str, known: &[&str]) -> Diagnostic {
    let message = format!("unknown field `{}` in {within}", error::short(&key.value));
    let finding = Diagnostic::new(Code::F0101, message, key.span, "no such field");
    let finding = finding.help(format!("there are {}", error::listed(known)));
    finding.misspelt(&key.value, known.iter().copied())
}

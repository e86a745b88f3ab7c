//! Groups of the YAML spelling, and the declarations that only some flows have: needs, signals, policies, what is allowed.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Spanned;
use crate::language::syntax::ast::{self, Condition, SpanOnly};
use crate::language::syntax::error;
use crate::language::syntax::fields::Shape;
use crate::language::syntax::policy;
use crate::language::syntax::yaml::Reader;
use crate::language::syntax::yaml::tree::{Entry, Node, NodeKind};

/// How conditions of the line are written.
const WHILE: &str = "`while: { recording: paused, hold: agent, music: please_wait }`";
/// What a group may say.
pub(crate) const FIELDS: &[&str] = &["while", "else", "on", "states"];
/// What a condition may be.
pub(crate) const CONDITIONS: &[&str] = &["recording", "hold", "music", "streaming", "transcription"];

impl Reader<'_> {
    /// `groups`.
    pub(super) fn groups(&mut self, value: &Node) -> Option<()> {
        let example = "`groups: { desks: { on: { done: bye }, states: { … } } }`";
        for entry in self.shapes.map(value, "groups", example)? {
            if self.shapes.found.len() > error::MAX_FINDINGS {
                return None;
            }
            self.declared(&entry.key);
            let span = SpanOnly(entry.key.span);
            let mut group = ast::Group {
                name: entry.key.clone(),
                conditions: Vec::new(),
                otherwise: None,
                routes: Vec::new(),
                partial: false,
                span,
                whole: span,
            };
            group.partial = self.group(entry, &mut group).is_none();
            self.flow.partial |= group.partial;
            self.flow.groups.push(group);
        }
        Some(())
    }

    fn group(&mut self, entry: &Entry, group: &mut ast::Group) -> Option<()> {
        let fields = self.shapes.map(&entry.value, "a group", "`desks: { on: { done: bye }, states: { … } }`")?;
        let mut whole = Some(());
        let mut states = false;
        for field in fields {
            let read = match field.key.value.as_str() {
                "on" => self.routes(&field.value).map(|routes| group.routes = routes),
                "else" => self.target(&field.value).map(|target| group.otherwise = Some(target)),
                "while" => self.conditions(&field.value).map(|conditions| group.conditions = conditions),
                "states" => {
                    states = true;
                    self.states(&field.value, Some(&entry.key))
                }
                _ => {
                    self.shapes.unknown(&field.key, "a group", FIELDS);
                    None
                }
            };
            whole = whole.and(read);
        }
        if !states && whole.is_some() {
            self.shapes.missing("states", entry.key.span, "`states: { sales: { … } }`");
            return None;
        }
        whole
    }

    fn conditions(&mut self, value: &Node) -> Option<Vec<Condition>> {
        let fields = self.shapes.map(value, "conditions of the line", WHILE)?;
        let mut conditions = Vec::new();
        let mut music = None;
        for field in fields {
            match field.key.value.as_str() {
                "recording" => {
                    let word = self.shapes.word(&field.value, "`active` or `paused`", "`recording: paused`")?;
                    conditions.push(Condition::Recording(word));
                }
                "streaming" => {
                    let word = self.shapes.word(&field.value, "`on`", "`streaming: on`")?;
                    conditions.push(Condition::Streaming(word));
                }
                "transcription" => {
                    let locale = self.value(Shape::Locale, &field.value)?;
                    conditions.push(Condition::Transcription(locale));
                }
                "hold" => {
                    let each: &[Node] = match &field.value.kind {
                        NodeKind::List(items) => items,
                        _ => std::slice::from_ref(&field.value),
                    };
                    for node in each {
                        let who = self.shapes.word(node, "who is held", "`hold: agent`")?;
                        conditions.push(Condition::Hold { who, music: None });
                    }
                }
                "music" => music = Some((field, self.prompt(&field.value)?)),
                _ => {
                    self.shapes.unknown(&field.key, "`while`", CONDITIONS);
                    return None;
                }
            }
        }
        if let Some((field, prompt)) = music {
            let mut held = false;
            for condition in &mut conditions {
                if let Condition::Hold { music, .. } = condition {
                    *music = Some(prompt.clone());
                    held = true;
                }
            }
            if !held {
                let message = "`music` without anybody on hold";
                let finding = Diagnostic::new(Code::F0010, message, field.key.span, "nobody would hear it");
                self.shapes.found.push(finding.help(format!("write it like {WHILE}")));
                return None;
            }
        }
        Some(conditions)
    }

    pub(super) fn needs(&mut self, value: &Node) -> Option<()> {
        let example = "`needs: { recording: active }`";
        for entry in self.shapes.map(value, "how the line must stand", example)? {
            let value = self.shapes.word(&entry.value, "a word", example)?;
            self.flow.needs.push(ast::Need { part: entry.key.clone(), value });
        }
        Some(())
    }

    /// `signals: { desk_free: { desk: text }, stop: true }`.
    pub(super) fn signals(&mut self, value: &Node) -> Option<()> {
        let mut whole = Some(());
        for entry in self.shapes.map(value, "signals with their types", "`signals: { desk_free: { desk: text } }`")? {
            self.declared(&entry.key);
            let bare = matches!(&entry.value.kind, NodeKind::Scalar(scalar) if scalar.text.trim() == "true");
            let ty = if bare { None } else { self.shapes.ty(&entry.value) };
            if ty.is_none() && !bare {
                whole = None;
                continue;
            }
            self.flow.signals.push(ast::Signal { name: entry.key.clone(), ty });
        }
        whole
    }

    pub(super) fn policies(&mut self, value: &Node) -> Option<()> {
        let mut whole = Some(());
        for node in self.shapes.list(value, "a list of policies", "`policy: [nobody left behind]`")? {
            let Some(scalar) = self.shapes.scalar(node, "a policy", "`nobody left behind`") else {
                whole = None;
                continue;
            };
            match policy::parse(&scalar.text, &scalar.place) {
                Ok(Some(policy)) => self.flow.policies.push(policy),
                Ok(None) => whole = None,
                Err(finding) => {
                    self.shapes.found.push(finding);
                    whole = None;
                }
            }
        }
        whole
    }

    /// `allow: { raw_line_control: true, dial_collected: ["+44"], F0412: "…" }`.
    pub(super) fn allows(&mut self, value: &Node) -> Option<()> {
        let example = "`allow: { dial_collected: [\"+44\"] }`";
        for entry in self.shapes.map(value, "what is allowed", example)? {
            let each: &[Node] = match &entry.value.kind {
                NodeKind::List(items) => items,
                NodeKind::Scalar(scalar) if scalar.plain && scalar.text.trim() == "true" => &[],
                _ => std::slice::from_ref(&entry.value),
            };
            let mut values = Vec::new();
            for node in each {
                let scalar = self.shapes.scalar(node, "a text", example)?;
                values.push(Spanned::new(scalar.text.clone(), node.span));
            }
            self.flow.allows.push(ast::Allow { what: entry.key.clone(), values });
        }
        Some(())
    }
}

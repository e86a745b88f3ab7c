//! States of the YAML spelling: a mapping in which the kind is a key.

use crate::language::diagnostic::{Code, Diagnostic, nearest};
use crate::language::source::{Span, Spanned, Word};
use crate::language::syntax::ast::{self, SpanOnly};
use crate::language::syntax::error;
use crate::language::syntax::expr::Expr;
use crate::language::syntax::fields::{self, KindRow, Shape};
use crate::language::syntax::keys;
use crate::language::syntax::yaml::Reader;
use crate::language::syntax::yaml::tree::{Entry, Node, NodeKind};
use crate::language::syntax::yaml::values::says_yes;

/// What a state of any kind may say.
pub(crate) const COMMON: &[&str] = &["then", "on", "save", "args"];

impl Reader<'_> {
    /// `states`.
    pub(super) fn states(&mut self, value: &Node, group: Option<&Word>) -> Option<()> {
        for entry in self.shapes.map(value, "states", "`bye: { hangup: true }`")? {
            if self.shapes.found.len() > error::MAX_FINDINGS {
                self.flow.partial = true;
                break;
            }
            self.declared(&entry.key);
            let mut state = self.state(&entry.key, &entry.value);
            state.group = group.cloned();
            state.partial |= self.shapes.lost_within(state.span.0);
            self.flow.partial |= state.partial;
            self.flow.states.push(state);
        }
        Some(())
    }

    fn state(&mut self, name: &Word, value: &Node) -> ast::State {
        let span = name.span.to(value.span);
        let unread = Spanned::new(String::new(), value.span);
        let mut state = ast::State::named(name.clone(), unread, span);
        match &value.kind {
            NodeKind::Scalar(scalar) if fields::is_name(scalar.text.trim()) => {
                state.kind = Spanned::new(scalar.text.trim().to_owned(), value.span);
                self.not_offered(&state.kind);
            }
            NodeKind::Map(entries) => self.fields(entries, &mut state),
            _ => {
                self.shapes.other(value, "a state", "`{ play: welcome, then: menu }`");
                state.partial = true;
            }
        }
        state
    }

    fn not_offered(&mut self, kind: &Word) {
        if fields::kind(&kind.value).is_some_and(|row| !row.offered) {
            self.shapes.found.push(error::not_offered(&kind.value, kind.span));
        }
    }

    fn fields(&mut self, entries: &[Entry], state: &mut ast::State) {
        let kind = self.kind_of(entries, &state.name.clone(), state.span.0);
        if let Some(kind) = kind {
            state.kind = kind.key.clone();
        } else {
            state.partial = true;
        }
        if let Some(kind) = kind {
            self.not_offered(&kind.key);
        }
        let row = kind.and_then(|kind| error::row_for(&kind.key.value));
        let before = self.flow.partial;
        self.flow.partial = false;
        for entry in entries {
            match entry.key.value.as_str() {
                "then" => self.then(entry, state),
                "on" => match self.routes(&entry.value) {
                    Some(routes) => state.routes.extend(routes),
                    None => state.partial = true,
                },
                "save" => {
                    let word = self.shapes.word(&entry.value, "the name of a variable", "`save: pin`");
                    state.partial |= word.is_none();
                    state.save = word;
                }
                "args" if row.is_some_and(|row| row.operand.is_some_and(|operand| operand.shape == Shape::Call)) => {
                    let args = self.arguments(&entry.value, "`args: { account: =account }`");
                    state.partial |= args.is_none();
                    state.args = args.unwrap_or_default();
                }
                _ if kind.is_some_and(|kind| kind.key.value == entry.key.value) => self.operand(entry, row, state),
                _ => self.option(entry, row, state),
            }
        }
        state.partial |= self.flow.partial;
        self.flow.partial |= before;
    }

    /// The entry whose key is the kind.
    fn kind_of<'e>(&mut self, entries: &'e [Entry], name: &Word, state: Span) -> Option<&'e Entry> {
        let kinds: Vec<&Entry> = entries.iter().filter(|entry| fields::kind(&entry.key.value).is_some()).collect();
        let is_option = |one: &Entry| {
            let others = kinds.iter().filter(|other| other.key.value != one.key.value);
            let mut rows = others.filter_map(|other| fields::kind(&other.key.value));
            rows.any(|row| row.option(&one.key.value).is_some())
        };
        let rest: Vec<&&Entry> = kinds.iter().filter(|one| !is_option(one)).collect();
        match rest[..] {
            [] => self.likely_kind(entries, name, state),
            [only] => Some(only),
            [first, second, ..] => {
                let message = format!("state `{}` has two kinds", name.value);
                let finding = Diagnostic::new(Code::F0010, message, second.key.span, "the second");
                let finding = finding.and(first.key.span, "the first");
                self.shapes.found.push(finding.help("a state does one thing; put the other into a state of its own"));
                None
            }
        }
    }

    /// An unknown key that is likely the kind, misspelled. (`check` says that there is no such kind.)
    fn likely_kind<'e>(&mut self, entries: &'e [Entry], name: &Word, state: Span) -> Option<&'e Entry> {
        let all = || fields::KINDS.iter().map(|row| row.name);
        let strange = |entry: &&Entry| {
            let key = entry.key.value.as_str();
            !COMMON.contains(&key) && error::shape_anywhere(key).is_none()
        };
        let unknown: Vec<&Entry> = entries.iter().filter(strange).collect();
        let near = unknown.iter().find(|entry| nearest(&entry.key.value, all()).is_some());
        if let Some(kind) = near.or_else(|| unknown.first().filter(|_| unknown.len() == 1)) {
            return Some(kind);
        }
        // What was left out may have said it.
        if self.shapes.lost_within(state) {
            return None;
        }
        let offered: Vec<&str> = fields::KINDS.iter().filter(|row| row.offered).map(|row| row.name).collect();
        let message = format!("state `{}` has no kind", name.value);
        let finding = Diagnostic::new(Code::F0110, message, name.span, "it says nothing of what it does");
        self.shapes.found.push(finding.help(format!("give it one of {}", error::listed(&offered))));
        None
    }

    fn then(&mut self, entry: &Entry, state: &mut ast::State) {
        let target = self.target(&entry.value);
        state.partial |= target.is_none();
        let target = target.unwrap_or_else(|| ast::Target::broken(entry.value.span));
        let triggers = vec![ast::Trigger::Success(SpanOnly(entry.key.span))];
        let span = SpanOnly(entry.key.span.to(entry.value.span));
        state.routes.insert(0, ast::Route { triggers, target, span });
    }

    fn operand(&mut self, entry: &Entry, row: Option<&KindRow>, state: &mut ast::State) {
        let Some(row) = row else { return };
        let is_true = matches!(&entry.value.kind, NodeKind::Scalar(scalar) if scalar.text.trim() == "true");
        match row.operand {
            None if is_true => {}
            None => {
                let example = format!("`{}: true`", row.name);
                let before = self.shapes.found.len();
                self.shapes.other(&entry.value, "`true`", &example);
                if says_yes(&entry.value)
                    && let Some(finding) = self.shapes.found.get_mut(before)
                {
                    *finding = finding.clone().instead(entry.value.span, "true");
                }
                state.partial = true;
            }
            Some(operand) if is_true && !operand.required => {}
            Some(operand) => match operand.shape {
                Shape::Assignments => {
                    let args = self.arguments(&entry.value, "`set: { tries: =tries + 1 }`");
                    state.partial |= args.is_none();
                    state.args = args.unwrap_or_default();
                }
                Shape::Choices => state.partial |= self.choices(&entry.value, state).is_none(),
                Shape::Branches => state.partial |= self.branches(&entry.value, state).is_none(),
                shape => {
                    let value = self.value(shape, &entry.value);
                    state.partial |= value.is_none();
                    state.operand = Some(value.unwrap_or_else(|| ast::Value::broken(entry.value.span)));
                }
            },
        }
    }

    /// Values by name.
    fn arguments(&mut self, node: &Node, example: &str) -> Option<Vec<(Word, Expr)>> {
        let mut args = Vec::new();
        for entry in self.shapes.map(node, "values by name", example)? {
            args.push((entry.key.clone(), self.shapes.argument(&entry.value)?));
        }
        Some(args)
    }

    fn option(&mut self, entry: &Entry, row: Option<&KindRow>, state: &mut ast::State) {
        let unknown = fields::kind(&state.kind.value).is_none();
        let key = entry.key.value.as_str();
        let shape = row.and_then(|row| row.option(key)).map(|field| field.shape);
        let Some(shape) = shape.or_else(|| error::shape_anywhere(key).filter(|_| unknown)) else {
            if let Some(row) = row.filter(|_| !unknown) {
                let finding = error::unknown_option(&state.kind.value, row, &entry.key, COMMON);
                state.partial |= finding.code != Code::F0011;
                let cut = self.shapes.comment_after(entry.key.span.end as usize);
                let text = self.shapes.text;
                self.shapes.found.push(cut.map_or(finding, |at| error::cut_by_comment(text, at)));
            }
            return;
        };
        let value = self.value(shape, &entry.value);
        state.partial |= value.is_none();
        let value = value.unwrap_or_else(|| ast::Value::broken(entry.value.span));
        state.options.push(ast::Opt { name: entry.key.clone(), value });
    }

    fn choices(&mut self, value: &Node, state: &mut ast::State) -> Option<()> {
        let mut whole = Some(());
        for entry in self.shapes.map(value, "choices", "`menu: { sales: { key: 1, say: [sales], to: sales } }`")? {
            self.shapes.found.extend(error::bad_choice_name(&entry.key));
            match self.choice(entry) {
                Some(choice) => state.choices.push(choice),
                None => whole = None,
            }
        }
        whole
    }

    fn choice(&mut self, entry: &Entry) -> Option<ast::Choice> {
        let example = "`sales: { key: 1, say: [sales, buy], to: sales }`";
        let fields = self.shapes.map(&entry.value, "a choice", example)?;
        let mut choice = ast::Choice { name: entry.key.clone(), key: None, phrases: Vec::new(), target: None };
        for field in fields {
            match field.key.value.as_str() {
                "key" => {
                    let key = self.shapes.word(&field.value, "a key", "`key: 1`, `key: star` or `key: pound`");
                    self.flow.partial |= key.is_none();
                    choice.key = key.map(|key| Spanned::new(keys::in_words(&key.value), key.span));
                }
                "say" => choice.phrases = self.phrases(&field.value)?,
                "to" | "limit" | "else" => {}
                _ => {
                    self.shapes.unknown(&field.key, "a choice", &["key", "say", "to", "limit", "else"]);
                    return None;
                }
            }
        }
        let part = |name: &str| fields.iter().find(|field| field.key.value == name);
        if let (None, None, None) = (part("to"), part("limit"), part("else")) {
            return Some(choice);
        }
        choice.target = Some(self.target_of(entry.value.span, part("to"), part("limit"), part("else"))?);
        Some(choice)
    }

    fn phrases(&mut self, value: &Node) -> Option<Vec<Word>> {
        if let NodeKind::Scalar(scalar) = &value.kind {
            return Some(vec![Spanned::new(scalar.text.clone(), value.span)]);
        }
        let list = self.shapes.list(value, "phrases", "`say: [sales, buy]`")?;
        let phrases: Vec<Word> =
            list.iter().filter_map(|node| self.shapes.word(node, "a phrase", "`say: [sales, buy]`")).collect();
        (phrases.len() == list.len()).then_some(phrases)
    }

    fn branches(&mut self, value: &Node, state: &mut ast::State) -> Option<()> {
        let example = "`decide: [{ if: loud, to: shout }, { else: whisper }]`";
        let mut whole = Some(());
        for node in self.shapes.list(value, "a list of branches", example)? {
            match self.branch(node, example) {
                Some(branch) => state.branches.push(branch),
                None => whole = None,
            }
        }
        whole
    }

    fn branch(&mut self, node: &Node, example: &str) -> Option<ast::Branch> {
        let fields = self.shapes.map(node, "a branch", example)?;
        let known = ["if", "to", "limit", "else"];
        for field in fields {
            if !known.contains(&field.key.value.as_str()) {
                self.shapes.unknown(&field.key, "a branch", &known);
                return None;
            }
        }
        let part = |name: &str| fields.iter().find(|field| field.key.value == name);
        let span = SpanOnly(node.span);
        match (part("if"), part("else")) {
            (Some(condition), otherwise) => {
                let target = self.target_of(node.span, part("to"), part("limit"), otherwise);
                let condition = self.shapes.expression(&condition.value, "a condition", "`if: visits > 3`")?;
                Some(ast::Branch { condition: Some(condition), target: target?, span })
            }
            (None, Some(otherwise)) => {
                Some(ast::Branch { condition: None, target: self.target(&otherwise.value)?, span })
            }
            (None, None) => {
                self.shapes.missing("if", node.span, example);
                None
            }
        }
    }
}

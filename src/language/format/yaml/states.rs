//! A state in the YAML spelling: a mapping in which the kind comes first, then options, `then`, `on`.

use crate::language::format::anchors;
use crate::language::format::page::WIDTH;
use crate::language::format::yaml::Writer;
use crate::language::format::yaml::tree::{Entry, Item, Node, block, entry, map};
use crate::language::source::Word;
use crate::language::syntax::ast::{Branch, Choice, State};
use crate::language::syntax::fields::{self, Shape};

impl Writer<'_> {
    /// A state.
    pub(super) fn state(&self, state: &State) -> Node {
        let row = fields::kind(&state.kind.value);
        let shape = row.and_then(|row| row.operand).map_or(Shape::Name, |operand| operand.shape);
        let mut entries = vec![self.kind(state, shape)];
        if !state.args.is_empty() && shape != Shape::Assignments {
            entries.push(entry("args", self.arguments(&state.args)));
        }
        if let Some(save) = &state.save {
            entries.push(self.marked(save.span, "save", Node::Word(save.value.clone())));
        }
        for option in &state.options {
            let shape = row.and_then(|row| row.option(&option.name.value)).map_or(Shape::Name, |field| field.shape);
            entries.push(self.marked(option.name.span, option.name.value.clone(), self.value(&option.value, shape)));
        }
        if let Some(success) = state.routes.iter().find(|route| anchors::is_success(route)) {
            entries.push(self.marked(success.span.0, "then", Self::target(&success.target)));
        }
        let others: Vec<_> = state.routes.iter().filter(|route| !anchors::is_success(route)).collect();
        if !others.is_empty() {
            entries.push(entry("on", self.routes(others)));
        }
        if let ([only], None, Shape::Name) = (&entries[..], &state.operand, shape)
            && matches!(&only.value, Node::Word(word) if word == "true")
            && row.is_some_and(|row| row.operand.is_some())
        {
            return Node::Word(state.kind.value.clone());
        }
        let anchor = self.anchors.at(state.span.0);
        let end = state.span.0.end as usize;
        let commented = anchor.is_some_and(|anchor| self.comments.within(self.anchors, anchor, end));
        let in_block = commented || matches!(shape, Shape::Choices | Shape::Branches);
        if in_block { block(entries) } else { map(entries) }
    }

    fn kind(&self, state: &State, shape: Shape) -> Entry {
        let value = match (shape, &state.operand) {
            (Shape::Assignments, _) => self.arguments(&state.args),
            (Shape::Choices, _) => block(state.choices.iter().map(|choice| self.choice(choice)).collect()),
            (Shape::Branches, _) => {
                Node::List { items: state.branches.iter().map(|branch| self.branch(branch)).collect(), wide: 0 }
            }
            (_, Some(operand)) => self.value(operand, shape),
            (_, None) => Node::Word("true".to_owned()),
        };
        self.marked(anchors::kind(state), state.kind.value.clone(), value)
    }

    fn choice(&self, choice: &Choice) -> Entry {
        let mut fields = Vec::new();
        fields.extend(choice.key.iter().map(|key| entry("key", Node::Word(key.value.clone()))));
        if !choice.phrases.is_empty() {
            let phrase = |phrase: &Word| Item { value: Node::Text(phrase.value.clone()), anchor: None };
            let items = choice.phrases.iter().map(phrase).collect();
            fields.push(entry("say", Node::List { items, wide: WIDTH }));
        }
        fields.extend(choice.target.iter().flat_map(Self::target_fields));
        self.marked(choice.name.span, choice.name.value.clone(), map(fields))
    }

    fn branch(&self, branch: &Branch) -> Item {
        let fields = match &branch.condition {
            Some(condition) => {
                let condition = entry("if", Node::Word(self.printer.flat(condition)));
                [vec![condition], Self::target_fields(&branch.target)].concat()
            }
            None => vec![entry("else", Self::target(&branch.target))],
        };
        Item { value: map(fields), anchor: self.anchors.at(branch.span.0) }
    }
}

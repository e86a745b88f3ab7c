//! A state in the native spelling: on one line if it fits, else its outcomes below it, else its options too.

use crate::language::format::anchors;
use crate::language::format::doc::{self, Doc, text};
use crate::language::format::native::{Writer, values};
use crate::language::format::page::WIDTH;
use crate::language::format::words;
use crate::language::syntax::ast::{Branch, Choice, State, Value};
use crate::language::syntax::fields::{self, KindRow, Shape};

/// At most so many outcomes stand on the line of their state, in at most so many columns.
const SHORT: (usize, usize) = (2, 52);

impl Writer<'_> {
    /// Writes a state.
    pub(super) fn state(&mut self, state: &State, indent: usize) {
        let anchor = self.anchors.at(state.span.0);
        let commented = anchor.is_some_and(|at| self.comments.within(self.anchors, at, state.span.0.end as usize));
        let name = format!("{}: ", state.name.value);
        let segments = self.segments(state);
        let tail = self.success(state);
        let clauses = self.clauses(state);
        let width = |docs: &[Doc]| doc::width(docs).map(|width| indent + width);
        let head = [vec![text(name.clone())], segments.join(&text(", ")), tail.clone()].concat();
        let short = self.on_one_line(state, &clauses).filter(|_| !commented);
        let mut docs: Vec<Doc> = anchor.map(Doc::Open).into_iter().collect();
        let below = match (&short, width(&head)) {
            (Some(short), Some(head_width)) if head_width + doc::width(short).unwrap_or(WIDTH) <= WIDTH => {
                docs.extend(head);
                docs.extend(short.iter().cloned());
                Vec::new()
            }
            (_, Some(head_width)) if !commented && head_width + 2 * usize::from(!clauses.is_empty()) <= WIDTH => {
                docs.extend(head);
                clauses
            }
            _ => {
                docs.push(text(name.clone()));
                let broken = segments.join_lines();
                let last = segments.last().and_then(|last| doc::width(last)).unwrap_or(WIDTH);
                docs.push(Doc::Indent(doc::columns(&name), broken));
                docs.extend(tail.iter().cloned());
                let used = indent + doc::columns(&name) + last + doc::width(&tail).unwrap_or(0);
                match short {
                    Some(short) if used + doc::width(&short).unwrap_or(WIDTH) <= WIDTH => {
                        docs.extend(short);
                        Vec::new()
                    }
                    _ => clauses,
                }
            }
        };
        if below.is_empty() {
            docs.extend(anchor.map(Doc::Close));
            return self.lay_out(&docs, indent);
        }
        docs.push(text(" {"));
        self.lay_out(&docs, indent);
        for clause in below {
            self.lay_out(&clause, indent + 2);
        }
        self.page.line(indent, "}");
        if let Some(anchor) = anchor {
            self.page.closed(anchor);
        }
    }

    /// What stands between commas: the kind with its operand, then option by option.
    fn segments(&self, state: &State) -> Vec<Vec<Doc>> {
        let row = fields::kind(&state.kind.value);
        let shape = row.and_then(|row| row.operand).map_or(Shape::Name, |operand| operand.shape);
        let mut first = Vec::new();
        if let Some(save) = &state.save {
            first.extend(self.marked(save.span, vec![text(format!("{} = ", save.value))]));
        }
        let kind = anchors::kind(state);
        first.extend(self.opens(kind));
        first.push(text(state.kind.value.clone()));
        let mut segments = Vec::new();
        if shape == Shape::Assignments {
            for (name, value) in &state.args {
                let set = vec![text(format!("{} = ", name.value)), self.printer.doc(value)];
                segments.push(self.marked(name.span, set));
            }
        } else if let Some(operand) = &state.operand {
            first.push(text(" "));
            let value = self.value(operand, shape);
            first.extend(if self.seems_option(&value, row) {
                vec![text("("), Doc::Group(value), text(")")]
            } else {
                value
            });
            if !state.args.is_empty() {
                first.push(self.arguments(&state.args));
            }
        }
        first.extend(self.closes(kind));
        for option in &state.options {
            segments.extend(self.option(option, row.and_then(|row| row.option(&option.name.value)).map(|f| f.shape)));
        }
        // What follows right behind the kind has no comma before it.
        if state.operand.is_none() && !segments.is_empty() {
            first.push(text(" "));
            first.extend(segments.remove(0));
        }
        segments.insert(0, first);
        segments.into_iter().map(|docs| vec![Doc::Group(vec![Doc::Indent(2, docs)])]).collect()
    }

    /// Whether an operand begins like an option, so that it would be taken for one.
    fn seems_option(&self, operand: &[Doc], row: Option<&KindRow>) -> bool {
        let shown = doc::flat(operand);
        let end = shown.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(shown.len());
        let (word, rest) = shown.split_at(end);
        let goes_on = rest.is_empty() || rest.starts_with(['.', '(', '[']) || rest.starts_with("?.");
        !goes_on && row.is_some_and(|row| row.option(word).is_some())
    }

    fn option(&self, option: &crate::language::syntax::ast::Opt, shape: Option<Shape>) -> Vec<Vec<Doc>> {
        let name = &option.name.value;
        let values: Vec<Vec<Doc>> = match &option.value {
            Value::Flag(_) => return vec![self.marked(option.name.span, vec![text(name.clone())])],
            Value::Retry(retry) => values::retries(retry).into_iter().map(|count| vec![text(count)]).collect(),
            Value::Reprompt(reprompt) => self.reprompts(reprompt),
            other => vec![self.value(other, shape.unwrap_or(Shape::Name))],
        };
        let piece = |value: Vec<Doc>| self.marked(option.name.span, [vec![text(format!("{name} "))], value].concat());
        values.into_iter().map(piece).collect()
    }

    /// ` -> target`.
    fn success(&self, state: &State) -> Vec<Doc> {
        let Some(route) = state.routes.iter().find(|route| anchors::is_success(route)) else { return Vec::new() };
        self.marked(route.span.0, vec![text(format!(" -> {}", words::target(&route.target)))])
    }

    /// What stands in the braces.
    fn clauses(&self, state: &State) -> Vec<Vec<Doc>> {
        let choices = state.choices.iter().map(|choice| self.choice(choice));
        let branches = state.branches.iter().map(|branch| self.branch(branch));
        let routes = state.routes.iter().filter(|route| !anchors::is_success(route)).map(|route| self.route(route));
        choices.chain(branches).chain(routes).collect()
    }

    /// ` { outcome -> target; outcome -> target }`, where that is short.
    fn on_one_line(&self, state: &State, clauses: &[Vec<Doc>]) -> Option<Vec<Doc>> {
        if clauses.is_empty() {
            return Some(Vec::new());
        }
        let inner = clauses.join(&text("; "));
        let short = doc::width(&inner)? <= SHORT.1 && clauses.len() <= SHORT.0 && state.choices.is_empty();
        short.then(|| [vec![text(" { ")], inner, vec![text(" }")]].concat())
    }

    /// `sales = 1 "sales" "buy" -> sales`.
    fn choice(&self, choice: &Choice) -> Vec<Doc> {
        let mut line = format!("{} =", choice.name.value);
        if let Some(key) = &choice.key {
            line.push_str(&format!(" {}", words::signs(&key.value)));
        }
        for phrase in &choice.phrases {
            line.push_str(&format!(" {}", words::quoted(&phrase.value)));
        }
        if let Some(target) = &choice.target {
            line.push_str(&format!(" -> {}", words::target(target)));
        }
        self.marked(choice.name.span, vec![text(line)])
    }

    /// `if customer.tier == "gold" -> priority`, `else -> billing`.
    fn branch(&self, branch: &Branch) -> Vec<Doc> {
        let mut docs = match &branch.condition {
            Some(condition) => vec![text("if "), Doc::Group(vec![Doc::Indent(4, vec![self.printer.doc(condition)])])],
            None => vec![text("else")],
        };
        docs.push(text(format!(" -> {}", words::target(&branch.target))));
        self.marked(branch.span.0, docs)
    }
}

/// Pieces one a line.
trait Lines {
    fn join_lines(&self) -> Vec<Doc>;
}

impl Lines for Vec<Vec<Doc>> {
    fn join_lines(&self) -> Vec<Doc> {
        self.join(&[text(","), Doc::Line][..])
    }
}

//! Declarations and groups in the native spelling.

use crate::language::format::anchors;
use crate::language::format::doc::{self, Doc, text};
use crate::language::format::native::{Writer, values};
use crate::language::format::page::Blank;
use crate::language::format::words;
use crate::language::source::Word;
use crate::language::syntax::ast::{Condition, Declaration, Flow, Group, State, Value};
use crate::language::syntax::fields::Shape;

impl Writer<'_> {
    /// Everything above the states.
    pub(super) fn head(&mut self, flow: &Flow) {
        self.page.header(0, "flowc 1");
        if let Some(name) = &flow.name {
            let mut docs = self.marked(name.span, vec![text(format!("flow {}", name.value))]);
            if let Some(call) = &flow.call {
                docs.extend(self.marked(call.span, vec![text(format!(" {}", call.value))]));
            }
            self.lay_out(&docs, 0);
        }
        if let Some(locale) = &flow.locale {
            let docs = [vec![text("locale ")], self.value(locale, Shape::Locale)].concat();
            let docs = self.marked(locale.span(), docs);
            self.lay_out(&docs, 0);
        }
        self.needs(flow);
        for param in &flow.params {
            let docs = [vec![text("param ")], self.declaration(param)].concat();
            self.lay_out(&docs, 0);
        }
        self.settings(&flow.settings);
        self.names("returns ", &flow.returns, " |");
        self.names("use ", &flow.uses, ",");
        self.names("participant ", &flow.participants, ",");
        for signal in &flow.signals {
            let ty = signal.ty.as_ref().map_or(String::new(), |ty| format!(": {}", words::ty(ty)));
            let docs = self.marked(signal.name.span, vec![text(format!("signal {}{ty}", signal.name.value))]);
            self.lay_out(&docs, 0);
        }
        for var in &flow.vars {
            let docs = [vec![text("var ")], self.declaration(var)].concat();
            self.lay_out(&docs, 0);
        }
        self.rules(flow);
    }

    fn needs(&mut self, flow: &Flow) {
        if flow.needs.is_empty() {
            return;
        }
        let mut docs = vec![text("needs ")];
        for (n, need) in flow.needs.iter().enumerate() {
            if n > 0 {
                docs.push(text(", "));
            }
            let words = format!("{} {}", need.part.value, need.value.value);
            docs.extend(self.marked(need.part.span, vec![text(words)]));
        }
        self.lay_out(&docs, 0);
    }

    fn rules(&mut self, flow: &Flow) {
        if flow.defaults.retry.is_some()
            || !(flow.defaults.routes.is_empty()
                && flow.always.is_empty()
                && flow.policies.is_empty()
                && flow.allows.is_empty())
        {
            self.page.blank(Blank::Always);
        }
        if let Some(Value::Retry(retry)) = &flow.defaults.retry {
            for count in values::retries(retry) {
                let docs = self.marked(retry.span.0, vec![text(format!("default retry {count}"))]);
                self.lay_out(&docs, 0);
            }
        }
        for (word, routes) in [("default ", &flow.defaults.routes), ("always ", &flow.always)] {
            for route in routes {
                let docs = [vec![text(word)], self.route(route)].concat();
                self.lay_out(&docs, 0);
            }
        }
        for policy in &flow.policies {
            let docs = self.marked(policy.span.0, vec![text(format!("policy {}", words::policy(&policy.kind)))]);
            self.lay_out(&docs, 0);
        }
        for allow in &flow.allows {
            let mut docs = vec![text(format!("allow {}", allow.what.value))];
            for (n, value) in allow.values.iter().enumerate() {
                docs.push(if n == 0 { text(" ") } else { text(",") });
                docs.extend((n > 0).then_some(Doc::Blank));
                docs.push(text(words::quoted(&value.value)));
            }
            let docs = self.marked(allow.what.span, vec![Doc::Group(vec![Doc::Indent(4, docs)])]);
            self.lay_out(&docs, 0);
        }
        if let Some(start) = &flow.start {
            let docs = self.marked(start.span, vec![text(format!("start {}", start.value))]);
            self.lay_out(&docs, 0);
        }
    }

    fn names(&mut self, word: &str, names: &[Word], between: &str) {
        if names.is_empty() {
            return;
        }
        let mut docs = Vec::new();
        for (n, name) in names.iter().enumerate() {
            if n > 0 {
                docs.extend([text(between), Doc::Blank]);
            }
            docs.extend(self.marked(name.span, vec![text(name.value.clone())]));
        }
        self.lay_out(&[text(word), Doc::Group(vec![Doc::Indent(4, docs)])], 0);
    }

    /// `patient: text`, `loud: bool = false`.
    fn declaration(&self, declaration: &Declaration) -> Vec<Doc> {
        let typed = words::typed(&declaration.ty, declaration.default.as_ref(), self.printer);
        self.marked(declaration.name.span, vec![text(format!("{}: {typed}", declaration.name.value))])
    }

    fn settings(&mut self, settings: &[Declaration]) {
        let anchors: Vec<usize> = settings.iter().filter_map(|one| self.anchors.at(one.name.span)).collect();
        let (Some(first), Some(last)) = (anchors.first(), anchors.last()) else { return };
        let each: Vec<Vec<Doc>> = settings.iter().map(|one| self.declaration(one)).collect();
        let line = each.join(&text("; "));
        let fits = doc::width(&line)
            .is_some_and(|width| width + "settings {  }".len() <= crate::language::format::page::WIDTH);
        if fits && !self.comments.between(*first, *last) {
            let docs = [vec![text("settings { ")], line, vec![text(" }")]].concat();
            return self.lay_out(&docs, 0);
        }
        self.page.header(0, "settings {");
        for docs in each {
            self.lay_out(&docs, 2);
        }
        self.page.line(0, "}");
    }

    /// A group with its rules and states.
    pub(super) fn group(&mut self, group: &Group, states: &[&State]) {
        let mut docs = self.opens(group.whole.0);
        docs.push(text(format!("{}: ", group.name.value)));
        if group.conditions.is_empty() {
            docs.push(text("group"));
        } else {
            docs.push(text("while "));
        }
        let mut conditions = Vec::new();
        for (n, condition) in group.conditions.iter().enumerate() {
            conditions.extend((n > 0).then(|| text(" and ")));
            conditions.extend(self.condition(condition));
        }
        docs.push(Doc::Group(conditions));
        if let Some(otherwise) = &group.otherwise {
            let target = vec![text(format!("else {}", words::target(otherwise)))];
            let target = self.marked(anchors::target(otherwise), target);
            docs.push(Doc::Group(vec![Doc::Indent(4, [vec![text(","), Doc::Blank], target].concat())]));
        }
        docs.extend(self.closes(group.whole.0));
        docs.push(text(" {"));
        self.lay_out(&docs, 0);
        for route in &group.routes {
            let docs = self.route(route);
            self.lay_out(&docs, 2);
        }
        if !group.routes.is_empty() {
            self.page.blank(Blank::Always);
        }
        for state in states {
            self.blank_as_before(state.span.0);
            self.state(state, 2);
        }
        self.page.line(0, "}");
    }

    fn condition(&self, condition: &Condition) -> Vec<Doc> {
        match condition {
            Condition::Recording(word) => self.marked(word.span, vec![text(format!("recording {}", word.value))]),
            Condition::Streaming(word) => self.marked(word.span, vec![text(format!("streaming {}", word.value))]),
            Condition::Hold { who, music } => {
                let mut docs = vec![text(format!("{} on hold", who.value))];
                if let Some(music) = music {
                    docs.push(text(" to "));
                    docs.extend(self.prompt(music));
                }
                self.marked(who.span, docs)
            }
            Condition::Transcription(value) => {
                let shown = match value {
                    Value::Literal(word) if !(words::is_tag(&word.value) && word.value.contains('-')) => {
                        vec![text(words::quoted(&word.value))]
                    }
                    Value::Expr(expr) => vec![self.printer.doc(expr)],
                    other => self.value(other, Shape::Locale),
                };
                self.marked(value.span(), [vec![text("transcription ")], shown].concat())
            }
        }
    }
}

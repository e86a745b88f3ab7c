//! Declarations of the native spelling: what stands above the states.

use std::ops::Range;

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Word;
use crate::language::syntax::ast;
use crate::language::syntax::clauses::Clause;
use crate::language::syntax::error;
use crate::language::syntax::grammar::Rule;
use crate::language::syntax::native::{Reader, values};
use crate::language::syntax::operators;
use crate::language::syntax::policy;
use crate::language::syntax::types::{self, word};

impl Reader<'_> {
    /// A declaration of one line; `None` when it could not be read.
    pub(super) fn declaration(&mut self, first: &str, clause: &Clause) -> Option<()> {
        let range = self.bytes(&clause.tokens);
        match first {
            "flowc" => self.flowc(range, clause.tokens.start),
            "flow" => self.flow_head(range),
            "returns" => {
                let names = self.names(Rule::returns_clause, range)?;
                self.flow.returns.extend(names);
                Some(())
            }
            "use" => {
                let names = self.names(Rule::use_clause, range)?;
                self.flow.uses.extend(names);
                Some(())
            }
            "start" => {
                let name =
                    self.parse(Rule::start_clause, range.clone())?.into_inner().find(|p| p.as_rule() == Rule::name)?;
                let name = types::word(&name, &self.place(&range));
                self.once("`start`", name.span, self.flow.start.as_ref().map(|word| word.span))?;
                self.flow.start = Some(name);
                Some(())
            }
            "locale" => self.locale(range),
            "param" => {
                let declaration = self.typed(Rule::param_clause, range)?;
                self.flow.params.push(declaration);
                Some(())
            }
            "var" => {
                let declaration = self.typed(Rule::var_clause, range)?;
                self.flow.vars.push(declaration);
                Some(())
            }
            "needs" => {
                let place = self.place(&range);
                for need in self.parse(Rule::needs_clause, range)?.into_inner().filter(|p| p.as_rule() == Rule::need) {
                    let mut words = need.into_inner().map(|part| word(&part, &place));
                    let (part, value) = (words.next()?, words.next()?);
                    self.flow.needs.push(ast::Need { part, value });
                }
                Some(())
            }
            "participant" => {
                let names = self.names(Rule::participant_clause, range)?;
                self.flow.participants.extend(names);
                Some(())
            }
            "signal" => self.signal(range),
            "policy" => self.policy(range),
            "allow" => self.allow(range),
            "default" if self.word(clause.tokens.start + 1) == "retry" => self.default_retry(range),
            "default" => {
                let route = self.route_of(Rule::default_route_clause, range)?;
                self.flow.defaults.routes.push(route);
                Some(())
            }
            "always" => {
                let route = self.route_of(Rule::always_clause, range)?;
                self.flow.always.push(route);
                Some(())
            }
            _ => {
                self.unknown(clause);
                None
            }
        }
    }

    /// `signal desk_free: { desk: text }`.
    fn signal(&mut self, range: Range<usize>) -> Option<()> {
        let place = self.place(&range);
        let mut parts = self.parse(Rule::signal_clause, range)?.into_inner();
        let name = word(&parts.find(|part| part.as_rule() == Rule::name)?, &place);
        self.declared(&name);
        let ty = match parts.find(|part| part.as_rule() == Rule::kind_of_value) {
            Some(ty) => Some(types::read(ty, &place, &mut self.found)?),
            None => None,
        };
        self.flow.signals.push(ast::Signal { name, ty });
        Some(())
    }

    fn policy(&mut self, range: Range<usize>) -> Option<()> {
        let place = self.place(&range);
        let before = self.found.len();
        let Some(pair) = self.parse(Rule::policy_clause, range) else {
            let said = self.found.split_off(before);
            self.found.extend(said.into_iter().map(|finding| finding.help(policy::LIST)));
            return None;
        };
        let pair = pair.into_inner().nth(1)?;
        self.flow.policies.push(policy::read(pair, &place)?);
        Some(())
    }

    fn allow(&mut self, range: Range<usize>) -> Option<()> {
        let place = self.place(&range);
        let (mut what, mut values) = (None, Vec::new());
        for part in self.parse(Rule::allow_clause, range)?.into_inner() {
            match part.as_rule() {
                Rule::allowed => what = Some(word(&part, &place)),
                Rule::string => values.push(self.plain_text(&part, &place)),
                _ => {}
            }
        }
        self.flow.allows.push(ast::Allow { what: what?, values });
        Some(())
    }

    fn flowc(&mut self, range: Range<usize>, token: usize) -> Option<()> {
        let version = self.parse(Rule::version_clause, range.clone())?;
        let version = version.into_inner().find(|part| part.as_rule() == Rule::amount)?;
        let version = word(&version, &self.place(&range));
        if token > 0 {
            let span = self.span(token..token + 2);
            self.found.push(Diagnostic::new(Code::F0009, "`flowc` does not stand on the first line", span, "too late"));
        } else if version.value != "1" {
            self.found.push(error::other_version(&version));
        }
        Some(())
    }

    fn flow_head(&mut self, range: Range<usize>) -> Option<()> {
        let place = self.place(&range);
        let mut parts = self.parse(Rule::flow_clause, range)?.into_inner().filter(|p| p.as_rule() != Rule::kw_flow);
        let name = word(&parts.next()?, &place);
        self.once("`flow`", name.span, self.flow.name.as_ref().map(|word| word.span))?;
        self.declared(&name);
        self.flow.head = place.all();
        self.flow.name = Some(name);
        self.flow.call = parts.next().filter(|p| p.as_rule() == Rule::beginning).map(|p| word(&p, &place));
        Some(())
    }

    fn names(&mut self, rule: Rule, range: Range<usize>) -> Option<Vec<Word>> {
        let place = self.place(&range);
        let parts = self.parse(rule, range)?.into_inner().filter(|part| part.as_rule() == Rule::name);
        let names: Vec<Word> = parts.map(|part| word(&part, &place)).collect();
        names.iter().for_each(|name| self.declared(name));
        Some(names)
    }

    fn typed(&mut self, rule: Rule, range: Range<usize>) -> Option<ast::Declaration> {
        let place = self.place(&range);
        let pair = self.parse(rule, range)?.into_inner().find(|part| part.as_rule() == Rule::declaration)?;
        let mut parts = pair.into_inner();
        let name = word(&parts.next()?, &place);
        self.declared(&name);
        let ty = parts.find(|part| part.as_rule() == Rule::kind_of_value)?;
        let ty = types::read(ty, &place, &mut self.found)?;
        let default = parts.find(|part| part.as_rule() == Rule::expression);
        let default = default.map(|pair| operators::read(pair, &place, &mut self.found));
        Some(ast::Declaration { name, ty, default })
    }

    pub(super) fn settings(&mut self, clause: &Clause) {
        let Some(block) = &clause.block else {
            let span = self.span(clause.tokens.start..clause.tokens.start + 1);
            let finding = Diagnostic::new(Code::F0001, "expected `{` after `settings`", span, "its braces are missing");
            self.found.push(finding.help("write `settings { desk: phone }`"));
            self.flow.partial = true;
            return;
        };
        self.nothing_between(clause.tokens.start + 1..block.open);
        self.nothing_between(block.end..clause.tokens.end);
        for setting in &block.clauses {
            let range = self.bytes(&setting.tokens);
            let before = self.found.len();
            match self.typed(Rule::setting_clause, range) {
                Some(declaration) => self.flow.settings.push(declaration),
                None => self.flow.partial = true,
            }
            for finding in self.found.iter_mut().skip(before) {
                let at = finding.primary.span.start as usize;
                if finding.help.is_none() && self.text[at..].starts_with(',') {
                    finding.help = Some("write `;` between settings, or a line for each".to_owned());
                }
            }
        }
    }

    fn locale(&mut self, range: Range<usize>) -> Option<()> {
        let place = self.place(&range);
        let part = self.parse(Rule::locale_clause, range)?.into_inner().nth(1)?;
        let value = self.simple(part, &place);
        self.once("`locale`", place.all(), self.flow.locale.as_ref().map(ast::Value::span))?;
        self.flow.locale = Some(value);
        Some(())
    }

    fn default_retry(&mut self, range: Range<usize>) -> Option<()> {
        let place = self.place(&range);
        let pair = self.parse(Rule::default_retry_clause, range)?.into_inner().find(|p| p.as_rule() == Rule::retry)?;
        let retry = values::retry(pair, &place);
        let Some(ast::Value::Retry(first)) = &mut self.flow.defaults.retry else {
            self.flow.defaults.retry = Some(ast::Value::Retry(retry));
            return Some(());
        };
        if values::merge_retry(first, &retry) {
            return Some(());
        }
        let first = first.span.0;
        self.once("`default retry`", place.all(), Some(first))
    }
}

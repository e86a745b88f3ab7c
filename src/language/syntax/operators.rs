//! Expressions as text to [`Expr`]: the one Pratt parser of both spellings.

use std::sync::LazyLock;

use pest::pratt_parser::{Assoc, Op, PrattParser};

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{Span, Spanned, Word};
use crate::language::syntax::ast::SpanOnly;
use crate::language::syntax::error;
use crate::language::syntax::expr::{Binary, Expr, ExprKind, Unary};
use crate::language::syntax::grammar::{self, Pair, Rule};
use crate::language::syntax::literal;
use crate::language::syntax::place::Place;
use crate::language::syntax::types::{span, word};

/// How many operators may hang on each other: `a + b + c …`, `a.b.c …`. Programs are stored as JSON, whose reader goes 128
/// levels deep: two for each operator, and some for what the expression stands in.
pub(crate) const MAX_CHAIN: usize = 48;

static LEVELS: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::or))
        .op(left(Rule::and))
        .op(left(Rule::eq) | left(Rule::ne))
        .op(left(Rule::lt) | left(Rule::le) | left(Rule::gt) | left(Rule::ge) | left(Rule::within))
        .op(left(Rule::add) | left(Rule::sub))
        .op(left(Rule::mul) | left(Rule::div))
        .op(Op::prefix(Rule::not) | Op::prefix(Rule::neg))
        .op(Op::postfix(Rule::field) | Op::postfix(Rule::optional_field))
});

/// Reads an expression. What cannot be read is [`ExprKind::Broken`], and a finding says why.
#[must_use]
pub fn parse(text: &str, place: &Place) -> (Expr, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let expr = match grammar::parse(Rule::expression_only, text) {
        Ok(pair) => match pair.into_inner().next() {
            Some(pair) => read(pair, place, &mut found),
            None => Expr::broken(place.all()),
        },
        Err(mismatch) => {
            found.push(mismatch.finding(text, place));
            Expr::broken(place.all())
        }
    };
    (expr, found)
}

/// An `expression` pair as a tree.
pub(crate) fn read(pair: Pair<'_>, place: &Place, found: &mut Vec<Diagnostic>) -> Expr {
    let all = span(&pair, place);
    let before = found.len();
    let mut reader = Reader { place, found };
    let deep = reader.expression(pair);
    if found.len() > before { Expr::broken(all) } else { deep.expr }
}

/// An expression and how deep its tree is.
struct Deep {
    expr: Expr,
    depth: usize,
}

struct Reader<'a> {
    place: &'a Place,
    found: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn expression(&mut self, pair: Pair<'_>) -> Deep {
        let all = span(&pair, self.place);
        let mut chain = Vec::new();
        let mut branches = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::question | Rule::colon => {}
                Rule::expression => branches.push(self.expression(part)),
                _ => chain.push(part),
            }
        }
        let condition = self.chain(chain);
        let mut branches = branches.into_iter();
        match (branches.next(), branches.next()) {
            (Some(yes), Some(no)) => {
                let depth = condition.depth.max(yes.depth).max(no.depth);
                let kind = ExprKind::Conditional(Box::new(condition.expr), Box::new(yes.expr), Box::new(no.expr));
                self.node(kind, all, depth)
            }
            _ => condition,
        }
    }

    fn chain(&mut self, pairs: Vec<Pair<'_>>) -> Deep {
        let this = std::cell::RefCell::new(self);
        LEVELS
            .map_primary(|pair| this.borrow_mut().primary(pair))
            .map_prefix(|sign, operand| this.borrow_mut().prefix(&sign, operand))
            .map_postfix(|operand, suffix| this.borrow_mut().postfix(operand, suffix))
            .map_infix(|left, sign, right| this.borrow_mut().infix(left, &sign, right))
            .parse(pairs.into_iter())
    }

    /// A node over operands of at most that depth; broken, with one finding, where the tree gets too deep.
    fn node(&mut self, kind: ExprKind, at: Span, operands: usize) -> Deep {
        if operands < MAX_CHAIN {
            return Deep { expr: Expr { kind, span: SpanOnly(at) }, depth: operands + 1 };
        }
        if !self.found.iter().any(|finding| finding.code == Code::F0007) {
            let message = format!("more than {MAX_CHAIN} operators hang on each other in one expression");
            let finding = Diagnostic::new(Code::F0007, message, at, "too long");
            self.found.push(finding.help("one of several values is asked for by `x in [a, b, c]`"));
        }
        Deep { expr: Expr::broken(at), depth: 1 }
    }

    fn prefix(&mut self, sign: &Pair<'_>, operand: Deep) -> Deep {
        let at = span(sign, self.place).to(operand.expr.span.0);
        let unary = if sign.as_rule() == Rule::not { Unary::Not } else { Unary::Neg };
        self.node(ExprKind::Unary(unary, Box::new(operand.expr)), at, operand.depth)
    }

    fn infix(&mut self, left: Deep, sign: &Pair<'_>, right: Deep) -> Deep {
        let at = left.expr.span.0.to(right.expr.span.0);
        let depth = left.depth.max(right.depth);
        let kind = ExprKind::Binary(binary(sign.as_rule()), Box::new(left.expr), Box::new(right.expr));
        self.node(kind, at, depth)
    }

    fn postfix(&mut self, operand: Deep, suffix: Pair<'_>) -> Deep {
        let at = operand.expr.span.0.to(span(&suffix, self.place));
        let rule = suffix.as_rule();
        let (name, arguments, depth) = self.named(suffix, operand.depth);
        let inner = Box::new(operand.expr);
        let kind = match (rule, arguments) {
            (Rule::optional_field, _) => ExprKind::OptionalField(inner, name),
            (_, Some(arguments)) => ExprKind::Method(inner, name, arguments),
            (_, None) => ExprKind::Field(inner, name),
        };
        self.node(kind, at, depth)
    }

    /// A name, the arguments behind it if there are brackets, and the depth of the deepest part.
    fn named(&mut self, pair: Pair<'_>, depth: usize) -> (Word, Option<Vec<Expr>>, usize) {
        let mut name = Spanned::new(String::new(), span(&pair, self.place));
        let mut depth = depth;
        let mut arguments = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::open | Rule::open_list => arguments = Some(Vec::new()),
                Rule::word => name = word(&part, self.place),
                Rule::expression => {
                    let argument = self.expression(part);
                    depth = depth.max(argument.depth);
                    arguments.get_or_insert_default().push(argument.expr);
                }
                _ => {}
            }
        }
        (name, arguments, depth)
    }

    fn primary(&mut self, pair: Pair<'_>) -> Deep {
        let at = span(&pair, self.place);
        match pair.as_rule() {
            Rule::group => match pair.into_inner().find(|part| part.as_rule() == Rule::expression) {
                Some(inner) => self.expression(inner),
                None => self.node(ExprKind::Broken, at, 0),
            },
            Rule::list => {
                let (_, items, depth) = self.named(pair, 0);
                self.node(ExprKind::List(items.unwrap_or_default()), at, depth)
            }
            Rule::named => {
                let (name, arguments, depth) = self.named(pair, 0);
                let kind = match (name.value.as_str(), arguments) {
                    (_, Some(arguments)) => ExprKind::Call(name, arguments),
                    ("true", None) => ExprKind::Bool(true),
                    ("false", None) => ExprKind::Bool(false),
                    (_, None) => ExprKind::Name(name.value),
                };
                self.node(kind, at, depth)
            }
            Rule::string => {
                let text = self.text(&pair);
                self.node(ExprKind::Text(text), at, 0)
            }
            _ => {
                let kind = self.amount(pair.as_str(), at);
                self.node(kind, at, 0)
            }
        }
    }

    fn amount(&mut self, text: &str, at: Span) -> ExprKind {
        let too_large = match literal::amount(text) {
            literal::Amount::Whole(Some(number)) => return ExprKind::Int(number),
            literal::Amount::Duration(Some(milliseconds)) => return ExprKind::Duration(milliseconds),
            literal::Amount::Decimal => return ExprKind::Decimal(text.to_owned()),
            literal::Amount::Whole(None) => "a number this large cannot be counted with",
            literal::Amount::Duration(None) => "a duration this long cannot be counted",
            literal::Amount::Neither => {
                let message = format!("`{}` is neither a number nor a duration", error::short(text));
                let finding = Diagnostic::new(Code::F0001, message, at, "expected an expression");
                self.found.push(finding.help("numbers are `3` and `2.50`, durations `500ms` `6s` `4m` `2h`"));
                return ExprKind::Broken;
            }
        };
        self.found.push(Diagnostic::new(Code::F0404, too_large, at, "too large"));
        ExprKind::Broken
    }

    fn text(&mut self, pair: &Pair<'_>) -> String {
        let unquoted = literal::unquote(pair.as_str(), self.place.all().file, pair.as_span().start());
        for (bad, written) in unquoted.bad_escapes {
            let at = self.place.span(bad.start as usize, bad.end as usize);
            self.found.push(literal::bad_escape(at, &written));
        }
        unquoted.text
    }
}

fn binary(rule: Rule) -> Binary {
    match rule {
        Rule::add => Binary::Add,
        Rule::and => Binary::And,
        Rule::div => Binary::Div,
        Rule::eq => Binary::Eq,
        Rule::ge => Binary::Ge,
        Rule::gt => Binary::Gt,
        Rule::le => Binary::Le,
        Rule::lt => Binary::Lt,
        Rule::mul => Binary::Mul,
        Rule::ne => Binary::Ne,
        Rule::or => Binary::Or,
        Rule::sub => Binary::Sub,
        _ => Binary::In,
    }
}

#[cfg(test)]
mod tests {
    use crate::language::source::{FileId, Span};
    use crate::language::syntax::expr::{Expr, ExprKind, Unary};
    use crate::language::syntax::operators::parse;
    use crate::language::syntax::place::Place;

    /// The tree, all brackets written out.
    fn shown(expr: &Expr) -> String {
        let list = |items: &[Expr]| items.iter().map(shown).collect::<Vec<_>>().join(", ");
        match &expr.kind {
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Int(value) => value.to_string(),
            ExprKind::Decimal(text) | ExprKind::Name(text) => text.clone(),
            ExprKind::Text(text) => format!("{text:?}"),
            ExprKind::Duration(value) => format!("{value}ms"),
            ExprKind::Field(of, name) => format!("{}.{}", shown(of), name.value),
            ExprKind::OptionalField(of, name) => format!("{}?.{}", shown(of), name.value),
            ExprKind::Call(name, items) => format!("{}({})", name.value, list(items)),
            ExprKind::Method(of, name, items) => format!("{}.{}({})", shown(of), name.value, list(items)),
            ExprKind::Unary(Unary::Not, of) => format!("(!{})", shown(of)),
            ExprKind::Unary(Unary::Neg, of) => format!("(-{})", shown(of)),
            ExprKind::Binary(sign, a, b) => format!("({} {} {})", shown(a), sign.symbol(), shown(b)),
            ExprKind::Conditional(a, b, c) => format!("({} ? {} : {})", shown(a), shown(b), shown(c)),
            ExprKind::List(items) => format!("[{}]", list(items)),
            ExprKind::Broken => "broken".to_owned(),
        }
    }

    fn read(text: &str) -> (Expr, Vec<String>) {
        let (expr, found) = parse(text, &Place::exact(FileId(0), 0, text.len()));
        (expr, found.iter().map(|f| format!("{} {} {}", f.code, f.primary.span.start, f.message)).collect())
    }

    #[test]
    fn operators_bind_as_in_cel() {
        let cases = [
            ("a + b * c - d", "((a + (b * c)) - d)"),
            ("a || b && c == d", "(a || (b && (c == d)))"),
            ("a < b == c in d", "((a < b) == (c in d))"),
            ("!a.b && -c > 1", "((!a.b) && ((-c) > 1))"),
            ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
            ("(a ? b : c) + 1", "((a ? b : c) + 1)"),
            ("a?.b.orValue('x').last(4, 2)", "a?.b.orValue(\"x\").last(4, 2)"),
            ("has(a.b) ? [1, 2.50,] : [] ", "(has(a.b) ? [1, 2.50] : [])"),
            ("true != false", "(true != false)"),
            ("inner - in_1", "(inner - in_1)"),
            ("4m + 500ms\n - 2h", "((240000ms + 500ms) - 7200000ms)"),
            ("truely", "truely"),
        ];
        for (text, tree) in cases {
            let (expr, found) = read(text);
            assert_eq!((shown(&expr).as_str(), found), (tree, Vec::new()), "{text}");
        }
    }

    #[test]
    fn every_node_knows_its_place() {
        let (expr, _) = read("a + (b.c)  ");
        assert_eq!(expr.span.0, Span::new(FileId(0), 0, 8));
        let ExprKind::Binary(_, _, right) = expr.kind else { panic!() };
        assert_eq!(right.span.0, Span::new(FileId(0), 5, 8));
    }

    #[test]
    fn what_cannot_be_read_is_broken_and_said_once() {
        let cases = [
            ("", "F0001 0 expected an expression"),
            ("a +", "F0001 3 expected an expression after `+`"),
            ("a b", "F0001 2 expected the end of the line after `a`"),
            ("(a", "F0001 2 expected `)` after `a`"),
            ("a == == b", "F0001 5 expected an expression after `==`"),
            ("a ? b", "F0001 5 expected `:` after `b`"),
            ("f(a,, b)", "F0001 4 expected `)` or an expression after `,`"),
            ("a.", "F0001 2 expected a name after `.`"),
            ("4x", "F0001 0 `4x` is neither a number nor a duration"),
            ("1.2.3", "F0001 0 `1.2.3` is neither a number nor a duration"),
            ("99999999999999999999", "F0404 0 a number this large cannot be counted with"),
            ("'a\\q'", "F0001 2 unknown escape `\\q`"),
            ("\"a", "F0001 0 expected an expression"),
        ];
        for (text, finding) in cases {
            let (expr, found) = read(text);
            assert_eq!((shown(&expr).as_str(), found), ("broken", vec![finding.to_owned()]), "{text}");
        }
    }
}

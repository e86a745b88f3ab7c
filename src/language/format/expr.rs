//! Expressions from their trees, with brackets only where the tree needs them.

use crate::language::format::doc::{self, Doc, text};
use crate::language::format::words;
use crate::language::source::Source;
use crate::language::syntax::expr::{Binary, Expr, ExprKind, Unary};

/// How tightly a node holds together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Conditional,
    Or,
    And,
    Equal,
    Compare,
    Sum,
    Product,
    Sign,
    Suffix,
}

/// Prints expressions; durations as the author wrote them.
#[derive(Clone, Copy)]
pub(crate) struct Printer<'a> {
    /// The text the tree was read from.
    pub(crate) source: &'a Source,
}

impl Printer<'_> {
    /// An expression on one line.
    pub(crate) fn flat(self, expr: &Expr) -> String {
        doc::flat(&[self.node(expr, Level::Conditional, false)])
    }

    /// An expression that may be broken behind its operators and commas.
    pub(crate) fn doc(self, expr: &Expr) -> Doc {
        self.node(expr, Level::Conditional, true)
    }

    /// A node where at least that level is wanted.
    fn node(self, expr: &Expr, wanted: Level, breaks: bool) -> Doc {
        let own = level(&expr.kind);
        if own >= wanted {
            return self.bare(expr, own, breaks);
        }
        Doc::Group(vec![text("("), Doc::Indent(1, vec![self.bare(expr, own, breaks)]), text(")")])
    }

    fn bare(self, expr: &Expr, own: Level, breaks: bool) -> Doc {
        match &expr.kind {
            ExprKind::Bool(value) => text(value.to_string()),
            ExprKind::Int(value) => text(value.to_string()),
            ExprKind::Decimal(written) | ExprKind::Name(written) => text(written.clone()),
            ExprKind::Text(value) => text(words::quoted(value)),
            ExprKind::Duration(milliseconds) => text(self.duration(*milliseconds, expr)),
            ExprKind::Field(of, name) => {
                Doc::Group(vec![self.node(of, Level::Suffix, breaks), text(format!(".{}", name.value))])
            }
            ExprKind::OptionalField(of, name) => {
                Doc::Group(vec![self.node(of, Level::Suffix, breaks), text(format!("?.{}", name.value))])
            }
            ExprKind::Call(name, items) => {
                Doc::Group(vec![text(name.value.clone()), self.items("(", items, ")", breaks)])
            }
            ExprKind::Method(of, name, items) => Doc::Group(vec![
                self.node(of, Level::Suffix, breaks),
                text(format!(".{}", name.value)),
                self.items("(", items, ")", breaks),
            ]),
            ExprKind::Unary(sign, of) => {
                let sign = match sign {
                    Unary::Neg => "-",
                    Unary::Not => "!",
                };
                Doc::Group(vec![text(sign), self.node(of, Level::Sign, breaks)])
            }
            ExprKind::Binary(sign, left, right) => Doc::Group(vec![
                self.node(left, own, breaks),
                text(format!(" {}", sign.symbol())),
                if breaks { Doc::Blank } else { text(" ") },
                self.node(right, tighter(own), breaks),
            ]),
            ExprKind::Conditional(condition, yes, no) => Doc::Group(vec![
                self.node(condition, Level::Or, breaks),
                text(" ? "),
                // A line that began in here could look like the label of a state.
                self.node(yes, Level::Or, false),
                text(" :"),
                if breaks { Doc::Blank } else { text(" ") },
                self.node(no, Level::Conditional, breaks),
            ]),
            ExprKind::List(items) => self.items("[", items, "]", breaks),
            ExprKind::Broken => text(""),
        }
    }

    fn items(self, open: &str, items: &[Expr], close: &str, breaks: bool) -> Doc {
        if breaks {
            let items = items.iter().map(|item| vec![self.node(item, Level::Conditional, true)]).collect();
            return doc::listed(open, items, close);
        }
        let items: Vec<String> = items.iter().map(|item| self.flat(item)).collect();
        text(format!("{open}{}{close}", items.join(", ")))
    }

    fn duration(self, milliseconds: u64, expr: &Expr) -> String {
        let span = expr.span.0;
        let written = self.source.text().get(span.start as usize..span.end as usize).unwrap_or("");
        if crate::language::duration::read(written) == Some(milliseconds) {
            return written.to_owned();
        }
        let units = [(3_600_000, "h"), (60_000, "m"), (1_000, "s")];
        let whole = units.iter().find(|(unit, _)| milliseconds > 0 && milliseconds.is_multiple_of(*unit));
        whole.map_or(format!("{milliseconds}ms"), |(unit, name)| format!("{}{name}", milliseconds / unit))
    }
}

fn level(kind: &ExprKind) -> Level {
    match kind {
        ExprKind::Conditional(..) => Level::Conditional,
        ExprKind::Binary(Binary::Or, ..) => Level::Or,
        ExprKind::Binary(Binary::And, ..) => Level::And,
        ExprKind::Binary(Binary::Eq | Binary::Ne, ..) => Level::Equal,
        ExprKind::Binary(Binary::Ge | Binary::Gt | Binary::In | Binary::Le | Binary::Lt, ..) => Level::Compare,
        ExprKind::Binary(Binary::Add | Binary::Sub, ..) => Level::Sum,
        ExprKind::Binary(Binary::Mul | Binary::Div, ..) => Level::Product,
        ExprKind::Unary(..) => Level::Sign,
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Text(_)
        | ExprKind::Duration(_)
        | ExprKind::Name(_)
        | ExprKind::Field(..)
        | ExprKind::OptionalField(..)
        | ExprKind::Call(..)
        | ExprKind::Method(..)
        | ExprKind::List(_)
        | ExprKind::Broken => Level::Suffix,
    }
}

/// The level that the right side of an operator needs: they all hold to the left.
fn tighter(level: Level) -> Level {
    match level {
        Level::Conditional => Level::Or,
        Level::Or => Level::And,
        Level::And => Level::Equal,
        Level::Equal => Level::Compare,
        Level::Compare => Level::Sum,
        Level::Sum => Level::Product,
        Level::Product => Level::Sign,
        Level::Sign | Level::Suffix => Level::Suffix,
    }
}

//! Comments of a flow, which its tree does not hold: where each stands and what it says.

use crate::language::source::{FileId, Span};
use crate::language::syntax::ast::Spelling;

/// A comment; it goes on to the end of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Where it stands, its sign included.
    pub span: Span,
    /// What it says behind its sign, without blanks at the end.
    pub text: String,
}

/// The comments of one file, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// Each of them.
    pub list: Vec<Comment>,
}

impl Comments {
    /// The comments that a reader met, from where each begins.
    pub(crate) fn read(text: &str, file: FileId, spelling: Spelling, starts: &[usize]) -> Comments {
        let sign = Comment::sign(spelling);
        let comment = |start: &usize| {
            let rest = text.get(*start..).unwrap_or("");
            let line = rest.find('\n').map_or(rest, |end| &rest[..end]).trim_end();
            let says = line.strip_prefix(sign).unwrap_or(line);
            Comment { span: Span::new(file, *start, *start + line.len()), text: says.to_owned() }
        };
        Comments { list: starts.iter().map(comment).collect() }
    }
}

impl Comment {
    /// What a comment begins with.
    #[must_use]
    pub fn sign(spelling: Spelling) -> &'static str {
        match spelling {
            Spelling::Native => "//",
            Spelling::Yaml => "#",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::language::source::Sources;
    use crate::language::syntax::ast::Spelling;
    use crate::language::syntax::read_flow_with_comments;

    fn said(text: &str, spelling: Spelling) -> Vec<(u32, String)> {
        let mut sources = Sources::default();
        let file = sources.add("case", text);
        let (_, comments, _) = read_flow_with_comments(&sources, file, spelling);
        comments.list.into_iter().map(|comment| (comment.span.start, comment.text)).collect()
    }

    #[test]
    fn comments_of_both_spellings_are_kept() {
        let native = "// top\r\nflowc 1 //x \nflow a inbound\nb: play \"// no\" { // inside\n}\n//";
        let expected = [(0, " top"), (16, "x"), (54, " inside"), (66, "")];
        assert_eq!(said(native, Spelling::Native), expected.map(|(at, text)| (at, text.to_owned())));
        let yaml = "# top\nflowc: 1 # x\nflow: a\nstates:\n  a: { play: b, # inside\n    then: \"# no\" }\n#end";
        let expected = [(0, " top"), (15, " x"), (51, " inside"), (79, "end")];
        assert_eq!(said(yaml, Spelling::Yaml), expected.map(|(at, text)| (at, text.to_owned())));
    }
}

//! What to write instead: edits that go with a finding, and texts with edits made.

use crate::language::diagnostic::Diagnostic;
use crate::language::source::Span;
use std::ops::Range;

/// How a finding can be made to go away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Stretches of text with what to write in their place; all or none.
    pub edits: Vec<(Span, String)>,
    /// Whether it is certainly what was meant, so that it may be made without being looked at.
    pub safe: bool,
}

/// A known word that resembles an unknown one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near<'a> {
    /// The known word.
    pub word: &'a str,
    /// Whether no other resembles it too.
    pub only: bool,
}

impl Near<'_> {
    /// Whether this is certainly what `word` was to say: nothing else is near, and they differ in neither a digit nor half of
    /// their letters. `team_2` is not `team_1` misspelt.
    #[must_use]
    pub fn is_certain(self, word: &str) -> bool {
        let digits = |word: &str| word.chars().filter(char::is_ascii_digit).collect::<String>();
        let long = |word: &str| word.chars().count() > 2;
        self.only && long(word) && long(self.word) && digits(word) == digits(self.word)
    }
}

/// The word nearest to `word`, when one is near enough to be what was meant.
pub fn near<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<Near<'a>> {
    let mut near: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .filter(|candidate| may_be_near(word, candidate))
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| is_near(*distance, word, candidate))
        .collect();
    near.sort_unstable();
    near.dedup();
    near.first().map(|(_, first)| Near { word: first, only: near.len() == 1 })
}

/// Whether so many slips are few for words of this length. Of one letter nothing is left after a slip but its case.
fn is_near(distance: usize, word: &str, candidate: &str) -> bool {
    let longer = candidate.chars().count().max(word.chars().count());
    distance <= 1.max(longer / 3) && (distance < longer || candidate.eq_ignore_ascii_case(word))
}

/// Words whose lengths differ by more than the distance allowed are not compared: a byte is at most a character.
fn may_be_near(word: &str, candidate: &str) -> bool {
    let (short, long) = (candidate.len().min(word.len()), candidate.len().max(word.len()));
    !word.is_ascii() || !candidate.is_ascii() || long - short <= 1.max(long / 3)
}

impl Diagnostic {
    /// Says how to make it go away.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Diagnostic {
        self.fix = Some(Box::new(fix));
        self
    }

    /// Says what certainly stands here in truth.
    #[must_use]
    pub fn instead(self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.fix(Fix { edits: vec![(span, text.into())], safe: true })
    }

    /// Says what the word that the finding stands on is certainly to be, where it stands there as it reads.
    #[must_use]
    pub fn rewritten(mut self, word: &str, text: &str) -> Diagnostic {
        self.fix = stretch(self.primary.span, word)
            .map(|span| Box::new(Fix { edits: vec![(span, text.to_owned())], safe: true }));
        self
    }

    /// ``did you mean `x`?`` for the nearest of the names that an author gave, where one is near to the word that the finding
    /// stands on. Two names may both be right, or the one that is declared may be the one misspelt: never certain.
    #[must_use]
    pub fn did_you_mean<'a>(self, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Diagnostic {
        self.meant(word, near(word, candidates))
    }

    /// ``did you mean `x`?`` for an author's name that is near to the word that the finding stands on.
    #[must_use]
    pub fn meant(self, word: &str, near: Option<Near<'_>>) -> Diagnostic {
        self.in_place_of(word, near, |_| false)
    }

    /// ``did you mean `x`?`` for the nearest of the language's own words, which nobody can have misspelt elsewhere.
    #[must_use]
    pub fn misspelt<'a>(self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
        self.misspelt_for(word, near(word, known))
    }

    /// ``did you mean `x`?`` for a word of the language that is near to the one that the finding stands on.
    #[must_use]
    pub fn misspelt_for(self, word: &str, near: Option<Near<'_>>) -> Diagnostic {
        self.in_place_of(word, near, |near| near.is_certain(word))
    }

    fn in_place_of(mut self, word: &str, near: Option<Near<'_>>, safe: impl Fn(Near<'_>) -> bool) -> Diagnostic {
        let Some(near) = near else { return self };
        self.help = Some(format!("did you mean `{}`?", near.word));
        self.fix = stretch(self.primary.span, word)
            .map(|span| Box::new(Fix { edits: vec![(span, near.word.to_owned())], safe: safe(near) }));
        self
    }

    /// An author's name where the finding stands on a longer word, like `crm.find`, of which a part is not the one that was meant.
    #[must_use]
    pub fn meant_in(mut self, word: &str, part: Range<usize>, near: Option<Near<'_>>) -> Diagnostic {
        let Some(near) = near else { return self };
        self.help = Some(format!("did you mean `{}`?", near.word));
        self.fix = stretch(self.primary.span, word).map(|span| {
            let at = Span::new(span.file, span.start as usize + part.start, span.start as usize + part.end);
            Box::new(Fix { edits: vec![(at, near.word.to_owned())], safe: false })
        });
        self
    }
}

/// Where a word itself stands: the span, or the span within its quotes. `None` where it is written in another way.
fn stretch(span: Span, word: &str) -> Option<Span> {
    match ((span.end - span.start) as usize).checked_sub(word.len())? {
        0 => Some(span),
        2 => Some(Span { start: span.start + 1, end: span.end - 1, ..span }),
        _ => None,
    }
}

/// The fixes that can be made together: of those that touch the same text the first counts, and equal ones count once.
pub fn apart<'a>(fixes: impl IntoIterator<Item = &'a Fix>) -> Vec<&'a Fix> {
    let mut taken: Vec<&Fix> = Vec::new();
    for fix in fixes {
        let touches = |edit: &(Span, String)| {
            let mut others = taken.iter().flat_map(|taken| &taken.edits);
            others.any(|other| meet(edit.0, other.0))
        };
        if !fix.edits.iter().any(touches) {
            taken.push(fix);
        }
    }
    taken
}

/// Whether two stretches share text, or one begins where the other is empty.
fn meet(a: Span, b: Span) -> bool {
    a.file == b.file && (a.start < b.end && b.start < a.end || a.start == b.start)
}

/// A text with edits made that touch neither each other nor the middle of a character.
#[must_use]
pub fn edited(text: &str, edits: &[(Span, String)]) -> String {
    let mut edits: Vec<&(Span, String)> = edits.iter().collect();
    edits.sort_by_key(|(span, _)| (span.start, span.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (span, new) in edits {
        let (start, end) = (span.start as usize, span.end as usize);
        let Some(kept) = text.get(at..start).filter(|_| text.is_char_boundary(end.min(text.len()))) else { continue };
        out.push_str(kept);
        out.push_str(new);
        at = end.min(text.len());
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

#[cfg(test)]
mod tests {
    use crate::language::diagnostic::fix::{Fix, apart, edited, near};
    use crate::language::diagnostic::{Code, Diagnostic, nearest};
    use crate::language::source::{FileId, Span};

    fn span(start: usize, end: usize) -> Span {
        Span::new(FileId(0), start, end)
    }

    #[test]
    fn nearest_is_near() {
        assert_eq!(nearest("mneu", ["menu", "many", "play"]), Some("menu"));
        assert_eq!(nearest("recognise", ["recognize", "transfer"]), Some("recognize"));
        assert_eq!(nearest("xyz", ["menu", "play"]), None);
        assert_eq!(nearest("a", ["a"]), None);
        assert_eq!((nearest("z", ["a"]), nearest("A", ["a"]), nearest("з", ["a"])), (None, Some("a"), None));
    }

    #[test]
    fn names_are_never_certain() {
        let unknown = || Diagnostic::new(Code::F0102, "unknown", span(4, 8), "here");
        assert!(!unknown().did_you_mean("mneu", ["menu"]).fix.unwrap().safe);
        assert!(unknown().misspelt("mneu", ["menu"]).fix.unwrap().safe);
    }

    #[test]
    fn only_what_cannot_be_another_is_certain() {
        let certain = |word: &str, known: &[&str]| near(word, known.iter().copied()).unwrap().is_certain(word);
        assert!(certain("mneu", &["menu", "play", "menu"]));
        assert!(!certain("mneu", &["menu", "mne"]), "two are near");
        assert!(!certain("by", &["bye"]), "too short to tell");
        assert!(!certain("team_2", &["team_1"]), "another number is another name");
    }

    #[test]
    fn a_word_is_replaced_where_it_stands() {
        let fix = |span| {
            let finding = Diagnostic::new(Code::F0102, "unknown", span, "here").did_you_mean("mneu", ["menu"]);
            assert_eq!(finding.help.as_deref(), Some("did you mean `menu`?"));
            finding.fix
        };
        assert_eq!(fix(span(4, 8)).unwrap().edits, [(span(4, 8), "menu".to_owned())]);
        assert_eq!(fix(span(4, 10)).unwrap().edits, [(span(5, 9), "menu".to_owned())], "quotes stay");
        assert_eq!(fix(span(4, 20)), None);
    }

    #[test]
    fn a_part_of_a_word_is_replaced_where_it_stands() {
        let fix = |at| {
            let known = near("fnid", ["find"]);
            Diagnostic::new(Code::F0116, "unknown", at, "here").meant_in("crm.fnid", 4..8, known).fix
        };
        let edit = |start, end| Fix { edits: vec![(span(start, end), "find".to_owned())], safe: false };
        assert_eq!(fix(span(10, 18)), Some(Box::new(edit(14, 18))));
        assert_eq!(fix(span(10, 20)), Some(Box::new(edit(15, 19))), "quotes stay");
        assert_eq!(fix(span(10, 30)), None);
    }

    #[test]
    fn edits_are_made_apart() {
        let fix = |start, end, text: &str| Fix { edits: vec![(span(start, end), text.to_owned())], safe: true };
        let fixes = [fix(0, 3, "x"), fix(2, 5, "y"), fix(6, 6, "z"), fix(6, 6, "w"), fix(3, 4, "é")];
        let taken: Vec<_> = apart(&fixes).into_iter().flat_map(|fix| fix.edits.clone()).collect();
        assert_eq!(edited("abcdefghi", &taken), "xéefzghi");
        assert_eq!(edited("äb", &[(span(0, 1), "x".to_owned())]), "äb", "never within a character");
    }
}

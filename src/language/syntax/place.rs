//! From a place in a piece of text (an expression inside a YAML scalar, a text with escapes) to the place in its file.

use crate::language::source::{FileId, Span};

/// How offsets in a piece of text map to the file it came from.
#[derive(Clone, Debug)]
pub struct Place {
    /// The stretch of the file the piece was read from.
    whole: Span,
    steps: Steps,
    /// Added to each offset before it is looked up.
    shift: u32,
}

/// Where piece and file run in step.
#[derive(Clone, Debug)]
enum Steps {
    /// All the way.
    All,
    /// From each of these on: (offset in the piece, offset in the file).
    From(Vec<(u32, u32)>),
    /// Nowhere: only the whole stretch is known.
    Unknown,
}

impl Place {
    /// A piece that stands in the file as it is.
    #[must_use]
    pub fn exact(file: FileId, start: usize, len: usize) -> Place {
        Place { whole: Span::new(file, start, start + len), steps: Steps::All, shift: 0 }
    }

    /// A piece of which only the stretch it came from is known.
    #[must_use]
    pub fn whole(span: Span) -> Place {
        Place { whole: span, steps: Steps::Unknown, shift: 0 }
    }

    /// A piece that runs in step with the file from each of `steps` on: (offset in the piece, offset in the file).
    #[must_use]
    pub fn mapped(span: Span, steps: Vec<(u32, u32)>) -> Place {
        Place { whole: span, steps: Steps::From(steps), shift: 0 }
    }

    /// The place of the rest of the piece, from `offset` on.
    #[must_use]
    pub fn from(&self, offset: usize) -> Place {
        Place { shift: self.shift.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX)), ..self.clone() }
    }

    /// The stretch of the file the piece was read from.
    #[must_use]
    pub fn all(&self) -> Span {
        self.whole
    }

    /// The span in the file of the piece's bytes from `start` to `end`.
    #[must_use]
    pub fn span(&self, start: usize, end: usize) -> Span {
        let Some(from) = self.look_up(start) else { return self.whole };
        let to = if end > start { self.look_up(end - 1).map_or(from, |last| last + 1) } else { from };
        let inside = |at: u32| at.clamp(self.whole.start, self.whole.end);
        Span { file: self.whole.file, start: inside(from), end: inside(to.max(from)) }
    }

    fn look_up(&self, offset: usize) -> Option<u32> {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX).saturating_add(self.shift);
        let (piece, file) = match &self.steps {
            Steps::All => (0, self.whole.start),
            Steps::From(steps) => *steps.get(steps.partition_point(|(piece, _)| *piece <= offset).saturating_sub(1))?,
            Steps::Unknown => return None,
        };
        Some(file.saturating_add(offset.saturating_sub(piece)))
    }
}

#[cfg(test)]
mod tests {
    use crate::language::source::{FileId, Span};
    use crate::language::syntax::place::Place;

    #[test]
    fn maps_offsets() {
        let file = FileId(0);
        let exact = Place::exact(file, 10, 5);
        assert_eq!(exact.span(1, 3), Span::new(file, 11, 13));
        assert_eq!(exact.from(2).span(0, 1), Span::new(file, 12, 13));
        assert_eq!(exact.span(4, 99), Span::new(file, 14, 15));
        let mapped = Place::mapped(Span::new(file, 10, 20), vec![(0, 11), (2, 14)]);
        assert_eq!(mapped.span(0, 2), Span::new(file, 11, 13));
        assert_eq!(mapped.span(1, 3), Span::new(file, 12, 15));
        assert_eq!(Place::whole(Span::new(file, 3, 9)).span(1, 2), Span::new(file, 3, 9));
    }
}

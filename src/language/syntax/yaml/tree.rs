//! YAML text to a tree in which every key and scalar has its place. Scalars stay text, whatever YAML would make of them.
//! Features that flows do not use are refused here; knows nothing of flows.

use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as Mark, StructureStyle};

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{FileId, Span, Spanned, Word};
use crate::language::syntax::error;
use crate::language::syntax::grammar;
use crate::language::syntax::place::Place;

/// How many keys of a mapping are looked through, before they are put in order.
const FEW: usize = 16;

/// How many nodes a file may have.
const MAX_NODES: usize = 2_000_000;

/// A value.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// What it is.
    pub(crate) kind: NodeKind,
    /// Where it stands.
    pub(crate) span: Span,
}

/// The shapes of a value.
#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    /// Something refused; a finding has said so.
    Broken,
    /// Nothing, where a value could stand.
    Empty,
    /// `[a, b]`.
    List(Vec<Node>),
    /// `{ a: b }`; keys are unique.
    Map(Vec<Entry>),
    /// Text.
    Scalar(Scalar),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: Word,
    /// How the key lies in the file.
    pub(crate) place: Place,
    /// The value.
    pub(crate) value: Node,
}

/// A text.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    /// What it says.
    pub(crate) text: String,
    /// How it lies in the file.
    pub(crate) place: Place,
    /// Whether it stands in no quotes.
    pub(crate) plain: bool,
}

/// A file as a tree.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The first document's value.
    pub(crate) root: Option<Node>,
    /// Where comments begin.
    pub(crate) comments: Vec<usize>,
    /// Why reading ended before the end, and where collections in `{ }` and `[ ]` stood open then.
    pub(crate) fault: Option<(ScanError, Vec<usize>)>,
    /// Pieces that were refused and left out.
    pub(crate) lost: Vec<Range<usize>>,
}

/// Reads a text as far as it is YAML.
pub(crate) fn read(text: &str, file: FileId, found: &mut Vec<Diagnostic>) -> Tree {
    let mut builder = Builder {
        text,
        file,
        found,
        open: Vec::new(),
        root: None,
        nodes: 0,
        documents: 0,
        refused: false,
        lost: Vec::new(),
    };
    let mut comments = Vec::new();
    let options = granit_parser::options! {
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        max_buffered_comment_events: usize::MAX,
        simple_key_max_lookahead: 4096,
        flow_nesting_limit: grammar::MAX_DEPTH,
        block_nesting_limit: grammar::MAX_DEPTH,
    };
    for next in Parser::new_from_str_with_options(text, options) {
        match next {
            Ok((Event::Comment(..), mark)) => comments.push(start(&mark)),
            Ok((event, mark)) => {
                if !builder.take(event, &mark) {
                    break;
                }
            }
            Err(fault) => {
                let flows = builder.open.iter().filter(|open| open.flow).map(|open| open.start).collect();
                builder.close_all();
                return Tree { root: builder.root, comments, fault: Some((fault, flows)), lost: builder.lost };
            }
        }
    }
    builder.close_all();
    let refused = builder.refused;
    Tree { root: builder.root.filter(|_| !refused), comments, fault: None, lost: builder.lost }
}

/// A list or a mapping that is being read.
struct Open {
    start: usize,
    flow: bool,
    list: Option<Vec<Node>>,
    map: Vec<Entry>,
    /// Keys so far, for finding those that stand twice; empty while there are few, which are looked through.
    keys: BTreeMap<String, Span>,
    key: Option<(Node, bool)>,
}

impl Open {
    /// Where a key stood before, if it did; else it is taken note of.
    fn first(&mut self, key: &str, span: Span) -> Option<Span> {
        if self.map.len() < FEW {
            return self.map.iter().find(|entry| entry.key.value == key).map(|entry| entry.key.span);
        }
        if self.keys.is_empty() {
            self.keys = self.map.iter().map(|entry| (entry.key.value.clone(), entry.key.span)).collect();
        }
        let first = self.keys.get(key).copied();
        if first.is_none() {
            self.keys.insert(key.to_owned(), span);
        }
        first
    }
}

struct Builder<'a> {
    text: &'a str,
    file: FileId,
    found: &'a mut Vec<Diagnostic>,
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    documents: usize,
    /// Too deep or too large: nothing of it is used.
    refused: bool,
    /// Keys that were refused, with what stood under them.
    lost: Vec<Range<usize>>,
}

impl Builder<'_> {
    /// Takes an event; false when nothing more is to be read.
    fn take(&mut self, event: Event<'_>, mark: &Mark) -> bool {
        let span = self.span(mark);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.refuse("a second document", span, "one file holds one document");
                    return false;
                }
            }
            Event::Scalar(text, style, _, tag) => {
                self.tagged(tag.is_some(), mark);
                let node = self.scalar(&text, style, span);
                self.add(node);
            }
            Event::SequenceStart(style, _, tag) => {
                self.tagged(tag.is_some(), mark);
                return self.begin(Some(Vec::new()), style, span);
            }
            Event::MappingStart(style, _, tag) => {
                self.tagged(tag.is_some(), mark);
                return self.begin(None, style, span);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span.end as usize),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let name = self.text.get(span.start as usize..span.end as usize).unwrap_or("*");
                let finding = error::yaml_feature(
                    &format!("the alias `{}`", error::short(name)),
                    span,
                    "`*` begins an alias in YAML",
                );
                // What is merged has been refused with its key.
                if self.open.last().and_then(|open| open.key.as_ref()).is_none_or(|(_, wanted)| *wanted) {
                    self.found.push(finding.help("write `star` for the key, or quote a text that begins with `*`"));
                }
                self.add(Node { kind: NodeKind::Broken, span });
            }
            Event::Anchor(..) => self.refuse("an anchor", span, "`&` begins an anchor in YAML"),
            _ => {}
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let message = format!("more than {MAX_NODES} values in one file");
            self.found.push(Diagnostic::new(Code::F0007, message, span, "the whole file is left unread"));
            self.refused = true;
        }
        self.nodes <= MAX_NODES && self.found.len() <= error::MAX_FINDINGS
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span) -> Node {
        let plain = style == ScalarStyle::Plain;
        if plain && span.start == span.end {
            return Node { kind: NodeKind::Empty, span };
        }
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let text = if block { text.trim_end_matches('\n') } else { text };
        let place = lay_out(text, self.text, span, block);
        Node { kind: NodeKind::Scalar(Scalar { text: text.to_owned(), place, plain }), span }
    }

    fn begin(&mut self, list: Option<Vec<Node>>, style: StructureStyle, span: Span) -> bool {
        if self.open.len() >= grammar::MAX_DEPTH {
            self.found.push(grammar::too_deep_finding(span));
            self.refused = true;
            return false;
        }
        let flow = style == StructureStyle::Flow;
        let start = span.start as usize;
        self.open.push(Open { start, flow, list, map: Vec::new(), keys: BTreeMap::new(), key: None });
        true
    }

    fn end(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        let last = match &open.list {
            Some(list) => list.last().map(|node| node.span.end),
            None => open.map.last().map(|entry| entry.value.span.end.max(entry.key.span.end)),
        };
        let end = if open.flow { end } else { last.map_or(open.start, |last| last as usize) };
        let span = Span::new(self.file, open.start, end);
        let kind = match open.list {
            Some(list) => NodeKind::List(list),
            None => NodeKind::Map(open.map),
        };
        self.add(Node { kind, span });
    }

    fn close_all(&mut self) {
        while let Some(open) = self.open.last() {
            let end = open.start;
            self.end(end);
        }
    }

    fn add(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        if let Some(list) = &mut open.list {
            list.push(node);
            return;
        }
        let Some((key, wanted)) = open.key.take() else {
            let key = self.key(node);
            if let Some(open) = self.open.last_mut() {
                open.key = Some(key);
            }
            return;
        };
        if let (true, NodeKind::Scalar(scalar)) = (wanted, key.kind) {
            let word = Spanned::new(scalar.text, key.span);
            open.map.push(Entry { key: word, place: scalar.place, value: node });
        }
    }

    /// A key, and whether it and its value are wanted.
    fn key(&mut self, node: Node) -> (Node, bool) {
        let span = node.span;
        let NodeKind::Scalar(scalar) = &node.kind else {
            if !matches!(node.kind, NodeKind::Broken) {
                self.refuse("a key that is no word", span, "keys are words here");
            }
            return (node, false);
        };
        if scalar.text == "<<" && scalar.plain {
            self.refuse("a merge key", span, "`<<` merges mappings in YAML");
            self.lost.push(span.start as usize..span.end as usize);
            return (node, false);
        }
        if scalar.text.len() > error::MAX_WORD {
            self.found.push(error::long_word(span, scalar.text.len()));
            return (node, false);
        }
        let Some(first) = self.open.last_mut().and_then(|open| open.first(&scalar.text, span)) else {
            return (node, true);
        };
        self.found.push(error::twice(Code::F0004, &format!("the key `{}`", error::short(&scalar.text)), span, first));
        (node, false)
    }

    fn tagged(&mut self, tagged: bool, mark: &Mark) {
        if tagged {
            let tag = mark.tag_span().map_or_else(|| self.span(mark), |tag| self.span(&tag));
            self.refuse("a tag", tag, "`!` begins a tag in YAML");
        }
    }

    fn refuse(&mut self, what: &str, span: Span, label: &str) {
        self.found.push(error::yaml_feature(what, span, label));
    }

    fn span(&self, mark: &Mark) -> Span {
        let range = mark.byte_range().unwrap_or(0..0);
        Span::new(self.file, range.start.min(self.text.len()), range.end.min(self.text.len()))
    }
}

fn start(mark: &Mark) -> usize {
    mark.byte_range().map_or(0, |range| range.start)
}

/// How a scalar's text lies in the file: in step where it stands as it reads, without its line ends and escapes.
fn lay_out(value: &str, text: &str, span: Span, block: bool) -> Place {
    let (start, end) = (span.start as usize, span.end as usize);
    let source = text.get(start..end).unwrap_or("");
    if source == value {
        return Place::exact(span.file, start, value.len());
    }
    let headed = block && source.starts_with(['|', '>']);
    let skip = if headed {
        source.find('\n').map_or(0, |line| line + 1)
    } else {
        usize::from(source.starts_with(['"', '\'']))
    };
    align(value, source, skip, start).map_or_else(|| Place::whole(span), |steps| Place::mapped(span, steps))
}

/// Finds the value's characters in the source, from `skip` on; white space may differ, a backslash may stand before.
fn align(value: &str, source: &str, skip: usize, start: usize) -> Option<Vec<(u32, u32)>> {
    let mut steps: Vec<(u32, u32)> = Vec::new();
    let mut at = skip;
    for (offset, char) in value.char_indices() {
        let mut rest = source.get(at..)?.chars();
        let mut here = rest.next();
        while let Some(blank) = here
            && blank.is_whitespace()
            && blank != char
        {
            at += blank.len_utf8();
            here = rest.next();
        }
        if here == Some('\\') && char != '\\'
            || source.get(at..)?.starts_with("\\\\")
            || source.get(at..)?.starts_with("''")
        {
            at += 1;
            here = rest.next();
        }
        if here != Some(char) {
            if char.is_whitespace() {
                continue;
            }
            return None;
        }
        let next = (offset as u32, (start + at) as u32);
        if steps.last().is_none_or(|(piece, file)| next.0 - piece != next.1 - file) {
            steps.push(next);
        }
        at += char.len_utf8();
    }
    (!steps.is_empty()).then_some(steps)
}

#[cfg(test)]
mod tests {
    use crate::language::source::{FileId, Span};
    use crate::language::syntax::yaml::tree::{NodeKind, Tree, read};

    fn tree(text: &str) -> (Tree, Vec<(String, u32)>) {
        let mut found = Vec::new();
        let tree = read(text, FileId(0), &mut found);
        (tree, found.into_iter().map(|f| (f.code.to_string(), f.primary.span.start)).collect())
    }

    /// The place of a word within the first entry's scalar.
    fn place_of(text: &str, word: &str) -> Span {
        let (tree, _) = tree(text);
        let Some(NodeKind::Map(entries)) = tree.root.map(|root| root.kind) else { panic!("no map") };
        let NodeKind::Scalar(scalar) = &entries[0].value.kind else { panic!("no scalar") };
        let at = scalar.text.find(word).unwrap();
        scalar.place.span(at, at + word.len())
    }

    #[test]
    fn scalars_keep_their_places() {
        for text in [
            "a: some words here\n",
            "a: 'some words here'\n",
            "a: \"some words here\"\n",
            "a: \"so \\\"me\\\" words here\"\n",
            "a: 'so''me words here'\n",
            "a: >\n  some\n  words here\n",
            "a: |\n  some\n  words here\n",
            "a: some\n  words here\n",
            "\u{FEFF}a: some\r\n  words here\r\n",
        ] {
            let at = text.find("words").unwrap();
            assert_eq!(place_of(text, "words"), Span::new(FileId(0), at, at + 5), "{text}");
        }
    }

    #[test]
    fn features_that_flows_do_not_use() {
        let cases = [
            ("a: &x b\n", "F0003", 3),
            ("a: *x\n", "F0003", 3),
            ("a: !t b\n", "F0003", 3),
            ("<<: { a: b }\n", "F0003", 0),
            ("a: 1\n---\nb: 2\n", "F0003", 5),
            ("a: 1\nb: 2\na: 3\n", "F0004", 10),
            ("? [a]\n: b\n", "F0003", 2),
        ];
        for (text, code, at) in cases {
            assert_eq!(tree(text).1, [(code.to_owned(), at)], "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert!(tree(&"[".repeat(10_000)).0.fault.is_some());
        let block: String = (0..200).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
        assert!(tree(&block).0.fault.is_some());
    }
}

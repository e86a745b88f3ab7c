//! A YAML document to be written: mappings, lists and scalars, each on one line where it fits and may be, else as a block.

use crate::language::format::doc::columns;
use crate::language::format::page::{Blank, Line, Page, WIDTH};
use crate::language::format::yaml::scalar::{folded_lines, literal_lines, quoted, scalar};

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// A word that our reader takes as text, whatever YAML makes of it.
    Word(String),
    /// A text.
    Text(String),
    /// A text that our reader would make something else of without quotes.
    Quoted(String),
    /// A text that may be folded, or stand behind `|`.
    Prose(String),
    /// A mapping; `wide` says how many columns its inside may take on one line.
    Map {
        /// Its entries.
        entries: Vec<Entry>,
        /// Columns of its inside on one line; none: always a block.
        wide: usize,
    },
    /// A list; the same.
    List {
        /// Its items.
        items: Vec<Item>,
        /// As for a mapping.
        wide: usize,
    },
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: String,
    /// The value.
    pub(crate) value: Node,
    /// The construct it is.
    pub(crate) anchor: Option<usize>,
    /// Whether a blank line stands before it.
    pub(crate) blank: Blank,
}

/// An item of a list.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// The value.
    pub(crate) value: Node,
    /// The construct it is.
    pub(crate) anchor: Option<usize>,
}

/// An entry that is no construct.
pub(crate) fn entry(key: impl Into<String>, value: Node) -> Entry {
    Entry { key: key.into(), value, anchor: None, blank: Blank::Never }
}

/// A mapping on one line where it fits.
pub(crate) fn map(entries: Vec<Entry>) -> Node {
    Node::Map { entries, wide: WIDTH }
}

/// A mapping that is always a block.
pub(crate) fn block(entries: Vec<Entry>) -> Node {
    Node::Map { entries, wide: 0 }
}

/// A list on one line where it fits.
pub(crate) fn list(items: impl IntoIterator<Item = Node>) -> Node {
    let items = items.into_iter().map(|value| Item { value, anchor: None }).collect();
    Node::List { items, wide: WIDTH }
}

impl Entry {
    /// The same as a construct.
    pub(crate) fn anchored(self, anchor: Option<usize>) -> Entry {
        Entry { anchor, ..self }
    }
}

impl Node {
    /// The value on one line; `None` when it must be a block.
    fn flat(&self) -> Option<String> {
        match self {
            Node::Word(text) => Some(scalar(text, false)),
            Node::Text(text) => Some(scalar(text, true)),
            Node::Quoted(text) => Some(quoted(text)),
            Node::Prose(text) if literal_lines(text).is_some() => None,
            Node::Prose(text) => Some(scalar(text, true)),
            Node::Map { entries, wide } => {
                let each: Option<Vec<String>> = entries.iter().map(Entry::flat).collect();
                let inner = each?.join(", ");
                match inner.is_empty() {
                    true => Some("{}".to_owned()),
                    false => (columns(&inner) <= *wide).then(|| format!("{{ {inner} }}")),
                }
            }
            Node::List { items, wide } => {
                let each: Option<Vec<String>> = items.iter().map(|item| item.value.flat()).collect();
                let inner = each?.join(", ");
                (inner.is_empty() || columns(&inner) <= *wide).then(|| format!("[{inner}]"))
            }
        }
    }

    /// The constructs within, which all stand on the line that comes next.
    fn open_all(&self, page: &mut Page) {
        match self {
            Node::Word(_) | Node::Text(_) | Node::Quoted(_) | Node::Prose(_) => {}
            Node::Map { entries, .. } => {
                for entry in entries {
                    entry.anchor.iter().for_each(|anchor| page.open(*anchor));
                    entry.value.open_all(page);
                }
            }
            Node::List { items, .. } => {
                for item in items {
                    item.anchor.iter().for_each(|anchor| page.open(*anchor));
                    item.value.open_all(page);
                }
            }
        }
    }
}

impl Entry {
    fn flat(&self) -> Option<String> {
        Some(format!("{}: {}", scalar(&self.key, false), self.value.flat()?))
    }
}

/// Writes entries one below the other.
pub(crate) fn write(entries: &[Entry], indent: usize, page: &mut Page) {
    for entry in entries {
        if entry.blank != Blank::Never {
            page.blank(entry.blank);
        }
        write_entry(entry, "", indent, page);
    }
}

/// Writes an entry behind what its line begins with (`- ` or nothing).
fn write_entry(entry: &Entry, lead: &str, indent: usize, page: &mut Page) {
    entry.anchor.iter().for_each(|anchor| page.open(*anchor));
    let key = format!("{lead}{}:", scalar(&entry.key, false));
    let inner = indent + lead.len() + 2;
    write_value(&entry.value, &key, indent, inner, entry.anchor.is_none(), page);
    entry.anchor.iter().for_each(|anchor| page.closed(*anchor));
}

/// Writes a value behind its key or dash, or below.
fn write_value(value: &Node, before: &str, indent: usize, inner: usize, bare: bool, page: &mut Page) {
    let flat = value.flat();
    if let Some(flat) = &flat
        && indent + columns(before) + 1 + columns(flat) <= WIDTH
    {
        value.open_all(page);
        return page.line(indent, format!("{before} {flat}"));
    }
    match value {
        Node::Map { entries, .. } => {
            open(before, indent, bare, page);
            write(entries, inner, page);
        }
        Node::List { items, .. } => {
            open(before, indent, bare, page);
            items.iter().for_each(|item| write_item(item, inner, page));
        }
        Node::Prose(text) => write_prose(text, before, indent, inner, page),
        Node::Word(_) | Node::Text(_) | Node::Quoted(_) => {
            page.line(indent, format!("{before} {}", flat.unwrap_or_default()))
        }
    }
}

fn open(before: &str, indent: usize, bare: bool, page: &mut Page) {
    if bare { page.header(indent, before) } else { page.line(indent, before) }
}

fn write_item(item: &Item, indent: usize, page: &mut Page) {
    item.anchor.iter().for_each(|anchor| page.open(*anchor));
    let flat = item.value.flat().filter(|flat| indent + 2 + columns(flat) <= WIDTH);
    match (&item.value, flat) {
        (Node::Map { entries, .. }, None) => {
            for (n, entry) in entries.iter().enumerate() {
                let (lead, indent) = if n == 0 { ("- ", indent) } else { ("", indent + 2) };
                write_entry(entry, lead, indent, page);
            }
        }
        (Node::List { items, .. }, None) => {
            page.line(indent, "-");
            items.iter().for_each(|item| write_item(item, indent + 2, page));
        }
        (value, _) => write_value(value, "-", indent, indent + 2, true, page),
    }
    item.anchor.iter().for_each(|anchor| page.closed(*anchor));
}

fn write_prose(text: &str, before: &str, indent: usize, inner: usize, page: &mut Page) {
    let (sign, lines) = match literal_lines(text) {
        Some(lines) => (" |", lines.into_iter().map(str::to_owned).collect()),
        None => match folded_lines(text, inner) {
            Some(lines) => (" >", lines),
            None => return page.line(indent, format!("{before} {}", scalar(text, true))),
        },
    };
    page.push(Line { indent, text: format!("{before}{sign}"), opens_text: true, ..Line::default() });
    for line in lines {
        page.push(Line { indent: inner, text: line, within_text: true, ..Line::default() });
    }
}

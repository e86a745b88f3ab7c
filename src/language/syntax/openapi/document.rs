//! A document as nodes with their paths, and the references between them.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{FileId, Span, Spanned, Word};
use crate::language::syntax::yaml::tree::{Entry, Node, NodeKind};
use std::borrow::Cow;

/// How many references may lead from one to the next.
const MAX_HOPS: usize = 16;

/// A document.
pub(super) struct Document<'a> {
    /// Its top.
    pub(super) root: &'a Node,
    /// Its text.
    pub(super) text: &'a str,
    /// The file.
    pub(super) file: FileId,
}

/// A node, and the path that leads to it.
#[derive(Clone)]
pub(super) struct At<'a> {
    /// The node.
    pub(super) node: &'a Node,
    /// `#/paths/~1customers/get`.
    pub(super) path: String,
}

impl<'a> At<'a> {
    /// A field.
    pub(super) fn get(&self, name: &str) -> Option<At<'a>> {
        let entry = map(self.node).iter().find(|entry| entry.key.value == name)?;
        Some(At { node: &entry.value, path: join(&self.path, name) })
    }

    /// Every field.
    pub(super) fn entries(&self) -> Vec<(Word, At<'a>)> {
        let at = |entry: &'a Entry| At { node: &entry.value, path: join(&self.path, &entry.key.value) };
        map(self.node).iter().map(|entry| (entry.key.clone(), at(entry))).collect()
    }

    /// The items of a list.
    pub(super) fn items(&self) -> Vec<At<'a>> {
        let NodeKind::List(list) = &self.node.kind else { return Vec::new() };
        let at = |(n, node)| At { node, path: format!("{}/{n}", self.path) };
        list.iter().enumerate().map(at).collect()
    }

    /// What the node itself says.
    pub(super) fn word(&self) -> Option<Word> {
        let NodeKind::Scalar(scalar) = &self.node.kind else { return None };
        Some(Spanned::new(scalar.text.clone(), self.node.span))
    }

    /// What a field says.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.word().map(|word| word.value)
    }

    /// Whether a field says `true`.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| text == "true")
    }
}

impl<'a> Document<'a> {
    /// The first line of a node.
    pub(super) fn line(&self, node: &Node) -> Span {
        let text = self.text.get(node.span.start as usize..node.span.end as usize).unwrap_or("");
        let line = text.lines().next().unwrap_or("").trim_end();
        Span::new(self.file, node.span.start as usize, node.span.start as usize + line.len())
    }

    /// What a node refers to, or the node itself where it refers to nothing; `None` when the reference leads nowhere, and a
    /// finding says so.
    pub(super) fn followed(&self, at: At<'a>, found: &mut Vec<Diagnostic>) -> Option<At<'a>> {
        let mut here = at;
        for _ in 0..MAX_HOPS {
            let Some(reference) = here.get("$ref") else { return Some(here) };
            here = self.target(&reference, found)?;
        }
        found.push(self.lost(&here, "references lead from one to the next without an end", "make them shorter"));
        None
    }

    /// What a reference names.
    pub(super) fn target(&self, reference: &At<'a>, found: &mut Vec<Diagnostic>) -> Option<At<'a>> {
        let pointer = reference.word().map(|word| word.value).unwrap_or_default();
        let Some(steps) = pointer.strip_prefix("#/") else {
            let help = "put what it names into this document: other documents are not read";
            found.push(self.lost(reference, "only references within the document are followed", help));
            return None;
        };
        let mut here = At { node: self.root, path: "#".to_owned() };
        for step in steps.split('/') {
            let name = step.replace("~1", "/").replace("~0", "~");
            match here.get(&name) {
                Some(next) => here = next,
                None => {
                    found.push(self.lost(reference, "nothing stands there", "look for a misspelling"));
                    return None;
                }
            }
        }
        Some(here)
    }

    fn lost(&self, at: &At, why: &str, help: &str) -> Diagnostic {
        let named = at.word().map_or_else(|| at.path.clone(), |word| word.value);
        let message = format!("the reference `{named}` leads nowhere");
        Diagnostic::new(Code::F0812, message, self.line(at.node), why).help(help)
    }
}

fn map(node: &Node) -> &[Entry] {
    match &node.kind {
        NodeKind::Map(entries) => entries,
        NodeKind::Broken | NodeKind::Empty | NodeKind::List(_) | NodeKind::Scalar(_) => &[],
    }
}

fn join(path: &str, name: &str) -> String {
    format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// A JSON text as YAML reads it, byte for byte in the same place: tabs between its parts become spaces, and halves of
/// characters, which only stand in words for people, become question marks.
pub(super) fn as_yaml(text: &str) -> Cow<'_, str> {
    if !text.trim_start_matches('\u{FEFF}').trim_start().starts_with('{') {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\t' => bytes[at] = b' ',
            b'\\' => {
                let half = bytes.get(at + 1) == Some(&b'u')
                    && bytes.get(at + 2).is_some_and(|b| matches!(b, b'd' | b'D'))
                    && bytes.get(at + 3).is_some_and(|b| matches!(b, b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F'));
                if half && bytes.len() >= at + 6 && bytes[at..at + 6].is_ascii() {
                    bytes[at..at + 6].fill(b'?');
                }
                at += 1;
            }
            _ => {}
        }
        at += 1;
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use crate::language::syntax::openapi::document::as_yaml;

    #[test]
    fn json_is_yaml_byte_for_byte() {
        assert_eq!(as_yaml("a:\t1"), "a:\t1");
        assert_eq!(as_yaml("{\n\t\"a\": 1 }"), "{\n \"a\": 1 }");
        assert_eq!(as_yaml(r#"{"a": "\ud83d\uDE00 \\ud83d \u00e9"}"#), r#"{"a": "???????????? \\ud83d \u00e9"}"#);
        assert_eq!(as_yaml(r#"{"a": "\ud8é"}"#), r#"{"a": "\ud8é"}"#);
        assert_eq!(as_yaml("{\"\\"), "{\"\\");
    }
}

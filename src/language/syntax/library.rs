//! A prompt library file (`prompts: NAME`) to [`ast::Library`].

use crate::language::diagnostic::Diagnostic;
use crate::language::source::{FileId, Word};
use crate::language::syntax::ast;
use crate::language::syntax::error;
use crate::language::syntax::yaml::faults;
use crate::language::syntax::yaml::shapes::Shapes;
use crate::language::syntax::yaml::tree::{Entry, Node, NodeKind};

/// How a wording is written.
const WORDING: &str = "`en-GB: Hello {name}.` or `en-GB: { file: hello.wav, transcript: Hello. }`";

/// Reads a library; `None` when it does not even say its name.
pub(crate) fn read(text: &str, file: FileId) -> (Option<ast::Library>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let document = faults::read(text, file, &mut found);
    let shapes = Shapes { text, file, comments: document.comments, blanked: document.blanked, found };
    let mut reader = Reader { shapes };
    let library = match document.root {
        Some(root) => reader.top(&root, file),
        None => reader.shapes.nothing("prompts", "`prompts: words`"),
    };
    (library, reader.shapes.found)
}

struct Reader<'a> {
    shapes: Shapes<'a>,
}

impl Reader<'_> {
    fn top(&mut self, root: &Node, file: FileId) -> Option<ast::Library> {
        let entries = self.shapes.map(root, "a prompt library", "`prompts: words`")?;
        let Some(name) = entries.iter().find(|entry| entry.key.value == "prompts") else {
            self.shapes.missing("prompts", root.span, "`prompts: words`");
            return None;
        };
        let name = self.shapes.word(&name.value, "a name", "`prompts: words`")?;
        self.shapes.found.extend(error::bad_name(&name));
        let mut library = ast::Library { file, name, voices: Vec::new(), prompts: Vec::new() };
        for entry in entries {
            match entry.key.value.as_str() {
                "prompts" => {}
                "voices" => library.voices = self.voices(&entry.value).unwrap_or_default(),
                _ => {
                    self.shapes.found.extend(error::bad_prompt_name(&entry.key));
                    library.prompts.push(self.prompt(entry));
                }
            }
        }
        Some(library)
    }

    fn voices(&mut self, value: &Node) -> Option<Vec<(Word, Word)>> {
        let example = "`voices: { en-GB: en-GB-SoniaNeural }`";
        let entries = self.shapes.map(value, "voices by locale", example)?;
        let voice = |entry: &Entry| Some((entry.key.clone(), self.shapes.word(&entry.value, "a voice", example)?));
        Some(entries.iter().filter_map(voice).collect())
    }

    /// A prompt: its placeholders, and its wordings by locale.
    fn prompt(&mut self, entry: &Entry) -> ast::LibraryPrompt {
        let example = "`welcome: { takes: { name: text }, en-GB: Hello {name}. }`";
        let mut prompt =
            ast::LibraryPrompt { name: entry.key.clone(), takes: Vec::new(), wordings: Vec::new(), partial: false };
        let Some(fields) = self.shapes.map(&entry.value, "wordings by locale", example) else {
            return ast::LibraryPrompt { partial: true, ..prompt };
        };
        for field in fields {
            if field.key.value == "takes" {
                let takes = self.takes(&field.value);
                prompt.partial |= takes.is_none();
                prompt.takes = takes.unwrap_or_default();
            } else if let Some(wording) = self.wording(&field.value) {
                prompt.wordings.push((field.key.clone(), wording));
            } else {
                prompt.partial = true;
            }
        }
        prompt
    }

    fn takes(&mut self, value: &Node) -> Option<Vec<(Word, ast::TypeExpr)>> {
        let entries = self.shapes.map(value, "placeholders with their types", "`takes: { name: text }`")?;
        let mut takes = Vec::new();
        for entry in entries {
            self.shapes.found.extend(error::bad_name(&entry.key));
            takes.extend(self.shapes.ty(&entry.value).map(|ty| (entry.key.clone(), ty)));
        }
        Some(takes)
    }

    /// Words, or `{ file: …, transcript: … }`, `{ ssml: … }`, `{ text: … }`.
    fn wording(&mut self, value: &Node) -> Option<ast::Wording> {
        let NodeKind::Map(fields) = &value.kind else {
            return self.shapes.template(value, "a wording", WORDING).map(ast::Wording::Text);
        };
        let known = ["file", "ssml", "text", "transcript"];
        let named = |name: &str| fields.iter().find(|field| field.key.value == name);
        let Some(first) = fields.iter().find(|field| known.contains(&field.key.value.as_str())) else {
            // `en-GB: Note: closed` is a mapping to YAML.
            return self.shapes.template(value, "a wording", WORDING).map(ast::Wording::Text);
        };
        if let Some(other) = fields.iter().find(|field| !known.contains(&field.key.value.as_str())) {
            self.shapes.unknown(&other.key, "a wording", &known);
            return None;
        }
        if let Some(file) = named("file") {
            let file = self.shapes.word(&file.value, "a file", WORDING)?;
            let transcript = named("transcript").and_then(|text| self.shapes.template(&text.value, "a text", WORDING));
            return Some(ast::Wording::File { file, transcript });
        }
        match first.key.value.as_str() {
            "ssml" => self.shapes.template(&first.value, "a text", WORDING).map(ast::Wording::Ssml),
            "text" => self.shapes.template(&first.value, "a text", WORDING).map(ast::Wording::Text),
            _ => {
                self.shapes.missing("file", value.span, WORDING);
                None
            }
        }
    }
}

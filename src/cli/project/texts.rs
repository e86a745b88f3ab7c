//! The text of one file of a project, or what keeps it from being read.

use crate::cli::Failure;
use crate::cli::project::find::{self, show, unreadable};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{FileId, Sources, Span};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A larger file is not read.
pub const LARGEST_FILE: u64 = 8 << 20;

/// Reads a text of the project in this folder; of one that is too large, or lies elsewhere, nothing but that.
///
/// # Errors
/// When it cannot be read at all.
pub fn add(sources: &mut Sources, root: &Path, path: &Path) -> Result<(FileId, Option<Diagnostic>), Failure> {
    if find::leads_out(path, root) {
        let file = sources.add(show(path), "");
        return Ok((file, Some(lies_elsewhere(Span::new(file, 0, 0)))));
    }
    let Some(bytes) = bytes(path)? else {
        let file = sources.add(show(path), "");
        return Ok((file, Some(too_large(Span::new(file, 0, 0)))));
    };
    let (text, invalid) = decode(bytes);
    let file = sources.add(show(path), text);
    Ok((file, invalid.map(|(message, at)| not_utf8(file, message, at))))
}

/// A file's bytes; `None` when it is too large.
fn bytes(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, &error))?;
    Ok((bytes.len() as u64 <= LARGEST_FILE).then_some(bytes))
}

/// A text out of bytes, and what is wrong with them. A file in another encoding still gives a text, so that its name is known to
/// the files that use it and one cause gives one message.
fn decode(bytes: Vec<u8>) -> (String, Option<(&'static str, usize)>) {
    if let Some(text) = utf16(&bytes) {
        return (text, Some(("the file is UTF-16, not UTF-8", 0)));
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            (String::from_utf8_lossy(error.as_bytes()).into_owned(), Some(("the file is not UTF-8", at)))
        }
    }
}

/// The text of a file in UTF-16, which begins with its mark or has every second byte empty.
fn utf16(bytes: &[u8]) -> Option<String> {
    let read: fn([u8; 2]) -> u16 = match bytes {
        [0xFF, 0xFE, ..] | [1..=255, 0, 1..=255, 0, ..] => u16::from_le_bytes,
        [0xFE, 0xFF, ..] | [0, 1..=255, 0, 1..=255, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let units = bytes.chunks_exact(2).map(|pair| read([pair[0], pair[1]]));
    Some(char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

fn lies_elsewhere(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::F0609,
        "the file lies outside of the project's folder",
        span,
        "a link leads out of the project; it is not read",
    )
    .help("put a copy of the file into the project")
}

fn too_large(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::F0007,
        format!("the file is larger than {} MiB", LARGEST_FILE >> 20),
        span,
        "a file of this size is not read",
    )
    .help("split the flow; audio belongs into files of its own")
}

fn not_utf8(file: FileId, message: &str, at: usize) -> Diagnostic {
    let span = Span::new(file, at, at + '\u{FFFD}'.len_utf8());
    Diagnostic::new(Code::F0008, message, span, "the first byte that is not UTF-8 stands here")
        .help("save the file as UTF-8")
}

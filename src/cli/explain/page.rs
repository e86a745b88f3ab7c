//! The page of a finding, as people read it or as one JSON object.

use crate::cli::explain::Format;
use crate::cli::render::text::Look;
use crate::cli::{Exit, Failure, written};
use crate::language::diagnostic::{Code, nearest};
use serde::Serialize;
use std::io::{self, BufWriter, Write};

/// Columns of a paragraph.
const WIDTH: usize = 80;

#[derive(Serialize)]
struct Page {
    code: &'static str,
    severity: &'static str,
    title: &'static str,
    page: &'static str,
}

/// Prints one page; without a code the list of all.
pub(super) fn print(code: Option<&str>, format: Format) -> Result<Exit, Failure> {
    let codes = match code {
        Some(text) => vec![find(text)?],
        None => Code::ALL.to_vec(),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let result = match (format, code) {
        (Format::Json, _) => codes.iter().try_for_each(|code| json(*code, &mut out)),
        (Format::Text, None) => codes.iter().try_for_each(|code| writeln!(out, "{code}  {}", code.title())),
        (Format::Text, Some(_)) => {
            let bold = Look::of_stdout().colour;
            codes.iter().try_for_each(|code| out.write_all(text(*code, bold).as_bytes()))
        }
    };
    written(result.and_then(|()| out.flush()))?;
    Ok(Exit::Fine)
}

/// `F0102`, `f102`, `102`.
fn find(text: &str) -> Result<Code, Failure> {
    let digits = text.trim_start_matches(['F', 'f']);
    let full = format!("F{digits:0>4}");
    if let Some(code) = Code::parse(&full) {
        return Ok(code);
    }
    let near = nearest(&full, Code::ALL.iter().map(|code| code.as_str())).and_then(Code::parse);
    Err(Failure::Usage(match near {
        Some(near) => format!("no finding has the code `{text}`; did you mean `{near}` ({})?", near.title()),
        None => format!("no finding has the code `{text}`; `flowc explain` lists them all"),
    }))
}

fn json(code: Code, out: &mut impl Write) -> io::Result<()> {
    let page = Page { code: code.as_str(), severity: code.severity().word(), title: code.title(), page: code.page() };
    serde_json::to_writer(&mut *out, &page).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// A page for a terminal: headings without marks, paragraphs wrapped, examples set in.
fn text(code: Code, bold: bool) -> String {
    let mut out = String::new();
    let heading = |out: &mut String, words: &str| match bold {
        true => out.push_str(&format!("\x1b[1m{words}\x1b[0m\n")),
        false => out.push_str(&format!("{words}\n")),
    };
    let mut paragraph = Vec::new();
    let mut example = false;
    for line in code.page().lines() {
        let plain = !example && !line.is_empty() && !line.starts_with(['#', '`', '|', '-', '*']);
        if plain || !example && !paragraph.is_empty() && !line.is_empty() && !line.starts_with("```") {
            paragraph.extend(line.split_whitespace());
            continue;
        }
        wrap(&mut out, &std::mem::take(&mut paragraph));
        match line.strip_prefix("```") {
            Some(_) => example = !example,
            None if example && line.is_empty() => out.push('\n'),
            None if example => out.push_str(&format!("    {line}\n")),
            None if line.starts_with("# ") => {
                let title = line.trim_start_matches("# ");
                heading(&mut out, &format!("{} {title}", code.severity().word()));
            }
            None if line.starts_with('#') => heading(&mut out, line.trim_start_matches('#').trim_start()),
            None if line.starts_with(['`', '*']) => paragraph.extend(line.split_whitespace()),
            None => out.push_str(&format!("{line}\n")),
        }
    }
    wrap(&mut out, &paragraph);
    out
}

fn wrap(out: &mut String, words: &[&str]) {
    let mut column = 0;
    for word in words {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > WIDTH {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
    if column > 0 {
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::explain::page::{WIDTH, find, text};
    use crate::language::diagnostic::Code;

    #[test]
    fn codes_are_found_in_every_way_of_writing_them() {
        for written in ["F0102", "f0102", "102", "F102", "0102"] {
            assert_eq!(find(written), Ok(Code::F0102), "{written}");
        }
        assert!(find("F0199").unwrap_err().to_string().contains("did you mean `F01"));
        assert!(find("mneu").unwrap_err().to_string().contains("lists them all"));
    }

    #[test]
    fn every_page_says_all_it_says_within_the_width() {
        for code in Code::ALL {
            let shown = text(*code, false);
            assert!(shown.starts_with(&format!("{} {code}: {}\n", code.severity().word(), code.title())), "{shown}");
            assert!(!shown.contains("```") && !shown.contains("\n#"), "{shown}");
            let words = |text: &str| {
                let marks = |word: &&str| !word.starts_with("```") && !matches!(*word, "#" | "##");
                text.split_whitespace().filter(marks).map(str::to_owned).collect::<Vec<_>>()
            };
            assert_eq!(words(&shown)[1..], words(code.page()), "{code}");
            let prose = shown.lines().filter(|line| !line.starts_with("    ") && !line.starts_with('|'));
            assert!(prose.skip(1).all(|line| line.chars().count() <= WIDTH), "{shown}");
        }
    }
}

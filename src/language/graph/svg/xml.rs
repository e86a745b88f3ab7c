//! Text as XML takes it.

use std::fmt::{Display, Formatter, Result, Write};

/// A text that stands in an element or in an attribute's quotes. What XML has no way to write, and what would turn the
/// direction of the text around it, is left out.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\t' | '\n' | '\r' => f.write_char(' ')?,
                c if c.is_control() => {}
                '\u{FFFE}' | '\u{FFFF}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {}
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::language::graph::svg::xml::Escaped;

    #[test]
    fn nothing_gets_out_of_a_text() {
        let text = "a\u{0}<b c=\"d\">&'\n\u{202E}\u{FFFF}é";
        assert_eq!(Escaped(text).to_string(), "a&lt;b c=&quot;d&quot;&gt;&amp;&#39; é");
    }
}

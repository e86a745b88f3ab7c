//! Whether words are an SSML document that the platform can speak: well-formed, one `speak` around it all, a `voice` in it.

use crate::language::flow::prompt::{Piece, Words};

/// What is wrong with a document. What placeholders say is escaped, so that it is text whatever it says.
#[must_use]
pub fn fault(words: &Words) -> Option<String> {
    let mut text = String::new();
    for piece in &words.pieces {
        match piece {
            Piece::Text(words) => text.push_str(words),
            Piece::Key(_) | Piece::Value(..) => text.push('x'),
        }
    }
    Document { rest: &text, open: Vec::new(), rooted: false, voice: false }.read().err()
}

/// A document on its way to its end.
struct Document<'t> {
    rest: &'t str,
    /// Elements that are open, the innermost last.
    open: Vec<&'t str>,
    rooted: bool,
    voice: bool,
}

impl<'t> Document<'t> {
    fn read(mut self) -> Result<(), String> {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with("<?xml ") {
            self.past("?>", "<?xml")?;
        }
        while !self.rest.is_empty() {
            let text = self.rest.find('<').unwrap_or(self.rest.len());
            let (words, rest) = self.rest.split_at(text);
            references(words)?;
            if self.open.is_empty() && !words.trim().is_empty() {
                return Err("words stand outside `<speak>`".to_owned());
            }
            self.rest = rest;
            if !rest.is_empty() {
                self.markup()?;
            }
        }
        match self.open.last() {
            Some(name) => Err(format!("`<{name}>` is never closed")),
            None if !self.rooted => Err("`<speak>` is missing".to_owned()),
            None if !self.voice => Err("no `<voice name=\"…\">` says who speaks".to_owned()),
            None => Ok(()),
        }
    }

    /// What begins with `<`.
    fn markup(&mut self) -> Result<(), String> {
        if self.rest.starts_with("<!--") {
            return self.past("-->", "<!--");
        }
        if self.rest.starts_with("<![CDATA[") && !self.open.is_empty() {
            return self.past("]]>", "<![CDATA[");
        }
        let inside = &self.rest[1..];
        if inside.starts_with(['!', '?']) {
            return Err("`<!` and `<?` have no place in it".to_owned());
        }
        match inside.strip_prefix('/') {
            Some(closing) => self.closing(closing),
            None => self.opening(inside),
        }
    }

    fn past(&mut self, end: &str, what: &str) -> Result<(), String> {
        let at = self.rest.find(end).ok_or_else(|| format!("`{what}` has no `{end}`"))?;
        self.rest = &self.rest[at + end.len()..];
        Ok(())
    }

    fn closing(&mut self, inside: &'t str) -> Result<(), String> {
        let (name, rest) = name(inside).ok_or("`</` without a name")?;
        let rest = rest.trim_start().strip_prefix('>').ok_or_else(|| format!("`</{name}` has no `>`"))?;
        match self.open.pop() {
            Some(open) if open == name => {}
            Some(open) => return Err(format!("`</{name}>` where `</{open}>` is due")),
            None => return Err(format!("`</{name}>` closes nothing")),
        }
        self.rest = rest;
        Ok(())
    }

    fn opening(&mut self, inside: &'t str) -> Result<(), String> {
        let (name, mut rest) = name(inside).ok_or("`<` is no text; write `&lt;`")?;
        match (self.open.is_empty(), self.rooted, name) {
            (true, false, "speak") => self.rooted = true,
            (true, false, other) => return Err(format!("it begins with `<{other}>` and not with `<speak>`")),
            (true, true, other) => return Err(format!("`<{other}>` stands behind `</speak>`")),
            (false, _, "voice") => self.voice = true,
            (false, ..) => {}
        }
        let mut seen: Vec<&str> = Vec::new();
        loop {
            let before = rest;
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('>') {
                self.open.push(name);
                self.rest = after;
                return Ok(());
            }
            if let Some(after) = rest.strip_prefix("/>") {
                self.rest = after;
                return Ok(());
            }
            if rest.len() == before.len() {
                return Err(format!("`<{name}` has no `>`"));
            }
            let (attribute, after) = attribute(rest, name)?;
            if seen.contains(&attribute) {
                return Err(format!("`{attribute}` stands twice in `<{name}>`"));
            }
            seen.push(attribute);
            rest = after;
        }
    }
}

/// `name="value"`: the name, and what stands behind.
fn attribute<'t>(text: &'t str, element: &str) -> Result<(&'t str, &'t str), String> {
    let (key, rest) = name(text).ok_or_else(|| format!("`<{element}` has no `>`"))?;
    let unquoted = || format!("the value of `{key}` in `<{element}>` is not in quotes");
    let rest = rest.trim_start().strip_prefix('=').ok_or_else(unquoted)?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or_else(unquoted)?;
    let (value, rest) = rest[1..].split_once(quote).ok_or_else(unquoted)?;
    if value.contains('<') {
        return Err(format!("`<` in `{key}`; write `&lt;`"));
    }
    references(value)?;
    Ok((key, rest))
}

/// The name that text begins with, and the rest.
fn name(text: &str) -> Option<(&str, &str)> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.');
    let begins = text.chars().next().is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | ':'));
    let end = text.find(|c: char| !part(c)).unwrap_or(text.len());
    begins.then(|| text.split_at(end))
}

/// Every `&` in words begins a reference to a character.
fn references(words: &str) -> Result<(), String> {
    let mut rest = words;
    while let Some(at) = rest.find('&') {
        rest = &rest[at + 1..];
        let word = rest.split(';').next().filter(|word| word.len() < rest.len()).unwrap_or_default();
        let digits = |text: &str, hex: bool| {
            let radix = if hex { 16 } else { 10 };
            u32::from_str_radix(text, radix).ok().and_then(char::from_u32).is_some() && !text.starts_with('+')
        };
        let number = match (word.strip_prefix("#x"), word.strip_prefix('#')) {
            (Some(hex), _) => digits(hex, true),
            (None, Some(decimal)) => digits(decimal, false),
            (None, None) => false,
        };
        if !number && !matches!(word, "amp" | "lt" | "gt" | "quot" | "apos") {
            return Err("`&` is no text; write `&amp;`".to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::language::check::ssml::fault;
    use crate::language::flow::prompt::{Piece, Words};

    fn of(text: &str) -> Option<String> {
        fault(&Words { pieces: vec![Piece::Text(text.to_owned())] })
    }

    #[test]
    fn documents() {
        for good in [
            "<speak><voice name='x'>Salt &amp; pepper, &#65; &#x1F4DE;</voice></speak>",
            "<?xml version=\"1.0\"?>\n<speak version=\"1.0\" xml:lang = 'en-US'>\n<voice name=\"x\">Hi<break time=\"1s\"/></voice>\n</speak>\n",
            "<!-- said first --><speak><voice name='x'><![CDATA[a < b & c]]></voice></speak><!-- end -->",
            "<speak xmlns:mstts='u'><voice name='ü'><mstts:express-as style='calm'>Hi</mstts:express-as></voice></speak>",
        ] {
            assert_eq!(of(good), None, "{good}");
        }
    }

    #[test]
    fn faults() {
        for (bad, why) in [
            ("<speak><voice name='x'>hi", "`<voice>` is never closed"),
            ("hi & bye", "`&` is no text; write `&amp;`"),
            ("hi", "words stand outside `<speak>`"),
            (" ", "`<speak>` is missing"),
            ("<foo>hi</foo>", "it begins with `<foo>` and not with `<speak>`"),
            ("<speak>hi</speak>", "no `<voice name=\"…\">` says who speaks"),
            ("<speak/><speak/>", "`<speak>` stands behind `</speak>`"),
            ("<speak><a></b></speak>", "`</b>` where `</a>` is due"),
            ("</speak>", "`</speak>` closes nothing"),
            ("<speak a=1/>", "the value of `a` in `<speak>` is not in quotes"),
            ("<speak a='1' a='2'/>", "`a` stands twice in `<speak>`"),
            ("<speak a='<'/>", "`<` in `a`; write `&lt;`"),
            ("<speak a='1", "the value of `a` in `<speak>` is not in quotes"),
            ("<speak", "`<speak` has no `>`"),
            ("<speak>1 < 2</speak>", "`<` is no text; write `&lt;`"),
            ("<speak>&nbsp;</speak>", "`&` is no text; write `&amp;`"),
            ("<speak>&#xD800;</speak>", "`&` is no text; write `&amp;`"),
            ("<!DOCTYPE speak><speak/>", "`<!` and `<?` have no place in it"),
            ("<speak><!-- </speak>", "`<!--` has no `-->`"),
        ] {
            assert_eq!(of(bad).as_deref(), Some(why), "{bad}");
        }
    }

    #[test]
    fn placeholders_are_text() {
        let words = Words {
            pieces: vec![
                Piece::Text("<speak><voice name='x'>Press ".to_owned()),
                Piece::Key("yes".to_owned()),
                Piece::Text("</voice></speak>".to_owned()),
            ],
        };
        assert_eq!(fault(&words), None);
    }
}

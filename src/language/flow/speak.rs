//! Words with typed placeholders to what is spoken. A `time` is told in UTC; `in_zone` makes it a place's own.

use crate::language::flow::eval::{Fault, Scope, TEXT_BYTES, eval};
use crate::language::flow::form;
use crate::language::flow::prompt::{Piece, Words};
use crate::platform::tones::Tone;

/// The key of a choice of the menu that asks.
pub type Keys<'a> = &'a dyn Fn(&str) -> Option<Tone>;

/// Words as a text prompt says them.
///
/// # Errors
/// When a placeholder has no value.
pub fn say(words: &Words, scope: &dyn Scope, keys: Keys, locale: &str) -> Result<String, Fault> {
    fill(words, scope, keys, locale, |value| value)
}

/// Words of an SSML document: what stands in the document stays, values are escaped.
///
/// # Errors
/// When a placeholder has no value.
pub fn ssml(words: &Words, scope: &dyn Scope, keys: Keys, locale: &str) -> Result<String, Fault> {
    fill(words, scope, keys, locale, |value| escape_xml(&value))
}

fn fill(
    words: &Words,
    scope: &dyn Scope,
    keys: Keys,
    locale: &str,
    escape: impl Fn(String) -> String,
) -> Result<String, Fault> {
    let mut spoken = String::new();
    for piece in &words.pieces {
        match piece {
            Piece::Key(choice) => {
                let tone = keys(choice).ok_or_else(|| Fault::NoKey(choice.clone()))?;
                spoken.push_str(&tone.word());
            }
            Piece::Text(text) => spoken.push_str(text),
            Piece::Value(expr, form) => spoken.push_str(&escape(form::say(&eval(expr, scope)?, *form, locale)?)),
        }
        if spoken.len() > TEXT_BYTES {
            return Err(Fault::TooLong);
        }
    }
    Ok(spoken)
}

/// Text as it may stand in an XML document, in content or in an attribute. Characters that XML 1.0 has no place for are dropped.
#[must_use]
pub fn escape_xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c < ' ' && !matches!(c, '\t' | '\n' | '\r') => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use crate::language::flow::eval::Fault;
    use crate::language::flow::expr::{Expr, Slot};
    use crate::language::flow::form::Form;
    use crate::language::flow::prompt::{Piece, Words};
    use crate::language::flow::speak::{say, ssml};
    use crate::language::flow::value::Value;
    use crate::platform::tones::Tone;

    fn nothing(_: &Slot) -> Option<Value> {
        None
    }

    fn keys(choice: &str) -> Option<Tone> {
        (choice == "stop").then_some(Tone::Pound)
    }

    #[test]
    fn placeholders_and_escapes() {
        let name = Expr::Const(Value::Text("<Ada & Co>".to_owned()));
        let words = Words {
            pieces: vec![
                Piece::Text("<speak>".to_owned()),
                Piece::Value(name, Form::Plain),
                Piece::Key("stop".to_owned()),
            ],
        };
        assert_eq!(say(&words, &nothing, &keys, "en-US").unwrap(), "<speak><Ada & Co>pound");
        assert_eq!(ssml(&words, &nothing, &keys, "en-US").unwrap(), "<speak>&lt;Ada &amp; Co&gt;pound");
        let unknown = Words { pieces: vec![Piece::Key("other".to_owned())] };
        assert_eq!(say(&unknown, &nothing, &keys, "en-US"), Err(Fault::NoKey("other".to_owned())));
        let absent = Words { pieces: vec![Piece::Value(Expr::Read(Slot::Var("x".to_owned())), Form::Plain)] };
        assert_eq!(say(&absent, &nothing, &keys, "en-US"), Err(Fault::Absent));
    }
}

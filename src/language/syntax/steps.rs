//! The steps of a script: `hear welcome`, `press 1 2 pound`, `agent: hang up`.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::duration;
use crate::language::source::{Spanned, Word};
use crate::language::syntax::ast::{Act, Expected};
use crate::language::syntax::error;
use crate::language::syntax::grammar::{self, Mismatch, Pair, Rule};
use crate::language::syntax::literal;
use crate::language::syntax::place::Place;
use crate::language::syntax::types::{span, word};
use crate::platform::tones::Tone;

/// The first words of steps.
const FIRST: &[&str] =
    &["answer", "busy", "call", "decline", "hang", "hear", "no", "press", "say", "signal", "silence"];

/// All steps, for those who wrote none of them.
const STEPS: &str = "there are `call from`, `answer after`, `busy`, `decline`, `no answer`, `hear`, `press`, `say`, `signal`, `silence` and `hang up`";

/// Reads a step: whose it is, and what happens.
pub(crate) fn read(text: &str, place: &Place) -> Result<(Option<Word>, Act), Box<Diagnostic>> {
    let (who, offset) = speaker(text, place);
    let rest = &text[offset..];
    if let Some(words) = rest.strip_prefix("say").filter(|words| words.starts_with(char::is_whitespace)) {
        return Ok((who, Act::Say(words.trim().trim_matches('"').to_owned())));
    }
    let place = place.from(offset);
    let first = grammar::token_at(rest, 0);
    if first == "signal" {
        return signal(rest, &place).map(|act| (who, act));
    }
    if first == "say" {
        let message = "expected the words after `say`";
        return Err(Box::new(Diagnostic::new(Code::F0701, message, place.span(0, rest.len()), "nothing is said")));
    }
    let pair = grammar::parse(Rule::step, rest).map_err(|mismatch| unknown(first, mismatch, rest, &place))?;
    let inner = pair.into_inner().find(|part| part.as_rule() != Rule::EOI);
    match inner {
        Some(inner) => act(inner, &place).map(|act| (who, act)),
        None => Err(unknown(first, Mismatch::Unexpected { at: 0, expected: Vec::new() }, rest, &place)),
    }
}

/// `signal closing`.
fn signal(text: &str, place: &Place) -> Result<Act, Box<Diagnostic>> {
    let text = text.trim_end();
    let name = text["signal".len()..].trim_start();
    if name.is_empty() {
        let span = place.span(0, text.len());
        let finding = Diagnostic::new(Code::F0701, "expected the name of a signal", span, "no signal");
        return Err(Box::new(finding.help("write it like `signal ready`, or `signal ready: { desk: \"4\" }`")));
    }
    let name = Spanned::new(name.to_owned(), place.span(text.len() - name.len(), text.len()));
    match error::bad_name(&name) {
        Some(finding) => Err(Box::new(finding)),
        None => Ok(Act::Signal { name, data: None }),
    }
}

/// `agent:` before a step, and where the step itself begins.
fn speaker(text: &str, place: &Place) -> (Option<Word>, usize) {
    let start = text.len() - text.trim_start().len();
    let name = grammar::token_at(text, start);
    let rest = text[start + name.len()..].trim_start();
    let Some(rest) = rest.strip_prefix(':').filter(|_| !name.is_empty()) else { return (None, start) };
    let who = Spanned::new(name.to_owned(), place.span(start, start + name.len()));
    (Some(who), text.len() - rest.trim_start().len())
}

fn unknown(first: &str, mismatch: Mismatch, text: &str, place: &Place) -> Box<Diagnostic> {
    if FIRST.contains(&first) {
        let finding = mismatch.finding(text, place);
        return Box::new(Diagnostic { code: Code::F0701, ..finding });
    }
    let message = format!("no script has a step `{}`", error::short(first));
    let finding = Diagnostic::new(Code::F0701, message, place.span(0, first.len()), "no such step");
    Box::new(finding.help(STEPS).misspelt(&error::short(first), FIRST.iter().copied()))
}

fn act(pair: Pair<'_>, place: &Place) -> Result<Act, Box<Diagnostic>> {
    let rule = pair.as_rule();
    let mut parts = pair.into_inner();
    Ok(match rule {
        Rule::call_from => {
            let numbers: Vec<Word> =
                parts.filter(|part| part.as_rule() == Rule::number).map(|part| word(&part, place)).collect();
            let mut numbers = numbers.into_iter();
            let from = numbers.next().unwrap_or_else(|| Spanned::new(String::new(), place.all()));
            Act::CallFrom { from, to: numbers.next() }
        }
        Rule::answer_step => {
            let after = parts.find(|part| part.as_rule() == Rule::amount);
            Act::AnswerAfter(after.map_or(Ok(0), |after| duration(&after, place))?)
        }
        Rule::kw_busy => Act::Busy,
        Rule::kw_decline => Act::Decline,
        Rule::no_answer => Act::NoAnswer,
        Rule::hear => {
            let each = parts.filter(|part| part.as_rule() == Rule::heard);
            Act::Hear(each.map(|part| heard(part, place)).collect::<Result<_, _>>()?)
        }
        Rule::hear_start => match parts.find(|part| part.as_rule() == Rule::heard) {
            Some(part) => Act::HearStart(heard(part, place)?),
            None => Act::Hear(Vec::new()),
        },
        Rule::press => {
            let mut tones = Vec::new();
            for keys in parts.filter(|part| part.as_rule() == Rule::key) {
                press(&keys, place, &mut tones)?;
            }
            Act::Press(tones)
        }
        Rule::silence => match parts.find(|part| part.as_rule() == Rule::amount) {
            Some(amount) => Act::Silence(Some(duration(&amount, place)?)),
            None => Act::Silence(None),
        },
        _ => Act::HangUp,
    })
}

fn heard(pair: Pair<'_>, place: &Place) -> Result<Spanned<Expected>, Box<Diagnostic>> {
    let at = span(&pair, place);
    let text = pair.as_str().trim_end();
    if !text.starts_with(['"', '\'']) {
        return Ok(Spanned::new(Expected::Prompt(text.to_owned()), at));
    }
    let unquoted = literal::unquote(text, at.file, at.start as usize);
    match unquoted.bad_escapes.first() {
        Some((at, written)) => Err(Box::new(literal::bad_escape(*at, written))),
        None => Ok(Spanned::new(Expected::Words(unquoted.text), at)),
    }
}

/// Keys written together or apart: `12#`, `1 2 pound`.
fn press(pair: &Pair<'_>, place: &Place, tones: &mut Vec<Tone>) -> Result<(), Box<Diagnostic>> {
    let written = pair.as_str();
    if let Some(tone) = Tone::from_word(written) {
        tones.push(tone);
        return Ok(());
    }
    for key in written.chars() {
        let Some(tone) = Tone::from_char(key) else {
            let message = format!("`{}` is not a telephone key", error::short(written));
            let finding = Diagnostic::new(Code::F0402, message, span(pair, place), "no such key");
            return Err(Box::new(finding.help("keys are `0` to `9`, `star`, `pound` and `a` to `d`")));
        };
        tones.push(tone);
    }
    Ok(())
}

fn duration(pair: &Pair<'_>, place: &Place) -> Result<u64, Box<Diagnostic>> {
    duration::read(pair.as_str().trim_end()).ok_or_else(|| {
        let message = format!("`{}` is not a duration", error::short(pair.as_str()));
        let finding = Diagnostic::new(Code::F0403, message, span(pair, place), "no unit, or too long");
        Box::new(finding.help("write `500ms`, `6s`, `4m` or `2h`"))
    })
}

#[cfg(test)]
mod tests {
    use crate::language::source::{FileId, Spanned};
    use crate::language::syntax::ast::{Act, Expected};
    use crate::language::syntax::place::Place;
    use crate::language::syntax::steps::read;
    use crate::platform::tones::Tone;

    fn step(text: &str) -> Result<(Option<String>, Act), String> {
        match read(text, &Place::exact(FileId(0), 0, text.len())) {
            Ok((who, act)) => Ok((who.map(|who| who.value), act)),
            Err(finding) => Err(format!("{} {} {}", finding.code, finding.primary.span.start, finding.message)),
        }
    }

    fn word<T>(value: T) -> Spanned<T> {
        Spanned::new(value, Default::default())
    }

    #[test]
    fn steps_are_read() {
        let prompt = |name: &str| word(Expected::Prompt(name.to_owned()));
        let cases = [
            (
                "call from +441632960100 to 8:acs:x-1",
                Act::CallFrom { from: word("+441632960100".into()), to: Some(word("8:acs:x-1".into())) },
            ),
            ("call from +441632960100", Act::CallFrom { from: word("+441632960100".into()), to: None }),
            ("answer after 6s", Act::AnswerAfter(6_000)),
            ("answer", Act::AnswerAfter(0)),
            ("busy", Act::Busy),
            ("decline", Act::Decline),
            ("no answer", Act::NoAnswer),
            ("hear a, b", Act::Hear(vec![prompt("a"), prompt("b")])),
            ("hear \"some, words\"", Act::Hear(vec![word(Expected::Words("some, words".into()))])),
            ("hear start of a", Act::HearStart(prompt("a"))),
            ("hear start", Act::Hear(vec![prompt("start")])),
            ("press 1 2 pound", Act::Press(vec![Tone::One, Tone::Two, Tone::Pound])),
            ("press 12#", Act::Press(vec![Tone::One, Tone::Two, Tone::Pound])),
            ("say  another day, please ", Act::Say("another day, please".into())),
            ("silence", Act::Silence(None)),
            ("silence 500ms", Act::Silence(Some(500))),
            ("signal  closing ", Act::Signal { name: word("closing".into()), data: None }),
            ("hang up", Act::HangUp),
        ];
        for (text, act) in cases {
            assert_eq!(step(text), Ok((None, act)), "{text}");
        }
        assert_eq!(step("agent: hang up"), Ok((Some("agent".into()), Act::HangUp)));
        assert_eq!(step("agent: say yes: sir"), Ok((Some("agent".into()), Act::Say("yes: sir".into()))));
    }

    #[test]
    fn bad_steps_are_found() {
        let cases = [
            ("prss 1", "F0701 0 no script has a step `prss`"),
            ("", "F0701 0 no script has a step ``"),
            ("press", "F0701 5 expected a key after `press`"),
            ("press x", "F0402 6 `x` is not a telephone key"),
            ("answer after 6", "F0403 13 `6` is not a duration"),
            ("answer soon", "F0701 7 expected `after` or the end of the line after `answer`"),
            ("hear", "F0701 4 expected `start` or the name of a prompt or words in quotes after `hear`"),
            ("say", "F0701 0 expected the words after `say`"),
            ("agent: prss 1", "F0701 7 no script has a step `prss`"),
        ];
        for (text, finding) in cases {
            assert_eq!(step(text), Err(finding.to_owned()), "{text}");
        }
    }
}

//! Options of a question against what it listens for, since the platform takes none of another kind; and keys that are sent.

use crate::language::check::exprs::Exprs;
use crate::language::check::given::known;
use crate::language::check::literals;
use crate::language::check::states::option;
use crate::language::check::trust::{self, Place};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::expr::Expr;
use crate::language::flow::state::Input;
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::Spanned;
use crate::language::syntax::ast;
use crate::platform::limits;
use crate::platform::tones::Tone;

/// Options that are about keys.
const OF_KEYS: &[&str] = &["max_tones", "stop", "end", "between_keys"];
/// Options that are about speech.
const OF_SPEECH: &[&str] = &["end_silence"];

/// Says which options are about another kind of listening.
pub(super) fn fits(written: &ast::State, input: Input, exprs: &mut Exprs) {
    let (others, word, label) = match input {
        Input::Dtmf => (OF_SPEECH, "dtmf", "nobody is heard here, only keys are"),
        Input::Speech => (OF_KEYS, "speech", "no key is heard here, only words are"),
        Input::SpeechOrDtmf => return,
    };
    for option in written.options.iter().filter(|option| others.contains(&option.name.value.as_str())) {
        let message = format!("`{}` means nothing to a question by `{word}`", option.name.value);
        exprs.findings.push(
            Diagnostic::new(Code::F0514, message, option.name.span, label)
                .help("leave it out; `speech_or_dtmf` listens for both"),
        );
    }
}

/// The one key that ends what is keyed in or said.
pub(super) fn end(written: &ast::State, exprs: &mut Exprs) -> Option<Vec<Tone>> {
    let word = match option(written, "end") {
        None => return Some(Vec::new()),
        Some(ast::Value::Literal(word)) => word,
        Some(ast::Value::List(all, span)) => match all.as_slice() {
            [ast::Value::Literal(word)] => word,
            _ => {
                let finding = Diagnostic::new(Code::F0402, "several keys where one ends it", span.0, "a list");
                return exprs.refuse(finding.help("write one key, such as `end pound`"));
            }
        },
        Some(_) => return None,
    };
    let tones = exprs.found(literals::keys(word))?;
    if tones.len() > 1 {
        let message = format!("`{}` is not one telephone key", word.value);
        let finding = Diagnostic::new(Code::F0402, message, word.span, "one key ends it");
        return exprs.refuse(finding.help("write one key, such as `end pound`"));
    }
    Some(tones)
}

/// Keys that are sent: as written, or a text or digits.
pub(super) fn sent(keys: &ast::Value, exprs: &mut Exprs) -> Option<Expr> {
    let expr = match keys {
        ast::Value::Literal(word) => return exprs.found(literals::tones_sent(word)),
        ast::Value::Expr(expr) => expr,
        _ => return None,
    };
    let typed = exprs.infer_plain(expr)?;
    let span = expr.span.0;
    if let Some(finding) = trust::refused(&typed, span, Place::Keys) {
        return exprs.refuse(finding);
    }
    match (typed.ty.bare(), known(&typed.expr)) {
        (Type::Digits { .. } | Type::Text, Some(Value::Text(keys) | Value::Digits(keys))) => {
            exprs.found(literals::tones_sent(&Spanned::new(keys, span)))
        }
        (Type::Digits { min, .. }, _) if *min as usize > limits::MOST_TONES_SENT => {
            exprs.refuse(literals::too_many_tones(*min as usize, span))
        }
        (Type::Digits { .. } | Type::Text, _) => Some(typed.expr),
        (other, _) => {
            let message = format!("keys are `text` or `digits`, and this is `{other}`");
            exprs.refuse(Diagnostic::new(Code::F0406, message, span, "not keys"))
        }
    }
}

/// The end key of digits, which none of them may be.
pub(super) fn end_of_digits(written: &ast::State, exprs: &mut Exprs) -> Option<Vec<Tone>> {
    let tones = end(written, exprs)?;
    if let (Some(tone), Some(value)) =
        (tones.iter().find(|tone| tone.to_char().is_ascii_digit()), option(written, "end"))
    {
        let message = format!("key {} ends the digits and is one of them", tone.word());
        let finding = Diagnostic::new(Code::F0514, message, value.span(), "nobody could key it in");
        return exprs.refuse(finding.help("end them with `pound` or `star`"));
    }
    Some(tones)
}

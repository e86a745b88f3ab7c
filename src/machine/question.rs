//! What `menu`, `collect` and `recognize` share: asking, asking again with other words, and reading what was heard.

use crate::language::flow::expr::Expr;
use crate::language::flow::prompt::Prompt;
use crate::language::flow::state::{Choice, Input, Question};
use crate::machine::call::{Line, What};
use crate::machine::command::{Command, Listen, Media};
use crate::machine::event::{Heard, WebhookKind};
use crate::machine::reprompt::{self, Asking};
use crate::machine::say;
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::machine::timer::Why;
use crate::platform::codes::{Recognized, recognized};
use crate::platform::limits;
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;

/// Why a question is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// Nothing came.
    NoInput,
    /// Something came that is not valid.
    NoMatch,
}

/// What an awaited recognition came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Result {
    /// It goes on.
    NotYet,
    /// A choice, by its label.
    Choice(String),
    /// Keys; `whole` unless the pause between keys ran out first.
    Keys {
        /// The keys.
        tones: Vec<Tone>,
        /// Whether the input was complete.
        whole: bool,
    },
    /// Words.
    Speech(String),
    /// Silence.
    NoInput,
    /// Something else.
    NoMatch,
    /// It failed.
    Failed,
}

/// Reads a signal to an awaited recognition: the event's type first, then its sub-code.
pub(crate) fn result(signal: &Signal<'_>) -> Result {
    let webhook = match signal {
        Signal::Accepted | Signal::Gone => return Result::NotYet,
        Signal::Failed => return Result::Failed,
        Signal::Webhook(webhook) => webhook,
    };
    let read = recognized(webhook.code.sub);
    match &webhook.kind {
        WebhookKind::RecognizeCompleted(Heard::Choice(label)) => Result::Choice(label.clone()),
        WebhookKind::RecognizeCompleted(Heard::Tones(tones)) => {
            Result::Keys { tones: tones.0.clone(), whole: read != Recognized::Partial }
        }
        WebhookKind::RecognizeCompleted(Heard::Speech(words)) => Result::Speech(words.0.clone()),
        WebhookKind::RecognizeCompleted(Heard::Nothing) | WebhookKind::RecognizeFailed => match read {
            Recognized::NoInput => Result::NoInput,
            Recognized::NoMatch => Result::NoMatch,
            Recognized::Partial => Result::Keys { tones: Vec::new(), whole: false },
            Recognized::Cancelled
            | Recognized::Choice
            | Recognized::Failed
            | Recognized::Speech
            | Recognized::Tones => Result::Failed,
        },
        WebhookKind::RecognizeCanceled => Result::Failed,
        _ => Result::NotYet,
    }
}

/// Asks for the first time.
pub(crate) fn ask(stepper: &mut Stepper<'_>, question: &Question, choices: &[Choice], listen: Listen) -> Then {
    let asked = say::media(stepper, &question.ask, choices);
    send(stepper, question, asked, listen)
}

/// How free input is listened for. `None` when a time could not be evaluated.
pub(crate) fn listen(stepper: &mut Stepper<'_>, free: &Free<'_>) -> Option<Listen> {
    let (max_tones, stop) = (free.max_tones, free.stop.to_vec());
    let between_keys_ms = stepper.duration(free.between_keys)?;
    let end_silence_ms = match free.end_silence {
        Some(silence) => stepper.duration(silence)?,
        None => limits::DEFAULT_END_SILENCE_MS,
    };
    let locale = stepper.call.locale.clone();
    Some(match free.input {
        Input::Dtmf => Listen::Dtmf { max_tones, stop, between_keys_ms },
        Input::Speech => Listen::Speech { end_silence_ms, locale },
        Input::SpeechOrDtmf => Listen::SpeechOrDtmf { max_tones, stop, between_keys_ms, end_silence_ms, locale },
    })
}

/// Free input: keys or words, not one of several choices.
pub(crate) struct Free<'s> {
    /// What is listened for.
    pub(crate) input: Input,
    /// Most keys.
    pub(crate) max_tones: u32,
    /// Keys that end the input.
    pub(crate) stop: &'s [Tone],
    /// Longest pause between two keys.
    pub(crate) between_keys: &'s Expr,
    /// Silence that ends speech.
    pub(crate) end_silence: Option<&'s Expr>,
}

/// Keys as they are written, without the one that ended them: the platform does not say whether it hands that over too.
pub(crate) fn written(tones: &[Tone], stop: &[Tone]) -> String {
    let input = match tones {
        [input @ .., last] if stop.contains(last) => input,
        all => all,
    };
    input.iter().map(|tone| tone.to_char()).collect()
}

/// Asks again, or gives up when it was asked as often as it may be.
pub(crate) fn again(
    stepper: &mut Stepper<'_>,
    question: &Question,
    choices: &[Choice],
    listen: Listen,
    why: Again,
) -> Then {
    let gone = stepper.call.line == Line::Gone;
    let asked = &mut stepper.call.asked;
    let (count, most, wordings) = match why {
        Again::NoInput => (&mut asked.no_input, question.retry_no_input, &question.after_no_input),
        Again::NoMatch => (&mut asked.no_match, question.retry_no_match, &question.after_no_match),
    };
    if *count >= most {
        return leave(Outcome::Exhausted);
    }
    if gone {
        // Nobody is left to be asked; the held back end of the line is taken when its time comes.
        return Then::Stay;
    }
    *count += 1;
    let nth = *count as usize;
    let media = match wordings.get(nth - 1).or(wordings.last()) {
        Some(wording) => say::media(stepper, wording, choices),
        None => default_wording(stepper, &question.ask, choices, why),
    };
    send(stepper, question, media, listen)
}

/// The default wording: a sentence, then the question again.
fn default_wording(stepper: &mut Stepper<'_>, ask: &Prompt, choices: &[Choice], why: Again) -> Option<Vec<Media>> {
    let asking = if choices.is_empty() { Asking::Free } else { Asking::Choice };
    let text = reprompt::wording(&stepper.call.locale, why, asking);
    let mut media = vec![Media::Text { text: text.into(), voice: stepper.call.voice.clone() }];
    media.extend(say::media(stepper, ask, choices)?);
    Some(media)
}

fn send(stepper: &mut Stepper<'_>, question: &Question, media: Option<Vec<Media>>, listen: Listen) -> Then {
    if stepper.call.line == Line::Gone {
        // Nobody is left to be asked; the held back end of the line is taken when its time comes.
        return Then::Stay;
    }
    let longest = match &listen {
        Listen::Dtmf { .. } => limits::FIRST_KEY_SECONDS.end() * 1000,
        Listen::Choices { .. } | Listen::Speech { .. } | Listen::SpeechOrDtmf { .. } => {
            limits::FIRST_KEY_SPEECH_SECONDS * 1000
        }
    };
    let first_key = stepper.duration(&question.first_key).map(|ms| ms.min(longest));
    let target = stepper.hearer(question.hear.as_ref());
    let (Some(media), Some(first_key_ms), Some(target)) = (media, first_key, target) else {
        return leave(Outcome::Failed);
    };
    let listening = match &listen {
        Listen::Dtmf { max_tones, between_keys_ms, .. } => u64::from(*max_tones) * between_keys_ms,
        Listen::Choices { .. } => limits::FIRST_KEY_SPEECH_SECONDS * 1000,
        Listen::Speech { .. } => limits::LONGEST_SPEECH_MS,
        Listen::SpeechOrDtmf { max_tones, between_keys_ms, .. } => {
            limits::LONGEST_SPEECH_MS.max(u64::from(*max_tones) * between_keys_ms)
        }
    };
    let deadline = say::longest_ms(&media) + first_key_ms + listening;
    let command = Command::Recognize {
        media,
        target,
        listen,
        first_key_ms,
        interrupt_prompt: !question.must_hear,
        interrupt: stepper.must_interrupt(),
    };
    let op = stepper.order(What::Asking, command, None);
    stepper.wake_after(deadline, Why::Deadline { op });
    Then::Stay
}

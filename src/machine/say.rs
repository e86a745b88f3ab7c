//! Prompts to media: picks the wording of the call's locale, fills the placeholders, chooses the voice.

use crate::language::flow::eval::{Fault, Scope};
use crate::language::flow::expr::Slot;
use crate::language::flow::prompt::{Part, Prompt, Sound, Words};
use crate::language::flow::speak;
use crate::language::flow::state::Choice;
use crate::language::flow::value::Values;
use crate::machine::command::Media;
use crate::machine::hours;
use crate::machine::stepper::Stepper;
use crate::platform::media_time;

/// How much longer than its words a play may take before the platform is asked, in milliseconds.
const GRACE_MS: u64 = 30_000;
/// The same for an audio file, whose length is not known here.
const FILE_MS: u64 = 600_000;

/// The media of a prompt, asked by a menu with these choices. `None` when a value could not be had; the trace says why.
pub(crate) fn media(stepper: &mut Stepper<'_>, prompt: &Prompt, choices: &[Choice]) -> Option<Vec<Media>> {
    let mut media = Vec::new();
    for part in &prompt.parts {
        let voice = stepper.call.voice.clone();
        match part {
            Part::File(file) => media.push(Media::File { file: file.clone() }),
            Part::Named { prompt, args } => {
                let mut values = Values::new();
                for (name, arg) in args {
                    values.insert(name.clone(), stepper.value(arg)?);
                }
                named(stepper, prompt, &values, choices, &mut media)?;
            }
            Part::Ssml(words) => media.push(ssml(stepper, words, &Values::new(), choices)?),
            Part::Text(words) => text(stepper, words, &Values::new(), choices, &voice, &mut media)?,
        }
    }
    Some(media)
}

fn named(
    stepper: &mut Stepper<'_>,
    key: &str,
    args: &Values,
    choices: &[Choice],
    media: &mut Vec<Media>,
) -> Option<()> {
    let program = stepper.program;
    let locale = stepper.call.locale.clone();
    let Some(wording) = program.prompts.get(key).and_then(|prompt| prompt.wordings.get(&locale)) else {
        stepper.fault(&format!("prompt `{key}` has no wording in {locale}"));
        return None;
    };
    let voice = wording.voice.clone().unwrap_or_else(|| stepper.call.voice.clone());
    match &wording.sound {
        Sound::File { file, .. } => media.push(Media::File { file: file.clone() }),
        Sound::Ssml(words) => media.push(ssml(stepper, words, args, choices)?),
        Sound::Text(words) => text(stepper, words, args, choices, &voice, media)?,
    }
    Some(())
}

fn text(
    stepper: &mut Stepper<'_>,
    words: &Words,
    args: &Values,
    choices: &[Choice],
    voice: &str,
    media: &mut Vec<Media>,
) -> Option<()> {
    let text = spoken(stepper, words, args, choices, speak::say)?;
    if !text.trim().is_empty() {
        media.push(Media::Text { text: text.into(), voice: voice.to_owned() });
    }
    Some(())
}

fn ssml(stepper: &mut Stepper<'_>, words: &Words, args: &Values, choices: &[Choice]) -> Option<Media> {
    Some(Media::Ssml { ssml: spoken(stepper, words, args, choices, speak::ssml)?.into() })
}

/// What fills words: `speak::say` or its SSML form.
type Filler = fn(&Words, &dyn Scope, speak::Keys, &str) -> Result<String, Fault>;

fn spoken(stepper: &mut Stepper<'_>, words: &Words, args: &Values, choices: &[Choice], fill: Filler) -> Option<String> {
    let (call, program, at) = (&stepper.call, stepper.program, stepper.at);
    let read = |slot: &Slot| match slot {
        Slot::Argument(name) => args.get(name).cloned(),
        Slot::NextOpen { calendar, hours } => hours::next_open(program, calendar, hours, at),
        Slot::Call(_)
        | Slot::Entered
        | Slot::Header(_)
        | Slot::Param(_)
        | Slot::Setting(_)
        | Slot::Signal(_)
        | Slot::Var(_) => call.read(slot),
    };
    let key = |name: &str| choices.iter().find(|choice| choice.name == name).and_then(|choice| choice.key);
    match fill(words, &read, &key, &call.locale) {
        Ok(text) => Some(text),
        Err(fault) => {
            stepper.fault(&fault.to_string());
            None
        }
    }
}

/// How long media may take at the most before the platform is asked, in milliseconds.
pub(crate) fn longest_ms(media: &[Media]) -> u64 {
    let each = |media: &Media| match media {
        Media::Text { text, .. } => media_time::text_ms(text) * 2,
        Media::Ssml { ssml } => media_time::ssml_ms(ssml) * 2 + GRACE_MS,
        Media::File { .. } => FILE_MS,
    };
    media.iter().map(each).sum::<u64>() + GRACE_MS
}

//! What people type, read.

use crate::language::duration;
use crate::language::syntax::ast::Answers;
use crate::platform::tones::Tone;
use crate::rehearsal::session::Doing;
use std::path::PathBuf;

/// What everything is called.
pub(super) const HELP: &str = "\
0-9 * #              presses keys, while a prompt plays too
\"words  or  /words   says them (also `:say words`)
Enter  or  :skip     lets the present prompt end, or the next thing happen
:wait 5s             lets time pass
:silence             waits out the question
:cut 1  :cut \"words  presses or says it as soon as the present prompt begins
:hang up             leaves
:undo                goes back to the moment before the last act
:people              says who is on the line
:as NAME             acts as this participant, `:as party` as yourself again
:answer crm.find missing      what a service answers next; `:answer crm.find ok {\"id\": \"c1\"}`
:phone NUMBER busy   how somebody behaves who is called: `4s`, `busy`, `decline`, `no answer`, `unreachable`
:answer  :answer after 6s  :busy  :decline  :no answer    how you meet a call that a flow places
:signal ready        what somebody outside tells the call; `:signal desk_free {\"desk\": \"4\"}`
:save FILE           writes what was done as a scenario; `:save! FILE` over another one
:quit                ends";

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    /// Somebody acts.
    Act(Doing),
    /// A service answers so the next time.
    Answer { operation: String, outcome: String, value: Option<serde_json::Value> },
    /// Somebody else acts from here on.
    As(String),
    /// Somebody acts as soon as the present prompt begins.
    Cut(Doing),
    /// Says what can be done.
    Help,
    /// Says who is on the line.
    People,
    /// A phone behaves so.
    Phone(String, Answers),
    /// A call that the flow places is met so.
    PickUp(Answers),
    /// Ends.
    Quit,
    /// What was done is written as a scenario.
    Save { file: PathBuf, over: bool },
    /// The present prompt is said to its end.
    Skip,
    /// The last act is taken back.
    Undo,
    /// So many milliseconds pass.
    Wait(u64),
}

impl Command {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it, and what would be right.
    pub(super) fn read(line: &str) -> Result<Command, String> {
        let line = line.trim();
        if line.is_empty() {
            return Ok(Command::Skip);
        }
        let Some(command) = line.strip_prefix(':') else {
            return doing(line).map(Command::Act).ok_or_else(|| {
                format!("`{line}` is no key; words begin with `\"`, commands with `:`, and `:help` lists them")
            });
        };
        let (word, rest) = command.trim().split_once(char::is_whitespace).unwrap_or((command.trim(), ""));
        let rest = rest.trim();
        match (word, rest) {
            ("answer", _) => answer(rest),
            ("as", _) if !rest.is_empty() => Ok(Command::As(rest.to_owned())),
            ("busy", "") => Ok(Command::PickUp(Answers::Busy)),
            ("cut", _) => doing(rest).map(Command::Cut).ok_or_else(|| "such as `:cut 1` or `:cut \"sales`".to_owned()),
            ("decline", "") => Ok(Command::PickUp(Answers::Decline)),
            ("hang", "up") | ("hangup", "") => Ok(Command::Act(Doing::HangUp)),
            ("help", _) => Ok(Command::Help),
            ("no", "answer") => Ok(Command::PickUp(Answers::Never)),
            ("people", "") => Ok(Command::People),
            ("phone", _) => phone(rest),
            ("press", _) => {
                let keys: String = rest
                    .split_whitespace()
                    .map(|word| Tone::from_word(word).map_or(word.to_owned(), |tone| tone.to_char().to_string()))
                    .collect();
                pressed(&keys).map(Command::Act).ok_or_else(|| "such as `:press 1 2 pound`".to_owned())
            }
            ("quit" | "q", _) => Ok(Command::Quit),
            ("save" | "save!", "") => Err("such as `:save sales.scenario.yaml`".to_owned()),
            ("save" | "save!", file) => Ok(Command::Save { file: PathBuf::from(file), over: word == "save!" }),
            ("say", _) if !rest.is_empty() => Ok(Command::Act(Doing::Say(rest.trim_matches('"').to_owned()))),
            ("signal", _) => signal(rest),
            ("silence", "") => Ok(Command::Act(Doing::SitOut)),
            ("silence" | "wait", time) => {
                duration::read(time).map(Command::Wait).ok_or_else(|| "such as `:wait 5s` or `:wait 500ms`".to_owned())
            }
            ("skip", "") => Ok(Command::Skip),
            ("undo" | "u", "") => Ok(Command::Undo),
            _ => Err(format!("there is no `:{command}`; `:help` lists what there is")),
        }
    }
}

/// Keys, or words behind `"` or `/`.
fn doing(text: &str) -> Option<Doing> {
    if let Some(words) = text.strip_prefix(['"', '/']) {
        let words = words.trim().trim_end_matches('"').trim();
        return (!words.is_empty()).then(|| Doing::Say(words.to_owned()));
    }
    pressed(text)
}

fn pressed(text: &str) -> Option<Doing> {
    let keys: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let good = !keys.is_empty() && keys.chars().all(|key| Tone::from_char(key).is_some());
    good.then_some(Doing::Press(keys))
}

/// `:answer`, `:answer after 2s`, `:answer crm.find ok {"id": "c1"}`.
fn answer(rest: &str) -> Result<Command, String> {
    let (first, more) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    if rest.is_empty() {
        return Ok(Command::PickUp(Answers::After(0)));
    }
    if !first.contains('.') {
        let time = rest.strip_prefix("after").unwrap_or(rest).trim();
        let time = duration::read(time).ok_or("such as `:answer after 2s` or `:answer crm.find missing`")?;
        return Ok(Command::PickUp(Answers::After(time)));
    }
    let (outcome, value) = more.trim().split_once(char::is_whitespace).unwrap_or((more.trim(), ""));
    if outcome.is_empty() {
        return Err(format!("with which outcome? Such as `:answer {first} ok`"));
    }
    Ok(Command::Answer { operation: first.to_owned(), outcome: outcome.to_owned(), value: read_json(value)? })
}

/// `:signal desk_free {"desk": "4"}`.
fn signal(rest: &str) -> Result<Command, String> {
    let (name, data) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    if name.is_empty() {
        return Err("such as `:signal ready` or `:signal desk_free {\"desk\": \"4\"}`".to_owned());
    }
    Ok(Command::Act(Doing::Signal(name.to_owned(), read_json(data)?)))
}

/// JSON, where there is any.
fn read_json(text: &str) -> Result<Option<serde_json::Value>, String> {
    match text.trim() {
        "" => Ok(None),
        text => serde_json::from_str(text).map(Some).map_err(|error| format!("`{text}` is no JSON: {error}")),
    }
}

/// `:phone +441632960111 busy`.
fn phone(rest: &str) -> Result<Command, String> {
    let (who, how) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let answers = match how.trim() {
        "busy" => Answers::Busy,
        "decline" => Answers::Decline,
        "no answer" => Answers::Never,
        "unreachable" => Answers::Unreachable,
        time => Answers::After(
            duration::read(time.strip_prefix("answer after").unwrap_or(time).trim())
                .ok_or("such as `:phone +441632960111 busy`; or `4s`, `decline`, `no answer`, `unreachable`")?,
        ),
    };
    Ok(Command::Phone(who.to_owned(), answers))
}

#[cfg(test)]
mod tests {
    use super::{Command, Doing};
    use crate::language::syntax::ast::Answers;

    #[test]
    fn lines_are_read() {
        let press = |keys: &str| Command::Act(Doing::Press(keys.to_owned()));
        let say = |words: &str| Command::Act(Doing::Say(words.to_owned()));
        for (line, command) in [
            ("", Command::Skip),
            ("1", press("1")),
            ("1 2 #", press("12#")),
            (":press 1 star", press("1*")),
            ("\"two tickets", say("two tickets")),
            ("\"two tickets\"", say("two tickets")),
            ("/sales please", say("sales please")),
            (":say sales", say("sales")),
            (":cut \"sales", Command::Cut(Doing::Say("sales".to_owned()))),
            (":cut 2", Command::Cut(Doing::Press("2".to_owned()))),
            (":hang up", Command::Act(Doing::HangUp)),
            (":wait 5s", Command::Wait(5_000)),
            (":silence", Command::Act(Doing::SitOut)),
            (":answer", Command::PickUp(Answers::After(0))),
            (":answer after 6s", Command::PickUp(Answers::After(6_000))),
            (":no answer", Command::PickUp(Answers::Never)),
            (":phone +441632960111 no answer", Command::Phone("+441632960111".to_owned(), Answers::Never)),
            (":phone settings 4s", Command::Phone("settings".to_owned(), Answers::After(4_000))),
            (":as agent", Command::As("agent".to_owned())),
        ] {
            assert_eq!(Command::read(line).as_ref(), Ok(&command), "{line}");
        }
        let answer = Command::read(":answer crm.find ok {\"id\": 1}");
        let wanted = serde_json::json!({ "id": 1 });
        assert!(matches!(answer, Ok(Command::Answer { value: Some(value), .. }) if value == wanted));
        for bad in
            ["hello", ":nothing", ":wait", ":wait 5", ":answer x.y", ":answer x.y ok {", ":cut", ":phone", ":as", "\""]
        {
            assert!(Command::read(bad).is_err(), "{bad}");
        }
    }
}

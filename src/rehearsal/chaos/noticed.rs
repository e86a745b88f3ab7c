//! What requests do that somebody notices.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::machine::command::Command;

/// What a request does that somebody notices, but for words, and for the end of the line, which is held against by itself.
pub(super) fn noticed(command: &Command) -> Option<String> {
    let what = match command {
        Command::Add { who, .. } => format!("invites {}", who.0),
        Command::Answer { .. } => "answers".to_owned(),
        Command::CancelAdd { .. } => "takes an invitation back".to_owned(),
        Command::Connect { to, .. } => format!("connects to {to}"),
        Command::Create { to, .. } => {
            format!("calls {}", to.iter().map(|who| who.as_str()).collect::<Vec<_>>().join(", "))
        }
        Command::Hold { who, .. } => format!("holds {}", who.0),
        Command::Move { name, .. } => format!("fetches {name}"),
        Command::Mute { who } => format!("mutes {}", who.0),
        Command::PauseRecording { .. } => "lets the recording pause".to_owned(),
        Command::Redirect { to, .. } => format!("redirects to {}", to.0),
        Command::Reject { .. } => "rejects".to_owned(),
        Command::Remove { who, .. } => format!("puts {} out", who.0),
        Command::ResumeRecording { .. } => "lets the recording go on".to_owned(),
        Command::SendKeys { who, keys } => {
            format!("sends {} to {}", keys.iter().map(|key| key.to_char()).collect::<String>(), who.0)
        }
        Command::StartRecording => "records".to_owned(),
        Command::StartStreaming => "streams".to_owned(),
        Command::StartTranscription { locale } | Command::UpdateTranscription { locale } => {
            format!("transcribes in {locale}")
        }
        Command::StopRecording { .. } => "ends the recording".to_owned(),
        Command::StopStreaming => "ends the stream".to_owned(),
        Command::StopTranscription => "ends the transcription".to_owned(),
        Command::Transfer { to, headers, .. } => {
            let headers: Vec<(&String, &String)> = headers.iter().map(|(name, value)| (name, &value.0)).collect();
            format!("transfers to {} with {headers:?}", to.0)
        }
        Command::Unhold { who } => format!("no longer holds {}", who.0),
        Command::CancelMedia
        | Command::GetCall
        | Command::GetParticipant { .. }
        | Command::HangUp
        | Command::Invoke { .. }
        | Command::ListParticipants
        | Command::Play { .. }
        | Command::Recognize { .. }
        | Command::Signal { .. }
        | Command::StartKeys { .. }
        | Command::StopKeys { .. }
        | Command::Terminate => return None,
    };
    Some(what)
}

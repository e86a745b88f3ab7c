//! What requests do that somebody notices.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::machine::command::Command;

/// What a request does that somebody notices, but for words, and for the end of the line, which is held against by itself.
pub(super) fn noticed(command: &Command) -> Option<String> {
    let what = match command {
        Command::Add { who, .. } => format!("invites {who}"),
        Command::Answer { .. } => "answers".to_owned(),
        Command::CancelAdd { .. } => "takes an invitation back".to_owned(),
        Command::Connect { to, .. } => format!("connects to {to}"),
        Command::Create { to, .. } => format!("calls {}", to.join(", ")),
        Command::Hold { who, .. } => format!("holds {who}"),
        Command::Move { name, .. } => format!("fetches {name}"),
        Command::Mute { who } => format!("mutes {who}"),
        Command::PauseRecording { .. } => "lets the recording pause".to_owned(),
        Command::Redirect { to, .. } => format!("redirects to {to}"),
        Command::Reject { .. } => "rejects".to_owned(),
        Command::Remove { who, .. } => format!("puts {who} out"),
        Command::ResumeRecording { .. } => "lets the recording go on".to_owned(),
        Command::SendKeys { who, keys } => {
            format!("sends {} to {who}", keys.iter().map(|key| key.to_char()).collect::<String>())
        }
        Command::StartRecording => "records".to_owned(),
        Command::StartStreaming => "streams".to_owned(),
        Command::StartTranscription { locale } | Command::UpdateTranscription { locale } => {
            format!("transcribes in {locale}")
        }
        Command::StopRecording { .. } => "ends the recording".to_owned(),
        Command::StopStreaming => "ends the stream".to_owned(),
        Command::StopTranscription => "ends the transcription".to_owned(),
        Command::Transfer { to, headers, .. } => format!("transfers to {to} with {headers:?}"),
        Command::Unhold { who } => format!("no longer holds {who}"),
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

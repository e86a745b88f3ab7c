//! The table of what the platform allows, held against one that was written without seeing it: `tests/legality`.

use flowc::platform::legality::{Beside, Condition, Deed, Media, Tape, Verdict, beside, cell, of_recording};
use flowc::platform::operations::Operation;

/// A line of the oracle.
struct Line<'a> {
    operation: &'a str,
    condition: &'a str,
    verdict: &'a str,
    status: &'a str,
    sub_code: &'a str,
}

/// Where the table and the oracle part, and why the table is right.
const SETTLED: &[(&str, &str, &str)] = &[];

#[test]
fn the_table_and_the_oracle_agree() {
    let text = include_str!("legality/oracle.tsv");
    let (mut compared, mut wrong) = (0, Vec::new());
    for line in text.lines().skip(1).map(line) {
        compared += 1;
        if SETTLED.iter().any(|(operation, condition, _)| (*operation, *condition) == (line.operation, line.condition))
        {
            continue;
        }
        let ours = ours(&line);
        if !agrees(&line, ours) {
            let Line { operation, condition, verdict, status, sub_code } = line;
            wrong.push(format!("{operation} {condition}: {verdict} {status}/{sub_code}, the table says {ours:?}"));
        }
    }
    assert!(compared > 200, "{compared}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn line(text: &str) -> Line<'_> {
    let parts: Vec<&str> = text.split('\t').collect();
    let [operation, condition, verdict, status, sub_code, _] = parts[..] else { panic!("{text}") };
    Line { operation, condition, verdict, status, sub_code }
}

/// What the table says. Media side by side have one refusal of their own.
#[derive(Clone, Copy, Debug)]
enum Ours {
    Cell(Verdict),
    Beside(Beside),
}

fn ours(line: &Line) -> Ours {
    let tokens: Vec<&str> = line.condition.split('+').collect();
    if let Some(tape) = tape(tokens[0]) {
        return Ours::Cell(of_recording(deed(line.operation), tape).verdict);
    }
    if let Some(running) = tokens.iter().find_map(|token| running(token)) {
        return Ours::Beside(beside(running, asked(line.operation, &tokens)));
    }
    Ours::Cell(cell(operation(line.operation), phase(tokens[0])).verdict)
}

fn agrees(line: &Line, ours: Ours) -> bool {
    match (line.verdict, ours) {
        ("allowed", Ours::Cell(verdict)) => verdict.refusal().is_none(),
        ("allowed", Ours::Beside(beside)) => beside != Beside::Refused,
        ("refused", Ours::Beside(beside)) => beside == Beside::Refused,
        ("refused", Ours::Cell(verdict)) => verdict.refusal().is_some_and(|code| {
            // Several statuses belong to as many codes, in order.
            let (statuses, codes): (Vec<&str>, Vec<&str>) =
                (line.status.split('|').collect(), line.sub_code.split('|').collect());
            let is = |said: &str, number: i64| said == "?" || said == "-" || said.parse() == Ok(number);
            codes.iter().enumerate().any(|(at, sub)| {
                let status = statuses.get(at).or(statuses.last()).copied().unwrap_or("?");
                is(sub, i64::from(code.sub)) && is(status, i64::from(code.code))
            })
        }),
        (other, _) => panic!("{other} is no verdict"),
    }
}

fn phase(token: &str) -> Condition {
    match token {
        "incoming_ringing" => Condition::Incoming,
        "outgoing_ringing" => Condition::Placed,
        "answering" | "joining" => Condition::Connecting,
        "connected_1to1" | "connected_group" => Condition::Connected,
        "transferring" => Condition::Transferring,
        "ended" => Condition::Ended,
        other => panic!("{other} is no phase"),
    }
}

fn tape(token: &str) -> Option<Tape> {
    match token {
        "recording_active" => Some(Tape::Active),
        "recording_paused" => Some(Tape::Paused),
        "recording_stopped" => Some(Tape::Stopped),
        _ => None,
    }
}

fn deed(operation: &str) -> Deed {
    match operation {
        "get_recording_properties" => Deed::Look,
        "pause_recording" => Deed::Pause,
        "resume_recording" => Deed::Resume,
        "stop_recording" => Deed::Stop,
        other => panic!("{other} is not about a recording"),
    }
}

fn running(token: &str) -> Option<Media> {
    match token {
        "playing_all" => Some(Media::PlayToAll),
        "playing_party" => Some(Media::PlayToNamed),
        "recognizing_party_main" => Some(Media::RecognizeAlone),
        "recognizing_party_sub" => Some(Media::RecognizeInGroup),
        "sending_dtmf" => Some(Media::SendKeys),
        "watch_on" => Some(Media::ContinuousKeys),
        _ => None,
    }
}

fn asked(operation: &str, tokens: &[&str]) -> Media {
    match operation {
        "play" if tokens.contains(&"to_all") => Media::PlayToAll,
        "play" => Media::PlayToNamed,
        "recognize" if tokens.contains(&"connected_group") => Media::RecognizeInGroup,
        "recognize" => Media::RecognizeAlone,
        "send_dtmf" => Media::SendKeys,
        "start_continuous_dtmf" => Media::ContinuousKeys,
        other => panic!("{other} is no media operation"),
    }
}

fn operation(name: &str) -> Operation {
    match name {
        "add_participant" => Operation::AddParticipant,
        "answer_call" => Operation::AnswerCall,
        "cancel_add" => Operation::CancelAddParticipant,
        "cancel_all_media" => Operation::CancelMedia,
        "connect_call" => Operation::Connect,
        "create_call" => Operation::CreateCall,
        "get_call" => Operation::GetCall,
        "get_participant" => Operation::GetParticipant,
        "get_recording_properties" => Operation::GetRecording,
        "hang_up" => Operation::HangUp,
        "hold" => Operation::Hold,
        "list_participants" => Operation::ListParticipants,
        "move_participant" => Operation::MoveParticipants,
        "mute" => Operation::MuteParticipant,
        "pause_recording" => Operation::PauseRecording,
        "play" => Operation::Play,
        "recognize" => Operation::Recognize,
        "redirect_call" => Operation::RedirectCall,
        "reject_call" => Operation::RejectCall,
        "remove_participant" => Operation::RemoveParticipant,
        "resume_recording" => Operation::ResumeRecording,
        "send_dtmf" => Operation::SendKeys,
        "start_continuous_dtmf" => Operation::StartKeys,
        "start_recording" => Operation::StartRecording,
        "start_streaming" => Operation::StartStreaming,
        "start_transcription" => Operation::StartTranscription,
        "stop_continuous_dtmf" => Operation::StopKeys,
        "stop_recording" => Operation::StopRecording,
        "stop_streaming" => Operation::StopStreaming,
        "stop_transcription" => Operation::StopTranscription,
        "terminate" => Operation::Terminate,
        "transfer" => Operation::Transfer,
        "unhold" => Operation::Unhold,
        "update_transcription" => Operation::UpdateTranscription,
        other => panic!("{other} is no operation"),
    }
}

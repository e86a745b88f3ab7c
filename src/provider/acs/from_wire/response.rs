//! One answer of the REST API to what came of the request.

use crate::machine::event::{Answer, ConnectionState, Facts, Present, Said};
use crate::platform::codes::{Code, refusal};
use crate::platform::depth;
use crate::platform::hidden::Hidden;
use crate::platform::limits;
use crate::platform::operations::Operation;
use crate::platform::versions::Version;
use crate::provider::Outcome;
use crate::provider::acs::party;
use crate::provider::acs::wire;
use serde::Deserialize;

/// What is read of an answer.
#[derive(Clone, Copy)]
pub struct Reply<'a> {
    /// HTTP status.
    pub status: u16,
    /// The `Retry-After` header.
    pub retry_after: Option<&'a str>,
    /// The body; empty where it could not be read.
    pub body: &'a [u8],
}

/// How long to wait after a 429 that does not say, in milliseconds.
pub const DEFAULT_RETRY_MS: u64 = 1_000;

/// The members of `CallConnectionProperties` that become facts; everything else may change without a loss.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Standing {
    #[serde(alias = "callLegId")]
    call_connection_id: Option<String>,
    server_call_id: Option<String>,
    correlation_id: Option<String>,
    call_connection_state: Option<String>,
    invitation_id: Option<String>,
    recording_id: Option<String>,
    /// Of the first generations.
    participant_id: Option<String>,
}

/// Says what came of a request. `now` is in milliseconds since the epoch; it turns a `Retry-After` date into a wait.
#[must_use]
pub fn classify(operation: Operation, reply: &Reply, now: i64) -> Outcome {
    classify_as(operation, Version::NEWEST.is_success(operation, reply.status), reply, now)
}

/// The same where it is known whether the status says that it was carried out: versions differ in that.
#[must_use]
pub fn classify_as(operation: Operation, is_success: bool, reply: &Reply, now: i64) -> Outcome {
    match reply.status {
        _ if is_success => Outcome::Definite(Answer::Accepted(facts(operation, reply.body))),
        429 => Outcome::Throttled { after_ms: retry_after_ms(reply.retry_after, now) },
        408 => Outcome::Unknown,
        status @ 400..=499 => refused(operation, Code::new(i32::from(status), sub_code(reply.body))),
        // Server errors, and answers the contract does not have: nobody knows what was carried out.
        _ => Outcome::Unknown,
    }
}

/// A refusal, unless it says that what was asked for is so already.
fn refused(operation: Operation, code: Code) -> Outcome {
    let gone = matches!(code.code, 404 | 410);
    let over = code.code == 400
        && [refusal::NOT_ESTABLISHED.sub, refusal::TERMINATED.sub, refusal::NOT_FOUND.sub].contains(&code.sub);
    let accepted = |facts| Outcome::Definite(Answer::Accepted(facts));
    let ended = Facts { state: Some(ConnectionState::Disconnected), ..Facts::default() };
    match operation {
        Operation::HangUp | Operation::Terminate if gone || over => accepted(ended),
        Operation::GetCall if gone => accepted(ended),
        // A recording that is not there any more has been stopped.
        Operation::StopRecording if gone => accepted(Facts::default()),
        Operation::AddParticipant
        | Operation::AnswerCall
        | Operation::CancelAddParticipant
        | Operation::CancelMedia
        | Operation::Connect
        | Operation::CreateCall
        | Operation::GetCall
        | Operation::GetParticipant
        | Operation::GetRecording
        | Operation::HangUp
        | Operation::Hold
        | Operation::ListParticipants
        | Operation::MoveParticipants
        | Operation::MuteParticipant
        | Operation::PauseRecording
        | Operation::Play
        | Operation::Recognize
        | Operation::RedirectCall
        | Operation::RejectCall
        | Operation::RemoveParticipant
        | Operation::ResumeRecording
        | Operation::SendKeys
        | Operation::StartKeys
        | Operation::StartRecording
        | Operation::StartStreaming
        | Operation::StartTranscription
        | Operation::StopKeys
        | Operation::StopRecording
        | Operation::StopStreaming
        | Operation::StopTranscription
        | Operation::Terminate
        | Operation::Transfer
        | Operation::Unhold
        | Operation::UpdateTranscription => Outcome::Definite(Answer::Refused { code }),
    }
}

/// What a success body says of the call; nothing where it cannot be read, as the request stands all the same.
fn facts(operation: Operation, body: &[u8]) -> Facts {
    if !depth::is_within(body, limits::JSON_DEPTH) {
        return Facts::default();
    }
    let said: Standing = serde_json::from_slice(body).unwrap_or_default();
    let state = said.call_connection_state.filter(|_| operation == Operation::GetCall);
    Facts {
        connection: said.call_connection_id.filter(|id| !id.is_empty()),
        server_call: said.server_call_id,
        correlation: said.correlation_id,
        state: state.map(|name| connection_state(&name)),
        said: beside(Said {
            invitation: said.invitation_id.filter(|id| !id.is_empty()),
            recording: said.recording_id.filter(|id| !id.is_empty()),
            people: people(operation, body),
            participants: said.participant_id.into_iter().map(|id| (Hidden::default(), id)).collect(),
            only_plays: false,
        }),
    }
}

/// Nothing, where nothing is said.
fn beside(said: Said) -> Option<Box<Said>> {
    (said != Said::default()).then(|| Box::new(said))
}

/// Who is on the call, in the answers that say so. Of a list this is one page.
fn people(operation: Operation, body: &[u8]) -> Vec<Present> {
    let all = match operation {
        Operation::GetParticipant => serde_json::from_slice(body).map(|one: wire::CallParticipant| vec![one]),
        Operation::ListParticipants => serde_json::from_slice(body).map(|list: wire::Participants| list.value),
        _ => return Vec::new(),
    };
    all.unwrap_or_default().iter().filter_map(party::present).collect()
}

/// The state of a `callConnectionState`, letter case ignored.
fn connection_state(name: &str) -> ConnectionState {
    match name.to_ascii_lowercase().as_str() {
        "connecting" => ConnectionState::Connecting,
        "connected" => ConnectionState::Connected,
        "transferring" => ConnectionState::Transferring,
        "transferaccepted" => ConnectionState::TransferAccepted,
        "disconnecting" => ConnectionState::Disconnecting,
        "disconnected" => ConnectionState::Disconnected,
        _ => ConnectionState::Unknown,
    }
}

/// The number in `error.code`; 0 where there is none, as in the word codes of the front door.
fn sub_code(body: &[u8]) -> i32 {
    if !depth::is_within(body, limits::JSON_DEPTH) {
        return 0;
    }
    let error = serde_json::from_slice::<wire::ErrorBody>(body).map(|body| body.error);
    // The oldest api-versions have nothing around it.
    let error = error.or_else(|_| serde_json::from_slice::<wire::ErrorDetail>(body)).ok();
    error.and_then(|error| error.code.trim().parse().ok()).unwrap_or(0)
}

/// A `Retry-After` in milliseconds: seconds, or a date.
fn retry_after_ms(header: Option<&str>, now: i64) -> u64 {
    let Some(text) = header.map(str::trim) else { return DEFAULT_RETRY_MS };
    if let Ok(seconds) = text.parse::<u64>() {
        return seconds.saturating_mul(1000);
    }
    let date = jiff::fmt::rfc2822::parse(text).ok();
    date.map_or(DEFAULT_RETRY_MS, |date| {
        u64::try_from(date.timestamp().as_millisecond().saturating_sub(now)).unwrap_or(DEFAULT_RETRY_MS)
    })
}

#[cfg(test)]
mod tests {
    use crate::machine::event::{Answer, ConnectionState, Facts, Present, Said};
    use crate::platform::codes::Code;
    use crate::platform::generations::Generation;
    use crate::platform::operations::{Operation, TABLE};
    use crate::provider::Outcome;
    use crate::provider::acs::from_wire::response::{Reply, classify, classify_as};

    const NOW: i64 = 1_795_183_200_000; // Fri, 20 Nov 2026 14:00:00 GMT

    fn said(operation: Operation, status: u16, body: &str) -> Outcome {
        classify(operation, &Reply { status, retry_after: None, body: body.as_bytes() }, NOW)
    }

    fn error(code: &str) -> String {
        format!(r#"{{"error":{{"code":"{code}","message":"m","innererror":{{}}}}}}"#)
    }

    fn refused(status: i32, sub: i32) -> Outcome {
        Outcome::Definite(Answer::Refused { code: Code::new(status, sub) })
    }

    fn accepted(facts: Facts) -> Outcome {
        Outcome::Definite(Answer::Accepted(facts))
    }

    #[test]
    fn exactly_the_documented_status_is_success() {
        for row in TABLE {
            for status in [200, 201, 202, 204, 302] {
                let success = status == row.success || (row.operation == Operation::StartRecording && status == 202);
                let expected = if success { accepted(Facts::default()) } else { Outcome::Unknown };
                assert_eq!(said(row.operation, status, ""), expected, "{:?} {status}", row.operation);
            }
        }
    }

    #[test]
    fn facts_of_a_created_and_of_a_known_call() {
        let body = r#"{"callConnectionId":"411f","serverCallId":"aHR0","correlationId":"b880","callConnectionState":
            "transferAccepted","targets":[{"kind":"phoneNumber","newMember":1}],"unheardOf":{"a":[1]}}"#;
        let facts = Facts {
            connection: Some("411f".to_owned()),
            server_call: Some("aHR0".to_owned()),
            correlation: Some("b880".to_owned()),
            ..Facts::default()
        };
        assert_eq!(said(Operation::CreateCall, 201, body), accepted(facts.clone()));
        let known = Facts { state: Some(ConnectionState::TransferAccepted), ..facts };
        assert_eq!(said(Operation::GetCall, 200, body), accepted(known));
    }

    #[test]
    fn answers_name_invitations_recordings_and_people() {
        let body = r#"{"participant":{"identifier":{"rawId":"4:+16041234567"}},"operationContext":"7.1","invitationId":"7b42"}"#;
        let beside = |said| Facts { said: Some(Box::new(said)), ..Facts::default() };
        let added = beside(Said { invitation: Some("7b42".to_owned()), ..Said::default() });
        assert_eq!(said(Operation::AddParticipant, 202, body), accepted(added));
        let body = r#"{"recordingId":"eyJ","recordingState":"active","recordingKind":"azureCommunicationServices"}"#;
        let recorded = beside(Said { recording: Some("eyJ".to_owned()), ..Said::default() });
        assert_eq!(said(Operation::StartRecording, 202, body), accepted(recorded));

        let ada = r#"{"identifier":{"rawId":"8:acs:ada"},"isMuted":true,"isOnHold":false}"#;
        let bob = r#"{"identifier":{"phoneNumber":{"value":"+16041234567"}},"isOnHold":true}"#;
        let present = |id: &str, muted, held| Present { id: id.to_owned().into(), muted, held };
        let one = present("8:acs:ada", true, false);
        let only = beside(Said { people: vec![one.clone()], ..Said::default() });
        assert_eq!(said(Operation::GetParticipant, 200, ada), accepted(only));
        let both = beside(Said { people: vec![one, present("4:+16041234567", false, true)], ..Said::default() });
        let list = format!(r#"{{"value":[{ada},{bob},{{}}],"nextLink":null}}"#);
        assert_eq!(said(Operation::ListParticipants, 200, &list), accepted(both));
        assert_eq!(said(Operation::GetParticipant, 404, &error("8522")), refused(404, 8522));
    }

    #[test]
    fn stopping_a_recording_that_is_gone_is_done() {
        assert_eq!(said(Operation::StopRecording, 404, ""), accepted(Facts::default()));
        assert_eq!(said(Operation::PauseRecording, 404, ""), refused(404, 0));
    }

    #[test]
    fn the_first_generations_answer_in_their_own_way() {
        let answer = |generation: Generation, operation, status, body: &str| {
            let is_success = generation.form(operation).is_some_and(|form| form.success == status);
            classify_as(operation, is_success, &Reply { status, retry_after: None, body: body.as_bytes() }, NOW)
        };
        let leg = Facts { connection: Some("leg".to_owned()), ..Facts::default() };
        let placed = answer(Generation::Private, Operation::CreateCall, 200, r#"{"callLegId":"leg"}"#);
        assert_eq!(placed, accepted(leg.clone()));
        assert_eq!(answer(Generation::CallLegs, Operation::CreateCall, 200, "{}"), Outcome::Unknown);
        let joined = answer(Generation::CallConnections, Operation::Connect, 202, r#"{"callConnectionId":"leg"}"#);
        assert_eq!(joined, accepted(leg));
        let added = answer(Generation::CallConnections, Operation::AddParticipant, 202, r#"{"participantId":"p"}"#);
        let said = Said { participants: vec![(String::new().into(), "p".to_owned())], ..Said::default() };
        assert_eq!(added, accepted(Facts { said: Some(Box::new(said)), ..Facts::default() }));
        let bare = answer(Generation::CallLegs, Operation::Play, 400, r#"{"code":"8523","message":"m"}"#);
        assert_eq!(bare, refused(400, 8523));
    }

    #[test]
    fn an_unreadable_success_is_a_success() {
        for body in ["", "nonsense", "[]", r#"{"callConnectionId":7}"#, &"[".repeat(100)] {
            assert_eq!(said(Operation::AnswerCall, 200, body), accepted(Facts::default()), "{body}");
        }
    }

    #[test]
    fn refusals_carry_status_and_number() {
        for (status, body, sub) in [
            (400, error("8523"), 8523),
            (401, error("Denied"), 0),
            (404, error("8522"), 8522),
            (409, "no JSON".to_owned(), 0),
            (413, String::new(), 0),
            (400, format!("{}{}", "[".repeat(40), "]".repeat(40)), 0),
        ] {
            assert_eq!(said(Operation::Play, status, &body), refused(i32::from(status), sub), "{status}");
        }
    }

    #[test]
    fn nobody_knows_what_a_failing_server_did() {
        for status in [408, 500, 502, 503, 504, 599, 100, 700] {
            assert_eq!(said(Operation::Transfer, status, &error("9999")), Outcome::Unknown, "{status}");
        }
    }

    #[test]
    fn hanging_up_what_is_gone_is_done() {
        for operation in [Operation::HangUp, Operation::Terminate] {
            for (status, code) in [(404, "8522"), (404, ""), (410, ""), (400, "8501"), (400, "8528"), (400, "8522")] {
                let ended = Facts { state: Some(ConnectionState::Disconnected), ..Facts::default() };
                assert_eq!(said(operation, status, &error(code)), accepted(ended), "{status} {code}");
            }
            assert_eq!(said(operation, 400, &error("8523")), refused(400, 8523));
            assert_eq!(said(operation, 409, &error("8501")), refused(409, 8501));
        }
    }

    #[test]
    fn asking_for_what_is_gone_says_disconnected() {
        let gone = Facts { state: Some(ConnectionState::Disconnected), ..Facts::default() };
        assert_eq!(said(Operation::GetCall, 404, &error("8522")), accepted(gone));
        assert_eq!(said(Operation::GetCall, 401, &error("7509")), refused(401, 7509));
    }

    #[test]
    fn waiting_times_of_429() {
        for (header, after_ms) in [
            (None, 1_000),
            (Some("7"), 7_000),
            (Some(" 0 "), 0),
            (Some("Fri, 20 Nov 2026 14:00:09 GMT"), 9_000),
            (Some("Fri, 20 Nov 2026 13:00:00 GMT"), 1_000),
            (Some("soon"), 1_000),
            (Some("-1"), 1_000),
            (Some("18446744073709551615"), u64::MAX),
        ] {
            let reply = Reply { status: 429, retry_after: header, body: b"" };
            assert_eq!(classify(Operation::Play, &reply, NOW), Outcome::Throttled { after_ms }, "{header:?}");
        }
    }
}

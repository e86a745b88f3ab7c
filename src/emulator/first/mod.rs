//! The first generations of the platform, over the same cloud: their requests become those of the newest version, the answers and
//! events of that become theirs. What they look like stands in `platform::generations`.

mod body;
mod events;
mod route;
#[cfg(test)]
mod tests;

pub(crate) use crate::emulator::first::events::Subscribed;

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::api::Asked;
use crate::emulator::call::gone;
use crate::emulator::cloud::Cloud;
use crate::emulator::connect::Place;
use crate::emulator::first::body::Body;
use crate::emulator::first::route::{Found, route};
use crate::emulator::invite::Add;
use crate::platform::codes::refusal;
use crate::platform::generations::{By, Form, Generation, Means, status};
use crate::platform::identifier::Identifier;
use crate::platform::operations::Operation;
use crate::platform::versions::Version;
use crate::provider::acs::wire;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

/// The answer to a refused request in the form that a version has for it; a status that its operation does not document is 400.
pub(crate) fn refused(version: Option<Version>, form: Option<&Form>, refusal: &Refusal) -> Answer {
    let Some(generation) = version.and_then(Version::generation) else { return refusal.answer() };
    let code = u16::try_from(refusal.code.code).unwrap_or(500);
    let documented = form.is_none_or(|form| form.refusals.contains(&code));
    let status = if documented || code == 401 || code == 429 || code >= 500 { code } else { 400 };
    let error = wire::ErrorDetail { code: refusal.code.sub.to_string(), message: refusal.message.clone() };
    if generation.names().bare_errors {
        Answer::json(status, &error)
    } else {
        Answer::json(status, &wire::ErrorBody { error })
    }
}

/// Whether a path may be of a version's API.
pub(crate) fn is_path(version: Version, path: &str) -> bool {
    path.starts_with("/calling/")
        || (version == Version::PrivatePreview && (path == "/calls" || path.starts_with("/calls/")))
}

/// The leg that a path names, in whichever form.
pub(crate) fn leg_in(path: &str) -> Option<&str> {
    let roots = ["/calling/callConnections/", "/calling/calls/", "/calls/"];
    let rest = roots.iter().find_map(|root| path.strip_prefix(root))?;
    rest.split([':', '/']).next().filter(|id| !id.is_empty())
}

/// The participant id of somebody.
fn participant_id(raw_id: &str) -> String {
    URL_SAFE_NO_PAD.encode(raw_id)
}

/// Who has a participant id.
fn raw_id(participant: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(participant).ok()?).ok().filter(|raw| !raw.is_empty())
}

impl Cloud {
    /// Answers a request of one of the first generations.
    pub(crate) fn first(&mut self, generation: Generation, asked: &Asked<'_>) -> Answer {
        let version = Version::parse(&self.api_version);
        let found = match route(generation, asked.method, asked.path) {
            Ok(found) => found,
            Err(refusal) => return refused(version, None, &refusal),
        };
        let spoken = if generation.names().versioned { self.version(asked) } else { Ok(()) };
        let answer = spoken.and_then(|()| self.carry_out(generation, &found, asked));
        answer.unwrap_or_else(|refusal| refused(version, Some(found.form), &body::in_their_words(found.form, refusal)))
    }

    fn carry_out(&mut self, generation: Generation, found: &Found, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let form = found.form;
        let body = Body::read(form, asked)?;
        let leg = match form.by {
            By::Nothing => String::new(),
            By::Leg => found.id.clone(),
            By::Call if found.recording.is_some() || is_of_the_call(form.operation) => String::new(),
            By::Call => self.a_leg_of(&found.call)?,
        };
        let said = self.done_by(&leg, generation, found, &body, asked)?;
        Ok(match said {
            Some(said) => Answer::json(form.success, &said),
            None => Answer::empty(form.success),
        })
    }

    /// Has a leg do what is asked; what is answered, if anything.
    fn done_by(
        &mut self,
        leg: &str,
        generation: Generation,
        found: &Found,
        body: &Body,
        asked: &Asked<'_>,
    ) -> Result<Option<Value>, Refusal> {
        let plain = match found.form.operation {
            Operation::CreateCall | Operation::Connect => return Ok(Some(self.begin(generation, found, body, asked)?)),
            Operation::Play => {
                let play = play(body)?;
                self.modern(asked, &play, |cloud, asked| cloud.play(leg, asked))?;
                return Ok(Some(self.operation(generation, body, status::RUNNING)));
            }
            Operation::CancelMedia => {
                self.cancel_media(leg)?;
                return Ok(Some(self.operation(generation, body, status::COMPLETED)));
            }
            Operation::AddParticipant => return self.invite_all(found, generation, leg, body, asked),
            Operation::StartRecording => return Ok(Some(self.record(found, body, asked)?)),
            Operation::GetRecording => {
                let state = said(&self.get_recording(self.recording_of(found)?)?);
                return Ok(Some(json!({ "recordingState": state["recordingState"] })));
            }
            Operation::RemoveParticipant => {
                let who = found.who.as_deref().and_then(raw_id);
                let who = who.ok_or_else(|| Refusal::new(refusal::NOT_IN_CALL, "there is no such participant"))?;
                let remove = json!({ "participantToRemove": { "rawId": who } });
                self.remove_participant(leg, &with_body(asked, remove.to_string().as_bytes()))
            }
            Operation::HangUp => self.hang_up(leg),
            Operation::Terminate => self.terminate(leg),
            Operation::PauseRecording => self.pause_recording(self.recording_of(found)?),
            Operation::ResumeRecording => self.resume_recording(self.recording_of(found)?),
            Operation::StopRecording => self.stop_recording(self.recording_of(found)?),
            operation @ (Operation::AnswerCall
            | Operation::CancelAddParticipant
            | Operation::GetCall
            | Operation::GetParticipant
            | Operation::Hold
            | Operation::ListParticipants
            | Operation::MoveParticipants
            | Operation::MuteParticipant
            | Operation::Recognize
            | Operation::RedirectCall
            | Operation::RejectCall
            | Operation::SendKeys
            | Operation::StartKeys
            | Operation::StartStreaming
            | Operation::StartTranscription
            | Operation::StopKeys
            | Operation::StopStreaming
            | Operation::StopTranscription
            | Operation::Transfer
            | Operation::Unhold
            | Operation::UpdateTranscription) => {
                // No form names them; a test holds that.
                Err(Refusal::new(refusal::NOT_FOUND, format!("{operation:?} came later")))
            }
        };
        plain.map(|_| None)
    }

    /// Create and join: a leg, with the events it is told.
    fn begin(
        &mut self,
        generation: Generation,
        found: &Found,
        body: &Body,
        asked: &Asked<'_>,
    ) -> Result<Value, Refusal> {
        let subscribed = Subscribed::read(generation, found.form, body)?;
        let source = body.source(found.form)?;
        let (create, of) = (found.form.operation == Operation::CreateCall, &found.call);
        let mut members = Map::new();
        members.insert("callbackUri".to_owned(), body.value(Means::Callback));
        if create {
            members.insert("targets".to_owned(), body.value(Means::Targets));
            members.insert("sourceCallerIdNumber".to_owned(), body.value(Means::CallerId));
            members.insert("source".to_owned(), json!(source.as_ref().map(|id| json!({ "id": id }))));
        } else {
            let locator = json!({ "kind": "serverCallLocator", "serverCallId": of });
            members.insert("callLocator".to_owned(), locator);
        }
        let made = self.modern(asked, &Value::Object(members), |cloud, asked| {
            if create { cloud.create(asked) } else { cloud.connect(&asked.body()?) }
        })?;
        let id = made["callConnectionId"].as_str().unwrap_or_default().to_owned();
        if let Some((call, world)) = self.named(&id)
            && let Some(leg) = call.leg_of(&id)
        {
            if let Some(source) = source.filter(|_| !create) {
                call.legs[leg].identity = Identifier::parse(&source);
            }
            call.legs[leg].first = Some(subscribed);
            call.leg_begins(world, leg);
        }
        Ok(json!({ generation.names().leg: id }))
    }

    /// Invites everybody, or nobody where one of them cannot be.
    fn invite_all(
        &mut self,
        found: &Found,
        generation: Generation,
        leg: &str,
        body: &Body,
        asked: &Asked<'_>,
    ) -> Result<Option<Value>, Refusal> {
        let people = match (body.value(Means::Several), body.value(Means::One)) {
            (Value::Array(all), _) if !all.is_empty() => all,
            (Value::Null, one @ Value::Object(_)) => vec![one],
            _ => return Err(Refusal::field("participantToAdd", "must be there")),
        };
        // Where no number can be named, phones are shown that of the call.
        let caller = match found.form.name(Means::CallerId) {
            Some(_) => body.value(Means::CallerId),
            None => self.caller_of(leg),
        };
        let add = |who: Value| {
            let add = json!({ "participantToAdd": who, "sourceCallerIdNumber": caller,
                "operationContext": body.value(Means::Context), "operationCallbackUri": body.value(Means::Callback) });
            Add::read(with_body(asked, add.to_string().as_bytes()).body()?)
        };
        let all = people.into_iter().map(add).collect::<Result<Vec<Add>, Refusal>>()?;
        let added = self.add_all(leg, all)?;
        let told = added.last().and_then(|added| added.participant.as_ref()?.identifier.raw_id.as_deref());
        let told = told.map(participant_id).filter(|_| generation.names().tells_participant);
        Ok(told.map(|id| json!({ "participantId": id })))
    }

    /// The number that a call shows, as a member; null where it shows none.
    fn caller_of(&mut self, leg: &str) -> Value {
        let caller = self.named(leg).and_then(|(call, _)| call.legs[call.leg_of(leg)?].caller_number.clone());
        json!(caller)
    }

    /// Starts a recording; its id.
    fn record(&mut self, found: &Found, body: &Body, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let start = json!({ "callLocator": { "kind": "serverCallLocator", "serverCallId": found.call },
            "recordingStateCallbackUri": body.value(Means::Callback), "recordingContentType": body.value(Means::Content),
            "recordingChannelType": body.value(Means::Channels), "recordingFormatType": body.value(Means::Format) });
        let made = self.modern(asked, &start, Cloud::start_recording)?;
        Ok(json!({ "recordingId": made["recordingId"] }))
    }

    /// The recording that a path names, where it is one of the call named beside it.
    fn recording_of<'a>(&self, found: &'a Found) -> Result<&'a str, Refusal> {
        let recording = found.recording.as_deref().unwrap_or_default();
        let (call, of) = (self.names.get(&found.call), self.names.get(recording));
        if call.is_some() && call == of {
            return Ok(recording);
        }
        Err(Refusal::new(refusal::NOT_FOUND, "this call has no such recording"))
    }

    /// What an operation on media answers.
    fn operation(&mut self, generation: Generation, body: &Body, status: &str) -> Value {
        let mut said = json!({ generation.names().operation_id: self.world.ids.guid(), "status": status,
            "resultInfo": { "code": 200, "subcode": 0, "message": "Action completed successfully." } });
        if let context @ Value::String(_) = body.value(Means::Context) {
            said["operationContext"] = context;
        }
        said
    }

    /// A leg of the call with this id, for operations on the call as a whole.
    fn a_leg_of(&mut self, call: &str) -> Result<String, Refusal> {
        let number = self.placed(&Place::Server(call.to_owned()))?;
        let call = self.calls.get(&number).ok_or_else(gone)?;
        let leg = call.live_legs().first().copied().ok_or_else(gone)?;
        Ok(call.legs[leg].id.clone())
    }

    /// Carries out a request of the newest version; what it answers.
    fn modern(
        &mut self,
        asked: &Asked<'_>,
        body: &Value,
        act: impl FnOnce(&mut Cloud, &Asked<'_>) -> Result<Answer, Refusal>,
    ) -> Result<Value, Refusal> {
        act(self, &with_body(asked, body.to_string().as_bytes())).map(|answer| said(&answer))
    }
}

/// The same request with another body, of the newest version.
fn with_body<'a>(asked: &Asked<'a>, body: &'a [u8]) -> Asked<'a> {
    Asked { content_type: Some("application/json"), body, ..*asked }
}

/// Whether an operation on the call as a whole needs no leg to carry it out.
fn is_of_the_call(operation: Operation) -> bool {
    matches!(operation, Operation::Connect | Operation::StartRecording)
}

fn play(body: &Body) -> Result<Value, Refusal> {
    let Value::String(file) = body.value(Means::File) else {
        return Err(Refusal::field("playSources[0].file.uri", "must be there"));
    };
    let looped = match body.value(Means::Loop) {
        Value::Null => Value::Bool(false),
        given => given,
    };
    Ok(json!({ "playSources": [{ "kind": "file", "file": { "uri": file } }], "playOptions": { "loop": looped },
        "operationContext": body.value(Means::Context), "operationCallbackUri": body.value(Means::Callback) }))
}

fn said(answer: &Answer) -> Value {
    answer.body.as_deref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or(Value::Null)
}

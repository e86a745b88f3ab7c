//! The REST API: one request to one answer. Signature and transport have been dealt with before.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::body::parse;
use crate::emulator::call::Call;
use crate::emulator::cloud::Cloud;
use crate::emulator::dial::Create;
use crate::emulator::identity;
use crate::emulator::incoming::spent;
use crate::emulator::repeat::Repeatability;
use crate::emulator::route::{Route, route};
use crate::emulator::world::World;
use crate::http::query_value;
use crate::platform::operations::Operation;
use crate::platform::versions::Version;
use crate::provider::acs::wire;

/// A request as far as the API reads it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Method in capitals.
    pub method: &'a str,
    /// Raw path.
    pub path: &'a str,
    /// Raw query.
    pub query: Option<&'a str>,
    /// `Host`.
    pub host: Option<&'a str>,
    /// Whether it came by https.
    pub is_secure: bool,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Repeatability-Request-ID`.
    pub repeat_id: Option<&'a str>,
    /// `Repeatability-First-Sent`.
    pub repeat_first_sent: Option<&'a str>,
    /// The body's bytes.
    pub body: &'a [u8],
}

impl Asked<'_> {
    /// What addresses begin with that lead back here.
    pub(crate) fn base(&self) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        self.host.map(|host| format!("{scheme}://{host}")).unwrap_or_default()
    }

    /// The body as its wire type.
    pub(crate) fn body<T: DeserializeOwned + Serialize>(&self) -> Result<T, Refusal> {
        parse(self.content_type, self.body)
    }
}

impl Cloud {
    /// Answers a request of the REST API at a virtual time.
    pub fn rest(&mut self, now: u64, asked: &Asked<'_>) -> Answer {
        self.advance(now);
        if let Some(generation) = Version::parse(&self.api_version).and_then(Version::generation) {
            return self.first(generation, asked);
        }
        self.answered(asked).unwrap_or_else(|refusal| refusal.answer())
    }

    fn answered(&mut self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let route = route(asked.method, asked.path)?;
        self.version(asked)?;
        if !route.operation.row().repeatable {
            return self.act(&route, asked);
        }
        let request = (asked.method, asked.path, asked.body);
        let Some(repeatability) = Repeatability::read(asked.repeat_id, asked.repeat_first_sent, request)? else {
            return self.act(&route, asked);
        };
        if let Some(answer) = self.repeats.earlier(&repeatability)? {
            return Ok(answer);
        }
        let answer = self.act(&route, asked)?;
        self.repeats.remember(self.world.now, repeatability, &answer);
        Ok(answer)
    }

    pub(crate) fn version(&self, asked: &Asked<'_>) -> Result<(), Refusal> {
        let spoken = &self.api_version;
        match query_value(asked.query, "api-version") {
            Some(version) if version == *spoken => Ok(()),
            Some(version) => {
                Err(Refusal::field("api-version", format!("`{version}` is not spoken here; spoken: {spoken}")))
            }
            None => Err(Refusal::field("api-version", format!("is missing; spoken: {spoken}"))),
        }
    }

    fn act(&mut self, route: &Route, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let id = route.id.as_str();
        match route.operation {
            Operation::AddParticipant => self.add_participant(id, asked),
            Operation::AnswerCall => self.answer_call(asked),
            Operation::CancelAddParticipant => self.cancel_add_participant(id, asked),
            Operation::CancelMedia => self.cancel_media(id),
            Operation::Connect => self.connect(&asked.body()?),
            Operation::CreateCall => self.create(asked),
            Operation::GetCall => self.get_call(id),
            Operation::GetParticipant => self.get_participant(route),
            Operation::GetRecording => self.get_recording(id),
            Operation::HangUp => self.hang_up(id),
            Operation::Hold => self.hold(id, asked),
            Operation::ListParticipants => self.list_participants(id, asked),
            Operation::MoveParticipants => self.move_participants(id, asked),
            Operation::MuteParticipant => self.mute_participants(id, asked),
            Operation::PauseRecording => self.pause_recording(id),
            Operation::Play => self.play(id, asked),
            Operation::Recognize => self.recognize(id, asked),
            Operation::RedirectCall => self.redirect_call(asked),
            Operation::RejectCall => self.reject_call(asked),
            Operation::RemoveParticipant => self.remove_participant(id, asked),
            Operation::ResumeRecording => self.resume_recording(id),
            Operation::SendKeys => self.send_keys(id, asked),
            Operation::StartKeys => self.start_keys(id, asked),
            Operation::StartRecording => self.start_recording(asked),
            Operation::StartStreaming => self.start_streaming(id, asked),
            Operation::StartTranscription => self.start_transcription(id, asked),
            Operation::StopKeys => self.stop_keys(id, asked),
            Operation::StopRecording => self.stop_recording(id),
            Operation::StopStreaming => self.stop_streaming(id, asked),
            Operation::StopTranscription => self.stop_transcription(id, asked),
            Operation::Terminate => self.terminate(id),
            Operation::Transfer => self.transfer(id, asked),
            Operation::Unhold => self.unhold(id, asked),
            Operation::UpdateTranscription => self.update_transcription(id, asked),
        }
    }

    pub(crate) fn create(&mut self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let create = Create::read(asked.body()?)?;
        let number = self.next_number();
        let call = Call::dial(&mut self.world, number, create);
        let answer = told(Operation::CreateCall, &call.properties(0)?);
        self.add(call);
        Ok(answer)
    }

    fn answer_call(&mut self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let body: wire::AnswerCall = asked.body()?;
        let (call, world) = self.incoming(&body.incoming_call_context)?;
        call.answer(world, &body)?;
        let (number, answer) = (call.number, told(Operation::AnswerCall, &call.properties(0)?));
        self.name(number);
        Ok(answer)
    }

    fn redirect_call(&mut self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let body: wire::RedirectCall = asked.body()?;
        let target = identity::callable("target", &body.target)?;
        let (call, world) = self.incoming(&body.incoming_call_context)?;
        call.redirect(world, &target)?;
        Ok(done(Operation::RedirectCall))
    }

    fn reject_call(&mut self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let body: wire::RejectCall = asked.body()?;
        let (call, world) = self.incoming(&body.incoming_call_context)?;
        call.reject(world, &body)?;
        Ok(done(Operation::RejectCall))
    }

    fn get_call(&mut self, id: &str) -> Result<Answer, Refusal> {
        let (call, _, leg) = self.at(Operation::GetCall, id)?;
        Ok(told(Operation::GetCall, &call.properties(leg)?))
    }

    pub(crate) fn hang_up(&mut self, id: &str) -> Result<Answer, Refusal> {
        let (call, world, leg) = self.at(Operation::HangUp, id)?;
        call.hang_up(world, leg);
        Ok(done(Operation::HangUp))
    }

    pub(crate) fn terminate(&mut self, id: &str) -> Result<Answer, Refusal> {
        let (call, world, _) = self.at(Operation::Terminate, id)?;
        call.terminate(world);
        Ok(done(Operation::Terminate))
    }

    /// The call of an `incomingCallContext`.
    fn incoming(&mut self, context: &str) -> Result<(&mut Call, &mut World), Refusal> {
        let found = self.named(context).filter(|(call, _)| call.incoming_context.as_deref() == Some(context));
        found.ok_or_else(|| spent("is not one that was given out here"))
    }
}

/// Success without a body.
pub(crate) fn done(operation: Operation) -> Answer {
    Answer::empty(operation.row().success)
}

/// Success with one.
pub(crate) fn told(operation: Operation, body: &impl Serialize) -> Answer {
    Answer::json(operation.row().success, body)
}

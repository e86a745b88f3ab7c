//! The REST API: one request to one answer. Signature and transport have been dealt with before.

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::body::parse;
use crate::emulator::call::Call;
use crate::emulator::check::{Play, Recognize};
use crate::emulator::cloud::Cloud;
use crate::emulator::dial::Create;
use crate::emulator::identity;
use crate::emulator::incoming::{check_answer, check_reject, spent};
use crate::emulator::repeat::Repeatability;
use crate::emulator::route::{Route, route};
use crate::emulator::transfer;
use crate::emulator::world::World;
use crate::http::query_value;
use crate::platform::codes::Code;
use crate::platform::operations::Operation;
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
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Repeatability-Request-ID`.
    pub repeat_id: Option<&'a str>,
    /// `Repeatability-First-Sent`.
    pub repeat_first_sent: Option<&'a str>,
    /// The body's bytes.
    pub body: &'a [u8],
}

impl Cloud {
    /// Answers a request of the REST API at a virtual time.
    pub fn rest(&mut self, now: u64, asked: &Asked<'_>) -> Answer {
        self.advance(now);
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

    fn version(&self, asked: &Asked<'_>) -> Result<(), Refusal> {
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
        let success = Answer::empty(route.operation.row().success);
        let id = route.connection.as_str();
        match route.operation {
            Operation::CreateCall => return self.create(asked),
            Operation::AnswerCall => return self.answer_call(asked),
            Operation::RedirectCall => {
                let body: wire::RedirectCall = parse(asked.content_type, asked.body)?;
                let target = identity::callable("target", &body.target)?;
                let (call, world) = self.incoming(&body.incoming_call_context)?;
                call.redirect(world, &target)?;
            }
            Operation::RejectCall => {
                let body: wire::RejectCall = parse(asked.content_type, asked.body)?;
                check_reject(&body)?;
                let (call, world) = self.incoming(&body.incoming_call_context)?;
                call.reject(world)?;
            }
            Operation::GetCall => {
                let (call, _) = self.connection(id)?;
                return Ok(Answer::json(success.status, &call.properties()));
            }
            Operation::HangUp | Operation::Terminate => {
                let (call, world) = self.connection(id)?;
                call.hang_up(world);
            }
            Operation::Transfer => {
                let body: wire::Transfer = parse(asked.content_type, asked.body)?;
                let transfer = transfer::Asked::read(&body)?;
                let (call, world) = self.connection(id)?;
                call.transfer(world, transfer)?;
                return Ok(Answer::json(
                    success.status,
                    &wire::ContextAnswer { operation_context: body.operation_context },
                ));
            }
            Operation::Play => {
                let play = Play::read(&parse(asked.content_type, asked.body)?)?;
                let (call, world) = self.connection(id)?;
                call.play(world, play)?;
            }
            Operation::Recognize => {
                let recognize = Recognize::read(&parse(asked.content_type, asked.body)?)?;
                let (call, world) = self.connection(id)?;
                call.recognize(world, recognize)?;
            }
            Operation::CancelMedia => {
                let (call, world) = self.connection(id)?;
                call.cancel_media(world)?;
            }
            Operation::AddParticipant
            | Operation::CancelAddParticipant
            | Operation::Connect
            | Operation::GetParticipant
            | Operation::GetRecording
            | Operation::Hold
            | Operation::ListParticipants
            | Operation::MoveParticipants
            | Operation::MuteParticipant
            | Operation::PauseRecording
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
            | Operation::Unhold
            | Operation::UpdateTranscription => {
                return Err(Refusal::new(Code::new(405, 8520), "the emulator does not play this operation"));
            }
        }
        Ok(success)
    }

    fn create(&mut self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let create = Create::read(parse(asked.content_type, asked.body)?)?;
        let number = self.next_number();
        let call = Call::dial(&mut self.world, number, create);
        let answer = Answer::json(Operation::CreateCall.row().success, &call.properties());
        self.add(call);
        Ok(answer)
    }

    fn answer_call(&mut self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let body: wire::AnswerCall = parse(asked.content_type, asked.body)?;
        check_answer(&body)?;
        let (call, world) = self.incoming(&body.incoming_call_context)?;
        call.answer(world, body)?;
        let (number, answer) = (call.number, Answer::json(Operation::AnswerCall.row().success, &call.properties()));
        self.name(number);
        Ok(answer)
    }

    /// The call of an `incomingCallContext`.
    fn incoming(&mut self, context: &str) -> Result<(&mut Call, &mut World), Refusal> {
        let found = self.named(context).filter(|(call, _)| call.incoming_context.as_deref() == Some(context));
        found.ok_or_else(|| spent("is not one that was given out here"))
    }
}

//! The REST API: one request to one answer. Signature and transport have been dealt with before.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::body::parse;
use crate::emulator::call::Call;
use crate::emulator::check::{Play, Recognize};
use crate::emulator::cloud::Cloud;
use crate::emulator::dial::Create;
use crate::emulator::identity;
use crate::emulator::incoming::spent;
use crate::emulator::invite::Add;
use crate::emulator::keys::Send;
use crate::emulator::notify::Reply;
use crate::emulator::prompt::Source;
use crate::emulator::repeat::Repeatability;
use crate::emulator::roster;
use crate::emulator::route::{Route, route};
use crate::emulator::transfer;
use crate::emulator::world::World;
use crate::http::query_value;
use crate::platform::identifier::Identifier;
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
    /// `Host`.
    pub host: Option<&'a str>,
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
    /// The body as its wire type.
    pub(crate) fn body<T: DeserializeOwned + Serialize>(&self) -> Result<T, Refusal> {
        parse(self.content_type, self.body)
    }
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
        let (operation, id) = (route.operation, route.id.as_str());
        match operation {
            Operation::CreateCall => self.create(asked),
            Operation::AnswerCall => self.answer_call(asked),
            Operation::Connect => self.connect(&asked.body()?),
            Operation::RedirectCall | Operation::RejectCall => self.turn_away(operation, asked),
            Operation::GetCall | Operation::ListParticipants | Operation::GetParticipant => self.look(route, asked),
            Operation::HangUp | Operation::Terminate => self.end(operation, id),
            Operation::Transfer | Operation::AddParticipant | Operation::CancelAddParticipant => {
                self.bring_in(operation, id, asked)
            }
            Operation::RemoveParticipant
            | Operation::MuteParticipant
            | Operation::MoveParticipants
            | Operation::Hold
            | Operation::Unhold => self.rearrange(operation, id, asked),
            Operation::Play
            | Operation::Recognize
            | Operation::CancelMedia
            | Operation::StartKeys
            | Operation::StopKeys
            | Operation::SendKeys => self.media(operation, id, asked),
            Operation::StartStreaming | Operation::StopStreaming => self.streaming(operation, id, asked),
            Operation::StartTranscription | Operation::StopTranscription | Operation::UpdateTranscription => {
                self.transcription(operation, id, asked)
            }
            Operation::StartRecording => self.start_recording(asked),
            Operation::GetRecording
            | Operation::PauseRecording
            | Operation::ResumeRecording
            | Operation::StopRecording => self.recording(operation, id),
        }
    }

    fn create(&mut self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
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

    fn turn_away(&mut self, operation: Operation, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        if operation == Operation::RedirectCall {
            let body: wire::RedirectCall = asked.body()?;
            let target = identity::callable("target", &body.target)?;
            let (call, world) = self.incoming(&body.incoming_call_context)?;
            call.redirect(world, &target)?;
        } else {
            let body: wire::RejectCall = asked.body()?;
            let (call, world) = self.incoming(&body.incoming_call_context)?;
            call.reject(world, &body)?;
        }
        Ok(done(operation))
    }

    fn look(&mut self, route: &Route, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let operation = route.operation;
        let (call, _, leg) = self.at(operation, &route.id)?;
        match operation {
            Operation::GetParticipant => Ok(told(operation, &call.participant(&route.who)?)),
            Operation::ListParticipants => {
                let skip = query_value(asked.query, "skip").unwrap_or_else(|| "0".to_owned());
                let skip = skip.parse().map_err(|_| Refusal::field("skip", "must be a number"))?;
                let (value, next) = call.page(skip);
                let next_link = next.map(|next| {
                    let host = asked.host.map(|host| format!("http://{host}")).unwrap_or_default();
                    format!("{host}{}?api-version={}&skip={next}", asked.path, self.api_version)
                });
                Ok(told(operation, &wire::Participants { value, next_link }))
            }
            _ => Ok(told(operation, &call.properties(leg)?)),
        }
    }

    fn end(&mut self, operation: Operation, id: &str) -> Result<Answer, Refusal> {
        let (call, world, leg) = self.at(operation, id)?;
        if operation == Operation::Terminate {
            call.terminate(world);
        } else {
            call.hang_up(world, leg);
        }
        Ok(done(operation))
    }

    fn bring_in(&mut self, operation: Operation, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        match operation {
            Operation::AddParticipant => {
                let add = Add::read(asked.body()?)?;
                let (call, world, leg) = self.at(operation, id)?;
                Ok(told(operation, &call.add(world, leg, add)?))
            }
            Operation::CancelAddParticipant => {
                let mut body: wire::CancelAddParticipant = asked.body()?;
                let callback = body.operation_callback_uri.take();
                let reply = Reply::read(0, body.operation_context.as_ref(), callback.as_ref())?;
                let (call, world, leg) = self.at(operation, id)?;
                call.cancel_add(world, &body, &Reply { leg, ..reply });
                Ok(told(operation, &body))
            }
            _ => {
                let body: wire::Transfer = asked.body()?;
                let transfer = transfer::Asked::read(&body)?;
                let (call, world, leg) = self.at(operation, id)?;
                call.transfer(world, leg, transfer)?;
                Ok(told(operation, &wire::ContextAnswer { operation_context: body.operation_context }))
            }
        }
    }

    fn rearrange(&mut self, operation: Operation, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        match operation {
            Operation::MoveParticipants => Ok(told(operation, &self.move_here(id, asked.body()?)?)),
            Operation::MuteParticipant => {
                let body: wire::MuteParticipants = asked.body()?;
                let users = roster::users("targetParticipants", &body.target_participants)?;
                let (call, world, _) = self.at(operation, id)?;
                call.mute(world, &users)?;
                Ok(told(operation, &wire::ContextAnswer { operation_context: body.operation_context }))
            }
            Operation::RemoveParticipant => {
                let body: wire::RemoveParticipant = asked.body()?;
                let who = identity::read("participantToRemove", &body.participant_to_remove)?;
                let reply = Reply::read(0, body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?;
                let (call, world, leg) = self.at(operation, id)?;
                call.remove(world, &who, &Reply { leg, ..reply })?;
                Ok(told(operation, &wire::ContextAnswer { operation_context: body.operation_context }))
            }
            Operation::Hold => {
                let body: wire::Hold = asked.body()?;
                let who = identity::read("targetParticipant", &body.target_participant)?;
                let music = body.play_source_info.as_ref();
                let music = music.map(|music| Source::read("playSourceInfo", music)).transpose()?;
                let reply = Reply::read(0, body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?;
                let (call, world, leg) = self.at(operation, id)?;
                call.hold(world, &who, music, Reply { leg, ..reply })?;
                Ok(done(operation))
            }
            _ => {
                let (who, _) = target(&asked.body()?)?;
                let (call, world, _) = self.at(operation, id)?;
                call.unhold(world, &who)?;
                Ok(done(operation))
            }
        }
    }

    fn media(&mut self, operation: Operation, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        match operation {
            Operation::Play => {
                let play = Play::read(&asked.body()?)?;
                let (call, world, leg) = self.at(operation, id)?;
                call.play(world, leg, play)?;
            }
            Operation::Recognize => {
                let recognize = Recognize::read(&asked.body()?)?;
                let (call, world, leg) = self.at(operation, id)?;
                call.recognize(world, leg, recognize)?;
            }
            Operation::SendKeys => {
                let body: wire::SendDtmfTones = asked.body()?;
                let send = Send::read(&body)?;
                let (call, world, leg) = self.at(operation, id)?;
                call.send_keys(world, leg, send)?;
                return Ok(told(operation, &wire::ContextAnswer { operation_context: body.operation_context }));
            }
            Operation::StartKeys => {
                let (who, reply) = target(&asked.body()?)?;
                let (call, world, leg) = self.at(operation, id)?;
                call.start_keys(world, who, Reply { leg, ..reply })?;
            }
            Operation::StopKeys => {
                let (who, reply) = target(&asked.body()?)?;
                let (call, world, leg) = self.at(operation, id)?;
                call.stop_keys(world, &who, &Reply { leg, ..reply })?;
            }
            _ => {
                let (call, world, leg) = self.at(operation, id)?;
                call.cancel_media_of(world, leg);
            }
        }
        Ok(done(operation))
    }

    fn streaming(&mut self, operation: Operation, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let body: wire::Streaming = asked.body()?;
        let reply = Reply::read(0, body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?;
        let (call, world, leg) = self.at(operation, id)?;
        let reply = Reply { leg, ..reply };
        if operation == Operation::StartStreaming {
            call.start_streaming(world, &reply)?;
        } else {
            call.stop_streaming(world, &reply)?;
        }
        Ok(done(operation))
    }

    fn transcription(&mut self, operation: Operation, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let body: wire::Transcription = if operation == Operation::StopTranscription {
            let body: wire::Streaming = asked.body()?;
            wire::Transcription {
                operation_context: body.operation_context,
                operation_callback_uri: body.operation_callback_uri,
                ..wire::Transcription::default()
            }
        } else {
            asked.body()?
        };
        let reply = Reply::read(0, body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?;
        let (call, world, leg) = self.at(operation, id)?;
        let reply = Reply { leg, ..reply };
        match operation {
            Operation::StartTranscription => call.start_transcription(world, &body, &reply)?,
            Operation::StopTranscription => call.stop_transcription(world, &reply)?,
            _ => call.update_transcription(world, &body, &reply)?,
        }
        Ok(done(operation))
    }

    /// The call of an `incomingCallContext`.
    fn incoming(&mut self, context: &str) -> Result<(&mut Call, &mut World), Refusal> {
        let found = self.named(context).filter(|(call, _)| call.incoming_context.as_deref() == Some(context));
        found.ok_or_else(|| spent("is not one that was given out here"))
    }
}

/// One participant, and where the events go.
fn target(body: &wire::Target) -> Result<(Identifier, Reply), Refusal> {
    let who = identity::read("targetParticipant", &body.target_participant)?;
    Ok((who, Reply::read(0, body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?))
}

/// Success without a body.
fn done(operation: Operation) -> Answer {
    Answer::empty(operation.row().success)
}

/// Success with one.
fn told(operation: Operation, body: &impl Serialize) -> Answer {
    Answer::json(operation.row().success, body)
}

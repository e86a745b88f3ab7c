//! The human side, `/emulator/…`: who dials, presses, speaks, leaves, and how phones behave. No signature; loopback only, which the
//! server sees to.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::call::Call;
use crate::emulator::cloud::Cloud;
use crate::emulator::incoming::person;
use crate::emulator::people::{HungUp, Pressed, Said};
use crate::emulator::phones::{Described, Phone};
use crate::emulator::uri;
use crate::emulator::view::View;
use crate::http::decode_segment;
use crate::platform::codes::{Code, refusal};
use crate::platform::depth;
use crate::platform::limits::JSON_DEPTH;

/// The body of `PUT /emulator/media`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Media {
    uri: String,
    available: bool,
}

impl Cloud {
    /// Answers a request of the human side. `segments` is the raw path behind `/emulator/`, cut at its slashes.
    pub fn human(&mut self, now: u64, method: &str, segments: &[&str], body: &[u8]) -> Answer {
        self.advance(now);
        self.acted(method, segments, body).unwrap_or_else(|refusal| refusal.answer())
    }

    fn acted(&mut self, method: &str, segments: &[&str], body: &[u8]) -> Result<Answer, Refusal> {
        match (method, segments) {
            ("POST", ["calls"]) => {
                let dialled = read(body)?;
                let number = self.next_number();
                let call = Call::ring(&mut self.world, number, &dialled)?;
                let answer = serde_json::json!({"call": call.name(), "incomingCallContext": call.incoming_context});
                self.add(call);
                Ok(Answer::json(201, &answer))
            }
            ("GET", ["calls"]) => {
                let calls: Vec<View<'_>> = self.calls.values().map(Call::view).collect();
                Ok(Answer::json(200, &serde_json::json!({ "calls": calls })))
            }
            ("GET", ["calls", name]) => {
                let (call, _) = self.human_call(name)?;
                Ok(Answer::json(200, &call.view()))
            }
            ("POST", ["calls", name, "press"]) => {
                let pressed: Pressed = read(body)?;
                let (call, world) = self.human_call(name)?;
                call.press(world, &pressed)?;
                Ok(self.accepted())
            }
            ("POST", ["calls", name, "say"]) => {
                let said: Said = read(body)?;
                let (call, world) = self.human_call(name)?;
                call.say(world, &said)?;
                Ok(self.accepted())
            }
            ("POST", ["calls", name, "hangup"]) => {
                let hung_up = if body.is_empty() { HungUp::default() } else { read(body)? };
                let (call, world) = self.human_call(name)?;
                call.human_hangs_up(world, &hung_up)?;
                Ok(self.accepted())
            }
            ("PUT", ["phones", id]) => {
                let who = decode_segment(id).ok_or_else(|| Refusal::field("id", "is not percent-encoded text"))?;
                let phone = Phone::read(&read::<Described>(body)?)?;
                self.world.phones.insert(person("id", &who)?.raw_id(), phone);
                Ok(Answer::empty(204))
            }
            ("PUT", ["media"]) => {
                let media: Media = read(body)?;
                uri::file("uri", &media.uri)?;
                if media.available {
                    self.world.missing.remove(&media.uri);
                } else {
                    self.world.missing.insert(media.uri);
                }
                Ok(Answer::empty(204))
            }
            (_, ["media"] | ["calls"] | ["calls", _] | ["calls", _, "press" | "say" | "hangup"] | ["phones", _]) => {
                Err(Refusal::new(Code::new(405, 8520), format!("{method} is not offered there")))
            }
            _ => Err(Refusal::new(Code::new(404, 8522), "there is nothing there")),
        }
    }

    /// Accepted; keys pressed now count now.
    fn accepted(&mut self) -> Answer {
        self.advance(self.world.now);
        Answer::empty(202)
    }

    fn human_call(&mut self, name: &str) -> Result<(&mut Call, &mut crate::emulator::world::World), Refusal> {
        let name = decode_segment(name).unwrap_or_default();
        self.named(&name).ok_or_else(|| {
            Refusal::new(Code { code: 404, sub: refusal::NOT_FOUND.sub }, format!("there is no call `{name}`"))
        })
    }
}

/// Reads a body; whatever content type people's tools put on it.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    if !depth::is_within(body, JSON_DEPTH) {
        return Err(Refusal::new(refusal::INVALID, format!("the body nests deeper than {JSON_DEPTH} levels")));
    }
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(Refusal::new(refusal::INVALID, "the body must be a JSON object"));
    }
    serde_json::from_slice(body).map_err(|error| Refusal::new(refusal::INVALID, format!("the body: {error}")))
}

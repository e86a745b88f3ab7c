//! Play, recognize and cancel: the requests checked against contract and call, then queued.

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::api::{Asked, done};
use crate::emulator::call::Call;
use crate::emulator::cloud::Cloud;
use crate::emulator::hear::Hearing;
use crate::emulator::identity;
use crate::emulator::media::{Item, LaneKey, Task};
use crate::emulator::notify::Reply;
use crate::emulator::prompt::Source;
use crate::emulator::world::World;
use crate::platform::codes::refusal;
use crate::platform::identifier::Identifier;
use crate::platform::legality::Media;
use crate::platform::operations::Operation;
use crate::provider::acs::wire;

/// A play request, checked as far as it can be without the call.
#[derive(Clone, Debug)]
pub(crate) struct Play {
    sources: Vec<Source>,
    to: Vec<Identifier>,
    looped: bool,
    interrupts: bool,
    reply: Reply,
}

impl Play {
    /// Checks a request.
    pub(crate) fn read(asked: &wire::Play) -> Result<Play, Refusal> {
        if asked.play_sources.is_empty() {
            return Err(Refusal::field("playSources", "must have at least one source"));
        }
        let to = asked.play_to.iter().flatten().enumerate();
        let to: Vec<Identifier> =
            to.map(|(index, model)| identity::read(&format!("playTo[{index}]"), model)).collect::<Result<_, _>>()?;
        let interrupts = asked.interrupt_call_media_operation.unwrap_or(false);
        if interrupts && !to.is_empty() {
            return Err(Refusal::field("interruptCallMediaOperation", "cannot be used with playTo"));
        }
        Ok(Play {
            sources: sources("playSources", &asked.play_sources)?,
            to,
            looped: asked.play_options.as_ref().is_some_and(|options| options.looped),
            interrupts,
            reply: Reply::of(asked)?,
        })
    }
}

/// A recognize request, checked as far as it can be without the call.
#[derive(Clone, Debug)]
pub(crate) struct Recognize {
    sources: Vec<Source>,
    prompt_path: &'static str,
    target: Identifier,
    hearing: Hearing,
    needs_ai: bool,
    interrupts: bool,
    reply: Reply,
}

impl Recognize {
    /// Checks a request. Of the two prompt fields the list wins.
    pub(crate) fn read(asked: &wire::Recognize) -> Result<Recognize, Refusal> {
        let target = identity::read("recognizeOptions.targetParticipant", &asked.recognize_options.target_participant)?;
        let hearing = Hearing::read(asked)?;
        let (prompt_path, sources) = match (&asked.play_prompts, &asked.play_prompt) {
            (Some(list), _) if !list.is_empty() => ("playPrompts", sources("playPrompts", list)?),
            (_, Some(one)) => ("playPrompt", vec![Source::read("playPrompt", one)?]),
            (_, None) => ("playPrompts", Vec::new()),
        };
        Ok(Recognize {
            sources,
            prompt_path,
            target,
            hearing,
            needs_ai: asked.recognize_input_type != "dtmf",
            interrupts: asked.interrupt_call_media_operation.unwrap_or(false),
            reply: Reply::of(asked)?,
        })
    }
}

impl Cloud {
    /// Play.
    pub(crate) fn play(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let play = Play::read(&asked.body()?)?;
        let (call, world, leg) = self.at(Operation::Play, id)?;
        call.play(world, leg, play)?;
        Ok(done(Operation::Play))
    }

    /// Recognize.
    pub(crate) fn recognize(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let recognize = Recognize::read(&asked.body()?)?;
        let (call, world, leg) = self.at(Operation::Recognize, id)?;
        call.recognize(world, leg, recognize)?;
        Ok(done(Operation::Recognize))
    }

    /// Cancel all media operations.
    pub(crate) fn cancel_media(&mut self, id: &str) -> Result<Answer, Refusal> {
        let (call, world, leg) = self.at(Operation::CancelMedia, id)?;
        call.cancel_media_of(world, leg);
        Ok(done(Operation::CancelMedia))
    }
}

impl Call {
    /// Plays to everybody (queued), or to the people named (at once, if nothing else runs for them).
    pub(crate) fn play(&mut self, world: &mut World, leg: usize, asked: Play) -> Result<(), Refusal> {
        self.can_speak(leg, "playSources", &asked.sources)?;
        for (index, who) in asked.to.iter().enumerate() {
            self.on_the_call(&format!("playTo[{index}]"), who)?;
        }
        if !asked.to.is_empty() {
            self.is_free(Media::PlayToNamed, &asked.to)?;
        }
        let key = lane_of(&asked.to);
        let audience = (!asked.to.is_empty()).then_some(asked.to);
        let reply = asked.reply.to(leg);
        let item = Item { reply, sources: asked.sources, audience, task: Task::Play { looped: asked.looped } };
        if asked.interrupts {
            self.cancel_lane(world, &key);
        }
        self.enqueue(world, &key, item);
        Ok(())
    }

    /// Asks one person; in a two-party call on the main leg, in a group on that person's own.
    pub(crate) fn recognize(&mut self, world: &mut World, leg: usize, asked: Recognize) -> Result<(), Refusal> {
        if asked.needs_ai && !self.speaks(leg) {
            return Err(no_ai("recognizeInputType"));
        }
        self.can_speak(leg, asked.prompt_path, &asked.sources)?;
        self.on_the_call("recognizeOptions.targetParticipant", &asked.target)?;
        let target = vec![asked.target.clone()];
        let is_group = self.people.len() > 1;
        let key = if is_group { lane_of(&target) } else { LaneKey::Main };
        match (is_group, asked.interrupts) {
            (true, false) => self.is_free(Media::RecognizeInGroup, &target)?,
            (true, true) => self.cut_media_beside(world, &asked.target)?,
            (false, true) => self.cancel_lane(world, &key),
            (false, false) => {}
        }
        let task = Task::Recognize { target: asked.target, hearing: asked.hearing };
        let reply = asked.reply.to(leg);
        let item = Item { reply, sources: asked.sources, audience: Some(target), task };
        self.enqueue(world, &key, item);
        Ok(())
    }

    fn speaks(&self, leg: usize) -> bool {
        self.legs.get(leg).is_some_and(|leg| leg.speaks)
    }

    /// Refuses words where no AI resource was named.
    pub(crate) fn can_speak(&self, leg: usize, path: &str, sources: &[Source]) -> Result<(), Refusal> {
        if !self.speaks(leg) && sources.iter().any(Source::is_spoken) { Err(no_ai(path)) } else { Ok(()) }
    }

    /// Refuses somebody who is not on the call.
    pub(crate) fn on_the_call(&self, path: &str, who: &Identifier) -> Result<(), Refusal> {
        if self.is_here(who) {
            return Ok(());
        }
        let why = if self.legs.iter().any(|leg| leg.identity == *who) {
            "must not be the application itself"
        } else {
            "is not a participant of the call"
        };
        Err(Refusal::field(path, why))
    }
}

/// The place for media of the people named; nobody named is everybody.
fn lane_of(people: &[Identifier]) -> LaneKey {
    if people.is_empty() {
        return LaneKey::Main;
    }
    let mut names: Vec<String> = people.iter().map(Identifier::raw_id).collect();
    names.sort();
    names.dedup();
    LaneKey::Of(names.join(" "))
}

fn sources(path: &str, sources: &[wire::PlaySource]) -> Result<Vec<Source>, Refusal> {
    sources.iter().enumerate().map(|(index, source)| Source::read(&format!("{path}[{index}]"), source)).collect()
}

fn no_ai(path: &str) -> Refusal {
    let message = format!(
        "{path}: text and speech need callIntelligenceOptions.cognitiveServicesEndpoint when the call is set up"
    );
    Refusal::new(refusal::COGNITIVE, message)
}

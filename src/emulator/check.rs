//! Play, recognize and cancel: the requests checked against contract and call, then queued.

use crate::emulator::answer::Refusal;
use crate::emulator::call::Call;
use crate::emulator::hear::Hearing;
use crate::emulator::identity;
use crate::emulator::media::{Item, LaneKey, Task};
use crate::emulator::notify::Reply;
use crate::emulator::prompt::Source;
use crate::emulator::uri;
use crate::emulator::world::World;
use crate::platform::codes::refusal;
use crate::platform::identifier::Identifier;
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
            reply: reply(asked.operation_context.as_ref(), asked.operation_callback_uri.as_ref())?,
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
            reply: reply(asked.operation_context.as_ref(), asked.operation_callback_uri.as_ref())?,
        })
    }
}

impl Call {
    /// Plays to everybody (queued), or to the people named (at once, if nothing else runs for them).
    pub(crate) fn play(&mut self, world: &mut World, asked: Play) -> Result<(), Refusal> {
        self.may(Operation::Play)?;
        self.can_speak("playSources", &asked.sources)?;
        for (index, who) in asked.to.iter().enumerate() {
            self.on_the_call(&format!("playTo[{index}]"), who)?;
        }
        let key = self.lane_of(&asked.to)?;
        let audience = (!asked.to.is_empty()).then_some(asked.to);
        let item =
            Item { reply: asked.reply, sources: asked.sources, audience, task: Task::Play { looped: asked.looped } };
        self.enqueue(world, &key, item, asked.interrupts);
        Ok(())
    }

    /// Asks one person; in a two-party call on the main leg, in a group on that person's own.
    pub(crate) fn recognize(&mut self, world: &mut World, asked: Recognize) -> Result<(), Refusal> {
        self.may(Operation::Recognize)?;
        if asked.needs_ai && !self.connection.as_ref().is_some_and(|connection| connection.speaks) {
            return Err(no_ai("recognizeInputType"));
        }
        self.can_speak(asked.prompt_path, &asked.sources)?;
        self.on_the_call("recognizeOptions.targetParticipant", &asked.target)?;
        let target = vec![asked.target.clone()];
        let key = if self.people.len() > 1 { self.lane_of(&target)? } else { LaneKey::Main };
        let task = Task::Recognize { target: asked.target, hearing: asked.hearing };
        let item = Item { reply: asked.reply, sources: asked.sources, audience: Some(target), task };
        self.enqueue(world, &key, item, asked.interrupts);
        Ok(())
    }

    /// Cancels everything that plays, listens or waits.
    pub(crate) fn cancel_media(&mut self, world: &mut World) -> Result<(), Refusal> {
        self.may(Operation::CancelMedia)?;
        self.cancel_all_media(world);
        Ok(())
    }

    fn can_speak(&self, path: &str, sources: &[Source]) -> Result<(), Refusal> {
        let speaks = self.connection.as_ref().is_some_and(|connection| connection.speaks);
        if !speaks && sources.iter().any(Source::is_spoken) { Err(no_ai(path)) } else { Ok(()) }
    }

    fn on_the_call(&self, path: &str, who: &Identifier) -> Result<(), Refusal> {
        if self.people.contains(who) {
            return Ok(());
        }
        let why = if *who == self.application {
            "must not be the application itself"
        } else {
            "is not a participant of the call"
        };
        Err(Refusal::field(path, why))
    }

    /// The place for media of the people named; refused while something runs there.
    fn lane_of(&self, people: &[Identifier]) -> Result<LaneKey, Refusal> {
        if people.is_empty() {
            return Ok(LaneKey::Main);
        }
        if self.is_busy_with(people) {
            return Err(Refusal::new(refusal::MEDIA_CONFLICT, "media is already running for this participant"));
        }
        let mut names: Vec<String> = people.iter().map(Identifier::raw_id).collect();
        names.sort();
        names.dedup();
        Ok(LaneKey::Of(names.join(" ")))
    }
}

fn sources(path: &str, sources: &[wire::PlaySource]) -> Result<Vec<Source>, Refusal> {
    sources.iter().enumerate().map(|(index, source)| Source::read(&format!("{path}[{index}]"), source)).collect()
}

fn reply(context: Option<&String>, callback: Option<&String>) -> Result<Reply, Refusal> {
    if let Some(callback) = callback {
        uri::callback("operationCallbackUri", callback)?;
    }
    Ok(Reply { context: context.cloned(), callback: callback.cloned() })
}

fn no_ai(path: &str) -> Refusal {
    let message = format!(
        "{path}: text and speech need callIntelligenceOptions.cognitiveServicesEndpoint when the call is set up"
    );
    Refusal::new(refusal::COGNITIVE, message)
}

//! What a flow asks of the platform that an api-version does not have: checked states to findings. Which version has what stands
//! in `platform::versions`.

use crate::language::check::checked::{Checked, State};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::label::Label;
use crate::language::flow::prompt::{LibraryPrompt, Part, Prompt, Sound};
use crate::language::flow::state::{Condition, Input, Kind, Locator, Query, Question};
use crate::language::source::Span;
use crate::platform::operations::Operation;
use crate::platform::versions::{Feature, Version};
use std::collections::{BTreeMap, BTreeSet};

/// Something that came with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    Feature(Feature),
    Operation(Operation),
}

impl Need {
    fn since(self) -> Version {
        match self {
            Need::Feature(feature) => feature.since(),
            Need::Operation(operation) => operation.since(),
        }
    }

    fn is_in(self, version: Version) -> bool {
        match self {
            Need::Feature(feature) => feature.is_in(version),
            Need::Operation(operation) => version.has(operation),
        }
    }

    fn words(self) -> String {
        match self {
            Need::Feature(feature) => feature.words().to_owned(),
            // What stands behind the last slash or colon is what the platform calls it.
            Need::Operation(operation) => {
                let path = operation.row().path;
                format!("the operation `{}`", path.rsplit(['/', ':']).next().unwrap_or(path))
            }
        }
    }
}

/// One finding for each place and thing that the version does not have; a rule of several states is one place.
pub(crate) fn lacking(checked: &Checked, version: Version) -> Vec<Diagnostic> {
    let needs: BTreeSet<(Need, Span)> = checked.states.iter().flat_map(|state| of_state(state, checked)).collect();
    let lacking: Vec<(Need, Span)> = needs.into_iter().filter(|(need, _)| !need.is_in(version)).collect();
    let whole: BTreeSet<Span> =
        lacking.iter().filter(|(need, _)| matches!(need, Need::Operation(_))).map(|(_, span)| *span).collect();
    // Where a first generation lacks the whole operation, what it lacks of it follows.
    let follows = |need: Need, span: Span| {
        version.generation().is_some()
            && whole.contains(&span)
            && matches!(need, Need::Feature(one) if one.is_of_operation())
    };
    let finding = |(need, span): (Need, Span)| {
        let message = format!("api-version {} does not have {}", version.name(), need.words());
        let label = format!("this came with {}", need.since().name());
        Diagnostic::new(Code::F1001, message, span, label).help("speak that version or a later one, or do without")
    };
    lacking.into_iter().filter(|(need, span)| !follows(*need, *span)).map(finding).collect()
}

/// What a state needs: its action, its rules, the conditions of its group.
fn of_state(state: &State, checked: &Checked) -> Vec<(Need, Span)> {
    let mut conditions = checked.groups.values().flat_map(|group| &group.conditions);
    let streams = conditions.any(|one| matches!(one, Condition::Streaming | Condition::Transcription(_)));
    let mut needs = Needs { streams, prompts: &checked.prompts, found: Vec::new() };
    needs.action(&state.state.kind);
    let group = state.state.group.as_ref().and_then(|group| checked.groups.get(group));
    for condition in group.into_iter().flat_map(|group| &group.conditions) {
        needs.condition(condition);
    }
    let mut found: Vec<(Need, Span)> = needs.found.into_iter().map(|need| (need, state.place)).collect();
    for way in &state.ways {
        if let Label::Key { by, .. } = &way.label {
            found.push((Need::Operation(Operation::StartKeys), way.place));
            found.extend(by.iter().map(|_| (Need::Feature(Feature::WhosePress), way.place)));
        }
    }
    found
}

struct Needs<'a> {
    /// Whether the flow streams or transcribes anywhere.
    streams: bool,
    prompts: &'a BTreeMap<String, LibraryPrompt>,
    found: Vec<Need>,
}

impl Needs<'_> {
    fn feature(&mut self, needed: bool, feature: Feature) {
        self.found.extend(needed.then_some(Need::Feature(feature)));
    }

    fn operation(&mut self, operation: Operation) {
        self.found.push(Need::Operation(operation));
    }

    fn action(&mut self, kind: &Kind) {
        match kind {
            Kind::Add { headers, .. } => {
                self.operation(Operation::AddParticipant);
                self.feature(!headers.is_empty(), Feature::Headers);
            }
            Kind::Answer => self.operation(Operation::AnswerCall),
            Kind::Collect { input, question, .. } | Kind::Recognize { input, question, .. } => {
                self.operation(Operation::Recognize);
                self.feature(*input != Input::Dtmf, Feature::Speech);
                self.question(question);
            }
            Kind::Connect { by, .. } => {
                self.operation(Operation::Connect);
                self.feature(self.streams, Feature::JoinedStreams);
                self.feature(*by != Locator::ServerCall, Feature::Groups);
            }
            Kind::Dial { .. } => self.operation(Operation::CreateCall),
            Kind::Invoke { meanwhile, .. } => self.prompt(meanwhile.as_ref()),
            Kind::Hangup { play, everyone, .. } => {
                if *everyone {
                    self.operation(Operation::Terminate);
                }
                self.prompt(play.as_ref());
            }
            Kind::Menu { question, choices } => {
                let said = choices.iter().any(|choice| choice.key.is_none() || !choice.phrases.is_empty());
                self.operation(Operation::Recognize);
                self.feature(said, Feature::Speech);
                self.feature(!said, Feature::Choices);
                self.question(question);
            }
            Kind::Move { .. } => self.operation(Operation::MoveParticipants),
            Kind::Mute { .. } => self.operation(Operation::MuteParticipant),
            Kind::Play { prompt, interrupt, hear, .. } => {
                self.feature(*interrupt, Feature::CuttingIn);
                self.feature(hear.is_some(), Feature::Listener);
                self.prompt(Some(prompt));
            }
            Kind::Query { what, .. } => self.operation(asked_by(what)),
            Kind::Redirect { .. } => self.operation(Operation::RedirectCall),
            Kind::Reject { .. } => self.operation(Operation::RejectCall),
            Kind::Remove { .. } => self.operation(Operation::RemoveParticipant),
            Kind::SendKeys { .. } => self.operation(Operation::SendKeys),
            Kind::TakeMessage { play, silence, .. } => {
                self.operation(Operation::StartRecording);
                self.operation(Operation::Recognize);
                self.feature(silence.is_some(), Feature::Speech);
                self.prompt(play.as_ref());
            }
            Kind::Transfer { play, who, from, headers, .. } => {
                self.operation(Operation::Transfer);
                self.feature(who.is_some(), Feature::Transferee);
                self.feature(from.is_some(), Feature::TransferCallerId);
                self.feature(!headers.is_empty(), Feature::Headers);
                self.prompt(play.as_ref());
            }
            Kind::Decide { .. }
            | Kind::Hours { .. }
            | Kind::Run { .. }
            | Kind::Set { .. }
            | Kind::Signal { .. }
            | Kind::Wait { .. } => {}
        }
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Hold { music, .. } => {
                self.operation(Operation::Hold);
                self.prompt(music.as_ref());
            }
            Condition::Streaming => self.operation(Operation::StartStreaming),
            Condition::Transcription(_) => self.operation(Operation::StartTranscription),
            Condition::RecordingActive => self.operation(Operation::StartRecording),
            Condition::RecordingPaused => self.operation(Operation::PauseRecording),
        }
    }

    fn question(&mut self, question: &Question) {
        self.feature(question.hear.as_ref().is_some_and(|who| who != "party"), Feature::WhosePress);
        self.prompt(Some(&question.ask));
        for prompt in question.after_no_input.iter().chain(&question.after_no_match) {
            self.prompt(Some(prompt));
        }
        // Without words of its own, the second asking has the usual ones before the first.
        let usual = (question.retry_no_input > 0 && question.after_no_input.is_empty())
            || (question.retry_no_match > 0 && question.after_no_match.is_empty());
        self.feature(usual, Feature::Words);
        self.feature(usual && !question.ask.parts.iter().all(is_written_here), Feature::SeveralSources);
    }

    fn prompt(&mut self, prompt: Option<&Prompt>) {
        let Some(prompt) = prompt else { return };
        let speaks = prompt.parts.iter().any(|part| self.speaks(part));
        self.feature(speaks, Feature::Words);
        // Words written in the flow are one text in one voice, however many parts they come in.
        let apart = prompt.parts.len() > 1 && !prompt.parts.iter().all(is_written_here);
        self.feature(apart, Feature::SeveralSources);
    }

    fn speaks(&self, part: &Part) -> bool {
        match part {
            Part::File(_) => false,
            Part::Ssml(_) | Part::Text(_) => true,
            Part::Named { prompt, .. } => self.prompts.get(prompt).is_none_or(|prompt| {
                prompt.wordings.values().any(|wording| !matches!(wording.sound, Sound::File { .. }))
            }),
        }
    }
}

/// What a query asks the platform by.
fn asked_by(query: &Query) -> Operation {
    match query {
        Query::Call => Operation::GetCall,
        Query::Participant(_) => Operation::GetParticipant,
        Query::Participants => Operation::ListParticipants,
    }
}

fn is_written_here(part: &Part) -> bool {
    matches!(part, Part::Text(_))
}

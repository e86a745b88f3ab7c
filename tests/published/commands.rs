//! Every request that the service can make of the platform, in every form that changes its body.

use flowc::language::flow::state::{Locator, Reason};
use flowc::machine::command::{ChoiceOffer, Command, Listen, Media, There};
use flowc::platform::hidden::Hidden;
use flowc::platform::tones::Tone;

const PHONE: &str = "4:+16045550101";
const USER: &str = "8:acs:8e60c7f5-3fef-411f-8cf3-0000cb8e60c7_00000011-8e60-c7f5-8ef0-084822000000";
const TEAMS: &str = "8:orcid:8e60c7f5-3fef-411f-8cf3-0000cb8e60c7";
const APP: &str = "28:orcid:8e60c7f5-3fef-411f-8cf3-0000cb8e60c7";

/// They.
pub(crate) fn all() -> Vec<Command> {
    [line(), media(), people(), streams()].concat()
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn line() -> Vec<Command> {
    let context = || text("eyJhbGciOiJub25lIn0");
    let from = Some(Hidden(text("+18005550100")));
    let headers = vec![(text("X-Ticket"), "7".into()), (text("User-To-User"), "abc;encoding=hex".into())];
    let mut found = vec![
        Command::Answer { context: context().into() },
        Command::Create { to: vec![text(PHONE).into()], from: from.clone() },
        Command::Create { to: vec![text(USER).into(), text(TEAMS).into()], from: None },
        Command::Transfer { to: text(PHONE).into(), transferee: None, from: None, headers: Vec::new() },
        Command::Transfer { to: text(PHONE).into(), transferee: Some(text(PHONE).into()), from, headers },
        Command::Transfer {
            to: text(APP).into(),
            transferee: Some(text(USER).into()),
            from: None,
            headers: Vec::new(),
        },
        Command::HangUp,
        Command::Terminate,
        Command::GetCall,
    ];
    found.extend([PHONE, USER, TEAMS].map(|to| Command::Redirect { context: context().into(), to: text(to).into() }));
    found
        .extend([Locator::Group, Locator::Room, Locator::ServerCall].map(|by| Command::Connect { to: text("id"), by }));
    found.extend(
        [Reason::Busy, Reason::Forbidden, Reason::None]
            .map(|reason| Command::Reject { context: context().into(), reason }),
    );
    found
}

fn media() -> Vec<Command> {
    let said = Media::Text { text: text("Press 1.").into(), voice: text("en-US-NancyNeural") };
    let ssml = Media::Ssml { ssml: text("<speak version=\"1.0\" xml:lang=\"en-US\">Hi</speak>").into() };
    let file = Media::File { file: text("sounds/a.wav") };
    let every = vec![said.clone(), ssml, file];
    let stop = vec![Tone::Pound];
    let offer = |name: &str, key| ChoiceOffer { name: text(name), key, phrases: vec![text(name)] };
    let locale = || text("en-US");
    let listens = [
        Listen::Dtmf { max_tones: 4, stop: stop.clone(), between_keys_ms: 2000 },
        Listen::Dtmf { max_tones: 1, stop: Vec::new(), between_keys_ms: 2000 },
        Listen::Choices {
            choices: vec![offer("yes", Some(Tone::One)), offer("no", Some(Tone::Two))],
            locale: locale(),
        },
        Listen::Choices { choices: vec![offer("yes", None)], locale: locale() },
        Listen::Speech { end_silence_ms: 500, locale: locale() },
        Listen::SpeechOrDtmf { max_tones: 4, stop, between_keys_ms: 2000, end_silence_ms: 500, locale: locale() },
    ];
    let mut found = vec![
        Command::Play { media: every.clone(), to: Vec::new(), looped: true, interrupt: true },
        Command::Play {
            media: vec![said.clone()],
            to: vec![text(PHONE).into(), text(USER).into()],
            looped: false,
            interrupt: false,
        },
        Command::CancelMedia,
    ];
    for listen in listens {
        for media in [Vec::new(), vec![said.clone()], every.clone()] {
            let (target, listen) = (text(PHONE), listen.clone());
            found.push(Command::Recognize {
                media,
                target: target.into(),
                listen,
                first_key_ms: 5000,
                interrupt_prompt: true,
                interrupt: false,
            });
        }
    }
    found
}

fn people() -> Vec<Command> {
    let music = Media::File { file: text("sounds/hold.wav") };
    let there = There { who: text(PHONE).into(), connection: text("411f0b00-d97f-49ad-a6ff-3f8c05dc64d7") };
    vec![
        Command::Add {
            who: text(PHONE).into(),
            from: Some(text("+18005550100").into()),
            ring_for_ms: 30_000,
            headers: Vec::new(),
        },
        Command::Add {
            who: text(USER).into(),
            from: None,
            ring_for_ms: 30_000,
            headers: vec![(text("X-A"), text("b").into())],
        },
        Command::CancelAdd { invitation: text("invitation") },
        Command::Remove { who: text(PHONE).into(), participant: Some(text("participant")) },
        Command::Move { name: text("agent"), call: text("call"), there: Some(there) },
        Command::Mute { who: text(USER).into() },
        Command::Hold { who: text(PHONE).into(), music: None },
        Command::Hold { who: text(USER).into(), music: Some(music) },
        Command::Unhold { who: text(PHONE).into() },
        Command::SendKeys { who: text(PHONE).into(), keys: vec![Tone::One, Tone::Asterisk, Tone::A].into() },
        Command::StartKeys { who: text(PHONE).into() },
        Command::StopKeys { who: text(PHONE).into() },
        Command::GetParticipant { who: text(PHONE).into() },
        Command::ListParticipants,
    ]
}

fn streams() -> Vec<Command> {
    let recording = || text("eyJQbGF0Zm9ybUVuZHBvaW50SWQi");
    vec![
        Command::StartRecording,
        Command::PauseRecording { recording: recording() },
        Command::ResumeRecording { recording: recording() },
        Command::StopRecording { recording: recording() },
        Command::StartStreaming,
        Command::StopStreaming,
        Command::StartTranscription { locale: text("en-GB") },
        Command::UpdateTranscription { locale: text("de-DE") },
        Command::StopTranscription,
    ]
}

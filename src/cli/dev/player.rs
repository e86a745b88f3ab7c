//! Plays a caller's script over the emulator's human side, prints the conversation as it happens, and says how it went.

use crate::cli::dev::beginning::Others;
use crate::cli::project::Project;
use crate::cli::render::{Findings, text};
use crate::cli::{Exit, Failure, tell, written};
use crate::emulator;
use crate::language::diagnostic::{Code, Diagnostic, has_errors};
use crate::language::graph::SourceMap;
use crate::language::source::{Sources, Span};
use crate::language::syntax::ast::{Act, Expect, Expected, Script, Step};
use crate::platform::identifier::Identifier;
use crate::platform::speech::fold;
use crate::platform::tones::Tone;
use crate::provider::Provider;
use crate::rehearsal::carried::Carried;
use crate::rehearsal::given;
use crate::rehearsal::hearing::{is_aside, is_cut, is_heard};
use crate::runtime::drive::{Happened, Runtime};
use crate::runtime::lines::{Lines, Served};
use crate::store::Store;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::broadcast::Receiver;

/// How long something that is expected may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);
/// How long a call may go on after the script's last step.
const LINGER: Duration = Duration::from_secs(45);
/// The name of the person a flow talks to.
const PARTY: &str = "party";

/// Reads a script; `None` when it has errors, which are then printed.
pub(super) fn script(project: &mut Project, file: &Path) -> Result<Option<Script>, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("cannot read the script {}: {error}", file.display())))?;
    let id = project.sources.add(file.display().to_string(), text);
    let compiled = project.compile();
    if has_errors(&compiled.diagnostics) {
        print(&project.sources, &compiled.diagnostics)?;
        return Ok(None);
    }
    let (script, found) = project.script(id, &compiled);
    if script.is_none() {
        print(&project.sources, &found)?;
    }
    Ok(script)
}

fn print(sources: &Sources, findings: &[Diagnostic]) -> Result<(), Failure> {
    let mut out = io::stderr().lock();
    let mut writer = text::Writer::new(text::Look::of_stderr());
    written(writer.write(Findings { sources, all: findings }, &mut out).and_then(|()| writer.finish(&mut out)))
}

/// Plays a script to its end: fine when every step was met.
pub(super) async fn play<S: Store, P: Provider>(
    base: &str,
    runtime: &Runtime<S, P>,
    lines: &Lines,
    project: &Project,
    (script, carried): (&Script, Option<&Carried>),
    others: Others,
    fast: bool,
) -> Result<Exit, Failure> {
    let named = script.flow.as_ref().map(|flow| flow.value.as_str());
    let served = match (carried, named) {
        (Some(carried), _) => carried.served(),
        (None, Some(name)) => lines.flows.get(name),
        (None, None) => lines.flows.values().next(),
    };
    let Some(served) = served else {
        return Err(Failure::Usage("the script's flow is not served".to_owned()));
    };
    if script.expect != Expect::default() {
        tell("flowc: note: `expect` is left out here; `flowc test` holds it");
    }
    let mut player = Player::new(base, served, runtime.watch(), others, fast)?;
    let flow = named.unwrap_or(&served.program.flow);
    say(&format!("{} ({flow})", script.title.value));
    let outcome = player.run(runtime, script, lines).await;
    player.look().await?;
    let result = player.verdict(runtime).await?;
    match outcome {
        Ok(()) => {
            say(&format!("ok: {result}"));
            Ok(Exit::Fine)
        }
        Err(Stop::Failure(failure)) => Err(failure),
        Err(Stop::Finding(finding)) => {
            say(&format!("failed: {result}"));
            findings(project, &[*finding])
        }
    }
}

fn findings(project: &Project, findings: &[Diagnostic]) -> Result<Exit, Failure> {
    print(&project.sources, findings)?;
    Ok(Exit::Findings)
}

pub(super) fn say(line: &str) {
    // A reader who went away ends nothing: the verdict is in the exit code.
    let _ = writeln!(io::stdout(), "{line}");
}

/// Why a script stopped.
pub(super) enum Stop {
    /// The call went another way than the script.
    Finding(Box<Diagnostic>),
    /// The world failed.
    Failure(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Failure(failure)
    }
}

pub(super) struct Player<'s> {
    pub(super) http: reqwest::Client,
    pub(super) base: String,
    pub(super) served: &'s Served,
    /// The emulator's call, once there is one.
    pub(super) call: Option<String>,
    /// The service's, once it is known.
    pub(super) own: Option<String>,
    /// The other calls of the script.
    pub(super) others: Others,
    /// The call as it was last seen.
    pub(super) seen: Value,
    /// Lines of the transcript that have been printed.
    pub(super) printed: usize,
    /// Keys being pressed, and since when they are these.
    pub(super) pressing: Option<(Value, Instant)>,
    /// Who the script speaks for now, as the emulator shows them; empty is the party.
    pub(super) who: String,
    /// Whoever answered an outbound call.
    pub(super) met: Option<String>,
    /// Lines of the transcript that the script has passed, for each person.
    pub(super) passed: BTreeMap<String, usize>,
    /// What the flow does meanwhile.
    pub(super) happenings: Receiver<Happened>,
    pub(super) places: SourceMap,
    /// The flows that run one another in each of our calls, the innermost last; the one a call began with is not among them.
    pub(super) running: BTreeMap<String, Vec<String>>,
    pub(super) colour: bool,
    /// Whether emulator and service go faster than the clock.
    pub(super) fast: bool,
}

impl<'s> Player<'s> {
    fn new(
        base: &str,
        served: &'s Served,
        happenings: Receiver<Happened>,
        others: Others,
        fast: bool,
    ) -> Result<Player<'s>, Failure> {
        let places = serde_json::from_slice(&served.source_map).unwrap_or_default();
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().map_err(world)?;
        let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Ok(Player {
            http,
            base: base.to_owned(),
            served,
            call: None,
            own: None,
            others,
            seen: Value::Null,
            printed: 0,
            pressing: None,
            who: String::new(),
            met: None,
            passed: BTreeMap::new(),
            happenings,
            places,
            running: BTreeMap::new(),
            colour,
            fast,
        })
    }

    async fn run<S: Store, P: Provider>(
        &mut self,
        runtime: &Runtime<S, P>,
        script: &Script,
        lines: &Lines,
    ) -> Result<(), Stop> {
        self.begin(runtime, script, lines).await?;
        for step in &script.steps {
            self.look().await?;
            self.who = match step.who.as_ref().filter(|who| who.value != PARTY) {
                Some(who) => self.participant(runtime, &who.value, who.span).await?,
                None => self.party(),
            };
            self.step(step).await?;
        }
        self.wait(LINGER, Player::is_over).await?;
        if self.is_over() {
            return Ok(());
        }
        let span = script.steps.last().map_or(script.title.span, |step| step.span);
        self.human("hangup", &json!({})).await?;
        self.wait(PATIENCE, Player::is_over).await?;
        Err(finding(span, "the call does not end", "the script ends here, and the call went on until it was cut off"))
    }

    /// Whom a name of the flow stands for, once they are on the line.
    async fn participant<S: Store, P: Provider>(
        &mut self,
        runtime: &Runtime<S, P>,
        name: &str,
        span: Span,
    ) -> Result<String, Stop> {
        let is_it = |key: &str| key == name || key.rsplit_once('/').is_some_and(|(_, short)| short == name);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && !self.is_over() {
            self.look().await?;
            let own = self.own.clone().unwrap_or_default();
            if let Ok((doc, _)) = runtime.call(&own).await {
                let found = doc.call.people.iter().find(|(key, person)| person.joined && is_it(key));
                if let Some((_, person)) = found {
                    return Ok(Identifier::parse(&person.id).plain());
                }
            }
            tokio::time::sleep(self.pause()).await;
        }
        Err(finding(span, &format!("`{name}` is not on the line"), "nobody of this name has joined"))
    }

    async fn step(&mut self, step: &Step) -> Result<(), Stop> {
        match &step.act {
            Act::CallFrom { .. } | Act::AnswerAfter(_) | Act::Busy | Act::Decline | Act::NoAnswer => Ok(()),
            Act::Hear(all) => {
                for expected in all {
                    self.hear(&expected.value, expected.span).await?;
                }
                Ok(())
            }
            Act::HearStart(expected) => self.hear_start(&expected.value, expected.span).await,
            Act::Press(keys) => self.press(keys, step.span).await,
            Act::Say(words) => self.speak(words, step.span).await,
            Act::Silence(Some(ms)) => {
                let until = Instant::now()
                    + Duration::from_millis(if self.fast { ms / u64::from(emulator::FAST) } else { *ms });
                while Instant::now() < until && !self.is_over() {
                    tokio::time::sleep(self.pause()).await;
                    self.look().await?;
                }
                Ok(())
            }
            Act::Silence(None) => self.sit_out(step.span).await,
            Act::Signal { name, data } => {
                let own = self.own.clone().unwrap_or_default();
                let data = data.as_ref().map(|data| given::meant(data, &self.others.ids()));
                let body = json!({ "name": name.value, "data": data });
                let (status, answer) = self.post(&format!("/api/calls/{own}/signals"), &body).await?;
                match status {
                    202 => Ok(()),
                    _ => Err(finding(step.span, &format!("`{}` is not taken", name.value), &reason(&answer))),
                }
            }
            Act::HangUp => self.act("hangup", &json!({}), step.span).await,
        }
    }

    /// The next thing this person hears, whole.
    async fn hear(&mut self, expected: &Expected, span: Span) -> Result<(), Stop> {
        let (at, heard) = loop {
            self.wait(PATIENCE, |player| player.heard(player.behind()).is_some() || player.is_over()).await?;
            let Some((at, heard)) = self.heard(self.behind()) else { break (0, None) };
            let met = is_heard(&self.served.program, expected, &heard) && !is_cut(&heard);
            if met || !is_aside(&self.served.program, &heard) {
                break (at, Some(heard));
            }
            // Words that pass the time, and music, need not be mentioned.
            self.passed.insert(self.who.clone(), at + 1);
        };
        let Some(heard) = heard else {
            let label = if self.is_over() { "the call ended before anything was heard" } else { "nothing was heard" };
            return Err(finding(span, &format!("{} is not heard", show(expected)), label));
        };
        self.passed.insert(self.who.clone(), at + 1);
        if is_cut(&heard) {
            return Err(finding(span, &format!("{} is not heard whole", show(expected)), &format!("heard: {heard}")));
        }
        if is_heard(&self.served.program, expected, &heard) {
            return Ok(());
        }
        Err(finding(span, &format!("{} is not what is heard", show(expected)), &format!("heard: {heard}")))
    }

    /// What plays now, from its beginning.
    async fn hear_start(&mut self, expected: &Expected, span: Span) -> Result<(), Stop> {
        let program = &self.served.program;
        let plays = |seen: &Value| {
            let playing = seen["playing"].as_array().into_iter().flatten();
            let mut words = playing.filter_map(|item| item["text"].as_str().or(item["uri"].as_str()));
            words.any(|words| is_heard(program, expected, words))
        };
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && !self.is_over() {
            self.look().await?;
            if plays(&self.seen) {
                return Ok(());
            }
            tokio::time::sleep(self.pause()).await;
        }
        Err(finding(span, &format!("{} does not begin", show(expected)), "nothing like it is played"))
    }

    async fn press(&mut self, keys: &[Tone], span: Span) -> Result<(), Stop> {
        let digits: String = keys.iter().map(|tone| tone.to_char()).collect();
        self.act("press", &json!({ "digits": digits }), span).await?;
        let pressed = |player: &Player<'_>| player.keys() >= 1 && player.all_pressed(&digits);
        self.wait(PATIENCE, |player| pressed(player) || player.is_over()).await?;
        // What was cut off by the keys, and the keys themselves, are behind us.
        self.pass("pressed");
        Ok(())
    }

    async fn speak(&mut self, words: &str, span: Span) -> Result<(), Stop> {
        let before = self.after_last("said");
        self.act("say", &json!({ "text": words }), span).await?;
        self.wait(PATIENCE, |player| player.after_last("said") > before || player.is_over()).await?;
        self.pass("said");
        Ok(())
    }

    /// Waits out the running question: until something new plays, or the call ends.
    async fn sit_out(&mut self, span: Span) -> Result<(), Stop> {
        let quiet = |player: &Player<'_>| player.seen["playing"].as_array().is_none_or(Vec::is_empty);
        self.wait(PATIENCE, |player| quiet(player) || player.is_over()).await?;
        self.wait(PATIENCE, |player| !quiet(player) || player.is_over()).await?;
        if quiet(self) && !self.is_over() {
            return Err(finding(span, "the silence does not end", "nothing more was said"));
        }
        Ok(())
    }

    /// Something this person does.
    async fn act(&mut self, what: &str, body: &Value, span: Span) -> Result<(), Stop> {
        self.wait(PATIENCE, |player| player.seen["state"] == "connected" || player.is_over()).await?;
        let mut body = body.clone();
        if !self.who.is_empty() {
            body["as"] = json!(self.who);
        }
        let (status, answer) = self.human(what, &body).await?;
        if status < 300 {
            return Ok(());
        }
        Err(finding(span, "this cannot be done here", &reason(&answer)))
    }
}

/// Why something was refused.
pub(super) fn reason(answer: &Value) -> String {
    answer["error"]["message"].as_str().unwrap_or("no reason given").to_owned()
}

pub(super) fn world(error: reqwest::Error) -> Failure {
    Failure::World(format!("cannot talk to the emulator: {error}"))
}

pub(super) fn finding(span: Span, message: &str, label: &str) -> Stop {
    Stop::Finding(Box::new(Diagnostic::new(Code::F0702, message, span, label)))
}

fn show(expected: &Expected) -> String {
    match expected {
        Expected::Prompt(name) => format!("prompt `{name}`"),
        Expected::Words(words) => format!("\"{}\"", fold(words)),
    }
}

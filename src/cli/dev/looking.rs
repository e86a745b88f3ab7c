//! The player's eyes and hands: looks at the call over the emulator's human side, prints what is new, and sends what people do.

use crate::cli::Failure;
use crate::cli::dev::player::{Player, say, world};
use crate::language::graph::{CallKind, SourceMap};
use crate::machine::trace::Trace;
use crate::platform::media_time::BEEP_FILE;
use crate::provider::Provider;
use crate::rehearsal::carried::is_around;
use crate::runtime::drive::Runtime;
use crate::store::Store;
use serde_json::Value;
use std::time::{Duration, Instant};

/// How often the line is looked at.
pub(super) const LOOK: Duration = Duration::from_millis(40);

/// How long after the last key a person is done pressing.
const KEYS_SETTLE: Duration = Duration::from_millis(350);

impl<'s> Player<'s> {
    pub(super) async fn wait(
        &mut self,
        patience: Duration,
        enough: impl Fn(&Player<'s>) -> bool,
    ) -> Result<(), Failure> {
        let deadline = Instant::now() + patience;
        loop {
            self.look().await?;
            if enough(self) || Instant::now() > deadline {
                return Ok(());
            }
            tokio::time::sleep(self.pause()).await;
        }
    }

    /// How long it is until the line is looked at again.
    pub(super) fn pause(&self) -> Duration {
        if self.fast { LOOK / 10 } else { LOOK }
    }

    /// Looks at the call, and prints what is new.
    pub(super) async fn look(&mut self) -> Result<(), Failure> {
        let Some(call) = &self.call else { return Ok(()) };
        self.seen = self.get(&format!("/emulator/calls/{call}")).await?;
        self.follow();
        let lines = self.transcript().to_vec();
        // Keys of one act become one line while they are pressed: the last one is printed when it no longer grows.
        let growing =
            lines.last().filter(|line| line["did"] == "pressed" && !self.is_over()).map(|line| line["text"].clone());
        let stands = growing.is_none() || growing == self.pressing.as_ref().map(|(text, _)| text.clone());
        match (&growing, stands) {
            (None, _) => self.pressing = None,
            (Some(text), false) => self.pressing = Some((text.clone(), Instant::now())),
            (Some(_), true) => {}
        }
        let settled = self.pressing.as_ref().is_none_or(|(_, since)| since.elapsed() > KEYS_SETTLE);
        let shown = if settled { lines.len() } else { lines.len() - 1 };
        for line in lines.iter().take(shown).skip(self.printed) {
            let word = |name: &str| line[name].as_str().unwrap_or("").to_owned();
            let text = match word("did").as_str() {
                "heard" => format!("hears   {}", word("text")),
                "pressed" => format!("presses {}", word("text")),
                "said" => format!("says    {}", word("text")),
                "left" => "leaves".to_owned(),
                did => format!("{did} {}", word("text")),
            };
            say(&self.line(&word("at"), &word("who"), &text));
        }
        self.printed = self.printed.max(shown);
        Ok(())
    }

    /// Prints the states that were entered meanwhile, each with its place in its flow's text.
    fn follow(&mut self) {
        while let Ok(happened) = self.happenings.try_recv() {
            if self.others.has(&happened.call) {
                continue;
            }
            for entry in &happened.line.trace {
                let running = self.running.entry(happened.call.clone()).or_default();
                match entry {
                    Trace::Running { flow, .. } => running.push(flow.clone()),
                    Trace::Returned { .. } => drop(running.pop()),
                    // What runs a `live` flow here is nobody's.
                    Trace::Entered { .. } if running.is_empty() && is_around(&self.served.program.flow) => {}
                    Trace::Entered { state } => {
                        let shown = entered(&self.places, running.last(), state);
                        say(&self.line("", "", &shown));
                    }
                    Trace::Ended { .. }
                    | Trace::Fault { .. }
                    | Trace::Ignored { .. }
                    | Trace::Ordered { .. }
                    | Trace::Took { .. } => {}
                }
            }
        }
    }

    pub(super) fn transcript(&self) -> &[Value] {
        self.seen["transcript"].as_array().map_or(&[], Vec::as_slice)
    }

    /// Whom the flow talks to, as the emulator shows them.
    pub(super) fn party(&mut self) -> String {
        let word = |value: &Value| value.as_str().map(str::to_owned);
        if self.served.program.call == CallKind::Inbound {
            return word(&self.seen["from"]).unwrap_or_default();
        }
        // Of several who were called, the first to be on the line.
        self.met = self.met.take().or_else(|| word(&self.seen["participants"][0]["id"]));
        self.met.clone().or_else(|| word(&self.seen["to"])).unwrap_or_default()
    }

    /// How many lines of the transcript the script has passed, for the person it speaks for.
    pub(super) fn behind(&self) -> usize {
        self.passed.get(&self.who).copied().unwrap_or(0)
    }

    /// Everything up to the newest line of this kind is passed.
    pub(super) fn pass(&mut self, did: &str) {
        let behind = self.behind().max(self.after_last(did));
        self.passed.insert(self.who.clone(), behind);
    }

    fn is_theirs(&self, line: &Value) -> bool {
        line["who"] == self.who.as_str()
    }

    /// The first thing heard at or after a line of the transcript; the beep before a message need not be mentioned.
    pub(super) fn heard(&self, from: usize) -> Option<(usize, String)> {
        let beep = format!("/{BEEP_FILE}");
        let is_beep = |line: &Value| line["text"].as_str().is_some_and(|text| text.ends_with(&beep));
        let mut lines = self.transcript().iter().enumerate().skip(from);
        lines
            .find(|(_, line)| line["did"] == "heard" && self.is_theirs(line) && !is_beep(line))
            .map(|(at, line)| (at, line["text"].as_str().unwrap_or("").to_owned()))
    }

    pub(super) fn keys(&self) -> usize {
        self.pressed().count()
    }

    fn pressed(&self) -> impl Iterator<Item = &Value> {
        let lines = self.transcript().iter().skip(self.behind());
        lines.filter(|line| line["did"] == "pressed" && self.is_theirs(line))
    }

    /// Whether all these keys stand behind what was passed.
    pub(super) fn all_pressed(&self, digits: &str) -> bool {
        let keys: String = self.pressed().filter_map(|line| line["text"].as_str()).collect();
        keys.chars().filter(|c| !c.is_whitespace()).count() >= digits.chars().count()
    }

    pub(super) fn after_last(&self, did: &str) -> usize {
        self.transcript().iter().rposition(|line| line["did"] == did && self.is_theirs(line)).map_or(0, |at| at + 1)
    }

    pub(super) fn is_over(&self) -> bool {
        self.seen["state"] == "ended"
    }

    pub(super) fn line(&self, at: &str, who: &str, text: &str) -> String {
        if self.colour {
            format!("  \u{1b}[2m{at:>8}\u{1b}[0m  \u{1b}[36m{who:<14}\u{1b}[0m {text}")
        } else {
            format!("  {at:>8}  {who:<14} {text}")
        }
    }

    /// How the call ended, at the platform and in the flow.
    pub(super) async fn verdict<S: Store, P: Provider>(&self, runtime: &Runtime<S, P>) -> Result<String, Failure> {
        let line = self.seen["end"].as_str().unwrap_or("still up").to_owned();
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let calls = self.get("/api/calls").await?;
            let is_own = |call: &&Value| self.own.as_ref().is_some_and(|own| call["call"] == own.as_str());
            let own = calls["calls"].as_array().into_iter().flatten().find(is_own).unwrap_or(&Value::Null);
            if own["phase"] == "ended" || self.own.is_none() || Instant::now() > deadline {
                let result = own["result"].as_str().map_or_else(|| "no result".to_owned(), |r| format!("result {r}"));
                let at = own["state"].as_str().unwrap_or("?");
                let ready = if runtime.is_ready().await { "" } else { ", and the store does not answer" };
                return Ok(format!("the flow ended in `{at}` with {result}; the line: {line}{ready}"));
            }
            tokio::time::sleep(self.pause()).await;
        }
    }

    pub(super) async fn human(&self, what: &str, body: &Value) -> Result<(u16, Value), Failure> {
        let call = self.call.clone().unwrap_or_default();
        self.post(&format!("/emulator/calls/{call}/{what}"), body).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<(u16, Value), Failure> {
        self.request(reqwest::Method::POST, path, body).await
    }

    pub(super) async fn request(
        &self,
        method: reqwest::Method,
        path: &str,
        body: &Value,
    ) -> Result<(u16, Value), Failure> {
        let response =
            self.http.request(method, format!("{}{path}", self.base)).json(body).send().await.map_err(world)?;
        let status = response.status().as_u16();
        Ok((status, response.json().await.unwrap_or(Value::Null)))
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        let response = self.http.get(format!("{}{path}", self.base)).send().await.map_err(world)?;
        Ok(response.json().await.unwrap_or(Value::Null))
    }
}

/// A state that was entered, with its place and, where another flow runs it, that flow.
fn entered(places: &SourceMap, flow: Option<&String>, state: &str) -> String {
    let place = places.of_flow(flow.map(String::as_str)).and_then(|places| places.state(state));
    let place = place.map(|place| format!("{}:{}", place.file, place.line)).unwrap_or_default();
    match flow {
        Some(flow) => format!("[{flow}.{state}  {place}]"),
        None => format!("[{state}  {place}]"),
    }
}

//! What people do: callers who dial, press, speak and leave; callees who answer or do not; whoever places calls, signals waiting
//! ones and ends others.

use crate::machine::event::EventKind;
use crate::runtime::accept::Accept;
use crate::runtime::doc::{Input, InputKind};
use crate::runtime::shot::Asked;
use crate::runtime::signal::{Data, Deliver};
use crate::simulator::process::Purpose;
use crate::simulator::run::{Happening, Run};
use crate::simulator::setup::Setup;
use crate::simulator::shots::Shot;
use crate::simulator::stories;
use crate::store::Among;
use serde_json::json;

/// Somebody does something.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// A caller dials.
    Dial { from: String, to: &'static str },
    /// A call is placed.
    Place { key: String },
    /// Somebody on a call, by the emulator's name of it, presses keys.
    Press { call: String, digits: String },
    /// Somebody says something.
    Say { call: String, text: &'static str },
    /// Somebody leaves.
    Leave { call: String },
    /// A signal for any call.
    Signal,
    /// An operator ends any call.
    HangUp,
}

/// How a phone behaves.
const PHONES: [&str; 8] = ["0s", "500ms", "2s", "6s", "never", "busy", "decline", "unreachable"];
/// What people press.
const KEYS: [&str; 8] = ["1", "2", "3", "*", "9", "1234#", "88#", "0"];
/// What people say.
const WORDS: [&str; 4] = ["sales", "wait", "go", "what was that"];

impl Run<'_> {
    /// Who calls, when, and how phones behave.
    pub(super) fn plan_acts(&mut self, setup: &Setup) {
        for number in stories::PHONES {
            let answer = self.people.pick(&PHONES).copied().unwrap_or("0s");
            let described = json!({ "answer": answer, "script": [] });
            let id = number.replace('+', "%2B");
            self.human("PUT", &["phones", &id], &described);
        }
        for call in 0..setup.calls {
            let within = if setup.faults.burst > 0 { 2_000 } else { setup.troubled_ms * 3 / 4 };
            let at = self.people.below(within) + 1;
            if self.people.chance(250) {
                let key = format!("order-{call}");
                self.plan(at, Happening::Act(Act::Place { key: key.clone() }));
                if self.people.chance(300) {
                    let again = self.people.between(1, 5_000);
                    self.plan(at + again, Happening::Act(Act::Place { key }));
                }
            } else {
                let to = self.people.pick(&stories::LINES).copied().unwrap_or(stories::LINES[0]);
                self.plan(at, Happening::Act(Act::Dial { from: format!("+4416329601{call:02}"), to }));
            }
        }
        for _ in 0..self.people.below(3) {
            let at = self.people.below(setup.troubled_ms);
            self.plan(at, Happening::Act(Act::Signal));
        }
        if self.people.chance(100) {
            let at = self.people.below(setup.troubled_ms);
            self.plan(at, Happening::Act(Act::HangUp));
        }
    }

    fn human(&mut self, method: &str, segments: &[&str], body: &serde_json::Value) -> serde_json::Value {
        let answer = self.cloud.human(self.now, method, segments, body.to_string().as_bytes());
        answer.body.and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default()
    }

    pub(super) fn act(&mut self, act: Act) {
        match act {
            Act::Dial { from, to } => {
                let answer = self.human("POST", &["calls"], &json!({ "from": from, "to": to }));
                if let Some(call) = answer["call"].as_str() {
                    self.plan_caller(call, to == stories::LINES[1]);
                }
            }
            Act::Place { key } => {
                let Some(process) = (0..self.processes.len()).find(|at| self.processes[*at].open) else {
                    // Whoever places it tries again.
                    return self.plan(1_000, Happening::Act(Act::Place { key }));
                };
                let given = self.given(process);
                let Some(served) = self.lines[self.served].flows.get("pair") else { return };
                let accept = Accept::place(served, stories::pair(), Some(key), given);
                self.run_shot(process, Shot::Accept(Box::new(accept)), Purpose::Alone);
                self.plan(3_000, Happening::Act(Act::Press { call: String::new(), digits: "1".to_owned() }));
            }
            Act::Press { call, digits } => {
                let name = if call.is_empty() { self.any_line() } else { Some(call) };
                if let Some(name) = name {
                    self.human("POST", &["calls", &name, "press"], &json!({ "digits": digits }));
                }
            }
            Act::Say { call, text } => {
                self.human("POST", &["calls", &call, "say"], &json!({ "text": text }));
            }
            Act::Leave { call } => {
                self.human("POST", &["calls", &call, "hangup"], &json!({}));
            }
            Act::Signal => {
                let Some((process, call)) = self.any_call() else { return };
                self.ids += 1;
                let key = format!("signal:{}", self.ids);
                let deliver = Deliver::new(call, "free".to_owned(), Data::Json(None), key);
                self.run_shot(process, Shot::Deliver(Box::new(deliver)), Purpose::Alone);
            }
            Act::HangUp => {
                let Some((process, call)) = self.any_call() else { return };
                self.ids += 1;
                let key = format!("operator:{}", self.ids);
                let input = Input { key, kind: InputKind::Event(EventKind::OperatorHangUp) };
                self.tell(process, Asked { call, inputs: vec![input] });
            }
        }
    }

    /// What a caller does after dialling.
    fn plan_caller(&mut self, call: &str, has_card: bool) {
        let mut at = self.people.between(1_000, 8_000);
        for _ in 0..self.people.below(7) {
            let act = if has_card && self.people.chance(600) {
                Act::Press { call: call.to_owned(), digits: format!("{}#", stories::CANARY) }
            } else if self.people.chance(150) {
                Act::Say { call: call.to_owned(), text: self.people.pick(&WORDS).copied().unwrap_or("wait") }
            } else {
                let digits = self.people.pick(&KEYS).copied().unwrap_or("1").to_owned();
                Act::Press { call: call.to_owned(), digits }
            };
            self.plan(at, Happening::Act(act));
            at += self.people.between(300, 12_000);
        }
        if self.people.chance(600) {
            self.plan(at, Happening::Act(Act::Leave { call: call.to_owned() }));
        }
    }

    /// Any process that lets things in, and any call that is in the store.
    fn any_call(&mut self) -> Option<(usize, String)> {
        let process = (0..self.processes.len()).find(|at| self.processes[*at].open)?;
        let calls = self.store.list(Among::All, 16);
        let call = self.people.pick(&calls)?.call.clone();
        Some((process, call))
    }

    /// The emulator's name of any call that is up.
    fn any_line(&mut self) -> Option<String> {
        let names: Vec<String> =
            self.cloud.calls.values().filter(|call| !call.is_over()).map(|call| call.name()).collect();
        self.people.pick(&names).cloned()
    }

    /// Nobody stays for ever: but long enough to be noticed where the service has forgotten them.
    pub(super) fn everybody_leaves(&mut self) {
        let names: Vec<String> = self.cloud.calls.values().map(|call| call.name()).collect();
        for call in names {
            let at = self.people.between(60_000, 90_000);
            self.plan(at, Happening::Act(Act::Leave { call }));
        }
    }
}

//! How the call of a script begins over HTTP, and before it the other calls that it has: who calls, or is called.

use crate::cli::Failure;
use crate::cli::dev::player::{PATIENCE, Player, Stop, finding, reason, say};
use crate::emulator;
use crate::language::syntax::ast::{OtherCall, Script};
use crate::provider::Provider;
use crate::rehearsal::given::{self, Beginning, Ids, Phone};
use crate::runtime::drive::Runtime;
use crate::runtime::lines::Lines;
use crate::store::Store;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The ids of a script's other calls, by name, as they become known.
#[derive(Clone, Debug, Default)]
pub(super) struct Others(Arc<Mutex<Ids>>);

impl Others {
    /// Those that are known.
    pub(super) fn ids(&self) -> Ids {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a call is one of them.
    pub(super) fn has(&self, call: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().any(|id| id == call)
    }

    fn add(&self, name: &str, call: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), call.to_owned());
    }
}

impl Player<'_> {
    /// Has everything begin as the script says.
    pub(super) async fn begin<S: Store, P: Provider>(
        &mut self,
        runtime: &Runtime<S, P>,
        script: &Script,
        lines: &Lines,
    ) -> Result<(), Stop> {
        let began = Instant::now();
        for (at_ms, call) in given::in_order(script) {
            self.until(began, at_ms).await;
            let id = self.other(runtime, script, call, lines).await?;
            self.others.add(&call.name.value, &id);
        }
        self.until(began, given::lead(script)).await;
        self.describes(given::phones(script, self.served).map_err(Stop::Finding)?).await?;
        match given::beginning(script, self.served, lines, &self.others.ids()).map_err(Stop::Finding)? {
            Beginning::Rings(body) => {
                let number = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
                say(&self.line("+0.0s", &number("from"), &format!("calls {}", number("to"))));
                let line = self.dials(script, &body).await?;
                self.call = Some(line.clone());
                self.own = self.of_line(runtime, &line).await?;
                Ok(())
            }
            Beginning::Placed(_) => self.is_called(runtime, script).await,
        }
    }

    /// Waits until so much virtual time has passed.
    async fn until(&self, began: Instant, ms: u64) {
        let ms = if self.fast { ms / u64::from(emulator::FAST) } else { ms };
        tokio::time::sleep_until((began + Duration::from_millis(ms)).into()).await;
    }

    async fn describes(&self, phones: Vec<Phone>) -> Result<(), Stop> {
        for Phone { who, span, described } in phones {
            let path = format!("/emulator/phones/{}", given::segment(&who));
            let (status, answer) = self.request(reqwest::Method::PUT, &path, &described).await?;
            if status >= 300 {
                return Err(finding(span, &format!("`{who}` cannot be called"), &reason(&answer)));
            }
        }
        Ok(())
    }

    /// Another call begins; its id.
    async fn other<S: Store, P: Provider>(
        &self,
        runtime: &Runtime<S, P>,
        script: &Script,
        call: &OtherCall,
        lines: &Lines,
    ) -> Result<String, Stop> {
        let other = given::other(call, self.served, lines, &self.others.ids()).map_err(Stop::Finding)?;
        self.describes(other.phones).await?;
        let message = format!("call `{}` cannot begin", call.name.value);
        match other.beginning {
            Beginning::Rings(body) => {
                let line = self.dials(script, &body).await?;
                let id = self.of_line(runtime, &line).await?;
                let why = "its flow does not answer the number that is called";
                id.ok_or_else(|| finding(call.name.span, &message, why))
            }
            Beginning::Placed(_) => {
                let body = json!({ "flow": other.served.program.flow, "params": self.params(&call.params) });
                let (_, placed) = self.post("/api/calls", &body).await?;
                let id = placed["call"].as_str().map(str::to_owned);
                id.ok_or_else(|| finding(call.name.span, &message, &reason(&placed)))
            }
        }
    }

    fn params(&self, params: &[(crate::language::source::Word, Value)]) -> Map<String, Value> {
        let ids = self.others.ids();
        params.iter().map(|(name, value)| (name.value.clone(), given::meant(value, &ids))).collect()
    }

    /// Somebody calls; the emulated call.
    async fn dials(&self, script: &Script, body: &Value) -> Result<String, Stop> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // The subscription's handshake may still be under way.
            let (status, answer) = self.post("/emulator/calls", body).await?;
            match answer["call"].as_str() {
                Some(call) => return Ok(call.to_owned()),
                None if status < 500 && status != 409 => {
                    let span = script.steps.first().map_or(script.title.span, |step| step.span);
                    return Err(finding(span, "nobody can call like this", &reason(&answer)));
                }
                None if Instant::now() > deadline => {
                    return Err(Failure::World(format!("the emulator refused the call: {answer}")).into());
                }
                None => tokio::time::sleep(self.pause()).await,
            }
        }
    }

    /// The call of the service that an emulated one is, once there is one; none where the line is over before.
    async fn of_line<S: Store, P: Provider>(
        &self,
        runtime: &Runtime<S, P>,
        line: &str,
    ) -> Result<Option<String>, Failure> {
        let deadline = Instant::now() + PATIENCE;
        let mut last = false;
        loop {
            let seen = self.get(&format!("/emulator/calls/{line}")).await?;
            let server_call = seen["serverCallId"].as_str();
            let all = self.get("/api/calls").await?;
            for id in all["calls"].as_array().into_iter().flatten().filter_map(|call| call["call"].as_str()) {
                if let Ok((doc, _)) = runtime.call(id).await
                    && doc.call.facts.server_call.as_deref() == server_call
                {
                    return Ok(Some(id.to_owned()));
                }
            }
            if last || Instant::now() > deadline {
                return Ok(None);
            }
            last = seen["state"] == "ended";
            tokio::time::sleep(self.pause()).await;
        }
    }

    /// The names of all emulated calls.
    async fn lines(&self) -> Result<Vec<Value>, Failure> {
        Ok(self.get("/emulator/calls").await?["calls"].as_array().cloned().unwrap_or_default())
    }

    /// The script's call is placed.
    async fn is_called<S: Store, P: Provider>(&mut self, runtime: &Runtime<S, P>, script: &Script) -> Result<(), Stop> {
        let name = |line: &Value| line["call"].as_str().map(str::to_owned);
        let before: BTreeSet<String> = self.lines().await?.iter().filter_map(name).collect();
        let flow = &self.served.program.flow;
        let (status, placed) =
            self.post("/api/calls", &json!({ "flow": flow, "params": self.params(&script.params) })).await?;
        if status != 202 {
            return Err(finding(script.title.span, "the service refused the call", &reason(&placed)));
        }
        self.own = placed["call"].as_str().map(str::to_owned);
        let own = self.own.clone().unwrap_or_default();
        let deadline = Instant::now() + PATIENCE;
        while self.call.is_none() && Instant::now() < deadline {
            tokio::time::sleep(self.pause()).await;
            let lines = self.lines().await?;
            let doc = runtime.call(&own).await.ok();
            let known = doc.as_ref().and_then(|(doc, _)| doc.call.facts.server_call.clone());
            let mut new = lines.iter().filter(|line| name(line).is_some_and(|name| !before.contains(&name)));
            // Where there are no others it can be no other's.
            let is_own = |line: &&Value| match &known {
                Some(known) => line["serverCallId"] == known.as_str(),
                None => script.calls.is_empty(),
            };
            self.call = new.find(is_own).and_then(name);
        }
        let Some(call) = self.call.clone() else {
            return Err(finding(script.title.span, "nobody is called", "the flow ended without dialling"));
        };
        let seen = self.get(&format!("/emulator/calls/{call}")).await?;
        say(&self.line("+0.0s", "flow", &format!("calls {}", seen["to"].as_str().unwrap_or("somebody"))));
        Ok(())
    }
}

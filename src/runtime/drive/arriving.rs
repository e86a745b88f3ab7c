//! What arrives: calls that ring, calls to place, webhooks, operators. Everything is durable once the call returns.

use crate::language::flow::value::Values;
use crate::machine::call::{Beginning, Origin};
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, ConnectionState, EventKind, Facts, WebhookKind};
use crate::platform::identifier::Identifier;
use crate::provider::acs::from_wire::grid::Incoming;
use crate::provider::acs::from_wire::webhook::Received;
use crate::provider::{Outcome, Provider, Request};
use crate::runtime::begin::begin;
use crate::runtime::doc::{Input, InputKind, repeat_id};
use crate::runtime::drive::{Refusal, Runtime, Served};
use crate::runtime::turn::Verdict;
use crate::store::{Change, Committed, Error, Found, Quarantined, Store};

impl<S: Store, P: Provider> Runtime<S, P> {
    /// Somebody calls. Durable once this returns.
    ///
    /// # Errors
    /// When the store cannot be used now.
    pub async fn incoming(&self, incoming: Incoming) -> Result<(), Refusal> {
        let to = Identifier::parse(&incoming.to).plain();
        let lines = self.lines();
        let flow = if lines.routes.is_empty() { lines.only_inbound.as_ref() } else { lines.routes.get(&to) };
        let Some(served) = flow.and_then(|flow| lines.flows.get(flow)) else {
            return self.set_aside("", "incoming call", "no flow answers the number that was called").await;
        };
        let beginning = Beginning {
            id: self.fresh_id(),
            at: self.0.clock.now(),
            origin: Origin::Inbound { context: incoming.context },
            from: Identifier::parse(&incoming.from).plain(),
            to,
            params: Values::new(),
            settings: served.settings.clone(),
            voice: self.0.settings.voice.clone(),
            facts: Facts { server_call: incoming.server_call, correlation: incoming.correlation, ..Facts::default() },
        };
        self.create(served, beginning, Some(format!("incoming:{}", incoming.key))).await.map(|_| ())
    }

    /// Places an outbound call; answers its id. The same idempotency key again is the same call.
    ///
    /// # Errors
    /// When there is no such flow or the store cannot be used now.
    pub async fn place(&self, flow: &str, params: Values, key: Option<String>) -> Result<String, Refusal> {
        let lines = self.lines();
        let served = lines.flows.get(flow).ok_or_else(|| Refusal::NoFlow(flow.to_owned()))?;
        let beginning = Beginning {
            id: self.fresh_id(),
            at: self.0.clock.now(),
            origin: Origin::Outbound,
            from: String::new(),
            to: String::new(),
            params,
            settings: served.settings.clone(),
            voice: self.0.settings.voice.clone(),
            facts: Facts::default(),
        };
        self.create(served, beginning, key.map(|key| format!("place:{key}"))).await
    }

    fn fresh_id(&self) -> String {
        uuid::Uuid::now_v7().to_string()
    }

    async fn create(&self, served: &Served, beginning: Beginning, key: Option<String>) -> Result<String, Refusal> {
        let id = beginning.id.clone();
        let (change, doc, line) = begin(&served.program, &served.hash, beginning, key);
        self.hold("before-commit", "begin").await;
        let committed = self.commit_new(change).await;
        self.hold("after-commit", "begin").await;
        match committed {
            Ok(Committed::Exists { call }) => Ok(call),
            Ok(Committed::Applied | Committed::Conflict | Committed::Duplicate) => {
                self.applied(&doc, std::slice::from_ref(&line));
                Ok(id)
            }
            Err(error) => Err(Refusal::Busy(error.to_string())),
        }
    }

    /// Creates a call; an unknown outcome is looked up.
    async fn commit_new(&self, change: Change) -> Result<Committed, Error> {
        let call = change.call.clone();
        match self.0.store.commit(change).await {
            Err(Error::Unknown(reason)) => match self.0.store.load(&call, &[]).await? {
                Found::Live { .. } | Found::Ended(_) => Ok(Committed::Applied),
                Found::Unknown => Err(Error::Unavailable(reason)),
            },
            other => other,
        }
    }

    /// Webhooks of one call. Durable once this returns.
    ///
    /// # Errors
    /// When the store cannot be used now: the sender may try again.
    pub async fn webhooks(&self, call: &str, received: Vec<Received>) -> Result<(), Refusal> {
        let connection = received.iter().find_map(|one| one.webhook.facts.connection.clone());
        let connected = received.iter().any(|one| one.webhook.kind == WebhookKind::CallConnected);
        let inputs = received
            .into_iter()
            .map(|one| Input {
                key: format!("webhook:{}", one.key),
                kind: InputKind::Event(EventKind::Webhook(one.webhook)),
            })
            .collect();
        match self.turn(call, inputs).await {
            Verdict::Applied { .. } | Verdict::Duplicate => Ok(()),
            Verdict::Ended => {
                // A line that came about after its call was over: nobody would ever hang it up.
                if connected {
                    self.let_go(call, connection);
                }
                Ok(())
            }
            Verdict::Unknown => {
                self.set_aside(call, "webhook", "no such call").await?;
                self.let_go(call, connection);
                Ok(())
            }
            Verdict::Broken(reason) => self.set_aside(call, "webhook", &reason).await,
            Verdict::Busy(reason) => Err(Refusal::Busy(reason)),
        }
    }

    /// Keeps a note of something that cannot be applied.
    ///
    /// # Errors
    /// When the store cannot be used now.
    pub async fn set_aside(&self, call: &str, detail: &str, reason: &str) -> Result<(), Refusal> {
        tracing::warn!(call, detail, reason, "set aside");
        let row = Quarantined {
            at: self.0.clock.now(),
            reason: reason.to_owned(),
            call: call.to_owned(),
            detail: detail.to_owned(),
        };
        self.0.store.quarantine(row).await.map_err(|error| Refusal::Busy(error.to_string()))
    }

    /// A call that this service does not have but the platform says is ours: nobody would ever end it, so we do.
    fn let_go(&self, call: &str, connection: Option<String>) {
        let Some(connection) = connection else { return };
        let (runtime, call) = (self.clone(), call.to_owned());
        tokio::spawn(async move {
            let op = OpRef { op: 0, attempt: 1 };
            let request = |command: Command| Request {
                op,
                command,
                connection: Some(connection.clone()),
                repeat_id: repeat_id(&call, op),
                first_sent: runtime.0.clock.now(),
                callback_uri: String::new(),
            };
            let stands = runtime.0.provider.send(request(Command::GetCall)).await;
            if let Outcome::Definite(Answer::Accepted(Facts { state: Some(state), .. })) = stands
                && !matches!(state, ConnectionState::Disconnected | ConnectionState::Disconnecting)
            {
                tracing::warn!(call, "hanging up a call that nobody knows");
                runtime.0.provider.send(request(Command::HangUp)).await;
            }
        });
    }

    /// An operator ends a call.
    ///
    /// # Errors
    /// When there is no such call, it has ended, or the store cannot be used now.
    pub async fn hang_up(&self, call: &str) -> Result<(), Refusal> {
        let key = format!("operator:{}", uuid::Uuid::new_v4());
        let input = Input { key, kind: InputKind::Event(EventKind::OperatorHangUp) };
        match self.turn(call, vec![input]).await {
            Verdict::Applied { .. } | Verdict::Duplicate => Ok(()),
            Verdict::Ended => Err(Refusal::Ended(call.to_owned())),
            Verdict::Unknown => Err(Refusal::NoCall(call.to_owned())),
            Verdict::Broken(reason) | Verdict::Busy(reason) => Err(Refusal::Busy(reason)),
        }
    }
}

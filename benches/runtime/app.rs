//! The same conversation written by hand for it alone, as somebody would without flowc: the webhooks in, the signed requests
//! out, every state a line of code. Without any state of its own, or with a row a call and a row a webhook in SQLite.

use crate::listen::{self, Request};
use crate::rows::Rows;
use crate::signing::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// The app.
#[derive(Clone)]
struct App {
    client: Client,
    rows: Option<Arc<Rows>>,
    address: Arc<std::sync::OnceLock<String>>,
}

#[derive(Deserialize)]
struct Envelope<T> {
    #[serde(rename = "type", alias = "eventType")]
    kind: String,
    id: String,
    data: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Incoming {
    incoming_call_context: String,
    server_call_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    call_connection_id: String,
    dtmf_result: Option<Keys>,
}

#[derive(Deserialize)]
struct Keys {
    tones: Vec<String>,
}

/// Serves for ever, after saying where; with a store where a file is named.
pub(crate) async fn serve(platform: &str, store: Option<&Path>) {
    let rows = store.map(|file| Arc::new(Rows::open(file)));
    let app = App { client: Client::new(platform), rows, address: Arc::default() };
    let answering = app.clone();
    let address = listen::serve(move |request| {
        let app = answering.clone();
        async move { app.answer(request).await }
    })
    .await;
    let _ = app.address.set(address.clone());
    println!("listening on {address}");
    std::future::pending().await
}

impl App {
    async fn answer(&self, request: Request) -> (u16, String) {
        if request.path == "/events/incoming" {
            return self.incoming(&request).await;
        }
        match request.path.strip_prefix("/callbacks/") {
            Some(call) => self.webhook(call, &request).await,
            None => (404, String::new()),
        }
    }

    async fn incoming(&self, request: &Request) -> (u16, String) {
        let Ok([event]) = serde_json::from_slice::<[Envelope<Incoming>; 1]>(&request.body) else {
            return (400, String::new());
        };
        let call = uuid::Uuid::now_v7().to_string();
        let state = json!({ "state": "answering", "from": "+441632960100", "to": "+18005550100",
            "server_call": event.data.server_call_id });
        self.keep(&call, &event.id, state, request).await;
        let address = self.address.get().map(String::as_str).unwrap_or_default();
        let body = json!({ "incomingCallContext": event.data.incoming_call_context,
            "callbackUri": format!("{address}/callbacks/{call}"),
            "callIntelligenceOptions": { "cognitiveServicesEndpoint": "https://ai.example.com/" } });
        self.send(":answer".to_owned(), body);
        (200, String::new())
    }

    async fn webhook(&self, call: &str, request: &Request) -> (u16, String) {
        let Ok([event]) = serde_json::from_slice::<[Envelope<Data>; 1]>(&request.body) else {
            return (400, String::new());
        };
        let kind = event.kind.strip_prefix("Microsoft.Communication.").unwrap_or_default();
        let connection = &event.data.call_connection_id;
        let next = match kind {
            "CallConnected" => Some(("asking", "recognize", ask())),
            "RecognizeCompleted" if event.data.dtmf_result.is_some_and(|keys| keys.tones == ["one"]) => {
                Some(("telling", "play", tell()))
            }
            "PlayCompleted" => Some(("ending", "terminate", Value::Null)),
            _ => None,
        };
        let state = json!({ "state": next.as_ref().map_or(kind, |(state, _, _)| state), "connection": connection,
            "from": "+441632960100", "to": "+18005550100" });
        self.keep(call, &event.id, state, request).await;
        if let Some((_, action, body)) = next {
            self.send(format!("/{connection}:{action}"), body);
        }
        (200, String::new())
    }

    /// Durable once this returns, where there is a store.
    async fn keep(&self, call: &str, event: &str, state: Value, request: &Request) {
        if let Some(rows) = &self.rows {
            rows.write(call, event, state.to_string(), request.body.to_vec()).await;
        }
    }

    fn send(&self, path: String, body: Value) {
        let client = self.client.clone();
        tokio::spawn(async move {
            let status = client.post(&path, &body).await.map(|(status, _)| status);
            assert!(matches!(status, Some(200..=299)), "{path}: {status:?}");
        });
    }
}

fn text(text: &str) -> Value {
    json!({ "kind": "text", "text": { "text": text, "voiceName": "en-US-NancyNeural" } })
}

fn ask() -> Value {
    json!({ "recognizeInputType": "dtmf", "playPrompts": [text("For the opening hours press 1.")],
        "interruptCallMediaOperation": false, "operationContext": "2.1",
        "recognizeOptions": { "interruptPrompt": true, "initialSilenceTimeoutInSeconds": 5,
            "targetParticipant": { "kind": "phoneNumber", "rawId": "4:+441632960100",
                "phoneNumber": { "value": "+441632960100" } },
            "dtmfOptions": { "interToneTimeoutInSeconds": 2, "maxTonesToCollect": 1 } } })
}

fn tell() -> Value {
    json!({ "playSources": [text("We are open from nine to five.")], "playTo": [], "playOptions": { "loop": false },
        "operationContext": "3.1" })
}

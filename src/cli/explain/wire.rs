//! What a state sends, in the words of the wire: the very mapping that calls use, with `<…>` for what only a call knows.

use crate::config::ServiceSettings;
use crate::invoke::reach::Reach;
use crate::invoke::{self, to_http};
use crate::language::flow::expr::Expr;
use crate::language::flow::service::Service;
use crate::language::flow::state::Condition;
use crate::language::flow::value::{Value, Values};
use crate::language::graph::Program;
use crate::machine::command::{Command, OpRef, There};
use crate::provider::Request;
use crate::provider::acs::to_wire::{self, Site};
use serde::Serialize;
use serde_json::Value as Json;

/// The host that stands for a service's address while a request to it is built.
const STAND_IN: &str = "https://service.invalid";

/// A request as it goes out.
#[derive(Serialize)]
pub(super) struct Sent {
    /// `platform`, `service`, or `call` for another call of this service.
    pub(super) to: &'static str,
    /// What it is called there: an operation.
    pub(super) operation: String,
    /// Its method; empty for what goes to no other machine.
    pub(super) method: &'static str,
    /// Its path with its query, or its whole address.
    pub(super) address: String,
    /// The JSON body.
    pub(super) body: Option<Json>,
}

/// What these commands become.
pub(super) fn sent(commands: &[Command], program: &Program, settings: &ServiceSettings) -> Vec<Sent> {
    commands.iter().filter_map(|command| one(command, program, settings)).collect()
}

fn one(command: &Command, program: &Program, settings: &ServiceSettings) -> Option<Sent> {
    match command {
        Command::Invoke { service, operation, args, once, .. } => {
            ask(program.services.get(service)?, operation, args, once.as_deref().map(String::as_str))
        }
        Command::Signal { call, name, data } => Some(Sent {
            to: "call",
            operation: format!("signal {name}"),
            method: "",
            address: call.clone(),
            body: data.as_ref().and_then(|data| serde_json::to_value(data).ok()),
        }),
        other => platform(other.clone(), program, settings),
    }
}

fn platform(command: Command, program: &Program, settings: &ServiceSettings) -> Option<Sent> {
    let placeholder = |name: &str| format!("<{name}>");
    // As `serve` does it, the platform is told of nothing that the flow has no use for.
    let wants = |does: fn(&Condition) -> bool| program.conditions().any(does);
    let set = |value: &Option<String>, name: &str| value.clone().unwrap_or_else(|| placeholder(name));
    let streams = wants(|condition| matches!(condition, Condition::Streaming));
    let transcribes = wants(|condition| matches!(condition, Condition::Transcription(_)));
    let site = Site {
        api_version: settings.api_version.clone(),
        ai_endpoint: program.needs_ai.then(|| set(&settings.ai_endpoint, "ai_endpoint")),
        streaming_url: streams.then(|| set(&settings.streaming_url, "streaming_url")),
        transcription_url: transcribes.then(|| set(&settings.transcription_url, "transcription_url")),
        public_url: settings.public_url().unwrap_or_else(|_| placeholder("public_url")),
        calling_user: Some(set(&settings.calling_user, "calling_user")),
    };
    let command = match command {
        Command::Move { name, call, there: None } => {
            let there =
                There { who: format!("4:<{name}>").into(), connection: format!("<callConnectionId of {call}>") };
            Command::Move { name, call, there: Some(there) }
        }
        other => other,
    };
    let request = Request {
        op: OpRef { op: 1, attempt: 1 },
        command,
        connection: Some(placeholder("callConnectionId")),
        server_call: Some(placeholder("serverCallId")),
        repeat_id: uuid::Uuid::nil(),
        first_sent: 0,
        callback_uri: format!("{}/callbacks/<call>/<mac>", site.public_url),
    };
    let wire = to_wire::to_wire(&request, &site).ok()?;
    let method = wire.method().as_str();
    let mut body: Option<Json> = wire.body.and_then(|body| serde_json::from_slice(&body).ok());
    if let Some(context) = body.as_mut().and_then(|body| body.get_mut("operationContext")) {
        *context = Json::String(placeholder("operationContext"));
    }
    Some(Sent {
        to: "platform",
        operation: format!("{:?}", wire.operation),
        method,
        address: readable(&wire.path_and_query),
        body,
    })
}

/// A request to a service. Its address and its headers are settings of the process that sends it, so they stay out of it.
fn ask(service: &Service, operation: &str, args: &Values, once: Option<&str>) -> Option<Sent> {
    let address = match &service.url {
        Expr::Const(Value::Text(url)) => url.clone(),
        other => format!("<{other}>"),
    };
    let mut here = service.clone();
    here.url = Expr::Const(Value::Text(STAND_IN.to_owned()));
    here.headers.clear();
    let mut reach = Reach::new("").ok()?;
    reach.open(STAND_IN).ok()?;
    let settings = Values::new();
    let key = to_http::key("call", "op", once);
    let asked = invoke::Invocation { service: &here, operation, args, settings: &settings, key: &key };
    let request = to_http::to_http(&asked, &reach).ok()?;
    let path = request.url.strip_prefix(STAND_IN).unwrap_or(&request.url);
    Some(Sent {
        to: "service",
        operation: format!("{}.{operation}", service.name),
        method: request.method.word(),
        address: format!("{}{}", address.trim_end_matches('/'), readable(path)),
        body: request.body.and_then(|body| serde_json::from_slice(&body).ok()),
    })
}

/// Placeholders of an address as they were before they were percent-encoded; everything else as it is.
fn readable(address: &str) -> String {
    let mut out = String::new();
    let mut rest = address;
    while let Some((before, after)) = rest.split_once("%3C") {
        let Some((inside, behind)) = after.split_once("%3E") else { break };
        out.push_str(before);
        out.push('<');
        out.push_str(&decoded(inside));
        out.push('>');
        rest = behind;
    }
    out.push_str(rest);
    out
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        let code = if *byte == b'%' { behind.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()) } else { None };
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(plain) => {
                bytes.push(plain);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*byte);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use crate::cli::explain::wire::readable;

    #[test]
    fn placeholders_are_readable_and_nothing_else_changes() {
        assert_eq!(readable("/a/%3Cslot.id%20%2B%201%3E/b%2Fc?x=%3Cy%3E"), "/a/<slot.id + 1>/b%2Fc?x=<y>");
        assert_eq!(readable("/a%3Cb"), "/a%3Cb");
    }
}

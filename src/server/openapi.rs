//! `GET /api/openapi.json`: the description of this API.

use serde_json::{Value, json};

/// OpenAPI 3.1.
pub(super) fn description() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": { "title": "flowc", "version": env!("CARGO_PKG_VERSION"), "description": "Calls of this service." },
        "paths": {
            "/api/calls": {
                "get": { "summary": "Calls, the newest first, a thousand at most", "parameters": [
                    { "name": "live", "in": "query", "required": false, "description": "Only calls that live", "schema": { "type": "boolean" } }], "responses": {
                    "200": answer("The calls, and whether there are more", json!({ "type": "object", "properties": { "calls": { "type": "array", "items": call() }, "more": { "type": "boolean" } }, "required": ["calls", "more"] })),
                    "400": error("Another query"), "401": error("No admin token"), "503": error("The store cannot be used now") } },
                "post": { "summary": "Place an outbound call, or connect to one that is going on", "requestBody": { "required": true, "content": { "application/json": { "schema": place() } } }, "responses": {
                    "202": answer("The call is begun", begun()),
                    "400": error("The body is not what is asked for"), "401": error("No admin token"),
                    "404": error("No such flow"), "409": error("The flow begins no calls"), "429": error("As many calls as may be go on from the number that it dials from"), "503": error("The store cannot be used now") } }
            },
            "/api/calls/{call}": { "parameters": [id()],
                "get": { "summary": "One call", "responses": { "200": answer("The call", call()), "401": error("No admin token"), "404": error("No such call"), "503": error("The store cannot be used now") } },
                "delete": { "summary": "Take away everything of a call that is over but that it was there", "responses": { "204": { "description": "Taken away" }, "401": error("No admin token"), "404": error("No such call"), "409": error("It is not over"), "503": error("The store cannot be used now") } } },
            "/api/calls/{call}/history": { "parameters": [id()],
                "get": { "summary": "What happened to a call, step by step, nothing of a person in it", "responses": { "200": answer("The call with its history; its numbers are masked", history()), "401": error("No admin token"), "404": error("No such call"), "503": error("The store cannot be used now") } } },
            "/api/calls/{call}/record": { "parameters": [id(), { "name": "keep", "in": "query", "schema": { "type": "boolean" }, "description": "Leave numbers, names and words as they are" }],
                "get": { "summary": "A call as `flowc replay` plays it again; what is of a person in it is made up, secrets are masked", "responses": { "200": answer("What it began with, and each thing that happened to it", json!({ "type": "object", "required": ["lines"], "properties": { "lines": { "type": "array", "items": { "type": "object" } } } })), "400": error("Another query"), "401": error("No admin token"), "404": error("No such call"), "409": error("Nothing is kept of what happened"), "503": error("The store cannot be used now") } } },
            "/api/calls/{call}/hangup": { "parameters": [id()],
                "post": { "summary": "End a call", "responses": { "202": answer("It is being ended", begun()), "401": error("No admin token"), "404": error("No such call"), "409": error("It has ended"), "503": error("The store cannot be used now") } } },
            "/api/calls/{call}/signals": { "parameters": [id()],
                "post": { "summary": "Send a signal to a call whose flow takes it", "requestBody": { "required": true, "content": { "application/json": { "schema": signal() } } }, "responses": {
                    "202": answer("It is stored for the call", begun()),
                    "400": error("The body is not what is asked for, or the flow takes no such signal, or not with such data"), "401": error("No admin token"),
                    "404": error("No such call"), "409": error("It has ended"), "503": error("The store cannot be used now") } } },
            "/healthz": { "get": { "summary": "The process runs", "responses": { "200": { "description": "It does" } } } },
            "/readyz": { "get": { "summary": "Calls can be taken", "responses": { "200": { "description": "They can" }, "503": { "description": "They cannot" } } } },
            "/metrics": { "get": { "summary": "What is counted and how things stand, as Prometheus reads it", "responses": { "200": { "description": "Exposition format 0.0.4", "content": { "text/plain": {} } }, "401": error("No admin token") } } },
            "/events/incoming": { "post": { "summary": "Event Grid delivers incoming calls here", "responses": { "200": { "description": "Durable, or the handshake" }, "400": error("Not events"), "401": error("Wrong secret"), "429": error("Deliver again") } } },
            "/callbacks/{call}/{mac}": { "parameters": [id(), { "name": "mac", "in": "path", "required": true, "schema": { "type": "string" } }],
                "post": { "summary": "The platform posts mid-call events here", "responses": { "200": { "description": "Durable" }, "401": error("Not an address of this service"), "503": error("Send again") } } }
        }
    })
}

fn id() -> Value {
    json!({ "name": "call", "in": "path", "required": true, "schema": { "type": "string" } })
}

fn begun() -> Value {
    json!({ "type": "object", "properties": { "call": { "type": "string" } }, "required": ["call"] })
}

fn signal() -> Value {
    json!({ "type": "object", "additionalProperties": false, "required": ["name"], "properties": {
        "name": { "type": "string", "description": "A signal that the flow declares" },
        "data": { "description": "What comes along, of the type that the flow declares" } } })
}

fn place() -> Value {
    json!({ "type": "object", "additionalProperties": false, "required": ["flow"], "properties": {
        "flow": { "type": "string" },
        "to": { "type": "string", "description": "Fills the flow's parameter `to` where it has one" },
        "from": { "type": "string", "description": "Fills the flow's parameter `from` where it has one" },
        "params": { "type": "object" },
        "idempotency_key": { "type": "string", "minLength": 1, "maxLength": 256, "description": "The same key again is the same call" } } })
}

fn call() -> Value {
    let text = json!({ "type": ["string", "null"] });
    json!({ "type": "object", "properties": {
        "call": { "type": "string" }, "flow": text, "direction": { "enum": ["inbound", "outbound"] }, "from": text, "to": text,
        "phase": { "enum": ["running", "leaving", "ended", "unreadable"] }, "state": text, "result": text, "reason": text,
        "started": text, "ended": text, "callConnectionId": text, "serverCallId": text } })
}

fn history() -> Value {
    let text = json!({ "type": ["string", "null"] });
    let number = json!({ "type": ["integer", "null"] });
    let step = json!({ "type": "object", "required": ["did"], "properties": {
        "did": { "enum": ["entered", "took", "ordered", "ran", "returned", "fault", "ignored", "ended"] },
        "state": text, "flow": text, "what": text, "op": text, "file": text, "line": number } });
    let event = json!({ "type": "object", "required": ["rev", "at", "offset_ms", "event", "steps"], "properties": {
        "rev": { "type": "integer" }, "at": { "type": "string" }, "offset_ms": { "type": "integer" },
        "event": { "type": "string" }, "op": text, "detail": text, "from": text, "to": text,
        "steps": { "type": "array", "items": step } } });
    json!({ "allOf": [call(), { "type": "object", "required": ["history"], "properties": {
        "history": { "type": "array", "items": event } } }] })
}

fn answer(description: &str, schema: Value) -> Value {
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
}

fn error(description: &str) -> Value {
    answer(
        description,
        json!({ "type": "object", "properties": { "error": { "type": "object", "properties": {
            "code": { "type": "string" }, "message": { "type": "string" }, "details": {} } } } }),
    )
}

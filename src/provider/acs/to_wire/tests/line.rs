//! Calls redirected, rejected, connected to, transferred.

use crate::language::flow::state::{Locator, Reason};
use crate::machine::command::Command;
use crate::platform::hidden::Hidden;
use crate::provider::acs::to_wire::tests::check;
use crate::provider::acs::wire;
use serde_json::json;

#[test]
fn redirect() {
    check::<wire::RedirectCall>(
        Command::Redirect { context: "eyJhbGci".into(), to: "8:acs:a_b".into() },
        "POST",
        "/calling/callConnections:redirect",
        json!({"incomingCallContext": "eyJhbGci",
            "target": {"kind": "communicationUser", "rawId": "8:acs:a_b", "communicationUser": {"id": "8:acs:a_b"}}}),
    );
}

#[test]
fn reject() {
    for (reason, word) in [(Reason::Busy, "busy"), (Reason::Forbidden, "forbidden"), (Reason::None, "none")] {
        check::<wire::RejectCall>(
            Command::Reject { context: "eyJhbGci".into(), reason },
            "POST",
            "/calling/callConnections:reject",
            json!({"incomingCallContext": "eyJhbGci", "callRejectReason": word}),
        );
    }
}

#[test]
fn connect() {
    for (by, locator) in [
        (Locator::Group, json!({"kind": "groupCallLocator", "groupCallId": "id"})),
        (Locator::Room, json!({"kind": "roomCallLocator", "roomId": "id"})),
        (Locator::ServerCall, json!({"kind": "serverCallLocator", "serverCallId": "id"})),
    ] {
        check::<wire::ConnectCall>(
            Command::Connect { to: "id".to_owned(), by },
            "POST",
            "/calling/callConnections:connect",
            json!({"callLocator": locator, "callbackUri": "https://app.example/callbacks/c1/mac",
                "operationContext": "7.2",
                "callIntelligenceOptions": {"cognitiveServicesEndpoint": "https://ai.example/"}}),
        );
    }
}

#[test]
fn transfer() {
    let to = || "+441632960100".to_owned();
    let target = json!({"kind": "phoneNumber", "rawId": "4:+441632960100", "phoneNumber": {"value": "+441632960100"}});
    let path = "/calling/callConnections/411f%2Fb0:transferToParticipant";
    check::<wire::Transfer>(
        Command::Transfer { to: to().into(), transferee: None, from: None, headers: Vec::new() },
        "POST",
        path,
        json!({"targetParticipant": target, "operationContext": "7.2"}),
    );
    let headers = [("id", "42"), ("x-ms-custom-Team", "a"), ("user-to-user", "00;encoding=hex")];
    check::<wire::Transfer>(
        Command::Transfer {
            to: to().into(),
            transferee: Some("8:acs:a_b".into()),
            from: Some("4:+18001112222".into()),
            headers: headers.map(|(name, value)| (name.to_owned(), Hidden::from(value))).to_vec(),
        },
        "POST",
        path,
        json!({"targetParticipant": target,
            "transferee": {"kind": "communicationUser", "rawId": "8:acs:a_b", "communicationUser": {"id": "8:acs:a_b"}},
            "operationContext": "7.2",
            "customCallingContext": {"sipHeaders": {"X-MS-Custom-id": "42", "X-MS-Custom-Team": "a",
                "User-To-User": "00;encoding=hex"}},
            "sourceCallerIdNumber": {"value": "+18001112222"}}),
    );
}

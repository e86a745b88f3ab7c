//! Tokens of Entra ID, the emulator's own: the service gets them as it gets those of a tenant, and its requests are let in by
//! them; what is not good is not.

use crate::harness::phone_line::{KEY, PATIENCE};
use crate::harness::{Background, Flowc, Folder, free_port, http};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Calls somebody, says a word, hangs up.
const FLOW: &str = r#"flowc 1
flow ring outbound
param to: phone
returns told | nothing
default failed -> sorry
always party left -> return nothing
start up

up: dial to, from "+441632960000" -> say
say: play "Hello." -> bye
bye: hangup told
sorry: hangup nothing
"#;

/// Answers, says a word, hangs up.
const DESK: &str = r#"flowc 1
flow desk inbound
start up

up: answer -> say
say: play "Hello." -> bye
bye: hangup
"#;

/// An emulator and what it says of itself.
fn emulator(arguments: &[PathBuf]) -> (Background, u16) {
    let port = free_port();
    let emulator = Flowc::new(["emulate", "--clock", "fast", "--access-key", KEY, "--listen"]);
    let emulator =
        arguments.iter().fold(emulator.arg(format!("127.0.0.1:{port}")), |emulator, next| emulator.arg(next));
    let mut emulator = emulator.start();
    emulator.wait_for("ready", PATIENCE);
    (emulator, port)
}

/// A service with this environment calls somebody at a platform; how that went.
fn called(platform: &str, environment: &[(&str, &str)]) -> Value {
    let (project, store) = (Folder::new().with("ring.flow", FLOW), Folder::new());
    let port = free_port();
    let service = Flowc::new(["serve", "--acs-endpoint", platform, "--ai-endpoint", "https://ai.example/"])
        .arg(project.path().as_os_str())
        .arg("--listen")
        .arg(format!("127.0.0.1:{port}"))
        .arg("--store")
        .arg(format!("sqlite:{}", store.path().join("calls.db").display()));
    let mut service = environment.iter().fold(service, |service, (name, value)| service.env(name, value)).start();
    service.wait_for("serving", PATIENCE);
    let placed = json!({ "flow": "ring", "to": "+441632960100" });
    let placed = http::json(port, "POST", "/api/calls", &placed).expect("it answers");
    assert_eq!(placed.status, 202, "{:?}", placed.json());
    let deadline = Instant::now() + PATIENCE;
    loop {
        let calls = http::get(port, "/api/calls").map_or(Value::Null, |answer| answer.json());
        if calls["calls"][0]["phase"] == "ended" {
            return calls["calls"][0]["result"].clone();
        }
        assert!(Instant::now() < deadline, "it never ends: {calls:#}\n{}", service.said());
        std::thread::sleep(Duration::from_millis(15));
    }
}

#[test]
fn the_service_calls_with_tokens_of_a_hosts_identity() {
    let (_emulator, port) = emulator(&[]);
    let address = format!("http://127.0.0.1:{port}/emulator/token");
    let identity = [("IDENTITY_ENDPOINT", address.as_str()), ("IDENTITY_HEADER", "any")];
    assert_eq!(called(&format!("http://127.0.0.1:{port}"), &identity), "told");
}

#[test]
fn the_service_calls_with_tokens_of_an_application() {
    let file = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name);
    let flags = ["--tls-cert".into(), file("localhost.pem"), "--tls-key".into(), file("localhost.key.pem")];
    let (_emulator, port) = emulator(&flags);
    let (platform, trusted) = (format!("https://127.0.0.1:{port}"), file("localhost.pem"));
    let application = [
        ("AZURE_TENANT_ID", "11111111-2222-4333-8444-555555555555"),
        ("AZURE_CLIENT_ID", "99999999-2222-4333-8444-555555555555"),
        ("AZURE_CLIENT_SECRET", "any"),
        ("AZURE_AUTHORITY_HOST", platform.as_str()),
        ("SSL_CERT_FILE", trusted.to_str().expect("a path of text")),
    ];
    assert_eq!(called(&platform, &application), "told");
}

/// Event Grid's deliveries carry a token for one audience, given to Event Grid's own application.
#[test]
fn event_grids_deliveries_are_let_in_by_their_token() {
    const AUDIENCE: &str = "api://webhooks";
    const EVENT_GRID: &str = "4962773b-9cdb-44cf-a8bf-237846a00ab7";
    for (application, status) in [(EVENT_GRID, 204), ("99999999-9cdb-44cf-a8bf-237846a00ab7", 400)] {
        let (_emulator, port) = emulator(&[]);
        let (project, store) = (Folder::new().with("desk.flow", DESK), Folder::new());
        let service_port = free_port();
        let mut service = Flowc::new(["serve", "--ai-endpoint", "https://ai.example/"])
            .arg(project.path().as_os_str())
            .arg("--listen")
            .arg(format!("127.0.0.1:{service_port}"))
            .arg("--store")
            .arg(format!("sqlite:{}", store.path().join("calls.db").display()))
            .arg("--event-grid-audience")
            .arg(AUDIENCE)
            .arg("--event-grid-oidc")
            .arg(format!("http://127.0.0.1:{port}/tenant/.well-known/openid-configuration"))
            .arg("--event-grid-application")
            .arg(application)
            .env("ACS_CONNECTION_STRING", &format!("endpoint=http://127.0.0.1:{port}/;accesskey={KEY}"))
            .start();
        service.wait_for("serving", PATIENCE);
        let url = format!("http://127.0.0.1:{service_port}/events/incoming");
        let subscribed = |audience: Value| {
            let body = json!({ "url": url, "audience": audience });
            http::json(port, "PUT", "/emulator/event-grid", &body).expect("it answers").status
        };
        assert_eq!(subscribed(Value::Null), 400, "no token");
        assert_eq!(subscribed(json!("api://others")), 400, "for others");
        assert_eq!(subscribed(json!(AUDIENCE)), status, "given to {application}");
        if status == 204 {
            let dialled = json!({ "from": "+441632960100", "to": "+18005550100" });
            assert_eq!(http::json(port, "POST", "/emulator/calls", &dialled).expect("it answers").status, 201);
            let deadline = Instant::now() + PATIENCE;
            while http::get(port, "/emulator/calls/call-1").expect("it answers").json()["end"] != "hangup" {
                assert!(Instant::now() < deadline, "the call was not taken: {}", service.said());
                std::thread::sleep(Duration::from_millis(15));
            }
        }
    }
}

#[test]
fn only_good_tokens_are_taken() {
    let (_emulator, port) = emulator(&[]);
    let token = |query: &str| {
        let given = http::get(port, &format!("/emulator/token?{query}")).expect("it answers");
        assert_eq!(given.status, 200, "{:?}", given.json());
        given.json()["access_token"].as_str().expect("a token").to_owned()
    };
    let asked = |authorization: &str| {
        let target = "/calling/callConnections/nobody?api-version=2026-03-12";
        let answer = http::send(port, "GET", target, &[("Authorization", authorization)], b"").expect("it answers");
        (answer.status, answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    let good = token("resource=https://communication.azure.com/");
    let refused = (401, "7501".to_owned());
    assert_eq!(asked(&format!("Bearer {good}")), (404, "8522".to_owned()), "let in; there is no such call");
    assert_eq!(asked(&format!("bearer {good}")).0, 404);
    assert_eq!(asked(&format!("Bearer {}", token("resource=https://management.azure.com/"))), refused, "audience");
    let (head, signature) = good.rsplit_once('.').expect("three parts");
    assert_eq!(asked(&format!("Bearer {head}.")), refused, "unsigned");
    let turned: String = signature.chars().rev().collect();
    assert_eq!(asked(&format!("Bearer {head}.{turned}")), refused, "signature");
    assert_eq!(asked("Bearer x"), refused);
    // Without a token it is a signature that is missing.
    for other in ["Bearer", "", &good] {
        assert_eq!(asked(other), (401, "7509".to_owned()), "{other}");
    }
    // What another emulator gave is nobody's here.
    let (_other, elsewhere) = emulator(&[]);
    let given = http::get(elsewhere, "/emulator/token?resource=https://communication.azure.com/").expect("it answers");
    let foreign = given.json()["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(asked(&format!("Bearer {foreign}")), refused);
}

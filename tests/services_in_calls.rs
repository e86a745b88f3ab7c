//! A whole call over real HTTP that reads a calendar, asks a service, and runs another flow: the project `flows/northwind`, with
//! a service of the test's own.

use crate::harness::{Flowc, Folder};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A service that answers every request alike, after some time, until the test ends. What was asked is kept: request line,
/// idempotency key, body.
struct Crm {
    url: String,
    asked: Arc<Mutex<Vec<[String; 3]>>>,
}

impl Crm {
    fn answering(status: u16, body: &'static str, after: Duration) -> Crm {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        std::thread::spawn(move || {
            // More are never asked for in one call.
            for stream in listener.incoming().take(8).flatten() {
                kept.lock().expect("not poisoned").extend(answer(stream, status, body, after));
            }
        });
        Crm { url, asked }
    }
}

fn answer(stream: TcpStream, status: u16, body: &str, after: Duration) -> Option<[String; 3]> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut line, mut key, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut line).ok()?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "idempotency-key" => key = value.to_owned(),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut asked = vec![0; length];
    reader.read_exact(&mut asked).ok()?;
    std::thread::sleep(after);
    let head = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n", body.len());
    let mut stream = stream;
    stream.write_all(format!("{head}connection: close\r\n\r\n{body}").as_bytes()).ok()?;
    Some([line.trim_end().to_owned(), key, String::from_utf8_lossy(&asked).into_owned()])
}

/// The project, with an office that is always open and a service on loopback.
fn northwind(crm: &Crm, script: &str) -> Folder {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows/northwind");
    let read = |name: &str| std::fs::read_to_string(project.join(name)).expect(name);
    let settings = format!("allow_private = [\"127.0.0.1\"]\n[settings]\ncrm_url = \"{}\"\n", crm.url);
    let office = "calendar: office\nzone: America/New_York\nmain:\n  open: { mon-sun: \"00:00-24:00\" }\n";
    Folder::new()
        .with("northwind.flow", read("northwind.flow"))
        .with("hand_over.flow", read("hand_over.flow"))
        .with("desk_words.yaml", read("desk_words.yaml"))
        .with("crm.yaml", read("crm.yaml"))
        .with("office.yaml", office)
        .with("flowc.toml", settings)
        .with("call.scenario.yaml", script)
}

fn played(folder: &Folder) -> String {
    let dev = Flowc::new(["dev", ".", "--call", "call.scenario.yaml"]).in_folder(folder.path());
    let output = dev.time_out(Duration::from_secs(150)).run().expect(0);
    output.stdout
}

#[test]
fn an_account_is_found_and_its_manager_is_rung() {
    let crm = Crm::answering(200, "{\"id\":\"c1\",\"tier\":\"gold\"}", Duration::from_millis(1_500));
    let script = "scenario: gold\nflow: northwind\nscript:\n  - call from +441632960100\n  - hear welcome, main_menu\n  \
                  - press 2\n  - hear ask_account\n  - press 2 0 4 0 6 0 8 0\n  - hear one_moment\n  - hear connecting\n";
    let said = played(&northwind(&crm, script));
    assert!(said.contains("Connecting you to your account manager."), "{said}");
    assert!(said.contains("with result handed_over"), "{said}");
    let asked = crm.asked.lock().expect("not poisoned");
    let [[line, key, body]] = &asked[..] else { panic!("asked once: {asked:?}") };
    assert_eq!(line, "POST /find HTTP/1.1");
    assert!(!key.is_empty());
    assert_eq!(body, "{\"account\":\"20406080\"}");
}

#[test]
fn an_account_that_is_not_there_is_asked_for_once_more() {
    let crm = Crm::answering(404, "{}", Duration::ZERO);
    let script = "scenario: nobody\nflow: northwind\nscript:\n  - call from +441632960101\n  - hear welcome, main_menu\n  \
                  - press 2\n  - hear ask_account\n  - press 1 1 1 1 1 1 1 1\n  - hear no_such_account, ask_account\n  \
                  - press 1 1 1 1 1 1 1 2\n  - hear no_such_account\n  - hear connecting\n";
    let said = played(&northwind(&crm, script));
    assert!(said.contains("Connecting you to Billing."), "{said}");
    assert_eq!(crm.asked.lock().expect("not poisoned").len(), 2, "{said}");
}

/// A flow that makes a request in place, as `flowc.toml` lets it.
fn first_try(crm: &Crm, settings: &str) -> Folder {
    let flow = format!(
        "flowc 1\nflow first_try inbound\nstart pick_up\n\npick_up: answer -> ask\n\
         ask: invoke POST \"{}/calls?of=today\" -> thanks {{ failed -> sorry }}\n\
         thanks: hangup play \"Thank you.\"\nsorry: hangup play \"Sorry.\"\n",
        crm.url
    );
    let script = "scenario: one\nflow: first_try\nscript:\n  - call from +441632960100\n";
    Folder::new().with("first_try.flow", flow).with("flowc.toml", settings).with("call.scenario.yaml", script)
}

#[test]
fn a_request_in_place_is_made_and_its_answer_tells_ok_from_failed() {
    let allowed = "allow_private = [\"127.0.0.1\"]\n";
    for (status, heard) in [(204, "Thank you."), (404, "Sorry.")] {
        let crm = Crm::answering(status, "", Duration::ZERO);
        let said = played(&first_try(&crm, allowed));
        assert!(said.contains(heard), "{said}");
        let asked = crm.asked.lock().expect("not poisoned");
        let [[line, key, body]] = &asked[..] else { panic!("asked once: {asked:?}") };
        assert_eq!((line.as_str(), body.as_str()), ("POST /calls?of=today HTTP/1.1", "{}"));
        assert!(!key.is_empty());
    }
}

#[test]
fn a_request_in_place_keeps_to_the_hosts_that_are_allowed() {
    let crm = Crm::answering(204, "", Duration::ZERO);
    let folder = first_try(&crm, "");
    let refused = Flowc::new(["dev", ".", "--call", "call.scenario.yaml"]).in_folder(folder.path()).run().expect(2);
    assert!(refused.stderr.contains(&format!("service `POST {}/calls?of=today`", crm.url)), "{}", refused.stderr);
    assert!(refused.stderr.contains("allow_private"), "{}", refused.stderr);
    assert!(crm.asked.lock().expect("not poisoned").is_empty());
}

//! Requests as a server reads them, and what is made of its answers.

use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, ConnectionState, Facts};
use crate::platform::codes::Code;
use crate::platform::hidden::Hidden;
use crate::provider::acs::auth::entra::Entra;
use crate::provider::acs::auth::{AccessKey, Signable, Signer};
use crate::provider::acs::client::{Client, Credential, Settings, TEST_KEY, http_date};
use crate::provider::acs::from_wire::pages::MOST_PAGES;
use crate::provider::{Outcome, Provider, Request};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const UUID: &str = "a5a1e2f0-0f1e-4c3b-8a2d-111213141516";

fn request(command: Command) -> Request {
    Request {
        op: OpRef { op: 1, attempt: 1 },
        command,
        connection: Some("411f0b00".to_owned()),
        server_call: None,
        repeat_id: UUID.parse().unwrap(),
        first_sent: 1_795_183_200_000,
        callback_uri: "https://app.example/callbacks/c/m".to_owned(),
    }
}

fn answer() -> Command {
    Command::Answer { context: "eyJ".into() }
}

/// One request off the socket: head and body.
async fn read_request(socket: &mut TcpStream) -> (String, String) {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").map_or(0, |length| length.parse::<usize>().unwrap());
            if body.len() >= length {
                return (head.to_owned(), body.to_owned());
            }
        }
        assert_ne!(socket.read_buf(&mut bytes).await.unwrap(), 0, "the client went away");
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().filter_map(|line| line.split_once(": ")).find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v)
}

/// A server for one connection: reads one request, writes `reply`, says what it read and whether more came.
async fn serve(reply: &'static str) -> (String, JoinHandle<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let read = read_request(&mut socket).await;
        socket.write_all(reply.as_bytes()).await.unwrap();
        drop(socket);
        let again = tokio::time::timeout(Duration::from_millis(100), listener.accept()).await;
        assert!(again.is_err(), "one attempt is one request");
        read
    });
    (endpoint, server)
}

async fn outcome(reply: &'static str, command: Command) -> Outcome {
    let (endpoint, server) = serve(reply).await;
    let outcome = Client::new(Settings::of_a_test(&endpoint)).unwrap().send(request(command)).await;
    server.await.unwrap();
    outcome
}

#[tokio::test]
async fn a_repeatable_request_is_signed_and_carries_its_id() {
    let (endpoint, server) =
        serve("HTTP/1.1 200 OK\r\ncontent-length: 29\r\n\r\n{\"callConnectionId\":\"411f\"}  ").await;
    let outcome = Client::new(Settings::of_a_test(&endpoint)).unwrap().send(request(answer())).await;
    let facts = Facts { connection: Some("411f".to_owned()), ..Facts::default() };
    assert_eq!(outcome, Outcome::Definite(Answer::Accepted(facts)));

    let (head, body) = server.await.unwrap();
    let path_and_query = "/calling/callConnections:answer?api-version=2026-03-12";
    assert_eq!(head.lines().next(), Some(format!("POST {path_and_query} HTTP/1.1").as_str()));
    assert_eq!(header(&head, "repeatability-request-id"), Some(UUID));
    assert_eq!(header(&head, "repeatability-first-sent"), Some("Fri, 20 Nov 2026 14:00:00 GMT"));
    assert_eq!(header(&head, "content-type"), Some("application/json"));
    let host = header(&head, "host").unwrap();
    assert_eq!(format!("http://{host}"), endpoint);
    let date = header(&head, "x-ms-date").unwrap();
    let signable = Signable { method: "POST", path_and_query, host, date, body: body.as_bytes() };
    let signer = Signer::new(AccessKey::parse(TEST_KEY).unwrap());
    assert!(signer.verify(&signable, header(&head, "authorization").unwrap()));
    assert_eq!(header(&head, "x-ms-content-sha256"), Some(signer.sign(&signable).content_hash.as_str()));
}

#[tokio::test]
async fn an_odd_connection_id_is_signed_as_it_is_sent() {
    let (endpoint, server) = serve("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await;
    let play = Command::Play { media: Vec::new(), to: Vec::new(), looped: true, interrupt: false };
    let odd = Request { connection: Some("4:+1'é^|[x]".to_owned()), ..request(play) };
    let outcome = Client::new(Settings::of_a_test(&endpoint)).unwrap().send(odd).await;
    assert_eq!(outcome, Outcome::Definite(Answer::Accepted(Facts::default())));
    let (head, body) = server.await.unwrap();
    let path_and_query = head.lines().next().unwrap().split(' ').nth(1).unwrap();
    assert!(path_and_query.contains("4%3A%2B1%27%C3%A9%5E%7C%5Bx%5D:play"), "{path_and_query}");
    let (host, date) = (header(&head, "host").unwrap(), header(&head, "x-ms-date").unwrap());
    let signable = Signable { method: "POST", path_and_query, host, date, body: body.as_bytes() };
    assert!(
        Signer::new(AccessKey::parse(TEST_KEY).unwrap()).verify(&signable, header(&head, "authorization").unwrap())
    );
    assert_eq!(header(&head, "repeatability-request-id"), None);
}

#[tokio::test]
async fn answers_are_classified() {
    let refused = |code, sub| Outcome::Definite(Answer::Refused { code: Code::new(code, sub) });
    let body =
        "HTTP/1.1 400 Bad Request\r\ncontent-length: 45\r\n\r\n{\"error\":{\"code\":\"8523\",\"message\":\"late\"}}   ";
    assert_eq!(outcome(body, answer()).await, refused(400, 8523));
    let busy = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 3\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(outcome(busy, answer()).await, Outcome::Throttled { after_ms: 3_000 });
    let broken = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(outcome(broken, answer()).await, Outcome::Unknown);
    let moved = "HTTP/1.1 307 Moved\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(outcome(moved, answer()).await, Outcome::Unknown);
    let cut_short = "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"callConnectionId\":\"411f\"}";
    assert_eq!(outcome(cut_short, answer()).await, Outcome::Definite(Answer::Accepted(Facts::default())));
    let gone = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
    let ended = Facts { state: Some(ConnectionState::Disconnected), ..Facts::default() };
    assert_eq!(outcome(gone, Command::HangUp).await, Outcome::Definite(Answer::Accepted(ended)));
}

fn paged(people: &str, next: &str) -> String {
    let body = format!(r#"{{"value":[{people}],"nextLink":{next}}}"#);
    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// What comes of asking who is there, and the request lines of all that was asked.
async fn listed(replies: impl Fn(&str) -> Vec<String>) -> (Outcome, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let replies = replies(&endpoint);
    let server = tokio::spawn(async move {
        let mut asked = Vec::new();
        for reply in replies {
            let (mut socket, _) = listener.accept().await.unwrap();
            let (head, _) = read_request(&mut socket).await;
            let path_and_query = head.split(' ').nth(1).unwrap();
            let (host, date) = (header(&head, "host").unwrap(), header(&head, "x-ms-date").unwrap());
            let signable = Signable { method: "GET", path_and_query, host, date, body: b"" };
            let signer = Signer::new(AccessKey::parse(TEST_KEY).unwrap());
            assert!(signer.verify(&signable, header(&head, "authorization").unwrap()), "each page is signed");
            asked.push(path_and_query.to_owned());
            socket.write_all(reply.as_bytes()).await.unwrap();
        }
        asked
    });
    let outcome = Client::new(Settings::of_a_test(&endpoint)).unwrap().send(request(Command::ListParticipants)).await;
    (outcome, server.await.unwrap())
}

#[tokio::test]
async fn who_is_there_is_asked_page_by_page() {
    let person = |id: &str| format!(r#"{{"identifier":{{"rawId":"{id}"}},"isMuted":false,"isOnHold":false}}"#);
    let (outcome, asked) = listed(|endpoint| {
        vec![
            paged(&person("8:acs:a"), &format!(r#""{endpoint}/next?page=2&api-version=x""#)),
            paged("", r#""/next?page=3""#),
            paged(&person("8:acs:b"), "null"),
        ]
    })
    .await;
    let Outcome::Definite(Answer::Accepted(facts)) = outcome else { panic!("{outcome:?}") };
    let people: Vec<Hidden<String>> = facts.beside().people.iter().map(|present| present.id.clone()).collect();
    assert_eq!(people, ["8:acs:a", "8:acs:b"]);
    assert_eq!(asked[1..], ["/next?page=2&api-version=x", "/next?page=3"]);
}

#[tokio::test]
async fn part_of_a_list_is_no_answer() {
    let busy = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 3\r\ncontent-length: 0\r\n\r\n";
    let (outcome, _) = listed(|_| vec![paged("", r#""/next""#), busy.to_owned()]).await;
    assert_eq!(outcome, Outcome::Throttled { after_ms: 3_000 });
    let (outcome, asked) = listed(|_| vec![paged("", r#""https://b.example/next""#)]).await;
    assert_eq!(outcome, Outcome::Definite(Answer::Refused { code: Code::new(400, 8523) }));
    assert_eq!(asked.len(), 1);
    let (outcome, asked) = listed(|_| vec![paged("", r#""/next""#); MOST_PAGES]).await;
    assert_eq!(outcome, Outcome::Definite(Answer::Refused { code: Code::new(400, 8523) }));
    assert_eq!(asked.len(), MOST_PAGES);
}

#[tokio::test]
async fn a_token_in_place_of_a_signature() {
    let (endpoint, server) = serve("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await;
    let with =
        |refused| Settings { credential: Credential::Entra(Entra::stub(refused)), ..Settings::of_a_test(&endpoint) };
    // Without a token nothing goes out.
    let client = Client::new(with(true)).unwrap();
    assert_eq!(client.send(request(Command::CancelMedia)).await, Outcome::NotNow { after_ms: 1_000 });
    let client = Client::new(with(false)).unwrap();
    assert!(matches!(client.send(request(Command::CancelMedia)).await, Outcome::Definite(_)));
    let (head, _) = server.await.unwrap();
    assert_eq!(header(&head, "authorization"), Some("Bearer token-1"));
    assert_eq!((header(&head, "x-ms-date"), header(&head, "x-ms-content-sha256")), (None, None));
}

#[tokio::test]
async fn a_connection_lost_after_sending_leaves_the_outcome_open() {
    assert_eq!(outcome("", answer()).await, Outcome::Unknown);
    assert_eq!(outcome("HTTP/1.1 20", answer()).await, Outcome::Unknown);
}

#[tokio::test]
async fn no_answer_in_time_leaves_the_outcome_open() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let client = Client::timed(Settings::of_a_test(&endpoint), Duration::from_millis(200)).unwrap();
    assert_eq!(client.send(request(answer())).await, Outcome::Unknown);
    drop(listener);
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_later() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::new(Settings::of_a_test(&endpoint)).unwrap();
    assert_eq!(client.send(request(answer())).await, Outcome::NotNow { after_ms: 500 });
}

#[tokio::test]
async fn a_mid_call_request_without_a_connection_is_refused() {
    let client = Client::new(Settings::of_a_test("http://127.0.0.1:1")).unwrap();
    let outcome = client.send(Request { connection: None, ..request(Command::CancelMedia) }).await;
    assert_eq!(outcome, Outcome::Definite(Answer::Refused { code: Code::new(400, 8501) }));
}

#[test]
fn dates_are_rfc_1123() {
    let at = jiff::Timestamp::from_millisecond(1_795_183_200_999).unwrap();
    assert_eq!(http_date(at), "Fri, 20 Nov 2026 14:00:00 GMT");
    let early = jiff::Timestamp::from_millisecond(1_793_491_199_000).unwrap();
    assert_eq!(http_date(early), "Sat, 31 Oct 2026 23:59:59 GMT");
}

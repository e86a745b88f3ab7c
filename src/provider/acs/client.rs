//! The HTTPS client: one attempt at one request, signed or with a token, classified. Never retries and never follows anybody
//! elsewhere; of a list in pages it asks for one after the other.

pub mod file;

use crate::machine::command::{Class, Command};
use crate::machine::event::{Answer, Facts, Said};
use crate::platform::codes::refusal;
use crate::platform::limits;
use crate::platform::operations::Method;
use crate::provider::acs::auth::entra::Entra;
use crate::provider::acs::auth::{AccessKey, Signable, Signer};
use crate::provider::acs::from_wire::pages::{self, MOST_PAGES, Next};
use crate::provider::acs::from_wire::response::{Reply, classify_as};
use crate::provider::acs::to_wire::{Site, WireRequest, first, to_wire};
use crate::provider::{Outcome, Provider, Request};
use jiff::Timestamp;
use reqwest::Url;
use reqwest::header;
use std::net::Ipv4Addr;
use std::time::Duration;

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest time for a whole attempt, answer included.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait after a connection that did not come about, in milliseconds.
const REFUSED_RETRY_MS: u64 = 500;

/// How long to wait when there is no token, in milliseconds.
const NO_TOKEN_RETRY_MS: u64 = 1_000;

/// How requests say who sends them.
#[derive(Clone, Debug)]
pub enum Credential {
    /// Signed with the resource's access key.
    Key(Box<AccessKey>),
    /// By a token of Entra ID.
    Entra(Entra),
}

/// What a client has to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Scheme, host and port of the resource.
    pub endpoint: String,
    /// How requests say who sends them.
    pub credential: Credential,
    /// The api-version spoken.
    pub api_version: String,
    /// The AI resource named at set-up of a call.
    pub ai_endpoint: Option<String>,
    /// Where streams of a call's media go: `wss://…`.
    pub streaming_url: Option<String>,
    /// Where transcriptions go: `wss://…`.
    pub transcription_url: Option<String>,
    /// Where the platform reaches this service.
    pub public_url: String,
    /// The communication user that places calls, in the api-versions that ask for one.
    pub calling_user: Option<String>,
}

/// Why there can be no client.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The endpoint cannot be read as an address of a host.
    #[error("the endpoint `{endpoint}` is no address of a host: {reason}")]
    Endpoint {
        /// The endpoint.
        endpoint: String,
        /// What is wrong.
        reason: String,
    },
    /// Plain http to another machine.
    #[error(
        "the endpoint `{endpoint}` is not https; plain http is for this machine alone (127.0.0.1, [::1], localhost)"
    )]
    Plain {
        /// The endpoint.
        endpoint: String,
    },
    /// TLS or the client could not be set up.
    #[error("the HTTPS client cannot be set up: {0}")]
    Tls(String),
}

/// A credential, ready for requests.
#[derive(Clone, Debug)]
enum Proof {
    Signer(Box<Signer>),
    Entra(Entra),
}

/// Carries requests to one resource.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    proof: Proof,
    /// Scheme, host and port without a trailing slash.
    origin: String,
    /// The Host header as it is sent and signed.
    host: String,
    site: Site,
}

impl Client {
    /// A client for one resource.
    ///
    /// # Errors
    /// When the endpoint is unusable or TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Client, Error> {
        Client::timed(settings, TOTAL_TIMEOUT)
    }

    /// A client whose attempts take at most `total`.
    fn timed(settings: Settings, total: Duration) -> Result<Client, Error> {
        let (origin, host) = origin(&settings.endpoint)?;
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(total)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .user_agent(concat!("flowc/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Error::Tls(error.to_string()))?;
        let Settings { endpoint: _, credential, api_version, ai_endpoint, public_url, .. } = settings;
        let Settings { streaming_url, transcription_url, calling_user, .. } = settings;
        let site = Site { api_version, ai_endpoint, streaming_url, transcription_url, public_url, calling_user };
        let proof = match credential {
            Credential::Key(key) => Proof::Signer(Box::new(Signer::new(*key))),
            Credential::Entra(entra) => Proof::Entra(entra),
        };
        Ok(Client { http, proof, origin, host, site })
    }

    /// One attempt at a request that is ready for the wire, and at the pages that follow its answer.
    async fn attempt(&self, request: &Request, wire: WireRequest) -> Outcome {
        let (operation, version, form) = (wire.operation, wire.version, wire.form);
        let (mut wire, mut before): (_, Option<Facts>) = (wire, None);
        for _ in 0..MOST_PAGES {
            let (outcome, body) = self.page(request, wire).await;
            let outcome = pages::joined(before, outcome);
            let (facts, path) = match (outcome, pages::next(operation, &body, &self.origin)) {
                (Outcome::Definite(Answer::Accepted(facts)), Next::Page(path)) => (facts, path),
                (Outcome::Definite(Answer::Accepted(_)), Next::Astray) => break,
                (outcome, _) => return outcome,
            };
            before = Some(facts);
            wire = WireRequest { operation, version, form, path_and_query: path, body: None };
        }
        tracing::warn!(?operation, "the platform's list has no end that can be reached");
        Outcome::Definite(Answer::Refused { code: refusal::INVALID })
    }

    /// One attempt in the form of one of the first generations, and before it what the request cannot say itself. They do not
    /// recognise a request that is made again: one whose fate is unknown stays unknown.
    async fn attempt_first(&self, request: &Request, wire: WireRequest) -> Outcome {
        let before =
            first::before(request, &self.site).and_then(|before| Some((to_wire(&before, &self.site).ok()?, before)));
        if let Some((wire, before)) = before {
            match self.attempt(&before, wire).await {
                Outcome::Definite(_) => {}
                open => return open,
            }
        }
        match (self.attempt(request, wire).await, request.command.class()) {
            (Outcome::Unknown, Class::Repeatable) => Outcome::Definite(Answer::Unknown),
            (outcome, _) => only_played(request, outcome),
        }
    }

    /// One exchange: what came of it, and the body of the answer.
    async fn page(&self, request: &Request, wire: WireRequest) -> (Outcome, Vec<u8>) {
        let (method, sent) = (wire.method(), wire.body.as_deref().unwrap_or_default());
        let proof = match self.proof(method.as_str(), &wire.path_and_query, sent).await {
            Ok(proof) => proof,
            Err(reason) => {
                tracing::warn!(reason, "there is no token for the platform");
                return (Outcome::NotNow { after_ms: NO_TOKEN_RETRY_MS }, Vec::new());
            }
        };
        let built = match self.build(request, &wire, proof) {
            Ok(built) => built,
            Err(error) => return (not_sent(&error), Vec::new()),
        };
        let mut response = match self.http.execute(built).await {
            Ok(response) => response,
            Err(error) if error.is_connect() || error.is_builder() => return (not_sent(&error), Vec::new()),
            // It may have arrived and been carried out.
            Err(_) => return (Outcome::Unknown, Vec::new()),
        };
        let status = response.status().as_u16();
        let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.map(str::to_owned);
        let body = body(&mut response).await;
        let reply = Reply { status, retry_after: retry_after.as_deref(), body: &body };
        (classify_as(wire.operation, wire.is_success(status), &reply, Timestamp::now().as_millisecond()), body)
    }

    /// The headers that say who sends a request.
    async fn proof(
        &self,
        method: &str,
        path_and_query: &str,
        body: &[u8],
    ) -> Result<Vec<(&'static str, String)>, String> {
        match &self.proof {
            Proof::Entra(entra) => Ok(vec![("authorization", format!("Bearer {}", entra.token().await?))]),
            Proof::Signer(signer) => {
                let date = http_date(Timestamp::now());
                let signed = signer.sign(&Signable { method, path_and_query, host: &self.host, date: &date, body });
                Ok(vec![
                    ("x-ms-date", date),
                    ("x-ms-content-sha256", signed.content_hash),
                    ("authorization", signed.authorization),
                ])
            }
        }
    }

    /// The HTTP request.
    fn build(
        &self,
        request: &Request,
        wire: &WireRequest,
        proof: Vec<(&'static str, String)>,
    ) -> Result<reqwest::Request, reqwest::Error> {
        let url = format!("{}{}", self.origin, wire.path_and_query);
        let mut http = self.http.request(method(wire.method()), url).header(header::ACCEPT, "application/json");
        for (name, value) in proof {
            http = http.header(name, value);
        }
        if wire.is_repeatable() {
            let first_sent = Timestamp::from_millisecond(request.first_sent).unwrap_or(Timestamp::UNIX_EPOCH);
            http = http
                .header("Repeatability-Request-ID", request.repeat_id.to_string())
                .header("Repeatability-First-Sent", http_date(first_sent));
        }
        match &wire.body {
            Some(body) => http.header(header::CONTENT_TYPE, "application/json").body(body.clone()).build(),
            None => http.build(),
        }
    }
}

impl Provider for Client {
    async fn send(&self, request: Request) -> Outcome {
        match to_wire(&request, &self.site) {
            Ok(wire) if wire.form.is_some() => self.attempt_first(&request, wire).await,
            Ok(wire) => self.attempt(&request, wire).await,
            Err(error) => only_played(&request, error.outcome()),
        }
    }
}

/// A question that was taken, where the platform only plays it.
fn only_played(request: &Request, outcome: Outcome) -> Outcome {
    match (&request.command, outcome) {
        (Command::Recognize { .. }, Outcome::Definite(Answer::Accepted(facts))) => {
            let said = Said { only_plays: true, ..facts.beside() };
            Outcome::Definite(Answer::Accepted(Facts { said: Some(Box::new(said)), ..facts }))
        }
        (_, outcome) => outcome,
    }
}

/// Certainly nothing went out.
fn not_sent(error: &reqwest::Error) -> Outcome {
    // The innermost cause: the outer ones repeat the address, which holds a call's connection id.
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    tracing::warn!(%cause, "the platform cannot be reached");
    Outcome::NotNow { after_ms: REFUSED_RETRY_MS }
}

/// The body as far as it may be read; empty where it is too large or breaks off, as status alone then has to do.
async fn body(response: &mut reqwest::Response) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await.inspect_err(|_| whole.clear()) {
        if whole.len() + chunk.len() > limits::BODY_BYTES {
            return Vec::new();
        }
        whole.extend_from_slice(&chunk);
    }
    whole
}

/// The origin and the Host header of an endpoint; https, or plain http to this machine.
fn origin(endpoint: &str) -> Result<(String, String), Error> {
    let unusable = |reason: &str| Error::Endpoint { endpoint: endpoint.to_owned(), reason: reason.to_owned() };
    let url = Url::parse(endpoint).map_err(|error| unusable(&error.to_string()))?;
    let name = url.host_str().filter(|name| !name.is_empty()).ok_or_else(|| unusable("it has no host"))?;
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(unusable("it has more than scheme, host and port"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unusable("it has a user name or password"));
    }
    let this_machine = name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    let loopback = this_machine || name == "localhost" || name == "[::1]";
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return Err(Error::Plain { endpoint: endpoint.to_owned() }),
        _ => return Err(unusable("its scheme is neither https nor http")),
    }
    let host = url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
    Ok((format!("{}://{host}", url.scheme()), host))
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Delete => reqwest::Method::DELETE,
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
    }
}

/// RFC 1123 in GMT, `Fri, 20 Nov 2026 14:00:00 GMT`.
fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use crate::machine::command::{Command, OpRef};
    use crate::machine::event::{Answer, ConnectionState, Facts};
    use crate::platform::codes::Code;
    use crate::provider::acs::auth::entra::Entra;
    use crate::provider::acs::auth::{AccessKey, Signable, Signer};
    use crate::provider::acs::client::{Client, Credential, Error, Settings, http_date, origin};
    use crate::provider::acs::from_wire::pages::MOST_PAGES;
    use crate::provider::{Outcome, Provider, Request};
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::task::JoinHandle;

    const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    const UUID: &str = "a5a1e2f0-0f1e-4c3b-8a2d-111213141516";

    fn settings(endpoint: &str) -> Settings {
        Settings {
            endpoint: endpoint.to_owned(),
            credential: Credential::Key(Box::new(AccessKey::parse(KEY).unwrap())),
            api_version: "2026-03-12".to_owned(),
            ai_endpoint: None,
            streaming_url: None,
            transcription_url: None,
            public_url: "https://app.example".to_owned(),
            calling_user: None,
        }
    }

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
        Command::Answer { context: "eyJ".to_owned() }
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
        head.lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
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
        let outcome = Client::new(settings(&endpoint)).unwrap().send(request(command)).await;
        server.await.unwrap();
        outcome
    }

    #[tokio::test]
    async fn a_repeatable_request_is_signed_and_carries_its_id() {
        let (endpoint, server) =
            serve("HTTP/1.1 200 OK\r\ncontent-length: 29\r\n\r\n{\"callConnectionId\":\"411f\"}  ").await;
        let outcome = Client::new(settings(&endpoint)).unwrap().send(request(answer())).await;
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
        let signer = Signer::new(AccessKey::parse(KEY).unwrap());
        assert!(signer.verify(&signable, header(&head, "authorization").unwrap()));
        assert_eq!(header(&head, "x-ms-content-sha256"), Some(signer.sign(&signable).content_hash.as_str()));
    }

    #[tokio::test]
    async fn an_odd_connection_id_is_signed_as_it_is_sent() {
        let (endpoint, server) = serve("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await;
        let play = Command::Play { media: Vec::new(), to: Vec::new(), looped: true, interrupt: false };
        let odd = Request { connection: Some("4:+1'é^|[x]".to_owned()), ..request(play) };
        let outcome = Client::new(settings(&endpoint)).unwrap().send(odd).await;
        assert_eq!(outcome, Outcome::Definite(Answer::Accepted(Facts::default())));
        let (head, body) = server.await.unwrap();
        let path_and_query = head.lines().next().unwrap().split(' ').nth(1).unwrap();
        assert!(path_and_query.contains("4%3A%2B1%27%C3%A9%5E%7C%5Bx%5D:play"), "{path_and_query}");
        let (host, date) = (header(&head, "host").unwrap(), header(&head, "x-ms-date").unwrap());
        let signable = Signable { method: "POST", path_and_query, host, date, body: body.as_bytes() };
        assert!(Signer::new(AccessKey::parse(KEY).unwrap()).verify(&signable, header(&head, "authorization").unwrap()));
        assert_eq!(header(&head, "repeatability-request-id"), None);
    }

    #[tokio::test]
    async fn answers_are_classified() {
        let refused = |code, sub| Outcome::Definite(Answer::Refused { code: Code::new(code, sub) });
        let body = "HTTP/1.1 400 Bad Request\r\ncontent-length: 45\r\n\r\n{\"error\":{\"code\":\"8523\",\"message\":\"late\"}}   ";
        assert_eq!(outcome(body, answer()).await, refused(400, 8523));
        let busy = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 3\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(outcome(busy, answer()).await, Outcome::NotNow { after_ms: 3_000 });
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
                let signer = Signer::new(AccessKey::parse(KEY).unwrap());
                assert!(signer.verify(&signable, header(&head, "authorization").unwrap()), "each page is signed");
                asked.push(path_and_query.to_owned());
                socket.write_all(reply.as_bytes()).await.unwrap();
            }
            asked
        });
        let outcome = Client::new(settings(&endpoint)).unwrap().send(request(Command::ListParticipants)).await;
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
        let people: Vec<String> = facts.beside().people.iter().map(|present| present.id.clone()).collect();
        assert_eq!(people, ["8:acs:a", "8:acs:b"]);
        assert_eq!(asked[1..], ["/next?page=2&api-version=x", "/next?page=3"]);
    }

    #[tokio::test]
    async fn part_of_a_list_is_no_answer() {
        let busy = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 3\r\ncontent-length: 0\r\n\r\n";
        let (outcome, _) = listed(|_| vec![paged("", r#""/next""#), busy.to_owned()]).await;
        assert_eq!(outcome, Outcome::NotNow { after_ms: 3_000 });
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
        let with = |refused| Settings { credential: Credential::Entra(Entra::stub(refused)), ..settings(&endpoint) };
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
        let client = Client::timed(settings(&endpoint), Duration::from_millis(200)).unwrap();
        assert_eq!(client.send(request(answer())).await, Outcome::Unknown);
        drop(listener);
    }

    #[tokio::test]
    async fn a_refused_connection_is_tried_again_later() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let client = Client::new(settings(&endpoint)).unwrap();
        assert_eq!(client.send(request(answer())).await, Outcome::NotNow { after_ms: 500 });
    }

    #[tokio::test]
    async fn a_mid_call_request_without_a_connection_is_refused() {
        let client = Client::new(settings("http://127.0.0.1:1")).unwrap();
        let outcome = client.send(Request { connection: None, ..request(Command::CancelMedia) }).await;
        assert_eq!(outcome, Outcome::Definite(Answer::Refused { code: Code::new(400, 8501) }));
    }

    #[test]
    fn endpoints() {
        for (endpoint, expected, host) in [
            (
                "https://Contoso.communication.azure.com/",
                "https://contoso.communication.azure.com",
                "contoso.communication.azure.com",
            ),
            ("https://a.example:443", "https://a.example", "a.example"),
            ("https://a.example:8443", "https://a.example:8443", "a.example:8443"),
            ("http://127.0.0.1:8077", "http://127.0.0.1:8077", "127.0.0.1:8077"),
            ("http://[::1]:8077", "http://[::1]:8077", "[::1]:8077"),
            ("http://localhost", "http://localhost", "localhost"),
        ] {
            assert_eq!(origin(endpoint).unwrap(), (expected.to_owned(), host.to_owned()));
        }
        for plain in ["http://a.example", "http://127.evil.example", "http://localhost.evil.example", "http://10.0.0.1"]
        {
            assert!(matches!(origin(plain), Err(Error::Plain { .. })), "{plain}");
        }
        for bad in [
            "a.example",
            "ftp://a.example",
            "https://",
            "https://a.example/x",
            "https://a.example?x",
            "https://u:p@a.example",
        ] {
            assert!(matches!(origin(bad), Err(Error::Endpoint { .. })), "{bad}");
        }
    }

    #[test]
    fn dates_are_rfc_1123() {
        let at = jiff::Timestamp::from_millisecond(1_795_183_200_999).unwrap();
        assert_eq!(http_date(at), "Fri, 20 Nov 2026 14:00:00 GMT");
        let early = jiff::Timestamp::from_millisecond(1_793_491_199_000).unwrap();
        assert_eq!(http_date(early), "Sat, 31 Oct 2026 23:59:59 GMT");
    }
}

//! The attacks: on addresses, by methods, by secrets, on the API. Each but for one thing is a request that would be taken.

use crate::server::forged_tests::house::{ADMIN, House, Known};
use crate::server::forged_tests::tokens;
use crate::server::full_tests::{ended, rings};
use crate::server::signed_tests::SECRET;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Stands in every body; no log may have it, and no answer.
pub(super) const MARK: &str = "a-mark-that-nobody-repeats";

const UNKNOWN: &[u16] = &[401];
const NOWHERE: &[u16] = &[404];
const METHOD: &[u16] = &[405];
/// Refused by the reader of HTTP, or by the address.
const BROKEN: &[u16] = &[400, 401, 404, 405, 414, 431];

/// Which of the two services: where Event Grid has a secret, or a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    Secret,
    Token,
}

/// One request, and the statuses it may get.
#[derive(Clone, Debug)]
pub(super) struct Attack {
    pub(super) name: String,
    pub(super) door: Door,
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
    pub(super) wanted: &'static [u16],
}

impl Attack {
    fn new(name: &str, method: &str, target: &str) -> Attack {
        Attack {
            name: name.to_owned(),
            door: Door::Secret,
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: serde_json::json!({ "flow": "hi", "to": MARK }).to_string(),
            wanted: UNKNOWN,
        }
    }

    /// The end of the line, told at the address of a call; without a token.
    pub(super) fn callback(name: &str, known: &Known) -> Attack {
        let mut told = ended();
        told[0]["id"] = MARK.into();
        let target = format!("/callbacks/{}/{}", known.call, known.mac);
        Attack { body: told.to_string(), ..Attack::new(name, "POST", &target) }
    }

    /// A call that rings, without a secret.
    pub(super) fn event(name: &str) -> Attack {
        Attack { body: rings(MARK).to_string(), ..Attack::new(name, "POST", "/events/incoming") }
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Attack {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn target(self, target: impl Into<String>) -> Attack {
        Attack { target: target.into(), ..self }
    }

    fn method(self, method: &str) -> Attack {
        Attack { method: method.to_owned(), ..self }
    }

    fn wanted(self, wanted: &'static [u16]) -> Attack {
        Attack { wanted, ..self }
    }

    /// As it stands on the wire.
    pub(super) fn raw(&self) -> Vec<u8> {
        let mut raw = format!("{} {} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            raw.push_str(&format!("{name}: {value}\r\n"));
        }
        raw.push_str(&format!("content-length: {}\r\n\r\n{}", self.body.len(), self.body));
        raw.into_bytes()
    }
}

pub(super) fn all(house: &House) -> Vec<Attack> {
    let mut all = macs(house);
    all.extend(paths(house));
    all.extend(methods(house));
    all.extend(signed(house));
    all.extend(secrets());
    all.extend(bodies(house));
    all.extend(api(house));
    all
}

/// MACs that are not this call's, each with a good token.
fn macs(house: &House) -> Vec<Attack> {
    let [known, other] = &house.calls;
    let (call, mac) = (&known.call, known.mac.as_str());
    let bytes: Vec<u8> = (0..16).map(|at| u8::from_str_radix(&mac[2 * at..2 * at + 2], 16).expect("hex")).collect();
    let mut wrong: Vec<(String, String)> = Vec::new();
    for place in 0..mac.len() {
        let flipped = |(at, digit): (usize, char)| {
            let value = digit.to_digit(16).expect("hex") ^ u32::from(at == place);
            char::from_digit(value, 16).expect("a digit")
        };
        wrong.push((format!("digit {place} has a bit flipped"), mac.chars().enumerate().map(flipped).collect()));
    }
    for length in [0, 1, 8, 16, 30, 31] {
        wrong.push((format!("cut to {length}"), mac[..length].to_owned()));
    }
    let inverted: String = bytes.iter().map(|byte| format!("{:02x}", !byte)).collect();
    let swapped: String = bytes.iter().map(|byte| format!("{:02x}", byte.rotate_left(4))).collect();
    let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).expect("a wide letter");
    for (name, mac) in [
        ("the MAC of another call", other.mac.clone()),
        ("upper case", format!("{}A", &mac[..31]).to_uppercase()),
        ("a digit more", format!("{mac}0")),
        ("a digit before", format!("0{mac}")),
        ("twice", format!("{mac}{mac}")),
        ("both MACs", format!("{mac},{}", other.mac)),
        ("0x before", format!("0x{mac}")),
        ("quoted", format!("%22{mac}%22")),
        ("with dashes", format!("{}-{}", &mac[..16], &mac[16..])),
        ("all zeros", "0".repeat(32)),
        ("all ones", "f".repeat(32)),
        ("bits inverted", inverted),
        ("nibbles swapped", swapped),
        ("backwards", mac.chars().rev().collect()),
        ("base64", STANDARD.encode(&bytes).replace('/', "%2f")),
        ("base64 for addresses", URL_SAFE_NO_PAD.encode(&bytes)),
        ("base64 of the digits", URL_SAFE_NO_PAD.encode(mac)),
        ("its first digit encoded", format!("%{:02x}{}", mac.as_bytes()[0], &mac[1..])),
        ("all digits encoded", mac.bytes().map(|byte| format!("%{byte:02X}")).collect()),
        ("encoded twice", format!("%25{:02x}{}", mac.as_bytes()[0], &mac[1..])),
        ("a zero byte behind it", format!("{mac}%00")),
        ("a space behind it", format!("{mac}%20")),
        ("a line break behind it", format!("{mac}%0d%0a")),
        ("a dot behind it", format!("{mac}.")),
        ("a parameter of the path", format!("{mac};v=1")),
        ("a wildcard", "*".to_owned()),
        ("a wildcard of SQL", "%25".to_owned()),
        ("a condition", "'%20OR%20'1'='1".to_owned()),
        ("null", "null".to_owned()),
        ("its call", call.clone()),
    ] {
        wrong.push((name.to_owned(), mac));
    }
    // Letters beyond ASCII are for the reader of HTTP to refuse, or for the MAC.
    let wide = (format!("wide digits: {}", mac.len()), mac.chars().map(wide).collect::<String>());
    let attack = |(name, mac): (String, String)| {
        let attack = Attack::callback(&format!("MAC: {name}"), known).header("authorization", &house.good);
        attack.target(format!("/callbacks/{call}/{mac}"))
    };
    let mut all: Vec<Attack> = wrong.into_iter().map(attack).collect();
    all.push(attack(wide).wanted(BROKEN));
    all
}

/// Other ways to write the address, each with the right MAC and a good token.
fn paths(house: &House) -> Vec<Attack> {
    let [known, other] = &house.calls;
    let (call, mac) = (&known.call, &known.mac);
    let first = call.as_bytes()[0];
    let mut all = Vec::new();
    for (name, target, wanted) in [
        ("the other call", format!("/callbacks/{}/{mac}", other.call), UNKNOWN),
        ("a call that is none", format!("/callbacks/nobody/{mac}"), UNKNOWN),
        ("no call", format!("/callbacks//{mac}"), UNKNOWN),
        ("the call with its first letter encoded", format!("/callbacks/%{first:02x}{}/{mac}", &call[1..]), UNKNOWN),
        ("the call in upper case", format!("/callbacks/X{}/{mac}", call.to_uppercase()), UNKNOWN),
        ("a zero byte behind the call", format!("/callbacks/{call}%00/{mac}"), UNKNOWN),
        ("a space behind the call", format!("/callbacks/{call}%20/{mac}"), UNKNOWN),
        ("a line break in the call", format!("/callbacks/{call}%0a{}/{mac}", other.call), UNKNOWN),
        ("a parameter behind the call", format!("/callbacks/{call};a=b/{mac}"), UNKNOWN),
        ("call and MAC the wrong way round", format!("/callbacks/{mac}/{call}"), UNKNOWN),
        ("a dot for a call", format!("/callbacks/./{mac}"), UNKNOWN),
        ("two dots for a call", format!("/callbacks/../{mac}"), UNKNOWN),
        ("a slash in the call", format!("/callbacks/x%2f..%2f{call}/{mac}"), UNKNOWN),
        ("no MAC and no slash", format!("/callbacks/{call}"), NOWHERE),
        ("neither", "/callbacks".to_owned(), NOWHERE),
        ("a slash behind it", format!("/callbacks/{call}/{mac}/"), NOWHERE),
        ("two slashes before it", format!("//callbacks/{call}/{mac}"), NOWHERE),
        ("two slashes before the call", format!("/callbacks//{call}/{mac}"), NOWHERE),
        ("two slashes before the MAC", format!("/callbacks/{call}//{mac}"), NOWHERE),
        ("a dot before it", format!("/./callbacks/{call}/{mac}"), NOWHERE),
        ("a dot within", format!("/callbacks/./{call}/{mac}"), NOWHERE),
        ("two dots within", format!("/callbacks/{}/../{call}/{mac}", other.call), NOWHERE),
        ("two dots, encoded", format!("/callbacks/{}/%2e%2e/{call}/{mac}", other.call), NOWHERE),
        ("out of the media", format!("/media/../callbacks/{call}/{mac}"), NOWHERE),
        ("an encoded slash before the MAC", format!("/callbacks/{call}%2f{mac}"), NOWHERE),
        ("encoded slashes", format!("/callbacks%2f{call}%2f{mac}"), NOWHERE),
        ("a slash encoded twice", format!("/callbacks/{call}%252f{mac}"), NOWHERE),
        ("a slash in too many bytes", format!("/callbacks/{call}%c0%af{mac}"), NOWHERE),
        ("a letter encoded", format!("/%63allbacks/{call}/{mac}"), NOWHERE),
        ("upper case", format!("/CALLBACKS/{call}/{mac}"), NOWHERE),
        ("below the API", format!("/api/callbacks/{call}/{mac}"), UNKNOWN),
        ("as a query", format!("/callbacks?call={call}&mac={mac}"), NOWHERE),
        ("another version", format!("/v1/callbacks/{call}/{mac}"), NOWHERE),
        ("backslashes", format!("/callbacks\\{call}\\{mac}"), BROKEN),
        ("without its slash", format!("callbacks/{call}/{mac}"), BROKEN),
        (
            "another host, and the MAC of another call",
            format!("http://x.example/callbacks/{call}/{}", other.mac),
            UNKNOWN,
        ),
        ("a space in it", format!("/callbacks/{call} /{mac}"), BROKEN),
        ("a very long call", format!("/callbacks/{}/{mac}", "a".repeat(20_000)), BROKEN),
    ] {
        let attack = Attack::callback(&format!("address: {name}"), known).header("authorization", &house.good);
        all.push(attack.target(target).wanted(wanted));
    }
    for target in [
        "/events/incoming/",
        "//events/incoming",
        "/events//incoming",
        "/./events/incoming",
        "/events/../events/incoming",
        "/events%2fincoming",
        "/events/incoming%2f",
        "/events/incoming%20",
        "/events/incoming;x",
        "/events/incoming.json",
        "/Events/Incoming",
        "/events/%69ncoming",
        "/events",
        "/events/incoming/x",
    ] {
        let attack = Attack::event(&format!("address: {target}")).header("x-flowc-secret", SECRET);
        all.push(attack.target(target).wanted(NOWHERE));
    }
    all
}

fn methods(house: &House) -> Vec<Attack> {
    let [known, _] = &house.calls;
    let mut all = Vec::new();
    for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "post", "Post", "POSTS"] {
        let callback = Attack::callback(&format!("method: {method}"), known).header("authorization", &house.good);
        all.push(callback.method(method).wanted(METHOD));
        let event = Attack::event(&format!("method: {method} of an event")).header("x-flowc-secret", SECRET);
        all.push(event.method(method).wanted(METHOD));
    }
    let options = Attack::callback("method: OPTIONS", known).header("authorization", &house.good);
    all.push(options.method("OPTIONS").header("webhook-request-origin", "eventgrid.azure.net").wanted(METHOD));
    for method in ["P(ST", "CONNECT", ""] {
        let attack = Attack::callback(&format!("method: `{method}`"), known).header("authorization", &house.good);
        all.push(attack.method(method).wanted(BROKEN));
    }
    for header in ["x-http-method-override", "x-http-method", "x-method-override"] {
        let attack = Attack::callback(&format!("method: {header}"), known).header("authorization", &house.good);
        all.push(attack.method("GET").header(header, "POST").wanted(METHOD));
    }
    let foreign = Attack::event("a handshake of somebody else").method("OPTIONS");
    all.push(foreign.header("webhook-request-origin", "eventgrid.azure.net.evil.example").wanted(&[403]));
    all.push(Attack::event("a handshake of nobody").method("OPTIONS").wanted(&[400]));
    all
}

/// Tokens that are not good, at the address of a call and at Event Grid's.
fn signed(house: &House) -> Vec<Attack> {
    let mut all = Vec::new();
    for (name, headers) in tokens::bad() {
        let call = Attack::callback(&format!("token of a webhook: {name}"), &house.calls[0]);
        let event = Attack { door: Door::Token, ..Attack::event(&format!("token of an event: {name}")) };
        for attack in [call, event] {
            all.push(headers.iter().fold(attack, |attack, (name, value)| attack.header(name, value)));
        }
    }
    all
}

/// Secrets of Event Grid that are not it.
fn secrets() -> Vec<Attack> {
    let length = SECRET.len();
    let alike = SECRET.replace('a', "\u{430}");
    let wrong = [
        ("none", "".to_owned()),
        ("its beginning", SECRET[..length - 1].to_owned()),
        ("its end", SECRET[1..].to_owned()),
        ("longer", format!("{SECRET}x")),
        ("twice", format!("{SECRET}{SECRET}")),
        ("upper case", SECRET.to_uppercase()),
        ("one letter upper case", SECRET.replacen('s', "S", 1)),
        ("quoted", format!("\"{SECRET}\"")),
        ("a list", format!("wrong, {SECRET}")),
        ("a bearer", format!("Bearer {SECRET}")),
        ("base64", STANDARD.encode(SECRET)),
        ("encoded", SECRET.replace('-', "%2d")),
        ("a letter that looks alike", alike.clone()),
        ("a letter of no width", format!("{SECRET}\u{200b}")),
        ("a wildcard", "*".to_owned()),
        ("null", "null".to_owned()),
    ];
    let mut all = Vec::new();
    for (name, secret) in wrong {
        all.push(Attack::event(&format!("secret: {name}")).header("x-flowc-secret", &secret));
    }
    all.push(Attack::event("secret: no header"));
    let twice = Attack::event("secret: two headers, the first wrong").header("x-flowc-secret", "wrong");
    all.push(twice.header("x-flowc-secret", SECRET));
    let elsewhere =
        ["x-secret", "x_flowc_secret", "x-flowc-secret-2", "aeg-sas-key", "api-key", "cookie", "authorization"];
    for header in elsewhere {
        all.push(Attack::event(&format!("secret: in {header}")).header(header, SECRET));
    }
    let double = SECRET.replace('-', "%252d");
    for (name, query) in [
        ("empty", "secret=".to_owned()),
        ("nothing", "secret".to_owned()),
        ("its beginning", format!("secret={}", &SECRET[..length - 1])),
        ("longer", format!("secret={SECRET}x")),
        ("upper case", format!("secret={}", SECRET.to_uppercase())),
        ("twice, the first wrong", format!("secret=wrong&secret={SECRET}")),
        ("another name", format!("Secret={SECRET}")),
        ("a list", format!("secret[]={SECRET}")),
        ("within another", format!("x=secret={SECRET}")),
        ("its sign encoded", format!("secret%3d{SECRET}")),
        ("semicolons", format!("a=b;secret={SECRET}")),
        ("a zero byte", format!("secret={SECRET}%00")),
        ("a space", format!("secret=+{SECRET}")),
        ("encoded twice", format!("secret={double}")),
        ("no UTF-8", format!("secret={SECRET}%ff")),
        ("an escape cut short", format!("secret={SECRET}%2")),
        ("a letter that looks alike", format!("secret={}", alike.replace('\u{430}', "%d0%b0"))),
        ("a token of the API", format!("secret={ADMIN}")),
    ] {
        let attack = Attack::event(&format!("secret in the query: {name}"));
        all.push(attack.target(format!("/events/incoming?{query}")));
    }
    let both = Attack::event("secret: right in the query, wrong in the header").header("x-flowc-secret", "wrong");
    all.push(both.target(format!("/events/incoming?secret={SECRET}")));
    all.push(Attack::event("secret: in the path").target(format!("/events/incoming/{SECRET}")).wanted(NOWHERE));
    all
}

/// Bodies and content types that no right sender would be refused for, from a wrong one: nobody looks at them.
fn bodies(house: &House) -> Vec<Attack> {
    let [known, _] = &house.calls;
    let deep = format!("{}\"{MARK}\"{}", "[".repeat(200), "]".repeat(200));
    let handshake = serde_json::json!([{ "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "id": "1",
        "data": { "validationCode": MARK, "validationUrl": "https://x.example" } }]);
    let mut all = Vec::new();
    for (name, body) in [
        ("no JSON", format!("<event>{MARK}</event>")),
        ("deep", deep),
        ("cut short", format!("[{{\"id\":\"{MARK}\"")),
        ("a number that is too large", format!("[{{\"id\":\"{MARK}\",\"n\":1e999}}]")),
        ("a handshake", handshake.to_string()),
        ("lines of a log", format!("\"{MARK}\"\n2026-01-01 ERROR {MARK}\r\n")),
        ("large", format!("[\"{MARK}{}\"]", " ".repeat(1 << 20))),
    ] {
        let callback = Attack::callback(&format!("body: {name}, without a token"), known);
        all.push(Attack { body: body.clone(), ..callback });
        let mac = Attack::callback(&format!("body: {name}, with a wrong MAC"), known);
        let mac = mac.header("authorization", &house.good).target(format!("/callbacks/{}/wrong", known.call));
        all.push(Attack { body: body.clone(), ..mac });
        let event = Attack::event(&format!("body: {name}, with a wrong secret")).header("x-flowc-secret", "wrong");
        all.push(Attack { body, ..event });
    }
    for content in [
        "application/cloudevents-batch+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/json; charset=utf-7",
    ] {
        let event = Attack::event(&format!("content type: {content}")).header("content-type", content);
        all.push(event.header("x-flowc-secret", "wrong"));
        all.push(
            Attack::callback(&format!("content type of a webhook: {content}"), known).header("content-type", content),
        );
    }
    let packed = Attack::callback("content encoding: gzip", known).header("content-encoding", "gzip");
    all.push(packed);
    all
}

fn api(house: &House) -> Vec<Attack> {
    let call = &house.calls[0].call;
    let mut all = Vec::new();
    for (method, target) in [
        ("GET", "/api/calls".to_owned()),
        ("POST", "/api/calls".to_owned()),
        ("GET", format!("/api/calls/{call}")),
        ("DELETE", format!("/api/calls/{call}")),
        ("GET", format!("/api/calls/{call}/history")),
        ("POST", format!("/api/calls/{call}/hangup")),
        ("POST", format!("/api/calls/{call}/signals")),
        ("GET", "/metrics".to_owned()),
        ("OPTIONS", "/api/calls".to_owned()),
        ("GET", "/api".to_owned()),
        ("GET", "/api/../api/calls".to_owned()),
        ("GET", "/api/openapi.json/../calls".to_owned()),
        ("POST", "/api/openapi.json".to_owned()),
        ("GET", "/api//calls".to_owned()),
        ("GET", "/api/%63alls".to_owned()),
    ] {
        all.push(Attack::new(&format!("API, no token: {method} {target}"), method, &target));
    }
    for target in ["//api/calls", "/API/calls", "/api%2fcalls", "/healthz/../api/calls", "/./api/calls"] {
        let attack = Attack::new(&format!("API, no token: {target}"), "GET", target);
        all.push(attack.wanted(NOWHERE));
    }
    let hang_up = |name: &str| Attack::new(&format!("API: {name}"), "POST", &format!("/api/calls/{call}/hangup"));
    for (name, value) in [
        ("its beginning", format!("Bearer {}", &ADMIN[..ADMIN.len() - 1])),
        ("longer", format!("Bearer {ADMIN}x")),
        ("lower case", format!("Bearer {}", ADMIN.to_lowercase())),
        ("upper case", format!("Bearer {}", ADMIN.to_uppercase())),
        ("empty", "Bearer".to_owned()),
        ("two spaces", format!("Bearer  {ADMIN}")),
        ("a tab", format!("Bearer\t{ADMIN}")),
        ("a scheme in lower case", format!("bearer {ADMIN}")),
        ("no scheme", ADMIN.to_owned()),
        ("another scheme", format!("Token {ADMIN}")),
        ("basic", format!("Basic {}", STANDARD.encode(format!("admin:{ADMIN}")))),
        ("quoted", format!("Bearer \"{ADMIN}\"")),
        ("a list", format!("Bearer x, Bearer {ADMIN}")),
        ("null", "Bearer null".to_owned()),
        ("a token of the platform", house.good.clone()),
        ("the secret of Event Grid", format!("Bearer {SECRET}")),
        ("the MAC of a call", format!("Bearer {}", house.calls[0].mac)),
        ("a letter that looks alike", format!("Bearer {}", ADMIN.replace('e', "\u{435}"))),
    ] {
        all.push(hang_up(name).header("authorization", &value));
    }
    let twice = hang_up("two headers, the first wrong").header("authorization", "Bearer wrong");
    all.push(twice.header("authorization", &format!("Bearer {ADMIN}")));
    for header in ["x-authorization", "proxy-authorization", "cookie", "x-api-key", "x-flowc-secret"] {
        all.push(hang_up(&format!("in {header}")).header(header, &format!("Bearer {ADMIN}")));
    }
    for (header, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-original-url", "/healthz"),
        ("forwarded", "for=127.0.0.1;host=localhost"),
        ("origin", "http://localhost"),
    ] {
        all.push(hang_up(&format!("by {header}")).header(header, value));
    }
    let query = hang_up("in the query");
    let target = format!("{}?access_token={ADMIN}&token={ADMIN}", query.target);
    all.push(query.target(target));
    all
}

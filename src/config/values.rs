//! What the text of one of the service's settings may be: a function a setting, which answers the text as it is used, or what is
//! wrong with it.

use crate::config::service::StoreAddress;
use crate::invoke::reach::Reach;
use crate::platform::identifier::Identifier;
use crate::platform::{limits, versions};
use crate::provider::acs::auth::discovery::is_trusted;
use reqwest::Url;
use std::net::SocketAddr;
use std::path::PathBuf;

pub(super) fn calling_user(text: &str) -> Result<String, String> {
    match Identifier::parse(text) {
        Identifier::AcsUser(id) => Ok(id),
        _ => Err("it is not the id of a communication user".to_owned()),
    }
}

pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}").parse(),
        None => text.parse(),
    }
    .map_err(|_| format!("`{text}` is not an address and a port"))
}

/// The word by which something is switched on, and the one by which it is not.
pub(super) const YES: &str = "yes";
const NO: &str = "no";

pub(super) fn yes_or_no(text: &str) -> Result<String, String> {
    if [YES, NO].contains(&text) { Ok(text.to_owned()) } else { Err(format!("`{text}` is neither {YES} nor {NO}")) }
}

pub(super) fn folder(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("it names no folder".to_owned()) } else { Ok(text.to_owned()) }
}

pub(super) fn discovery_document(text: &str) -> Result<String, String> {
    let url = web_url(text)?;
    if is_trusted(&url) { Ok(text.to_owned()) } else { Err(format!("`{text}` is not an https address")) }
}

pub(super) fn audience(text: &str) -> Result<String, String> {
    let fits = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
    if fits { Ok(text.to_owned()) } else { Err("it is empty or has spaces in it".to_owned()) }
}

pub(super) fn store(text: &str) -> Result<StoreAddress, String> {
    match text.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() && !path.starts_with(":memory:") => {
            Ok(StoreAddress::Sqlite(PathBuf::from(path)))
        }
        Some(("sqlite", _)) => Err("calls must survive a restart: name a file after `sqlite:`".to_owned()),
        Some(("postgres" | "postgresql", _)) => Err("this release keeps calls in SQLite only".to_owned()),
        _ => Err(format!("`{text}` names no kind of store")),
    }
}

pub(super) fn voice(text: &str) -> Result<String, String> {
    if limits::is_voice(text) { Ok(text.to_owned()) } else { Err(format!("`{text}` is not the name of a voice")) }
}

pub(super) fn api_version(text: &str) -> Result<String, String> {
    if versions::is_spoken(text) {
        return Ok(text.to_owned());
    }
    Err(format!("`{text}` is not an api-version that this release speaks ({})", versions::SPOKEN.join(", ")))
}

pub(super) fn ai_endpoint(text: &str) -> Result<String, String> {
    let url = web_url(text)?;
    if url.scheme() == "https" || is_loopback(&url) {
        return Ok(text.to_owned());
    }
    Err(format!("`{text}` is not an https address"))
}

/// The address of a web socket.
pub(super) fn socket_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text).ok().filter(|url| url.host_str().is_some_and(|host| !host.is_empty()));
    match url {
        Some(url) if url.scheme() == "wss" || (url.scheme() == "ws" && is_loopback(&url)) => Ok(text.to_owned()),
        Some(url) if url.scheme() == "ws" => Err(format!("`{text}` is not a wss address")),
        Some(_) | None => Err(format!("`{text}` is not the address of a web socket")),
    }
}

pub(super) fn allow_private(text: &str) -> Result<String, String> {
    Reach::new(text).map(|_| text.to_owned())
}

pub(super) fn public_url(text: &str) -> Result<String, String> {
    let url = web_url(text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("`{text}` has more than a host and a path"));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(format!("`{text}` is not an https address"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// The text is a secret: no message repeats it.
pub(super) fn connection(text: &str) -> Result<String, String> {
    let url = endpoint(text).ok_or("it has no part `endpoint=<URL>`")?;
    if url.scheme() != "https" && !is_loopback(&url) {
        return Err("its endpoint is not an https address".to_owned());
    }
    match part(text, "accesskey") {
        Some(key) if !key.is_empty() => Ok(text.to_owned()),
        _ => Err("it has no part `accesskey=<key>`".to_owned()),
    }
}

pub(super) fn platform_endpoint(text: &str) -> Result<String, String> {
    let url = web_url(text)?;
    if url.scheme() == "https" || is_loopback(&url) {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err(format!("`{text}` is not an https address"))
}

pub(super) fn endpoint(connection: &str) -> Option<Url> {
    web_url(part(connection, "endpoint")?).ok()
}

fn part<'a>(connection: &'a str, name: &str) -> Option<&'a str> {
    connection
        .split(';')
        .filter_map(|part| part.split_once('='))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

pub(super) fn web_url(text: &str) -> Result<Url, String> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty()))
        .filter(|url| url.username().is_empty() && url.password().is_none())
        .ok_or_else(|| format!("`{text}` is not a web address"))
}

pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or("").trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

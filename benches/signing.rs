//! A client of the platform's API by hand: each request signed with the access key, by the library's own signer.

use flowc::provider::acs::auth::{AccessKey, Signable, Signer};
use serde_json::Value;

/// The access key of both sides.
pub(crate) const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
/// What every path ends with.
pub(crate) const VERSION: &str = "api-version=2026-03-12";

/// The client.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    signer: Signer,
    origin: String,
    host: String,
}

impl Client {
    /// A client of the platform at this address.
    pub(crate) fn new(origin: &str) -> Client {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let host = origin.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let signer = Signer::new(AccessKey::parse(KEY).expect("base64"));
        Client { http, signer, origin: format!("http://{host}"), host }
    }

    /// Posts below `/calling/callConnections`; the status and the answer, none where the connection failed.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Option<(u16, Vec<u8>)> {
        let body = serde_json::to_vec(body).expect("JSON");
        let path = format!("/calling/callConnections{path}?{VERSION}");
        let date = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let signable = Signable { method: "POST", path_and_query: &path, host: &self.host, date: &date, body: &body };
        let signed = self.signer.sign(&signable);
        let request = self
            .http
            .post(format!("{}{path}", self.origin))
            .header("x-ms-date", date)
            .header("x-ms-content-sha256", signed.content_hash)
            .header("authorization", signed.authorization)
            .header("content-type", "application/json")
            .body(body);
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        Some((status, response.bytes().await.ok()?.to_vec()))
    }
}

//! The HTTPS client of questions: one attempt at a time, to the address that was checked, and never anywhere else.

use crate::invoke::ask::{Ask, Got, Next};
use crate::invoke::from_http::Reply;
use crate::invoke::reach::Reach;
use crate::invoke::to_http::{self, Request, to_http};
use crate::invoke::{Failure, Invocation, Invoked, address};
use crate::language::flow::origin::Host;
use crate::language::flow::service::Method;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a connection is kept without a question.
const IDLE: Duration = Duration::from_secs(30);
/// Most connections kept so, for each host.
const MOST_IDLE: usize = 16;

/// Asks services.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    reach: Arc<Reach>,
}

impl Client {
    /// A client that goes where `reach` says. It has connections of its own and knows no key of the platform.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(reach: Reach) -> Result<Client, reqwest::Error> {
        let reach = Arc::new(reach);
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .dns_resolver(Checked { reach: reach.clone() })
            .no_proxy()
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(MOST_IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .user_agent(concat!("flowc/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Client { http, reach })
    }

    /// Asks, within the operation's time.
    pub async fn invoke(&self, asked: &Invocation<'_>) -> Invoked {
        let began = Instant::now();
        let prepared = to_http::operation(asked).and_then(|operation| Ok((operation, to_http(asked, &self.reach)?)));
        let (operation, request) = match prepared {
            Ok(prepared) => prepared,
            Err(failure) => return Invoked::failed(&failure, 0),
        };
        let mut ask = Ask::new(operation, asked.key);
        let mut next = ask.start(0);
        loop {
            let got = match next {
                Next::Attempt { within_ms } => self.attempt(&request, Duration::from_millis(within_ms)).await,
                Next::Wait { ms } => {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    Got::Waited
                }
                Next::Done(invoked) => return invoked,
            };
            next = ask.got(got, i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX));
        }
    }

    /// One attempt. Never takes longer than `within`, the reading of the answer included.
    pub async fn attempt(&self, request: &Request, within: Duration) -> Got {
        match tokio::time::timeout(within, self.exchange(request)).await {
            Ok(Ok(reply)) => Got::Answered(reply),
            Ok(Err(failure)) => Got::Lost(failure),
            Err(_) => Got::Lost(Failure::TimedOut),
        }
    }

    async fn exchange(&self, request: &Request) -> Result<Reply, Failure> {
        let built = self.build(request)?;
        let mut response = self.http.execute(built).await.map_err(|error| failure(&error))?;
        let header = |name: HeaderName| {
            let value = response.headers().get(name)?;
            Some(value.to_str().unwrap_or("?").to_owned())
        };
        let mut reply = Reply {
            status: response.status().as_u16(),
            content_type: header(CONTENT_TYPE),
            encoding: header(CONTENT_ENCODING),
            body: Vec::new(),
        };
        let most = request.max_bytes as usize;
        if response.content_length().is_some_and(|length| length > u64::from(request.max_bytes)) {
            return Err(Failure::TooLarge(request.max_bytes));
        }
        while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
            if reply.body.len() + chunk.len() > most {
                return Err(Failure::TooLarge(request.max_bytes));
            }
            reply.body.extend_from_slice(&chunk);
        }
        Ok(reply)
    }

    /// The request as it goes out. Its address must read back as it was built: two readers, one meaning.
    fn build(&self, request: &Request) -> Result<reqwest::Request, Failure> {
        let url = reqwest::Url::parse(&request.url).map_err(|_| Failure::Unbuilt)?;
        let same_host = url.host_str() == Some(request.origin.host.to_string().as_str());
        let port = url.port_or_known_default() == Some(request.origin.connected_port());
        if !same_host || !port || url.as_str().trim_end_matches('/') != request.url.trim_end_matches('/') {
            return Err(Failure::Unbuilt);
        }
        let mut built = reqwest::Request::new(method(request.method), url);
        for (name, value) in &request.headers {
            let wrong = || Failure::Header(name.clone());
            let field = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
            let mut value = HeaderValue::from_str(value).map_err(|_| wrong())?;
            value.set_sensitive(true);
            built.headers_mut().insert(field, value);
        }
        if let Some(body) = &request.body {
            *built.body_mut() = Some(body.clone().into());
        }
        Ok(built)
    }
}

/// Looks names up once, and hands on only addresses that questions may go to: what is checked is what is connected to.
struct Checked {
    reach: Arc<Reach>,
}

/// A name led to an address that is not allowed.
#[derive(Debug, thiserror::Error)]
#[error("an address that is not allowed")]
struct NotAllowed;

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let private = Host::parse(&host).is_ok_and(|host| self.reach.may_be_private(&host));
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            // One address that is not allowed spoils all: whoever answers the look-up is not to be trusted with the rest.
            if found.iter().any(|found| !address::admits(found.ip(), private)) {
                return Err(NotAllowed.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// What an error of the client is to us. Its own words may hold the address, and so what was asked.
fn failure(error: &reqwest::Error) -> Failure {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(inner) = cause {
        if inner.is::<NotAllowed>() {
            return Failure::Forbidden;
        }
        cause = inner.source();
    }
    match () {
        () if error.is_builder() => Failure::Unbuilt,
        () if error.is_timeout() => Failure::TimedOut,
        () if error.is_connect() => Failure::NotConnected,
        () => Failure::BrokeOff,
    }
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Delete => reqwest::Method::DELETE,
        Method::Get => reqwest::Method::GET,
        Method::Patch => reqwest::Method::PATCH,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
    }
}

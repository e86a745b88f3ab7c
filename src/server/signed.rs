//! Requests that must come from whoever signs: to nothing, or to the refusal they get.

use crate::http::{Request, Response};
use crate::provider::acs::auth::discovery::{Authority, Rejected};
use crate::server::measures::route;
use crate::server::refusal;

/// How long a sender should wait while the keys cannot be had, in seconds.
const RETRY_AFTER: &str = "5";

/// The refusal of a request that the authority did not sign; nothing when it did, or when nobody is named.
///
/// `later` is the status of those who have to come again.
pub(super) async fn refused(authority: Option<&Authority>, request: &Request, later: u16) -> Option<Response> {
    let rejected = authority?.check(request.header("authorization")).await.err()?;
    // Not the address: that of a call is as good as a password.
    let segments: Vec<&str> = request.path.split('/').skip(1).collect();
    tracing::warn!(route = route(&segments), %rejected, "a request is not let in");
    Some(match rejected {
        Rejected::Token(reason) => refusal(401, "wrong_token", &reason.to_string()),
        Rejected::Unreachable => refusal(later, "busy", &rejected.to_string()).with_header("retry-after", RETRY_AFTER),
    })
}

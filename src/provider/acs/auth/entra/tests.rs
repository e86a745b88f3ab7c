//! Each identity over a transport that answers as Entra ID and a host's identity address do. Entra ID's own address must be
//! https, so it is the transport that is replaced, below everything of the vendor's.

use crate::provider::acs::auth::entra::{Entra, Error, Identity};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, HttpClient, Request, StatusCode, Transport};
use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

const TENANT: &str = "11111111-2222-4333-8444-555555555555";

/// Answers with numbered tokens of this life, or refuses.
#[derive(Debug)]
struct Authority {
    life_seconds: Mutex<Option<i64>>,
    asked: Mutex<Vec<String>>,
}

impl Authority {
    fn new(life_seconds: i64) -> Arc<Authority> {
        Arc::new(Authority { life_seconds: Mutex::new(Some(life_seconds)), asked: Mutex::new(Vec::new()) })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl HttpClient for Authority {
    fn execute_request<'a, 'b, 'c>(
        &'a self,
        request: &'b Request,
    ) -> Pin<Box<dyn Future<Output = azure_core::Result<AsyncRawResponse>> + Send + 'c>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        let azure_core::http::Body::Bytes(body) = request.body() else { panic!("a form") };
        let body = String::from_utf8(body.to_vec()).unwrap();
        let count = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(format!("{} {body}", request.url()));
            asked.len()
        };
        let answer = match *self.life_seconds.lock().unwrap() {
            Some(life) => {
                let ends = jiff::Timestamp::now().as_second() + life;
                let text = format!(
                    r#"{{"token_type":"Bearer","expires_in":{life},"ext_expires_in":{life},"expires_on":"{ends}","access_token":"token-{count}",
                        "resource":"https://communication.azure.com/"}}"#
                );
                AsyncRawResponse::from_bytes(StatusCode::Ok, Headers::new(), text)
            }
            None => {
                let text = r#"{"error":"invalid_client","error_codes":[7000215],"error_description":"no such secret\nTrace: x"}"#;
                AsyncRawResponse::from_bytes(StatusCode::Unauthorized, Headers::new(), text)
            }
        };
        Box::pin(std::future::ready(Ok(answer)))
    }
}

impl Entra {
    /// One whose first token is `token-1`, or who is refused all.
    pub(crate) fn stub(refused: bool) -> Entra {
        let authority = Authority::new(3600);
        if refused {
            *authority.life_seconds.lock().unwrap() = None;
        }
        entra(with_secret(), &authority)
    }
}

fn entra(identity: Identity, authority: &Arc<Authority>) -> Entra {
    Entra::over(identity, Transport::new(Arc::clone(authority) as Arc<dyn HttpClient>)).unwrap()
}

fn with_secret() -> Identity {
    Identity::ClientSecret { tenant: TENANT.to_owned(), client: "app".to_owned(), secret: "hush".to_owned() }
}

#[tokio::test]
async fn a_token_is_kept() {
    let authority = Authority::new(3600);
    let entra = entra(with_secret(), &authority);
    for _ in 0..3 {
        assert_eq!(entra.token().await.as_deref(), Ok("token-1"));
    }
    let asked = authority.asked();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].contains(&format!("/{TENANT}/oauth2/v2.0/token")), "{asked:?}");
    assert!(asked[0].contains("scope=https%3A%2F%2Fcommunication.azure.com%2F%2F.default"), "{asked:?}");
    assert!(asked[0].contains("client_secret=hush"), "{asked:?}");
}

#[tokio::test]
async fn a_token_near_its_end_is_renewed_and_serves_while_it_cannot_be() {
    // Within the five minutes in which the vendor's credential asks anew.
    let authority = Authority::new(200);
    let entra = entra(with_secret(), &authority);
    assert_eq!(entra.token().await.as_deref(), Ok("token-1"));
    assert_eq!(entra.token().await.as_deref(), Ok("token-2"));
    *authority.life_seconds.lock().unwrap() = None;
    assert_eq!(entra.token().await.as_deref(), Ok("token-2"), "it is still good");
}

#[tokio::test]
async fn a_refusal_is_one_line_without_the_secret() {
    let authority = Authority::new(20);
    let entra = entra(with_secret(), &authority);
    entra.token().await.unwrap();
    *authority.life_seconds.lock().unwrap() = None;
    let reason = entra.token().await.expect_err("the old one is too near its end");
    assert_eq!(reason.lines().count(), 1, "{reason}");
    assert!(!reason.contains("hush") && reason.contains("no such secret"), "{reason}");
}

#[tokio::test]
async fn a_service_account() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "assertion-1").unwrap();
    let authority = Authority::new(3600);
    let entra = entra(Identity::Workload { tenant: TENANT.to_owned(), client: "app".to_owned(), file }, &authority);
    assert_eq!(entra.token().await.as_deref(), Ok("token-1"));
    assert!(authority.asked()[0].contains("client_assertion=assertion-1"), "{:?}", authority.asked());
}

#[tokio::test]
async fn the_identity_of_this_host() {
    let authority = Authority::new(3600);
    let entra = entra(Identity::Managed { client: Some("mine".to_owned()) }, &authority);
    assert_eq!(entra.token().await.as_deref(), Ok("token-1"));
    let asked = authority.asked();
    assert!(asked[0].starts_with("http://169.254.169.254/metadata/identity/oauth2/token"), "{asked:?}");
    assert!(asked[0].contains("client_id=mine"), "{asked:?}");
}

#[test]
fn the_environment_says_which() {
    let of = |pairs: &[(&str, &str)]| {
        let all: BTreeMap<String, String> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Identity::of(&all)
    };
    let both = [("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", "app")];
    assert_eq!(of(&[]), Ok(Identity::Managed { client: None }));
    assert_eq!(of(&both), Ok(Identity::Managed { client: Some("app".to_owned()) }));
    assert_eq!(of(&[both[0], both[1], ("AZURE_CLIENT_SECRET", "hush")]), Ok(with_secret()));
    let file = Identity::Workload { tenant: TENANT.to_owned(), client: "app".to_owned(), file: PathBuf::from("/t") };
    assert_eq!(of(&[both[0], both[1], ("AZURE_FEDERATED_TOKEN_FILE", "/t")]), Ok(file));
    let missing = Error::Missing { given: "AZURE_CLIENT_SECRET", missing: "AZURE_CLIENT_ID" };
    assert_eq!(of(&[both[0], ("AZURE_CLIENT_SECRET", "hush")]), Err(missing));
    assert!(!format!("{:?}", with_secret()).contains("hush"));
    let odd =
        Identity::ClientSecret { tenant: "no tenant!".to_owned(), client: "a".to_owned(), secret: "b".to_owned() };
    assert!(matches!(Entra::new(odd), Err(Error::Unusable(_))));
}

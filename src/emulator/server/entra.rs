//! The emulator as Microsoft Entra ID: one tenant that hands out tokens to whoever asks on this machine, and checks those that
//! come with requests. No identity is asked for its secret; what a token is for, and until when it is good, counts as it does
//! there. Tokens are of the real time, as clients look at their own clock.

use std::sync::OnceLock;

use hyper::Method;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::emulator::answer::Answer;
use crate::emulator::server::rs256::Key;
use crate::emulator::server::{Emulator, is_near};
use crate::http::{Request, query_value};

/// The tenant's id. Addresses take any other too.
pub(crate) const TENANT: &str = "00000000-0000-4000-8000-00000000e27a";
/// Where a token is had without more ado, as a host's own identity gives them.
const TOKEN: &str = "/emulator/token";
/// What tokens for the platform are for. Documents say nothing of the slash at the end.
const PLATFORM: &str = "https://communication.azure.com";
/// Who asks, where a request does not say.
const SOMEBODY: &str = "00000000-0000-4000-8000-00000000c11e";
/// How long a token is good, in seconds, where a request does not say; and the longest.
pub(crate) const LIFE_SECONDS: i64 = 3_600;
const MOST_LIFE_SECONDS: i64 = 86_400;
/// How far clocks may be apart, in seconds.
const SKEW_SECONDS: i64 = 60;

/// Who hands out tokens.
#[derive(Debug)]
pub(crate) struct Tenant {
    base: String,
    /// Made when the first token is: most emulators hand out none.
    key: OnceLock<Option<Key>>,
}

/// What a token says that is handed out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grant<'a> {
    /// For whom.
    pub(crate) audience: &'a str,
    /// To whom: the application's id.
    pub(crate) application: &'a str,
    /// For how many seconds.
    pub(crate) life: i64,
}

/// The claims that are looked at here; the rest is the library's business.
#[derive(Deserialize)]
struct Times {
    exp: f64,
    nbf: Option<f64>,
}

impl Tenant {
    /// The tenant of an emulator that is reached at `base`.
    pub(crate) fn new(base: &str) -> Tenant {
        Tenant { base: base.trim_end_matches('/').to_owned(), key: OnceLock::new() }
    }

    fn issuer(&self) -> String {
        format!("{}/{TENANT}/", self.base)
    }

    fn key(&self) -> Option<&Key> {
        self.key.get_or_init(Key::new).as_ref()
    }

    /// A token made at `now`, in seconds since the epoch; `None` when the system gives no randomness.
    pub(crate) fn token(&self, grant: Grant<'_>, now: i64) -> Option<String> {
        self.key()?.token(&json!({
            "aud": grant.audience, "iss": self.issuer(), "iat": now, "nbf": now, "exp": now + grant.life,
            "appid": grant.application, "oid": grant.application, "sub": grant.application,
            "tid": TENANT, "ver": "1.0",
        }))
    }

    /// Whether a token lets its bearer use the platform at `now`; why not, as the end of a sentence.
    pub(crate) fn check(&self, token: &str, now: i64) -> Result<(), &'static str> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| "is not one signed by RS256")?;
        if header.alg != Algorithm::RS256 || header.crit.is_some() {
            return Err("is not one signed by RS256");
        }
        let key = self.key.get().and_then(Option::as_ref).filter(|key| header.kid.as_deref() == Some(&key.id));
        let key = key.ok_or("is not one of this emulator's")?;
        let mut wanted = Validation::new(Algorithm::RS256);
        wanted.set_issuer(&[self.issuer()]);
        wanted.set_audience(&[PLATFORM.to_owned(), format!("{PLATFORM}/")]);
        wanted.set_required_spec_claims(&["iss", "aud", "exp"]);
        (wanted.validate_exp, wanted.validate_nbf) = (false, false);
        let claims = jsonwebtoken::decode::<Times>(token, &key.checks(), &wanted);
        let times = claims.map_err(|error| refused(error.kind()))?.claims;
        // The library would ask the clock of the process.
        #[allow(clippy::cast_precision_loss)]
        let (now, skew) = (now as f64, SKEW_SECONDS as f64);
        if times.exp <= now - skew {
            return Err("has expired");
        }
        if times.nbf.is_some_and(|nbf| nbf > now + skew) {
            return Err("is not good yet");
        }
        Ok(())
    }

    /// What is published below the path of a tenant, if anything.
    fn published(&self, path: &str) -> Option<Value> {
        let issuer = self.issuer();
        match path {
            "v2.0/.well-known/openid-configuration" | ".well-known/openid-configuration" => Some(json!({
                "issuer": issuer,
                "jwks_uri": format!("{issuer}discovery/v2.0/keys"),
                "token_endpoint": format!("{issuer}oauth2/v2.0/token"),
                "authorization_endpoint": format!("{issuer}oauth2/v2.0/authorize"),
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["token"],
                "subject_types_supported": ["pairwise"],
            })),
            "discovery/v2.0/keys" | "discovery/keys" => Some(json!({ "keys": [self.key()?.published()] })),
            _ => None,
        }
    }

    /// The answer to a request for a token, with what it names as `value`.
    fn granted(&self, now: i64, value: impl Fn(&str) -> Option<String>) -> Answer {
        match value("grant_type").as_deref() {
            None | Some("client_credentials") => {}
            Some(_) => return denied("unsupported_grant_type", "only client_credentials is played here"),
        }
        let audience = match (value("scope"), value("resource")) {
            (Some(scope), _) => match scope.split(' ').find_map(|scope| scope.strip_suffix("/.default")) {
                Some(audience) => audience.to_owned(),
                None => return denied("invalid_scope", "the scope does not end with /.default"),
            },
            (None, Some(resource)) if !resource.is_empty() => resource,
            (None, _) => return denied("invalid_request", "neither scope nor resource is given"),
        };
        let life = match value("lifetime").map(|life| life.parse::<i64>()) {
            None => LIFE_SECONDS,
            Some(Ok(life)) if (1..=MOST_LIFE_SECONDS).contains(&life) => life,
            Some(_) => return denied("invalid_request", "lifetime is a number of seconds, a day at most"),
        };
        let application = value("client_id").unwrap_or_else(|| SOMEBODY.to_owned());
        let grant = Grant { audience: &audience, application: &application, life };
        let Some(token) = self.token(grant, now) else {
            return Answer::json(503, &json!({ "error": "temporarily_unavailable" }));
        };
        Answer::json(
            200,
            &json!({ "token_type": "Bearer", "access_token": token, "expires_in": life, "ext_expires_in": life,
                "expires_on": (now + life).to_string(), "resource": audience }),
        )
    }
}

impl Emulator {
    /// The answer to a request that is for the tenant; `None` when it is not.
    pub(crate) fn tenant_says(&self, request: &Request) -> Option<Answer> {
        let tenant = self.inner.tenant.as_ref()?;
        let below = request.path.strip_prefix('/').and_then(|path| path.split_once('/')).map(|(_, below)| below);
        let is_own = !request.path.starts_with("/calling/") && !request.path.starts_with("/emulator/");
        let published = below.filter(|_| is_own && request.method == Method::GET);
        if let Some(published) = published.and_then(|path| tenant.published(path)) {
            return Some(Answer::json(200, &published));
        }
        let now = Timestamp::now().as_second();
        let form = std::str::from_utf8(&request.body).unwrap_or_default();
        let source = match (&request.method, request.path.as_str()) {
            (&Method::GET, TOKEN) => request.query.as_deref(),
            (&Method::POST, TOKEN) => Some(form),
            (&Method::POST, _) if is_own && matches!(below, Some("oauth2/v2.0/token")) => Some(form),
            _ => return None,
        };
        if !is_near(request) {
            return Some(denied("access_denied", "tokens are for this machine only"));
        }
        Some(tenant.granted(now, |name| query_value(source, name)))
    }
}

/// The token of an `Authorization` header that has one.
pub(crate) fn bearer(authorization: Option<&str>) -> Option<&str> {
    let (scheme, token) = authorization?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A refusal as OAuth has them.
fn denied(error: &str, description: &str) -> Answer {
    Answer::json(400, &json!({ "error": error, "error_description": description }))
}

fn refused(kind: &jsonwebtoken::errors::ErrorKind) -> &'static str {
    use jsonwebtoken::errors::ErrorKind;
    match kind {
        ErrorKind::InvalidSignature => "has a signature that does not fit",
        ErrorKind::InvalidIssuer => "has another issuer",
        ErrorKind::InvalidAudience => "is for another audience than https://communication.azure.com/",
        // The library's list grows; whatever else it minds, the token is not good.
        _ => "lacks one of the claims iss, aud and exp",
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::server::entra::{Grant, LIFE_SECONDS, SOMEBODY, TENANT, Tenant, bearer};
    use crate::emulator::server::rs256::Key;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};
    use std::sync::OnceLock;

    const NOW: i64 = 1_795_183_200;
    const AUDIENCE: &str = "https://communication.azure.com/";

    /// One for all: making its key takes a while.
    fn tenant() -> &'static Tenant {
        static TENANT: OnceLock<Tenant> = OnceLock::new();
        TENANT.get_or_init(|| Tenant::new("http://127.0.0.1:9000/"))
    }

    fn claims() -> Value {
        let issuer = format!("http://127.0.0.1:9000/{TENANT}/");
        json!({ "aud": AUDIENCE, "iss": issuer, "nbf": NOW, "exp": NOW + 60 })
    }

    fn verdict(claims: &Value) -> Result<(), &'static str> {
        let token = tenant().key().expect("randomness").token(claims).expect("randomness");
        tenant().check(&token, NOW)
    }

    #[test]
    fn what_is_handed_out_is_taken_until_it_expires() {
        let grant = Grant { audience: AUDIENCE, application: SOMEBODY, life: 60 };
        let token = tenant().token(grant, NOW).expect("randomness");
        for (now, expected) in
            [(NOW - 61, Err("is not good yet")), (NOW, Ok(())), (NOW + 119, Ok(())), (NOW + 120, Err("has expired"))]
        {
            assert_eq!(tenant().check(&token, now), expected, "{}", now - NOW);
        }
    }

    #[test]
    fn issuer_audience_and_signature_count() {
        assert_eq!(verdict(&claims()), Ok(()));
        let with = |name: &str, value: Value| {
            let mut claims = claims();
            claims[name] = value;
            claims
        };
        let without_slash = with("aud", json!("https://communication.azure.com"));
        assert_eq!(verdict(&without_slash), Ok(()), "documents say nothing of the slash");
        for (claims, why) in [
            (with("aud", json!("https://management.azure.com/")), "another audience"),
            (with("aud", json!("https://communication.azure.com//")), "another audience"),
            (with("iss", json!("https://sts.windows.net/x/")), "another issuer"),
            (with("exp", json!(NOW - 61)), "expired"),
            (with("exp", Value::Null), "lacks"),
        ] {
            assert!(verdict(&claims).is_err_and(|said| said.contains(why)), "{why}: {claims}");
        }
        let own = tenant().key().expect("randomness");
        let mut other = Key::new().expect("randomness");
        let token = other.token(&claims()).expect("randomness");
        assert_eq!(tenant().check(&token, NOW), Err("is not one of this emulator's"));
        other.id.clone_from(&own.id);
        let token = other.token(&claims()).expect("randomness");
        assert_eq!(tenant().check(&token, NOW), Err("has a signature that does not fit"));
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        for alg in ["none", "HS256"] {
            let bare = format!("{}.{}.", part(&json!({ "alg": alg, "kid": own.id })), part(&claims()));
            assert_eq!(tenant().check(&bare, NOW), Err("is not one signed by RS256"), "{alg}");
        }
        assert_eq!(tenant().check("x", NOW), Err("is not one signed by RS256"));
        let nobody = Tenant::new("http://127.0.0.1:9000");
        let good = own.token(&claims()).expect("randomness");
        assert_eq!(nobody.check(&good, NOW), Err("is not one of this emulator's"), "before it made a key");
    }

    fn asked(form: &str) -> (u16, Value) {
        let answer = tenant().granted(NOW, |name| crate::http::query_value(Some(form), name));
        (answer.status, serde_json::from_str(&answer.body.unwrap_or_default()).expect("JSON"))
    }

    #[test]
    fn tokens_are_for_what_was_asked() {
        let scope = "scope=https%3A%2F%2Fcommunication.azure.com%2F%2F.default";
        let secret = format!("grant_type=client_credentials&client_id=app&client_secret=s&{scope}");
        for form in [scope, &format!("{scope}+offline_access"), &secret, &format!("resource={AUDIENCE}")] {
            let (status, given) = asked(form);
            assert_eq!((status, given["resource"].as_str()), (200, Some(AUDIENCE)), "{form}");
            assert_eq!(given["expires_in"], LIFE_SECONDS);
            assert_eq!(tenant().check(given["access_token"].as_str().expect("a token"), NOW), Ok(()), "{form}");
        }
        let (_, elsewhere) = asked("resource=https://vault.azure.net");
        assert!(tenant().check(elsewhere["access_token"].as_str().expect("a token"), NOW).is_err());
        assert_eq!(asked("resource=x&lifetime=5").1["expires_on"], (NOW + 5).to_string());
        for (form, error) in [
            ("", "invalid_request"),
            ("resource=", "invalid_request"),
            ("scope=openid", "invalid_scope"),
            ("grant_type=password&resource=x", "unsupported_grant_type"),
            ("resource=x&lifetime=0", "invalid_request"),
            ("resource=x&lifetime=soon", "invalid_request"),
        ] {
            let (status, answer) = asked(form);
            assert_eq!((status, answer["error"].as_str()), (400, Some(error)), "{form}");
        }
    }

    #[test]
    fn the_tenant_is_found_by_its_document() {
        let document = tenant().published("v2.0/.well-known/openid-configuration").expect("a document");
        let jwks = document["jwks_uri"].as_str().expect("an address");
        let below = jwks.strip_prefix(&format!("http://127.0.0.1:9000/{TENANT}/")).expect("below the tenant");
        assert_eq!(tenant().published(below).expect("keys")["keys"].as_array().map(Vec::len), Some(1));
        assert_eq!(tenant().published("other"), None);
    }

    #[test]
    fn only_bearer_tokens_are_tokens() {
        assert_eq!(bearer(Some("Bearer abc")), Some("abc"));
        assert_eq!(bearer(Some("bearer  abc ")), Some("abc"));
        for none in [None, Some(""), Some("Bearer"), Some("HMAC-SHA256 SignedHeaders=x")] {
            assert_eq!(bearer(none), None);
        }
    }
}

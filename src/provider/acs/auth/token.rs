//! A bearer token that came with a request, the keys of whoever signs, what is expected and the time: to yes, or why not.
//! Fetches nothing and knows no clock.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use std::collections::BTreeMap;

/// How far the clock of whoever signs may be off, in seconds.
pub const SKEW_SECONDS: i64 = 60;
/// Longest token that is looked at.
const MOST_BYTES: usize = 16 << 10;
/// Smallest modulus of a key, in bytes: 2048 bits.
const LEAST_MODULUS: usize = 256;

/// What a token must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// `iss`.
    pub issuer: String,
    /// `aud`, or one of them.
    pub audience: String,
    /// The application that it was given to, where that counts: `appid` in the first version of Entra ID's tokens, `azp` in the
    /// second.
    pub application: Option<String>,
}

/// Why a token is refused. No message repeats a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No `Authorization: Bearer …`.
    #[error("the request carries no bearer token")]
    Missing,
    /// Not three parts of JSON and a signature, without a key id or one of the claims `iss`, `aud`, `exp`, or far too long.
    #[error("the bearer token is not a signed token with the claims iss, aud and exp")]
    Malformed,
    /// Signed otherwise than by RS256, or not at all.
    #[error("the bearer token is not signed by RS256")]
    Algorithm,
    /// Signed by a key that the signer does not publish.
    #[error("the bearer token is signed by an unknown key")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the signature of the bearer token does not fit")]
    Signature,
    /// Made by somebody else.
    #[error("the bearer token has another issuer")]
    Issuer,
    /// Made for somebody else.
    #[error("the bearer token is for another audience")]
    Audience,
    /// Given to another application, or not saying to which.
    #[error("the bearer token was given to another application")]
    Application,
    /// Over.
    #[error("the bearer token has expired")]
    Expired,
    /// Not yet good.
    #[error("the bearer token is not good yet")]
    NotYet,
}

/// The public keys of a signer, by their id.
#[derive(Clone, Default)]
pub struct Keys(BTreeMap<String, DecodingKey>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A key set as published.
#[derive(Deserialize)]
struct Published {
    keys: Vec<serde_json::Value>,
}

/// A key that RS256 can be checked with.
#[derive(Deserialize)]
struct RsaKey {
    kty: String,
    kid: String,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    n: String,
    e: String,
}

impl Keys {
    /// Reads a key set (JWKS). Keys for something else than RS256, and keys under 2048 bits, are left out. `None` when it is
    /// no key set.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<Keys> {
        let published: Published = serde_json::from_slice(body).ok()?;
        let read = |value| serde_json::from_value::<RsaKey>(value).ok().and_then(RsaKey::checks);
        Some(Keys(published.keys.into_iter().filter_map(read).collect()))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl RsaKey {
    /// The key with its id, if it is one for signatures by RS256.
    fn checks(self) -> Option<(String, DecodingKey)> {
        let fits = self.kty == "RSA"
            && self.purpose.is_none_or(|purpose| purpose == "sig")
            && self.alg.is_none_or(|alg| alg == "RS256");
        let modulus = URL_SAFE_NO_PAD.decode(&self.n).ok().filter(|n| fits && n.len() >= LEAST_MODULUS)?;
        let exponent = URL_SAFE_NO_PAD.decode(&self.e).ok()?;
        Some((self.kid, DecodingKey::from_rsa_raw_components(&modulus, &exponent)))
    }
}

/// The claims that are looked at here; the rest is the library's business.
#[derive(Deserialize)]
struct Claims {
    exp: f64,
    nbf: Option<f64>,
    appid: Option<String>,
    azp: Option<String>,
}

/// The token of an `Authorization` header.
///
/// # Errors
/// When there is none.
pub fn bearer(authorization: Option<&str>) -> Result<&str, Refused> {
    let (scheme, token) = authorization.and_then(|value| value.split_once(' ')).ok_or(Refused::Missing)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(Refused::Missing) }
}

/// Whether a token is good at `now`, in seconds since the epoch.
///
/// # Errors
/// When it is not, with the first reason: form, algorithm, key, signature, issuer, audience, application, time.
pub fn verify(token: &str, keys: &Keys, expected: &Expected, now: i64) -> Result<(), Refused> {
    if token.len() > MOST_BYTES {
        return Err(Refused::Malformed);
    }
    let header = jsonwebtoken::decode_header(token).map_err(|error| unreadable_header(token, error.kind()))?;
    if header.alg != Algorithm::RS256 {
        return Err(Refused::Algorithm);
    }
    // What is critical to understand is nothing that is understood here.
    if header.crit.is_some() {
        return Err(Refused::Malformed);
    }
    let key = keys.0.get(&header.kid.ok_or(Refused::Malformed)?).ok_or(Refused::UnknownKey)?;
    let claims = jsonwebtoken::decode::<Claims>(token, key, &validation(expected));
    let Claims { exp, nbf, appid, azp } = claims.map_err(|error| refused(error.kind()))?.claims;
    if let Some(application) = &expected.application {
        let named: Vec<&String> = [&appid, &azp].into_iter().flatten().collect();
        if named.is_empty() || named.iter().any(|named| !named.eq_ignore_ascii_case(application)) {
            return Err(Refused::Application);
        }
    }
    // The library would ask the clock of the process.
    #[allow(clippy::cast_precision_loss)]
    let (now, skew) = (now as f64, SKEW_SECONDS as f64);
    // Numbers out of JSON are finite: no comparison here is with something that is no number.
    if exp <= now - skew {
        return Err(Refused::Expired);
    }
    if nbf.is_some_and(|nbf| nbf > now + skew) {
        return Err(Refused::NotYet);
    }
    Ok(())
}

fn validation(expected: &Expected) -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[&expected.issuer]);
    validation.set_audience(&[&expected.audience]);
    validation.set_required_spec_claims(&["iss", "aud", "exp"]);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

/// The library cannot read a header whose algorithm it does not have, `none` among them: that is told from one without form.
fn unreadable_header(token: &str, kind: &ErrorKind) -> Refused {
    #[derive(Deserialize)]
    struct Named {
        #[serde(rename = "alg")]
        _alg: String,
    }
    let first = token.split('.').next().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).unwrap_or_default();
    let is_named = serde_json::from_slice::<Named>(&first).is_ok();
    if is_named && !matches!(kind, ErrorKind::InvalidToken) { Refused::Algorithm } else { Refused::Malformed }
}

fn refused(kind: &ErrorKind) -> Refused {
    match kind {
        ErrorKind::InvalidSignature => Refused::Signature,
        ErrorKind::InvalidIssuer => Refused::Issuer,
        ErrorKind::InvalidAudience => Refused::Audience,
        // The library's list grows; whatever else it minds, the token is not good.
        _ => Refused::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use crate::provider::acs::auth::forge::{pairs, part, published, signed, with, without};
    use crate::provider::acs::auth::token::{Expected, Keys, Refused, bearer, verify};
    use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA512};
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    const NOW: i64 = 1_795_183_200;
    const ISSUER: &str = "https://signer.example";
    const AUDIENCE: &str = "0f3f4e5d-1111-4222-8333-444455556666";

    fn keys(list: &[Value]) -> Keys {
        Keys::parse(json!({ "keys": list }).to_string().as_bytes()).unwrap()
    }

    fn one() -> Keys {
        keys(&[published("one", &pairs()[0])])
    }

    fn header() -> Value {
        json!({ "alg": "RS256", "typ": "JWT", "kid": "one" })
    }

    fn claims() -> Value {
        json!({ "iss": ISSUER, "aud": AUDIENCE, "nbf": NOW, "exp": NOW + 300 })
    }

    fn token(header: &Value, claims: &Value) -> String {
        signed(&pairs()[0], &RSA_PKCS1_SHA256, header, claims)
    }

    fn verdict_at(token: &str, keys: &Keys, now: i64) -> Result<(), Refused> {
        verify(token, keys, &expected(None), now)
    }

    fn expected(application: Option<&str>) -> Expected {
        let application = application.map(str::to_owned);
        Expected { issuer: ISSUER.to_owned(), audience: AUDIENCE.to_owned(), application }
    }

    fn verdict(header: &Value, claims: &Value) -> Result<(), Refused> {
        verdict_at(&token(header, claims), &one(), NOW)
    }

    #[test]
    fn a_good_token_is_good() {
        assert_eq!(verdict(&header(), &claims()), Ok(()));
        assert_eq!(verdict(&header(), &with(claims(), "aud", json!(["x", AUDIENCE]))), Ok(()));
        assert_eq!(verdict(&header(), &without(claims(), "nbf")), Ok(()));
        assert_eq!(verdict(&without(header(), "typ"), &claims()), Ok(()));
    }

    #[test]
    fn another_issuer_or_audience_is_refused() {
        for (issuer, expected) in [("https://signer.example/", Refused::Issuer), ("", Refused::Issuer)] {
            assert_eq!(verdict(&header(), &with(claims(), "iss", json!(issuer))), Err(expected));
        }
        for audience in [json!("other"), json!(["other"]), json!([])] {
            assert_eq!(verdict(&header(), &with(claims(), "aud", audience)), Err(Refused::Audience));
        }
        for (name, wrong) in [("iss", json!(7)), ("aud", json!(7)), ("exp", json!("soon")), ("exp", json!(null))] {
            assert!(verdict(&header(), &with(claims(), name, wrong)).is_err(), "{name}");
        }
        for name in ["iss", "aud", "exp"] {
            assert_eq!(verdict(&header(), &without(claims(), name)), Err(Refused::Malformed), "{name}");
        }
    }

    #[test]
    fn where_an_application_is_named_it_counts() {
        const ONE: &str = "4962773b-9cdb-44cf-a8bf-237846a00ab7";
        let by = |claims: &Value| verify(&token(&header(), claims), &one(), &expected(Some(ONE)), NOW);
        let other = json!("99999999-9cdb-44cf-a8bf-237846a00ab7");
        for name in ["appid", "azp"] {
            assert_eq!(by(&with(claims(), name, json!(ONE))), Ok(()), "{name}");
            assert_eq!(by(&with(claims(), name, json!(ONE.to_uppercase()))), Ok(()), "{name}");
            assert_eq!(by(&with(claims(), name, other.clone())), Err(Refused::Application), "{name}");
            assert_eq!(by(&with(claims(), name, json!(7))), Err(Refused::Malformed), "{name}");
        }
        let both = with(with(claims(), "appid", json!(ONE)), "azp", other);
        assert_eq!(by(&both), Err(Refused::Application), "they must agree");
        assert_eq!(by(&claims()), Err(Refused::Application), "named by neither");
    }

    #[test]
    fn time_counts_with_a_minute_of_skew() {
        let token = token(&header(), &claims());
        for (seconds, expected) in [
            (-61, Err(Refused::NotYet)),
            (-60, Ok(())),
            (300, Ok(())),
            (359, Ok(())),
            (360, Err(Refused::Expired)),
            (86_400, Err(Refused::Expired)),
        ] {
            assert_eq!(verdict_at(&token, &one(), NOW + seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn only_rs256_counts() {
        let longer = signed(&pairs()[0], &RSA_PKCS1_SHA512, &with(header(), "alg", json!("RS512")), &claims());
        assert_eq!(verdict_at(&longer, &one(), NOW), Err(Refused::Algorithm));
        for alg in ["none", "None", "HS256", "PS256", "ES256", ""] {
            let header = with(header(), "alg", json!(alg));
            assert_eq!(verdict(&header, &claims()), Err(Refused::Algorithm), "{alg}");
            let bare = format!("{}.{}.", part(&header), part(&claims()));
            assert_eq!(verdict_at(&bare, &one(), NOW), Err(Refused::Algorithm), "{alg}");
        }
        // Signed by HMAC with the public key, which everybody has.
        let text = format!("{}.{}", part(&with(header(), "alg", json!("HS256"))), part(&claims()));
        let public = published("one", &pairs()[0])["n"].as_str().unwrap().to_owned();
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
        let tag = URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, text.as_bytes()));
        assert_eq!(verdict_at(&format!("{text}.{tag}"), &one(), NOW), Err(Refused::Algorithm));
    }

    #[test]
    fn the_key_is_the_one_named_and_published() {
        let token = token(&header(), &claims());
        let other = signed(&pairs()[1], &RSA_PKCS1_SHA256, &header(), &claims());
        assert_eq!(verdict_at(&other, &one(), NOW), Err(Refused::Signature));
        let rotated = keys(&[published("two", &pairs()[1])]);
        assert_eq!(verdict_at(&token, &rotated, NOW), Err(Refused::UnknownKey));
        let swapped = keys(&[published("one", &pairs()[1])]);
        assert_eq!(verdict_at(&token, &swapped, NOW), Err(Refused::Signature));
        assert_eq!(verdict_at(&token, &Keys::default(), NOW), Err(Refused::UnknownKey));
        assert_eq!(verdict(&without(header(), "kid"), &claims()), Err(Refused::Malformed));
        // A key that comes along with the token is nobody's.
        let own = with(with(header(), "kid", json!("mine")), "jwk", published("mine", &pairs()[0]));
        assert_eq!(verdict(&own, &claims()), Err(Refused::UnknownKey));
    }

    #[test]
    fn a_token_that_was_changed_is_refused() {
        let good = token(&header(), &claims());
        let parts: Vec<&str> = good.split('.').collect();
        let later = part(&with(claims(), "exp", json!(NOW + 99_999)));
        assert_eq!(verdict_at(&format!("{}.{later}.{}", parts[0], parts[2]), &one(), NOW), Err(Refused::Signature));
        assert_eq!(verdict_at(&format!("{}.{}.", parts[0], parts[1]), &one(), NOW), Err(Refused::Signature));
        let critical = with(header(), "crit", json!(["b64"]));
        assert_eq!(verdict(&critical, &claims()), Err(Refused::Malformed));
        for text in ["", ".", "..", "a.b.c", &format!("{}.{}", parts[0], parts[1]), &format!("{good}.x"), &good[1..]] {
            assert!(verdict_at(text, &one(), NOW).is_err(), "{text}");
        }
        assert_eq!(verdict_at(&"a".repeat(20_000), &one(), NOW), Err(Refused::Malformed));
    }

    #[test]
    fn key_sets_keep_what_checks_rs256() {
        let good = published("one", &pairs()[0]);
        let odd = [
            with(good.clone(), "use", json!("enc")),
            with(good.clone(), "alg", json!("RS512")),
            with(good.clone(), "kty", json!("EC")),
            with(good.clone(), "n", json!("AQAB")),
            with(good.clone(), "n", json!("not base64!")),
            without(good.clone(), "kid"),
            json!(7),
        ];
        assert!(keys(&odd).is_empty());
        assert_eq!(keys(&[odd[0].clone(), good]).len(), 1);
        for body in ["", "[]", "{}", "{\"keys\":1}"] {
            assert!(Keys::parse(body.as_bytes()).is_none(), "{body}");
        }
    }

    #[test]
    fn the_header_is_read_as_it_comes() {
        assert_eq!(bearer(Some("Bearer abc")), Ok("abc"));
        assert_eq!(bearer(Some("bearer  abc ")), Ok("abc"));
        for missing in [None, Some(""), Some("abc"), Some("Basic abc"), Some("Bearer")] {
            assert_eq!(bearer(missing), Err(Refused::Missing));
        }
    }
}

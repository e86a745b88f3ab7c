//! Tokens that are not good: unsigned, signed otherwise, by others, for others, out of time, broken, and in the wrong place. Each
//! with the headers that bring it.

use crate::provider::acs::auth::forge::{pairs, part, published, signed, with, without};
use crate::server::signed_tests::{AUDIENCE, ISSUER, now};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Nothing that a token names may be fetched; nobody answers here.
const ELSEWHERE: &str = "http://127.0.0.1:1/keys";

type Bad = (String, Vec<(&'static str, String)>);

fn header() -> Value {
    json!({ "alg": "RS256", "typ": "JWT", "kid": "one" })
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": AUDIENCE, "nbf": now(), "exp": now() + 300 })
}

/// Signed by RS256, whatever the header says; by the key that is published (0) or another one.
fn by(key: usize, header: &Value, claims: &Value) -> String {
    signed(&pairs()[key], &RSA_PKCS1_SHA256, header, claims)
}

/// The same of texts that need be no JSON.
fn by_text(header: &str, claims: &str) -> String {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mut signature = vec![0; pairs()[0].public_modulus_len()];
    pairs()[0].sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).expect("signed");
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn good() -> String {
    by(0, &header(), &claims())
}

pub(super) fn bad() -> Vec<Bad> {
    let mut all = Vec::new();
    for (kind, tokens) in [
        ("algorithm", algorithms()),
        ("key", keys()),
        ("claims", wrong_claims()),
        ("form", forms()),
        ("signature", signatures()),
    ] {
        let bear = |(name, token): (String, String)| {
            (format!("{kind}: {name}"), vec![("authorization", format!("Bearer {token}"))])
        };
        all.extend(tokens.into_iter().map(bear));
    }
    all.extend(places());
    all
}

fn algorithms() -> Vec<(String, String)> {
    let mut all = Vec::new();
    let good = good();
    let signature = good.rsplit('.').next().expect("a signature");
    for alg in ["none", "None", "NONE", "nOnE", "", "rs256", "RS256 ", "RSA", "HS256", "ES256", "EdDSA"] {
        let header = with(header(), "alg", json!(alg));
        let text = format!("{}.{}", part(&header), part(&claims()));
        all.push((format!("`{alg}`, unsigned"), format!("{text}.")));
        all.push((format!("`{alg}`, with a signature of something else"), format!("{text}.{signature}")));
        all.push((format!("`{alg}`, signed by RS256"), by(0, &header, &claims())));
    }
    for (name, alg) in [("null", json!(null)), ("a number", json!(256)), ("a list", json!(["RS256"]))] {
        all.push((name.to_owned(), by(0, &with(header(), "alg", alg), &claims())));
    }
    all.push(("missing".to_owned(), by(0, &without(header(), "alg"), &claims())));
    let others: [(&str, &'static dyn RsaEncoding); 3] =
        [("RS384", &RSA_PKCS1_SHA384), ("RS512", &RSA_PKCS1_SHA512), ("PS256", &RSA_PSS_SHA256)];
    for (alg, by) in others {
        let named = with(header(), "alg", json!(alg));
        all.push((alg.to_owned(), signed(&pairs()[0], by, &named, &claims())));
        all.push((format!("{alg}, called RS256"), signed(&pairs()[0], by, &header(), &claims())));
    }
    all.extend(by_mac());
    all.extend(by_curves());
    all
}

/// Signed by HMAC with what everybody has: the public key, in all its forms.
fn by_mac() -> Vec<(String, String)> {
    let key = published("one", &pairs()[0]);
    let modulus = key["n"].as_str().expect("a number").to_owned();
    let der: &[u8] = pairs()[0].public_key().as_ref();
    let pem = format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n", STANDARD.encode(der));
    let mut all = Vec::new();
    for (name, secret) in [
        ("the modulus as it is published", modulus.clone().into_bytes()),
        ("the modulus", URL_SAFE_NO_PAD.decode(&modulus).expect("base64")),
        ("the key as it is published", key.to_string().into_bytes()),
        ("the key in DER", der.to_vec()),
        ("the key in PEM", pem.into_bytes()),
        ("a zero", vec![0]),
    ] {
        for (alg, by) in [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)] {
            let text = format!("{}.{}", part(&with(header(), "alg", json!(alg))), part(&claims()));
            let tag = hmac::sign(&hmac::Key::new(by, &secret), text.as_bytes());
            all.push((format!("{alg} with {name}"), format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))));
        }
    }
    all
}

/// Signed on curves, by keys that come along.
fn by_curves() -> Vec<(String, String)> {
    let random = SystemRandom::new();
    let text = |alg: &str, jwk: Value| {
        let header = with(with(header(), "alg", json!(alg)), "jwk", jwk);
        format!("{}.{}", part(&header), part(&claims()))
    };
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).expect("a key");
    let point = &key.public_key().as_ref()[1..];
    let (x, y) = (URL_SAFE_NO_PAD.encode(&point[..32]), URL_SAFE_NO_PAD.encode(&point[32..]));
    let curved = text("ES256", json!({ "kty": "EC", "crv": "P-256", "kid": "one", "x": x, "y": y }));
    let signature = key.sign(&random, curved.as_bytes()).expect("signed");
    let curved = format!("{curved}.{}", URL_SAFE_NO_PAD.encode(signature));
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random).expect("a key");
    let key = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("a key");
    let x = URL_SAFE_NO_PAD.encode(key.public_key().as_ref());
    let edwards = text("EdDSA", json!({ "kty": "OKP", "crv": "Ed25519", "kid": "one", "x": x }));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(edwards.as_bytes()));
    vec![
        ("ES256 with a key of its own".to_owned(), curved),
        ("EdDSA with a key of its own".to_owned(), format!("{edwards}.{signature}")),
    ]
}

fn keys() -> Vec<(String, String)> {
    let mut all = vec![
        ("another key".to_owned(), by(1, &header(), &claims())),
        ("no key id".to_owned(), by(0, &without(header(), "kid"), &claims())),
        ("no key id, another key".to_owned(), by(1, &without(header(), "kid"), &claims())),
    ];
    for kid in [
        "",
        "two",
        "ONE",
        " one",
        "one ",
        "one\u{0}",
        "\u{43e}ne",
        "../one",
        "../../../../../../dev/null",
        "/dev/null",
        "file:///dev/null",
        ELSEWHERE,
        "one' OR '1'='1",
        "one\" || \"",
        "*",
        "0",
        "keys[0]",
        "${jndi:ldap://x.example}",
    ] {
        all.push((format!("the id `{}`", kid.escape_debug()), by(0, &with(header(), "kid", json!(kid)), &claims())));
    }
    let long = with(header(), "kid", json!("one".repeat(2_000)));
    all.push(("a long id".to_owned(), by(0, &long, &claims())));
    for (name, kid) in [("null", json!(null)), ("a number", json!(1)), ("a list", json!(["one"])), ("a map", json!({}))]
    {
        all.push((format!("an id that is {name}"), by(0, &with(header(), "kid", kid), &claims())));
    }
    let jwk = published("one", &pairs()[1]);
    let chain = STANDARD.encode(pairs()[1].public_key().as_ref());
    for (name, value) in [
        ("jwk", jwk.clone()),
        ("jku", json!(ELSEWHERE)),
        ("x5u", json!(ELSEWHERE)),
        ("x5c", json!([chain])),
        ("x5t", json!("AAAAAAAAAAAAAAAAAAAAAAAAAAA")),
        ("url", json!(ELSEWHERE)),
        ("keys", json!([jwk])),
    ] {
        let own = with(header(), name, value);
        all.push((format!("another one, brought by `{name}`"), by(1, &own, &claims())));
        let new = with(own, "kid", json!("mine"));
        all.push((format!("another one under an id of its own, brought by `{name}`"), by(1, &new, &claims())));
    }
    for (name, critical) in [("b64", json!(["b64"])), ("exp", json!(["exp"])), ("nothing", json!([]))] {
        let header = with(with(header(), "crit", critical), "b64", json!(false));
        all.push((format!("critical to understand: {name}"), by(0, &header, &claims())));
    }
    all
}

/// Signed by the right key, and not for this service now.
fn wrong_claims() -> Vec<(String, String)> {
    let slash = format!("{ISSUER}/");
    let user = ISSUER.replace("//", "//x@");
    let wrong: Vec<(&str, &str, Value)> = vec![
        ("iss", "of somebody else", json!("https://other.example")),
        ("iss", "with a slash behind it", json!(slash)),
        ("iss", "in upper case", json!(ISSUER.to_uppercase())),
        ("iss", "without TLS", json!(ISSUER.replace("https", "http"))),
        ("iss", "with a user", json!(user)),
        ("iss", "longer", json!(format!("{ISSUER}.evil.example"))),
        ("iss", "empty", json!("")),
        ("iss", "null", json!(null)),
        ("iss", "a number", json!(7)),
        ("iss", "others", json!(["https://other.example", slash])),
        ("iss", "a map", json!({ ISSUER: true })),
        ("aud", "another", json!("another")),
        ("aud", "its beginning", json!(AUDIENCE[..35])),
        ("aud", "longer", json!(format!("{AUDIENCE}0"))),
        ("aud", "in upper case", json!(AUDIENCE.to_uppercase())),
        ("aud", "with a space", json!(format!(" {AUDIENCE}"))),
        ("aud", "a text of a list", json!(format!("x,{AUDIENCE}"))),
        ("aud", "empty", json!("")),
        ("aud", "nobody", json!([])),
        ("aud", "others", json!(["another", ISSUER])),
        ("aud", "a list in a list", json!([[AUDIENCE]])),
        ("aud", "null", json!(null)),
        ("aud", "a number", json!(7)),
        ("aud", "true", json!(true)),
        ("aud", "a map", json!({ "aud": AUDIENCE })),
        ("exp", "ten minutes ago", json!(now() - 600)),
        ("exp", "a day ago", json!(now() - 86_400)),
        ("exp", "zero", json!(0)),
        ("exp", "negative", json!(-1)),
        ("exp", "null", json!(null)),
        ("exp", "a text", json!((now() + 300).to_string())),
        ("exp", "soon", json!("soon")),
        ("exp", "true", json!(true)),
        ("exp", "a list", json!([now() + 300])),
        ("nbf", "in ten minutes", json!(now() + 600)),
        ("nbf", "in a thousand years", json!(now() + 31_536_000_000)),
        ("nbf", "a text", json!("now")),
    ];
    let mut all: Vec<(String, String)> = wrong
        .into_iter()
        .map(|(claim, name, value)| (format!("{claim} {name}"), by(0, &header(), &with(claims(), claim, value))))
        .collect();
    for claim in ["iss", "aud", "exp"] {
        all.push((format!("no {claim}"), by(0, &header(), &without(claims(), claim))));
    }
    let plain = header().to_string();
    let (until, past) = (now() + 300, now() - 600);
    for (name, text) in [
        ("two exp, the last good", format!(r#"{{"iss":"{ISSUER}","aud":"{AUDIENCE}","exp":{past},"exp":{until}}}"#)),
        ("two exp, the first good", format!(r#"{{"iss":"{ISSUER}","aud":"{AUDIENCE}","exp":{until},"exp":{past}}}"#)),
        ("two aud, the last good", format!(r#"{{"iss":"{ISSUER}","aud":"x","aud":"{AUDIENCE}","exp":{until}}}"#)),
        ("two aud, the first good", format!(r#"{{"iss":"{ISSUER}","aud":"{AUDIENCE}","aud":"x","exp":{until}}}"#)),
        ("two iss, the last good", format!(r#"{{"iss":"x","iss":"{ISSUER}","aud":"{AUDIENCE}","exp":{until}}}"#)),
        ("exp without end", format!(r#"{{"iss":"{ISSUER}","aud":"{AUDIENCE}","exp":1e999}}"#)),
        ("exp not a number", format!(r#"{{"iss":"{ISSUER}","aud":"{AUDIENCE}","exp":NaN}}"#)),
        ("names in upper case", format!(r#"{{"ISS":"{ISSUER}","AUD":"{AUDIENCE}","EXP":{until}}}"#)),
        ("none", "{}".to_owned()),
        ("a list", format!("[{}]", claims())),
        ("null", "null".to_owned()),
        ("a text", json!(claims().to_string()).to_string()),
        ("no JSON", "claims".to_owned()),
        ("nothing", String::new()),
        ("something behind them", format!("{}x", claims())),
        ("cut short", claims().to_string().trim_end_matches('}').to_owned()),
        ("a token within", good()),
    ] {
        all.push((name.to_owned(), by_text(&plain, &text)));
    }
    all
}

fn forms() -> Vec<(String, String)> {
    let good = good();
    let parts: Vec<&str> = good.split('.').collect();
    let [head, body, signature] = parts[..] else { panic!("three parts") };
    let plain = claims().to_string();
    let wide: String = good.chars().map(|c| if c == '.' { '\u{2024}' } else { c }).collect();
    let pad = |text: &str| format!("{text}=");
    let huge = with(claims(), "more", json!("x".repeat(20_000)));
    let flat = json!({ "protected": head, "payload": body, "signature": signature });
    let double = header().to_string().replacen('{', "{\"alg\":\"none\",", 1);
    [
        ("one part", head.to_owned()),
        ("two parts", format!("{head}.{body}")),
        ("four parts", format!("{good}.x")),
        ("five parts", format!("{head}.{body}.{signature}.{body}.{signature}")),
        ("a dot before it", format!(".{good}")),
        ("a dot behind it", format!("{good}.")),
        ("two dots within", format!("{head}..{body}.{signature}")),
        ("only dots", "..".to_owned()),
        ("one dot", ".".to_owned()),
        ("parts in another order", format!("{body}.{head}.{signature}")),
        ("no head", format!(".{body}.{signature}")),
        ("no claims", format!("{head}..{signature}")),
        ("its head padded", format!("{}.{body}.{signature}", pad(head))),
        ("its claims padded", format!("{head}.{}.{signature}", pad(body))),
        ("all padded", format!("{}.{}.{}", URL_SAFE.encode("{}"), pad(body), pad(signature))),
        ("a space within", format!("{head}. {body}.{signature}")),
        ("a tab within", format!("{head}.\t{body}.{signature}")),
        ("encoded dots", good.replace('.', "%2e")),
        ("dots that look alike", wide),
        ("quoted", format!("\"{good}\"")),
        ("as JSON", flat.to_string()),
        ("in base64 again", URL_SAFE_NO_PAD.encode(&good)),
        ("in upper case", good.to_uppercase()),
        ("backwards", good.chars().rev().collect()),
        ("huge", by(0, &header(), &huge)),
        ("only letters, many", "a".repeat(40_000)),
        ("two algorithms, the last good", by_text(&double, &plain)),
        ("a head that is a list", by_text(&format!("[{}]", header()), &plain)),
        ("a head that is no JSON", by_text("RS256", &plain)),
        ("an empty head", by_text("{}", &plain)),
        ("a mark of byte order", by_text(&format!("\u{feff}{}", header()), &plain)),
    ]
    .map(|(name, token)| (name.to_owned(), token))
    .into()
}

fn signatures() -> Vec<(String, String)> {
    let good = good();
    let (text, signature) = good.rsplit_once('.').expect("a signature");
    let bytes = URL_SAFE_NO_PAD.decode(signature).expect("base64");
    let length = bytes.len();
    let flipped = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        bytes
    };
    let later = part(&with(claims(), "exp", json!(now() + 86_400)));
    let head = text.split('.').next().expect("a head");
    let mut all = Vec::new();
    for (name, bytes) in [
        ("empty", Vec::new()),
        ("its first bit flipped", flipped(0)),
        ("a bit flipped within", flipped(length / 2)),
        ("its last bit flipped", flipped(length - 1)),
        ("a byte short", bytes[..length - 1].to_vec()),
        ("half of it", bytes[..length / 2].to_vec()),
        ("a byte more", [&bytes[..], &[0]].concat()),
        ("a zero before it", [&[0], &bytes[..]].concat()),
        ("twice", [&bytes[..], &bytes[..]].concat()),
        ("zeros", vec![0; length]),
        ("one", [vec![0; length - 1], vec![1]].concat()),
        ("all ones", vec![255; length]),
        ("backwards", bytes.iter().rev().copied().collect()),
    ] {
        all.push((name.to_owned(), format!("{text}.{}", URL_SAFE_NO_PAD.encode(bytes))));
    }
    for (name, token) in [
        ("padded", format!("{good}==")),
        ("no base64", format!("{text}.!!!!")),
        ("in hex", format!("{text}.{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())),
        ("of other claims", format!("{head}.{later}.{signature}")),
        ("of another head", format!("{}.{}.{signature}", part(&with(header(), "typ", json!("x"))), part(&claims()))),
        ("of the head alone", {
            let mut by_head = vec![0; length];
            pairs()[0].sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), head.as_bytes(), &mut by_head).expect("signed");
            format!("{text}.{}", URL_SAFE_NO_PAD.encode(by_head))
        }),
    ] {
        all.push((name.to_owned(), token));
    }
    all
}

/// A good token where none is looked for, or not as it must stand there; and none at all.
fn places() -> Vec<Bad> {
    let good = good();
    let wrong = by(1, &header(), &claims());
    let mut all: Vec<Bad> = vec![
        ("no header".to_owned(), vec![]),
        (
            "two headers, the first wrong".to_owned(),
            vec![("authorization", format!("Bearer {wrong}")), ("authorization", format!("Bearer {good}"))],
        ),
    ];
    for (name, value) in [
        ("empty header", String::new()),
        ("only a scheme", "Bearer".to_owned()),
        ("no scheme", good.clone()),
        ("basic", format!("Basic {}", STANDARD.encode(format!("x:{good}")))),
        ("another scheme", format!("Token {good}")),
        ("a scheme that is longer", format!("Bearers {good}")),
        ("a scheme with a colon", format!("Bearer: {good}")),
        ("no space", format!("Bearer{good}")),
        ("a tab for the space", format!("Bearer\t{good}")),
        ("a space that looks alike", format!("Bearer\u{a0}{good}")),
        ("the scheme twice", format!("Bearer Bearer {good}")),
        ("a list", format!("Bearer {wrong}, Bearer {good}")),
        ("two tokens", format!("Bearer {wrong} {good}")),
        ("a scheme in lower case and another key", format!("bearer {wrong}")),
        ("as a parameter", format!("Bearer token=\"{good}\"")),
    ] {
        all.push((name.to_owned(), vec![("authorization", value)]));
    }
    for header in
        ["x-authorization", "proxy-authorization", "authentication", "x-ms-token", "x-forwarded-authorization"]
    {
        all.push((format!("in {header}"), vec![(header, format!("Bearer {good}"))]));
    }
    all.push(("in a cookie".to_owned(), vec![("cookie", format!("authorization=Bearer {good}; access_token={good}"))]));
    all
}

//! A stored document with a sum over its bytes, so that a damaged one is found out before anybody acts on it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use aws_lc_rs::digest::{SHA256, digest};

/// Characters of the sum: 64 bits in hex.
const SUM: usize = 16;

/// A document, which is JSON without a tab, and behind it a tab and its sum.
#[must_use]
pub fn seal(mut document: Vec<u8>) -> Vec<u8> {
    let sum = sum(&document);
    document.push(b'\t');
    document.extend(sum.bytes());
    document
}

/// The document within; those of earlier releases have no sum.
///
/// # Errors
/// When the sum is not that of the document.
pub fn open(sealed: &[u8]) -> Result<&[u8], String> {
    let Some(end) = sealed.iter().rposition(|byte| *byte == b'\t') else { return Ok(sealed) };
    let (document, seal) = (&sealed[..end], &sealed[end + 1..]);
    if sum(document).as_bytes() == seal {
        return Ok(document);
    }
    Err("the stored document is damaged: its sum is not that of its bytes; restore the store from a backup".to_owned())
}

fn sum(document: &[u8]) -> String {
    let digest = digest(&SHA256, document);
    digest.as_ref()[..SUM / 2].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use crate::runtime::sealed::{open, seal};

    #[test]
    fn any_flipped_bit_is_found() {
        let document = br#"{"call":{"id":"c","state":"team"},"outbox":[]}"#.to_vec();
        let sealed = seal(document.clone());
        assert_eq!(open(&sealed), Ok(document.as_slice()));
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut damaged = sealed.clone();
                damaged[at] ^= 1 << bit;
                // Where the tab itself is hit, the sum is part of what is read, and that is no JSON.
                let read =
                    open(&damaged).is_ok_and(|within| serde_json::from_slice::<serde_json::Value>(within).is_ok());
                assert!(!read, "byte {at}, bit {bit}");
            }
        }
        for cut in 1..sealed.len() {
            let read =
                open(&sealed[..cut]).is_ok_and(|within| serde_json::from_slice::<serde_json::Value>(within).is_ok());
            assert!(!read || cut == document.len(), "cut at {cut}");
        }
    }

    #[test]
    fn documents_of_earlier_releases_have_none() {
        assert_eq!(open(b"{}"), Ok(&b"{}"[..]));
    }
}

//! Fetches an audio file to learn how long it lasts.

use std::time::Duration;

use crate::platform::media_time::{UNREADABLE_FILE_MS, wav_ms};

/// Largest file that is fetched.
const MOST_BYTES: usize = 20 * 1024 * 1024;
/// How long fetching may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How long a file lasts: as its header says, two seconds if that cannot be read. `None` when it cannot be fetched or is too
/// large.
pub(crate) async fn lasts_ms(client: &reqwest::Client, uri: &str) -> Option<u64> {
    let fetched = tokio::time::timeout(TIMEOUT, fetch(client, uri)).await.ok().flatten()?;
    Some(wav_ms(&fetched).unwrap_or(UNREADABLE_FILE_MS))
}

async fn fetch(client: &reqwest::Client, uri: &str) -> Option<Vec<u8>> {
    let mut response = client.get(uri).send().await.ok()?.error_for_status().ok()?;
    if !response.status().is_success() || response.content_length().is_some_and(|length| length > MOST_BYTES as u64) {
        return None;
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if bytes.len() + chunk.len() > MOST_BYTES {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    Some(bytes)
}

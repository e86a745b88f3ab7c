//! `GET /media/…`: the project's audio files, for the platform to fetch. Audio only: a project holds secrets too.

use crate::http::{Response, decode_segment};
use crate::server::not_found;
use std::path::Path;

/// Largest file served, in bytes.
const MOST_BYTES: u64 = 20 << 20;
/// Endings that are served, with their types.
const TYPES: &[(&str, &str)] = &[("wav", "audio/wav"), ("mp3", "audio/mpeg")];

pub(super) async fn answer(project: Option<&Path>, segments: &[&str]) -> Response {
    let Some(project) = project else { return not_found() };
    let mut path = project.to_path_buf();
    for segment in segments {
        match decode_segment(segment) {
            Some(name) if is_plain(&name) => path.push(name),
            Some(_) | None => return not_found(),
        }
    }
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("").to_ascii_lowercase();
    let Some((_, content_type)) = TYPES.iter().find(|(known, _)| *known == ending) else { return not_found() };
    match read(project, &path).await {
        Some(body) => Response::empty(200).with_header("content-type", *content_type).with_body(body),
        None => not_found(),
    }
}

/// The file, unless a link leads out of the project or it is larger than any prompt.
async fn read(project: &Path, path: &Path) -> Option<Vec<u8>> {
    let (root, real) = (tokio::fs::canonicalize(project).await.ok()?, tokio::fs::canonicalize(path).await.ok()?);
    let meta = tokio::fs::metadata(&real).await.ok()?;
    if !real.starts_with(&root) || !meta.is_file() || meta.len() > MOST_BYTES {
        return None;
    }
    tokio::fs::read(&real).await.ok()
}

/// One visible name, nothing that leads elsewhere.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0', ':'])
}

#[cfg(test)]
mod tests {
    use crate::server::media::answer;

    #[tokio::test]
    async fn audio_and_nothing_else_is_served() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("cy")).unwrap();
        std::fs::write(folder.path().join("cy/a b.wav"), b"RIFF").unwrap();
        std::fs::write(folder.path().join("flowc.toml"), b"secret").unwrap();
        let project = Some(folder.path());
        assert_eq!(answer(project, &["cy", "a%20b.wav"]).await.body, b"RIFF");
        for segments in
            [&["flowc.toml"][..], &["..", "a.wav"], &["cy", "%2e%2e", "x.wav"], &["cy%2Fa%20b.wav"], &["none.wav"]]
        {
            assert_eq!(answer(project, segments).await.status, 404, "{segments:?}");
        }
        assert_eq!(answer(None, &["cy", "a%20b.wav"]).await.status, 404);
    }
}

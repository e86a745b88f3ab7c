//! A keeper over a small platform of its own, which says what the test says and remembers who asked for what.

use crate::provider::acs::client::{Client, Settings};
use crate::provider::acs::from_wire::grid::{RecordingFile, RecordingReady};
use crate::recordings::{Keeper, Wanted};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const SOUND: &str = "RIFF and so on";

/// Method and path of each request, with its head.
type Asked = Arc<Mutex<Vec<(String, String)>>>;

/// A platform that answers the `n`th request (from 1) for a path.
async fn platform(answer: fn(&str, usize) -> String) -> (String, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let asked = Asked::default();
    let seen = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            while !bytes.ends_with(b"\r\n\r\n") {
                if socket.read_buf(&mut bytes).await.unwrap() == 0 {
                    break;
                }
            }
            let head = String::from_utf8(bytes).unwrap();
            let what = head.split(' ').take(2).collect::<Vec<_>>().join(" ");
            let count = {
                let mut seen = seen.lock().unwrap();
                seen.push((what.clone(), head));
                seen.iter().filter(|(before, _)| *before == what).count()
            };
            socket.write_all(answer(&what, count).as_bytes()).await.unwrap();
        }
    });
    (origin, asked)
}

fn with(status: u16, length: usize, rest: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n{rest}")
}

fn sound() -> String {
    with(200, SOUND.len(), &format!("\r\n{SOUND}"))
}

fn client(origin: &str) -> Client {
    Client::new(Settings::of_a_test(origin)).unwrap()
}

fn ready(content: &str) -> RecordingReady {
    let file = RecordingFile {
        document: "doc".to_owned(),
        index: 0,
        content: content.to_owned(),
        delete: Some(format!("{content}/gone")),
    };
    RecordingReady { recording: "rec".to_owned(), server_call: None, format: Some("wav".to_owned()), files: vec![file] }
}

fn below(folder: &Path, sub: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder.join(sub)).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never: {what}");
}

fn asked_for(asked: &Asked) -> Vec<String> {
    asked.lock().unwrap().iter().map(|(what, _)| what.clone()).collect()
}

/// A folder, and the file that is to come there.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("call-1.rec.0.wav");
    (folder, file)
}

async fn settled(folder: &tempfile::TempDir) {
    until("settled", || below(folder.path(), ".wanted").is_empty()).await;
}

#[tokio::test]
async fn a_file_is_kept_once_and_stays_with_the_platform() {
    let (origin, asked) = platform(|_, _| sound()).await;
    let (folder, file) = folder();
    let keeper = Keeper::open(client(&origin), folder.path(), false).unwrap();
    let ready = ready(&format!("{origin}/files/1?a=b"));
    keeper.want("call-1", &ready).await.unwrap();
    keeper.want("call-1", &ready).await.unwrap();
    settled(&folder).await;
    keeper.want("call-1", &ready).await.unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), SOUND);
    assert_eq!(below(folder.path(), ""), [".given-up", ".wanted", "call-1.rec.0.wav"]);
    assert_eq!(asked_for(&asked), ["GET /files/1?a=b"]);
    let head = asked.lock().unwrap()[0].1.to_ascii_lowercase();
    assert!(head.contains("authorization: hmac-sha256") && head.contains("x-ms-host: 127.0.0.1"), "{head}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn what_is_kept_is_deleted_where_that_is_wanted() {
    // Deleting fails at first: what is there is not fetched again.
    let (origin, asked) = platform(|what, count| match what {
        "DELETE /1/gone" if count == 1 => with(500, 0, "\r\n"),
        "DELETE /1/gone" => with(200, 0, "\r\n"),
        _ => sound(),
    })
    .await;
    let (folder, file) = folder();
    let keeper = Keeper::open(client(&origin), folder.path(), true).unwrap();
    keeper.want("call-1", &ready(&format!("{origin}/1"))).await.unwrap();
    settled(&folder).await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), SOUND);
    assert_eq!(asked_for(&asked), ["GET /1", "DELETE /1/gone", "DELETE /1/gone"]);
}

#[tokio::test]
async fn success_without_a_file_is_no_file_and_has_nothing_deleted() {
    let (origin, asked) = platform(|what, count| match (what, count) {
        ("GET /1", 1) => with(202, 0, "\r\n"),
        ("GET /1", 2) => with(200, 0, "\r\n"),
        ("GET /1", _) => sound(),
        _ => with(200, 0, "\r\n"),
    })
    .await;
    let (folder, file) = folder();
    let keeper = Keeper::open(client(&origin), folder.path(), true).unwrap();
    keeper.want("call-1", &ready(&format!("{origin}/1"))).await.unwrap();
    settled(&folder).await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), SOUND);
    assert_eq!(asked_for(&asked), ["GET /1", "GET /1", "GET /1", "DELETE /1/gone"]);
}

#[tokio::test]
async fn a_kept_file_that_cannot_be_deleted_is_not_given_up() {
    let (origin, asked) = platform(|_, _| sound()).await;
    let (folder, file) = folder();
    let keeper = Keeper::open(client(&origin), folder.path(), true).unwrap();
    let mut ready = ready(&format!("{origin}/1"));
    ready.files[0].delete = Some("https://elsewhere.example/1".to_owned());
    keeper.want("call-1", &ready).await.unwrap();
    settled(&folder).await;
    assert_eq!((std::fs::read_to_string(&file).unwrap().as_str(), below(folder.path(), ".given-up").len()), (SOUND, 0));
    assert_eq!(asked_for(&asked), ["GET /1"]);
}

#[tokio::test]
async fn a_file_that_breaks_off_is_fetched_again_whole() {
    let (origin, asked) = platform(|_, count| match count {
        1 => with(200, SOUND.len(), "\r\nRIFF"),
        _ => sound(),
    })
    .await;
    let (folder, file) = folder();
    let keeper = Keeper::open(client(&origin), folder.path(), false).unwrap();
    keeper.want("call-1", &ready(&format!("{origin}/1"))).await.unwrap();
    until("asked", || !asked_for(&asked).is_empty()).await;
    until("put aside", || !below(folder.path(), ".wanted").iter().any(|name| name.ends_with(".part"))).await;
    assert!(!file.exists(), "half a file has no name");
    settled(&folder).await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), SOUND);
    assert_eq!(asked_for(&asked).len(), 2);
}

#[tokio::test]
async fn the_credential_follows_nobody() {
    let (elsewhere, there) = platform(|_, _| sound()).await;
    // A function pointer knows nothing of the other address; any address will do.
    let (origin, asked) = platform(|_, _| with(302, 0, "Location: http://127.0.0.1:1/stolen\r\n\r\n")).await;
    let (folder, file) = folder();
    let keeper = Keeper::open(client(&origin), folder.path(), true).unwrap();
    keeper.want("call-1", &ready(&format!("{origin}/1"))).await.unwrap();
    settled(&folder).await;
    assert_eq!((below(folder.path(), ".given-up"), file.exists()), (vec!["call-1.rec.0.wav.json".to_owned()], false));
    assert_eq!(asked_for(&asked), ["GET /1"], "not even deleted");

    // Nor does it go where the event says, when that is nowhere of the platform's.
    keeper.want("call-2", &ready(&format!("{elsewhere}/1"))).await.unwrap();
    settled(&folder).await;
    assert_eq!(below(folder.path(), ".given-up").len(), 2);
    assert!(there.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_file_that_is_too_long_is_given_up() {
    // With its length told, and without.
    let (origin, _) = platform(|what, _| match what {
        "GET /told" => sound(),
        _ => format!("HTTP/1.1 200 X\r\nConnection: close\r\n\r\n{SOUND}"),
    })
    .await;
    for path in ["told", "untold"] {
        let (folder, file) = folder();
        let keeper = Keeper::bounded(client(&origin), folder.path(), false, SOUND.len() as u64 - 1).unwrap();
        keeper.want("call-1", &ready(&format!("{origin}/{path}"))).await.unwrap();
        settled(&folder).await;
        assert_eq!((below(folder.path(), ".given-up").len(), file.exists()), (1, false), "{path}");
    }
}

#[tokio::test]
async fn what_a_process_left_is_taken_up_by_the_next() {
    let (origin, _) = platform(|_, _| sound()).await;
    let (folder, file) = folder();
    let wanted = Wanted::of("call-1", &ready(&format!("{origin}/1")), jiff::Timestamp::now().as_millisecond());
    let notes = folder.path().join(".wanted");
    std::fs::create_dir(&notes).unwrap();
    std::fs::write(notes.join("call-1.rec.0.wav.json"), serde_json::to_vec(&wanted[0]).unwrap()).unwrap();
    std::fs::write(notes.join("call-1.rec.0.wav.part"), "RI").unwrap();
    std::fs::write(notes.join("call-2.rec.0.wav.draft"), "{").unwrap();
    let _keeper = Keeper::open(client(&origin), folder.path(), false).unwrap();
    settled(&folder).await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), SOUND);
}

#[test]
fn a_folder_that_cannot_be_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "").unwrap();
    assert!(Keeper::open(client("http://127.0.0.1:1"), &taken, false).is_err());
}

//! The store on disk, as callers meet it.

use crate::store::sqlite::{Sqlite, connect, schema};
use crate::store::{Among, Change, Committed, Erased, Error, Found, HistoryLine, Quarantined, Reserve, Store};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn change(call: &str, expected: u64) -> Change {
    let line = HistoryLine { rev: expected + 1, event_key: format!("{expected}"), at: 1, body: vec![7; 500] };
    Change {
        call: call.to_owned(),
        expected,
        doc: vec![expected as u8; 2_000],
        program: "p".to_owned(),
        next_due: Some(5),
        history: vec![line],
        natural_key: (expected == 0).then(|| format!("key of {call}")),
        ended: None,
    }
}

async fn rev(store: &Sqlite, call: &str) -> u64 {
    match store.load(call, &[]).await.unwrap() {
        Found::Live { row, .. } => row.rev,
        Found::Ended(_) | Found::Unknown => 0,
    }
}

async fn fill(store: &Sqlite) {
    for expected in 0..20 {
        assert_eq!(store.commit(change("a", expected)).await.unwrap(), Committed::Applied);
    }
    let end = Change { ended: Some(9), next_due: None, ..change("b", 0) };
    assert_eq!(store.commit(end).await.unwrap(), Committed::Applied);
    store.put_program("p", b"program", b"map").await.unwrap();
    store.secret("mac", b"key".to_vec()).await.unwrap();
}

async fn check_filled(store: &Sqlite) {
    assert_eq!(rev(store, "a").await, 20);
    assert_eq!(store.history("a").await.unwrap().len(), 20);
    assert!(matches!(store.load("b", &[]).await.unwrap(), Found::Ended(ended) if ended.at == 9));
    assert_eq!(store.program("p").await.unwrap(), Some((b"program".to_vec(), b"map".to_vec())));
    assert_eq!(store.secret("mac", b"other".to_vec()).await.unwrap(), b"key");
    assert_eq!(store.due(5, 10).await.unwrap(), ["a"]);
    let again = Change { natural_key: Some("key of b".to_owned()), ..change("c", 0) };
    assert_eq!(store.commit(again).await.unwrap(), Committed::Exists { call: "b".to_owned() });
    assert_eq!(store.commit(change("a", 20)).await.unwrap(), Committed::Applied);
}

fn integrity(path: &Path) -> String {
    let conn = Connection::open(path).unwrap();
    conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_store_that_is_closed_and_opened_again_has_everything() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("calls.db");
    let store = Sqlite::open(&path).unwrap();
    fill(&store).await;
    drop(store);
    check_filled(&Sqlite::open(&path).unwrap()).await;
    assert_eq!(integrity(&path), "ok");
}

#[test]
fn every_commit_is_synced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("calls.db");
    let mut conn = connect(&path, Duration::ZERO).unwrap();
    schema::migrate(&mut conn).unwrap();
    let number = |name: &str| conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!([number("synchronous"), number("wal_autocheckpoint"), number("busy_timeout")], [2, 0, 0]);
    let mode: String = conn.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

/// The files as they stand while the process runs are what a killed process leaves behind.
#[tokio::test]
async fn a_killed_process_leaves_every_acknowledged_commit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("calls.db");
    let store = Sqlite::open(&path).unwrap();
    fill(&store).await;
    let left = dir.path().join("left.db");
    std::fs::copy(&path, &left).unwrap();
    std::fs::copy(dir.path().join("calls.db-wal"), dir.path().join("left.db-wal")).unwrap();
    assert!(std::fs::metadata(dir.path().join("left.db-wal")).unwrap().len() > 0, "nothing but the log has it");
    check_filled(&Sqlite::open(&left).unwrap()).await;
    assert_eq!(integrity(&left), "ok");
    drop(store);
}

#[tokio::test]
async fn what_was_asked_for_before_the_drop_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("calls.db");
    let store = Arc::new(Sqlite::open(&path).unwrap());
    let mut asked = tokio::task::JoinSet::new();
    for call in 0..100 {
        let store = Arc::clone(&store);
        asked.spawn(async move { store.commit(change(&format!("call {call}"), 0)).await.unwrap() });
    }
    while let Some(committed) = asked.join_next().await {
        assert_eq!(committed.unwrap(), Committed::Applied);
    }
    drop(store);
    assert_eq!(Sqlite::open(&path).unwrap().list(Among::All, 1_000).await.unwrap().len(), 100);
}

#[tokio::test]
async fn a_second_opening_is_refused_until_the_first_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("calls.db");
    let store = Sqlite::open(&path).unwrap();
    let refused = Sqlite::open(&path).unwrap_err();
    assert!(matches!(&refused, Error::Locked { path: named } if *named == path.display().to_string()), "{refused}");
    drop(store);
    Sqlite::open(&path).unwrap();
}

#[tokio::test]
async fn a_file_of_a_newer_release_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("calls.db");
    drop(Sqlite::open(&path).unwrap());
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let refused = Sqlite::open(&path).unwrap_err();
    assert!(matches!(refused, Error::Newer { found: 99, known: 2 }), "{refused}");
}

#[tokio::test]
async fn a_damaged_page_is_found_and_a_sound_file_passes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("calls.db");
    Sqlite::check(&path).expect("there is nothing to be damaged");
    let store = Sqlite::open(&path).unwrap();
    fill(&store).await;
    assert!(matches!(Sqlite::check(&path), Err(Error::Locked { .. })));
    drop(store);
    Sqlite::check(&path).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    // Every page but the first, whose header a store is known by.
    bytes[size..].chunks_mut(size).for_each(|page| page[..64].fill(0x5a));
    std::fs::write(&path, bytes).unwrap();
    let damage = Sqlite::check(&path).unwrap_err();
    assert!(matches!(&damage, Error::Unavailable(told) if told.contains("damaged")), "{damage}");
}

/// The file and its log, as somebody finds them who looks without SQLite.
fn bytes_of(dir: &Path) -> Vec<u8> {
    ["calls.db", "calls.db-wal"].iter().flat_map(|name| std::fs::read(dir.join(name)).unwrap_or_default()).collect()
}

#[tokio::test]
async fn what_is_erased_is_not_in_the_files_any_more() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("calls.db");
    let store = Sqlite::open(&path).unwrap();
    let has = |word: &[u8]| bytes_of(dir.path()).windows(word.len()).any(|window| window == word);
    let begun = Change { doc: b"said swordfish".to_vec(), ..change("a", 0) };
    let mut over = Change { doc: b"said swordfish".to_vec(), ended: Some(9), next_due: None, ..change("a", 1) };
    over.history[0].body = b"heard swordfish".to_vec();
    for change in [begun, over] {
        assert_eq!(store.commit(change).await.unwrap(), Committed::Applied);
    }
    assert!(has(b"swordfish"), "this test would see it");
    assert_eq!(store.erase("a").await.unwrap(), Erased::Done);
    for _ in 0..500 {
        if !has(b"swordfish") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!has(b"swordfish"), "it is still there");
    assert!(matches!(store.load("a", &[]).await.unwrap(), Found::Ended(ended) if ended.doc.is_empty()));
}

#[tokio::test]
async fn files_that_are_no_store_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let text = dir.path().join("notes.txt");
    std::fs::write(&text, "these are notes and not a database, whatever anybody may hope for ".repeat(20)).unwrap();
    let missing = dir.path().join("missing").join("calls.db");
    for path in [text.as_path(), missing.as_path(), dir.path()] {
        let refused = Sqlite::open(path).unwrap_err();
        assert!(matches!(refused, Error::Unavailable(_)), "{refused}");
    }
    assert!(std::fs::read_to_string(&text).unwrap().starts_with("these are notes"));
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("calls.db");
    let store = Sqlite::open(&path).unwrap();
    fill(&store).await;
    for name in ["calls.db", "calls.db-wal"] {
        let file = std::fs::metadata(dir.path().join(name)).unwrap();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o777, 0o600, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_emptied_past_its_bound_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("calls.db");
    let bound = 1024 * 1024;
    let store = Arc::new(Sqlite::open_with(&path, bound, (0, Duration::MAX), Arc::default()).unwrap());
    let log = dir.path().join("calls.db-wal");
    let mut most = 0;
    for round in 0..40 {
        let mut asked = tokio::task::JoinSet::new();
        for call in 0..64 {
            let store = Arc::clone(&store);
            asked.spawn(async move { store.commit(change(&format!("call {call:02}"), round)).await.unwrap() });
        }
        for committed in asked.join_all().await {
            assert_eq!(committed, Committed::Applied);
        }
        most = most.max(std::fs::metadata(&log).unwrap().len());
    }
    assert!(most > bound, "the log never grew to its bound: {most}");
    // Copying alone leaves the file as long as it ever was.
    let emptied = || std::fs::metadata(&log).unwrap().len() <= bound;
    for _ in 0..500 {
        if emptied() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(emptied(), "the log was {most} bytes long and still is");
    for call in 0..64 {
        assert_eq!(rev(&store, &format!("call {call:02}")).await, 40);
    }
}

#[tokio::test]
async fn what_is_put_aside_is_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("calls.db");
    let store = Sqlite::open(&path).unwrap();
    let row =
        Quarantined { at: 3, reason: "no such call".to_owned(), call: "a".to_owned(), detail: "PlayFailed".to_owned() };
    store.quarantine(row).await.unwrap();
    drop(store);
    let conn = Connection::open(&path).unwrap();
    let found: (i64, String, String, String) = conn
        .query_row("SELECT at, reason, call_id, detail FROM quarantine", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .unwrap();
    assert_eq!(found, (3, "no such call".to_owned(), "a".to_owned(), "PlayFailed".to_owned()));
}

/// The page bound stands for a disk that is full, and lifting it for the room that was given.
#[tokio::test]
async fn a_full_disk_has_room_for_what_was_begun_and_for_nothing_else_until_there_is_more() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("calls.db");
    let open = || Sqlite::open_with(&path, 1 << 20, (100_000, Duration::from_secs(3_600)), Arc::default()).unwrap();
    let store = open();
    assert_eq!(store.reserve(), Reserve::Held(100_000));
    for call in ["a", "b"] {
        assert_eq!(store.commit(change(call, 0)).await.unwrap(), Committed::Applied);
    }
    store.most_pages(1).await;
    let mut full = Change { doc: vec![1; 1_000_000], ..change("a", 1) };
    assert!(matches!(store.commit(full.clone()).await, Err(Error::Full(_))));
    assert_eq!(
        (store.reserve(), std::fs::metadata(dir.path().join("calls.db.ballast")).unwrap().len()),
        (Reserve::Given, 0)
    );
    store.most_pages(1 << 20).await;
    full.doc.truncate(500_000);
    assert_eq!(store.commit(full).await.unwrap(), Committed::Applied);
    let end = Change { ended: Some(9), next_due: None, ..change("b", 1) };
    assert_eq!(store.commit(end).await.unwrap(), Committed::Applied);
    assert_eq!(store.erase("b").await.unwrap(), Erased::Done);
    // What is new has to wait; what is there already is known.
    assert!(matches!(store.commit(change("c", 0)).await, Err(Error::Full(_))));
    assert!(matches!(store.probe(1).await, Err(Error::Full(_))));
    let again = Change { call: "d".to_owned(), ..change("a", 0) };
    assert_eq!(store.commit(again).await.unwrap(), Committed::Exists { call: "a".to_owned() });
    (*store.ballast).as_ref().unwrap().look();
    assert_eq!(store.reserve(), Reserve::Held(100_000));
    assert_eq!(store.commit(change("c", 0)).await.unwrap(), Committed::Applied);
    store.probe(1).await.unwrap();
}

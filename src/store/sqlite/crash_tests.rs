//! What a power cut may leave of the files, at any moment of a random load: every acknowledged commit is found in it, and of the
//! one that was under way all or nothing.
//!
//! The files are copied after every commit and every copying of the log. What a cut leaves between two of these copies is made of
//! them: whatever was written after the last sync is there or is not, sector by sector, in any order, cut short or grown and still
//! empty. That SQLite syncs when it must is not seen here, only that what it then has on disk is enough.

use crate::store::sqlite::writer::{Write, Written, transact};
use crate::store::sqlite::{Sqlite, connect, schema};
use crate::store::{Change, Committed, Found, HistoryLine, Prune, Quarantined, Store};
use rusqlite::Connection;
use rusqlite::types::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;
/// Commits of a load.
const COMMITS: usize = 36;
/// Random cuts between two copies.
const CUTS: usize = 6;
/// Calls that live at a time, at most.
const CALLS: u64 = 12;

/// The same numbers every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 29)) % sides
    }

    fn bytes(&mut self, most: u64) -> Vec<u8> {
        let (length, byte) = (self.roll(most), self.roll(256));
        (0..length).map(|at| (at ^ byte) as u8).collect()
    }
}

/// The file and its log, as they stand.
#[derive(Clone, PartialEq, Eq)]
struct Files {
    main: Vec<u8>,
    log: Vec<u8>,
}

impl Files {
    fn of(path: &Path) -> Files {
        Files { main: std::fs::read(path).unwrap(), log: std::fs::read(log_of(path)).unwrap_or_default() }
    }

    fn put(&self, path: &Path) {
        std::fs::write(path, &self.main).unwrap();
        std::fs::write(log_of(path), &self.log).unwrap();
        let shared = PathBuf::from(format!("{}-shm", path.display()));
        assert!(!shared.exists() || std::fs::remove_file(shared).is_ok());
    }
}

fn log_of(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", path.display()))
}

/// What somebody finds who asks for everything.
type All = Vec<Vec<Value>>;

fn everything(conn: &Connection) -> All {
    let mut all = Vec::new();
    for table in ["calls", "ended", "history", "natural_keys", "quarantine", "secrets"] {
        let mut query = conn.prepare(&format!("SELECT '{table}', * FROM {table} ORDER BY 2, 3")).unwrap();
        let columns = query.column_count();
        let row = |row: &rusqlite::Row| (0..columns).map(|at| row.get(at)).collect::<rusqlite::Result<Vec<Value>>>();
        all.extend(query.query_map([], row).unwrap().map(Result::unwrap));
    }
    all
}

/// Opens what is left, as a new process would, and asks for everything.
fn found(files: &Files, path: &Path) -> All {
    files.put(path);
    let mut conn = connect(path, Duration::ZERO).unwrap();
    // What is done with the copy need not last.
    conn.pragma_update(None, "synchronous", "OFF").unwrap();
    schema::migrate(&mut conn).unwrap();
    let sound: String = conn.query_row("PRAGMA quick_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    everything(&conn)
}

/// What a cut may leave of a file that was `old` at its last sync and would have become `new`.
fn torn(old: &[u8], new: &[u8], dice: &mut Dice) -> Vec<u8> {
    let length = match dice.roll(3) {
        0 => new.len(),
        _ => old.len() + dice.roll(1 + new.len().saturating_sub(old.len()) as u64) as usize,
    };
    // Mostly new, mostly old, or as it comes.
    let share = [1, 2, 31][dice.roll(3) as usize];
    let mut left = vec![0; length];
    for (at, sector) in left.chunks_mut(SECTOR).enumerate() {
        let from = if dice.roll(32) < share { old } else { new };
        let from = from.get(at * SECTOR..).unwrap_or_default();
        let count = sector.len().min(from.len());
        sector[..count].copy_from_slice(&from[..count]);
    }
    left
}

/// The new file up to `at`; behind it what was there before.
fn cut(old: &[u8], new: &[u8], at: usize) -> Vec<u8> {
    let at = at.min(new.len());
    new[..at].iter().chain(old.get(at..).unwrap_or_default()).copied().collect()
}

/// Everything that was answered.
#[derive(Default)]
struct Load {
    revs: BTreeMap<u64, u64>,
    next: u64,
}

impl Load {
    /// Some writes: mostly changes of calls that live, some of which must not stand.
    fn batch(&self, dice: &mut Dice, commit: usize) -> Vec<Write> {
        (0..1 + dice.roll(6)).map(|at| self.write(dice, commit as u64 * 10 + at)).collect()
    }

    fn write(&self, dice: &mut Dice, number: u64) -> Write {
        let at = number as i64;
        match dice.roll(20) {
            0 => Write::Probe { now: at, bytes: 20_000 },
            1 => Write::Prune(Prune { history_before: at - 100, calls_before: at - 200, limit: 3 }),
            2 => Write::Erase { call: format!("{:04}", dice.roll(self.next + 1)) },
            3 => Write::Quarantine(Quarantined { at, reason: "r".into(), call: "c".into(), detail: "d".repeat(200) }),
            4 => Write::Secret { name: format!("key {}", dice.roll(4)), fresh: dice.bytes(40) },
            _ => Write::Change(Box::new(self.change(dice, number))),
        }
    }

    fn change(&self, dice: &mut Dice, number: u64) -> Change {
        let living: Vec<(&u64, &u64)> = self.revs.iter().collect();
        let (call, expected) = match living.get(dice.roll(CALLS) as usize) {
            Some((call, rev)) => (**call, **rev),
            // Several of one batch may have this id: one stands.
            None => (self.next, 0),
        };
        let expected = if dice.roll(15) == 0 { expected + 1 } else { expected };
        let lines = 1 + dice.roll(3);
        let key = |rev| if dice.0.is_multiple_of(13) { "repeated".to_owned() } else { format!("{number} {rev}") };
        let history = (expected + 1..=expected + lines)
            .map(|rev| HistoryLine { rev, event_key: key(rev), at: number as i64, body: vec![rev as u8; 300] })
            .collect();
        let ended = (expected > 0 && dice.roll(8) == 0).then_some(number as i64);
        Change {
            call: format!("{call:04}"),
            expected,
            doc: dice.bytes(6_000),
            program: "p".to_owned(),
            next_due: ended.is_none().then_some(number as i64),
            history,
            natural_key: (expected == 0).then(|| format!("key of {call}")),
            ended,
        }
    }

    /// Remembers what was acknowledged.
    fn told(&mut self, writes: &[Write], each: &[Written]) {
        for (write, written) in writes.iter().zip(each) {
            let (Write::Change(change), Written::Change(Committed::Applied)) = (write, written) else { continue };
            let call: u64 = change.call.parse().unwrap();
            self.next = self.next.max(call + 1);
            match change.ended {
                Some(_) => self.revs.remove(&call),
                None => self.revs.insert(call, change.rev()),
            };
        }
    }

    /// Whether every acknowledged revision of those that live is there, and no other.
    fn is_in(&self, all: &All) -> bool {
        let mut expected = self.revs.iter().map(|(call, rev)| (format!("{call:04}"), *rev as i64));
        let live = all.iter().filter(|row| row[0] == Value::Text("calls".to_owned()));
        let mut live = live.map(|row| (row[1].clone(), row[2].clone()));
        let same = expected.by_ref().all(|(call, rev)| live.next() == Some((Value::Text(call), Value::Integer(rev))));
        same && live.next().is_none()
    }
}

/// Ends of the log's parts after its first `from` bytes: every frame's, with its head.
fn frames(log: &Files, from: usize) -> impl Iterator<Item = usize> {
    let page = usize::from(u16::from_be_bytes([log.main[16], log.main[17]]));
    let ends = std::iter::successors(Some(32), move |at| Some(at + 24 + page));
    let length = log.log.len();
    ends.take_while(move |end| *end <= length).filter(move |end| *end >= from)
}

#[test]
fn whatever_a_power_cut_leaves_has_every_acknowledged_commit_and_no_half_one() {
    let dir = tempfile::tempdir().unwrap();
    let (path, left) = (dir.path().join("calls.db"), dir.path().join("left.db"));
    let mut conn = connect(&path, Duration::ZERO).unwrap();
    schema::migrate(&mut conn).unwrap();
    let (mut dice, mut load) = (Dice(7), Load::default());
    let (mut before, mut known) = (Files::of(&path), everything(&conn));
    let (mut images, mut whole, mut stood) = (0, 0, 0);
    for commit in 0..COMMITS {
        let writes = load.batch(&mut dice, commit);
        let each: Vec<Written> = transact(&conn, &writes).unwrap().into_iter().map(Result::unwrap).collect();
        load.told(&writes, &each);
        let (after, then) = (Files::of(&path), everything(&conn));
        assert!(load.is_in(&then), "commit {commit}: what was acknowledged is there");
        assert_eq!(after.main, before.main, "a commit is in the log");
        let first = before.log.iter().zip(&after.log).take_while(|(old, new)| old == new).count();
        let mut cuts: Vec<Vec<u8>> =
            frames(&after, first).flat_map(|end| [end, end + 12]).map(|at| cut(&before.log, &after.log, at)).collect();
        let span = (after.log.len() - first) as u64 + 1;
        cuts.extend((0..CUTS).map(|_| cut(&before.log, &after.log, first + dice.roll(span) as usize)));
        cuts.extend((0..CUTS).map(|_| torn(&before.log, &after.log, &mut dice)));
        for log in cuts {
            let image = Files { main: before.main.clone(), log };
            let found = found(&image, &left);
            images += 1;
            if found == then && then != known {
                whole += 1;
                assert!(image.log.len() >= first);
            } else {
                stood += 1;
                assert!(found == known, "commit {commit}: neither what was before nor what came after");
            }
        }
        assert!(found(&after, &left) == then, "commit {commit}: acknowledged and not there");
        (before, known) = (after, then);
        if dice.roll(4) == 0 {
            // First the log is synced, then the file is written and synced, then the log is cut off.
            let how = ["PASSIVE", "TRUNCATE"][dice.roll(2) as usize];
            conn.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |_| Ok(())).unwrap();
            let copied = Files::of(&path);
            for _ in 0..CUTS {
                let image = Files { main: torn(&before.main, &copied.main, &mut dice), log: before.log.clone() };
                assert!(found(&image, &left) == known, "commit {commit}: lost while the log was copied");
                images += 1;
            }
            let image = Files { main: copied.main.clone(), log: before.log.clone() };
            assert!(found(&image, &left) == known, "commit {commit}: lost once the log was copied");
            assert!(found(&copied, &left) == known, "commit {commit}: lost once the log was emptied");
            before = copied;
        }
    }
    eprintln!("{images} images: {whole} with the last commit, {stood} without");
    assert!(load.next > CALLS && known.len() > 50, "{} calls, {} rows", load.next, known.len());
    assert!(
        images > 500 && whole > 20 && stood > 300,
        "{images} images: {whole} with the last commit, {stood} without"
    );
}

fn change(call: &str, expected: u64) -> Change {
    let line = HistoryLine { rev: expected + 1, event_key: expected.to_string(), at: 1, body: Vec::new() };
    Change {
        call: call.to_owned(),
        expected,
        doc: vec![7; 5_000],
        program: "p".to_owned(),
        next_due: Some(1),
        history: vec![line],
        natural_key: None,
        ended: None,
    }
}

/// What would be lost by a disk that had not synced what it was told to is noticed: the search above can fail.
#[test]
fn a_sector_that_was_synced_and_is_lost_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    let (path, left) = (dir.path().join("calls.db"), dir.path().join("left.db"));
    let mut conn = connect(&path, Duration::ZERO).unwrap();
    schema::migrate(&mut conn).unwrap();
    let written = transact(&conn, &[Write::Change(Box::new(change("0001", 0)))]).unwrap();
    assert!(matches!(written.as_slice(), [Ok(Written::Change(Committed::Applied))]));
    let (files, known) = (Files::of(&path), everything(&conn));
    assert!(found(&files, &left) == known);
    let mut lost = files.clone();
    // The head of the last frame, with what says that the commit counts.
    let last = frames(&files, 0).take_while(|end| *end < files.log.len()).last().unwrap();
    lost.log[last..last + 24].fill(0);
    assert!(found(&lost, &left) != known);
}

/// A store that is opened over what was left goes on from there.
#[tokio::test]
async fn a_store_goes_on_from_what_a_power_cut_left() {
    let dir = tempfile::tempdir().unwrap();
    let (path, left) = (dir.path().join("calls.db"), dir.path().join("left.db"));
    let mut conn = connect(&path, Duration::ZERO).unwrap();
    schema::migrate(&mut conn).unwrap();
    let mut dice = Dice(11);
    let mut before = Files::of(&path);
    for expected in 0..20 {
        transact(&conn, &[Write::Change(Box::new(change("0001", expected)))]).unwrap();
        let after = Files::of(&path);
        let log = torn(&before.log, &after.log, &mut dice);
        Files { main: before.main.clone(), log }.put(&left);
        let store = Sqlite::open(&left).unwrap();
        let rev = match store.load("0001", &[]).await.unwrap() {
            Found::Live { row, .. } => row.rev,
            Found::Ended(_) | Found::Unknown => 0,
        };
        assert!(rev == expected || rev == expected + 1, "{rev} after {expected}");
        assert_eq!(store.commit(change("0001", rev)).await.unwrap(), Committed::Applied);
        before = after;
    }
}

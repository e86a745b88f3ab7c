//! Questions: loading, due calls, history, lists, programs, secrets.

use crate::store::conformance::{applied, change, keys, line, live, loaded};
use crate::store::{Among, Change, Committed, Counts, Erased, Found, Prune, Quarantined, Store};
use std::sync::Arc;

fn due_at(call: &str, expected: u64, at: i64) -> Change {
    Change { next_due: Some(at), ..change(call, expected) }
}

fn end(call: &str, expected: u64) -> Change {
    Change { next_due: None, ended: Some(77), ..change(call, expected) }
}

async fn due<S: Store>(store: &S, now: i64, limit: usize) -> Vec<String> {
    store.due(now, limit).await.unwrap()
}

pub(super) async fn nothing_is_known_of_an_unknown_call<S: Store>(store: Arc<S>) {
    applied(&*store, change("a", 0)).await;
    assert_eq!(loaded(&*store, "b").await, Found::Unknown);
    assert_eq!(store.load("", &["event 1".to_owned()]).await.unwrap(), Found::Unknown);
    assert!(store.history("b").await.unwrap().is_empty());
}

pub(super) async fn seen_keys_are_those_of_the_call<S: Store>(store: Arc<S>) {
    applied(&*store, Change { history: vec![line(1, "x"), line(2, "y")], ..change("a", 0) }).await;
    applied(&*store, Change { history: vec![line(1, "z")], ..change("b", 0) }).await;
    let asked = ["y", "z", "x", "", "X"].map(str::to_owned);
    let Found::Live { seen, .. } = store.load("a", &asked).await.unwrap() else { panic!("a lives") };
    assert_eq!(seen, ["y", "x"]);
}

pub(super) async fn an_empty_store_has_nothing<S: Store>(store: Arc<S>) {
    assert!(due(&*store, i64::MAX, 10).await.is_empty());
    assert_eq!(store.next_due().await.unwrap(), None);
    assert!(store.list(Among::All, 10).await.unwrap().is_empty());
    assert_eq!(store.program("hash-1").await.unwrap(), None);
}

pub(super) async fn due_calls_come_most_overdue_first<S: Store>(store: Arc<S>) {
    for (call, at) in [("a", 30), ("b", 10), ("c", 20), ("d", 20), ("e", 31), ("f", -5)] {
        applied(&*store, due_at(call, 0, at)).await;
    }
    assert_eq!(due(&*store, 30, 10).await, ["f", "b", "c", "d", "a"]);
    assert_eq!(due(&*store, 9, 10).await, ["f"]);
    assert!(due(&*store, -6, 10).await.is_empty());
}

pub(super) async fn due_is_limited<S: Store>(store: Arc<S>) {
    for (call, at) in [("a", 3), ("b", 1), ("c", 2)] {
        applied(&*store, due_at(call, 0, at)).await;
    }
    assert_eq!(due(&*store, 10, 2).await, ["b", "c"]);
    assert!(due(&*store, 10, 0).await.is_empty());
    assert_eq!(due(&*store, 10, usize::MAX).await.len(), 3);
}

pub(super) async fn a_changed_due_time_counts_at_once<S: Store>(store: Arc<S>) {
    applied(&*store, due_at("a", 0, 10)).await;
    applied(&*store, due_at("a", 1, 50)).await;
    assert!(due(&*store, 49, 10).await.is_empty());
    assert_eq!(due(&*store, 50, 10).await, ["a"]);
}

pub(super) async fn an_ended_call_is_never_due<S: Store>(store: Arc<S>) {
    applied(&*store, due_at("a", 0, 10)).await;
    applied(&*store, due_at("b", 0, 20)).await;
    applied(&*store, Change { next_due: Some(1), ..end("a", 1) }).await;
    assert_eq!(due(&*store, 100, 10).await, ["b"]);
    assert_eq!(store.next_due().await.unwrap(), Some(20));
}

pub(super) async fn the_next_due_time_is_the_least<S: Store>(store: Arc<S>) {
    applied(&*store, due_at("a", 0, 30)).await;
    applied(&*store, due_at("b", 0, 10)).await;
    assert_eq!(store.next_due().await.unwrap(), Some(10));
    applied(&*store, due_at("b", 1, 40)).await;
    assert_eq!(store.next_due().await.unwrap(), Some(30));
    applied(&*store, end("a", 1)).await;
    applied(&*store, end("b", 2)).await;
    assert_eq!(store.next_due().await.unwrap(), None);
}

pub(super) async fn history_outlives_the_call<S: Store>(store: Arc<S>) {
    applied(&*store, change("a", 0)).await;
    applied(&*store, change("a", 1)).await;
    applied(&*store, end("a", 2)).await;
    assert_eq!(keys(&*store, "a").await, ["event 1", "event 2", "event 3"]);
    assert_eq!(store.history("a").await.unwrap()[2], line(3, "event 3"));
}

pub(super) async fn the_newest_calls_are_listed_first<S: Store>(store: Arc<S>) {
    for call in ["c1", "c3", "c2", "c4"] {
        applied(&*store, change(call, 0)).await;
    }
    applied(&*store, end("c3", 1)).await;
    let listed = store.list(Among::All, 10).await.unwrap();
    let seen: Vec<(&str, Option<i64>)> = listed.iter().map(|one| (one.call.as_str(), one.ended)).collect();
    assert_eq!(seen, [("c4", None), ("c3", Some(77)), ("c2", None), ("c1", None)]);
    assert_eq!((listed[1].doc.as_slice(), listed[1].program.as_str()), (b"c3 at 2".as_slice(), "hash-1"));
}

pub(super) async fn listing_is_limited<S: Store>(store: Arc<S>) {
    for call in ["c1", "c2", "c3"] {
        applied(&*store, change(call, 0)).await;
    }
    applied(&*store, end("c3", 1)).await;
    let listed = store.list(Among::All, 2).await.unwrap();
    assert_eq!(listed.iter().map(|one| one.call.as_str()).collect::<Vec<_>>(), ["c3", "c2"]);
    assert!(store.list(Among::All, 0).await.unwrap().is_empty());
    let live = store.list(Among::Live, 2).await.unwrap();
    assert_eq!(live.iter().map(|one| one.call.as_str()).collect::<Vec<_>>(), ["c2", "c1"], "the newest is over");
}

pub(super) async fn programs_are_kept_once<S: Store>(store: Arc<S>) {
    store.put_program("hash-1", b"program", b"map").await.unwrap();
    store.put_program("hash-1", b"other", b"other").await.unwrap();
    store.put_program("hash-2", b"second", b"").await.unwrap();
    assert_eq!(store.program("hash-1").await.unwrap(), Some((b"program".to_vec(), b"map".to_vec())));
    assert_eq!(store.program("hash-2").await.unwrap(), Some((b"second".to_vec(), Vec::new())));
    assert_eq!(store.program("hash-3").await.unwrap(), None);
}

pub(super) async fn secrets_stay_what_they_were<S: Store>(store: Arc<S>) {
    assert_eq!(store.secret("mac", vec![1, 2, 3]).await.unwrap(), [1, 2, 3]);
    assert_eq!(store.secret("mac", vec![9]).await.unwrap(), [1, 2, 3]);
    assert_eq!(store.secret("other", vec![9]).await.unwrap(), [9]);
}

pub(super) async fn quarantine_takes_anything<S: Store>(store: Arc<S>) {
    for reason in ["no such call", ""] {
        let row = Quarantined { at: 1, reason: reason.to_owned(), call: "a".to_owned(), detail: "'; --".to_owned() };
        store.quarantine(row.clone()).await.unwrap();
        store.quarantine(row).await.unwrap();
    }
    assert_eq!(loaded(&*store, "a").await, Found::Unknown);
}

pub(super) async fn bytes_come_back_as_they_were<S: Store>(store: Arc<S>) {
    let all: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let odd = "a'\"\u{0}é\n%_";
    let body = crate::store::HistoryLine { body: all.clone(), at: i64::MIN, ..line(1, odd) };
    let creation = Change { doc: all.clone(), program: odd.to_owned(), history: vec![body.clone()], ..change(odd, 0) };
    applied(&*store, creation).await;
    let row = live(&*store, odd).await;
    assert_eq!((row.call.as_str(), row.program.as_str(), &row.doc), (odd, odd, &all));
    assert_eq!(store.history(odd).await.unwrap(), [body]);
}

pub(super) async fn calls_are_counted<S: Store>(store: Arc<S>) {
    assert_eq!(store.counts(i64::MAX).await.unwrap(), Counts::default());
    for (call, due) in [("a", 5), ("b", 10), ("c", 20)] {
        applied(&*store, Change { next_due: Some(due), ..change(call, 0) }).await;
    }
    applied(&*store, Change { next_due: None, ended: Some(9), ..change("d", 0) }).await;
    assert_eq!(store.counts(10).await.unwrap(), Counts { live: 3, due: 2 });
}

async fn ended_at(store: &impl Store, call: &str, at: i64) {
    let natural_key = Some(format!("key of {call}"));
    applied(store, Change { next_due: None, ended: Some(at), natural_key, ..change(call, 0) }).await;
}

pub(super) async fn what_is_over_is_kept_for_a_time<S: Store>(store: Arc<S>) {
    for (call, at) in [("a", 10), ("b", 20), ("c", 30)] {
        ended_at(&*store, call, at).await;
    }
    applied(&*store, change("live", 0)).await;
    let prune = |history_before, calls_before, limit| store.prune(Prune { history_before, calls_before, limit });
    assert_eq!(prune(10, 10, 9).await.unwrap(), 0);
    assert_eq!(prune(25, 15, 9).await.unwrap(), 2, "one is forgotten whole, one but for its end");
    assert_eq!(loaded(&*store, "a").await, Found::Unknown);
    assert!(matches!(loaded(&*store, "b").await, Found::Ended(ended) if ended.at == 20 && ended.doc.is_empty()));
    assert_eq!(keys(&*store, "b").await, Vec::<String>::new());
    assert!(matches!(loaded(&*store, "c").await, Found::Ended(ended) if !ended.doc.is_empty()));
    assert_eq!(keys(&*store, "c").await.len(), 1);
    // The key of the one that is known still names it, and that of the other is free.
    let again = |call: &str, of: &str| Change { natural_key: Some(format!("key of {of}")), ..change(call, 0) };
    assert_eq!(store.commit(again("d", "b")).await.unwrap(), Committed::Exists { call: "b".to_owned() });
    assert_eq!(store.commit(again("e", "a")).await.unwrap(), Committed::Applied);
    // In pieces, until nothing is left to take away; what lives stays.
    assert_eq!(prune(99, 0, 1).await.unwrap(), 1);
    assert_eq!(prune(99, 99, 1).await.unwrap(), 1);
    assert_eq!(prune(99, 99, 1).await.unwrap(), 1);
    assert_eq!(prune(i64::MAX, i64::MAX, 9).await.unwrap(), 0);
    assert_eq!(store.counts(0).await.unwrap().live, 2);
    let note = Quarantined { at: 5, reason: "r".to_owned(), call: String::new(), detail: "d".to_owned() };
    store.quarantine(note).await.unwrap();
    assert_eq!(prune(0, 5, 9).await.unwrap(), 0);
    assert_eq!(prune(0, 6, 9).await.unwrap(), 1);
}

pub(super) async fn a_call_that_is_over_can_be_erased<S: Store>(store: Arc<S>) {
    applied(&*store, change("live", 0)).await;
    ended_at(&*store, "over", 10).await;
    assert_eq!(store.erase("live").await.unwrap(), Erased::Lives);
    assert_eq!(store.erase("nobody").await.unwrap(), Erased::Unknown);
    for _ in 0..2 {
        assert_eq!(store.erase("over").await.unwrap(), Erased::Done);
        assert!(matches!(loaded(&*store, "over").await, Found::Ended(ended) if ended.doc.is_empty()));
        assert_eq!(keys(&*store, "over").await, Vec::<String>::new());
    }
    assert_eq!(keys(&*store, "live").await.len(), 1);
    let again = Change { natural_key: Some("key of over".to_owned()), ..change("again", 0) };
    assert_eq!(store.commit(again).await.unwrap(), Committed::Exists { call: "over".to_owned() });
    store.probe(1).await.unwrap();
}

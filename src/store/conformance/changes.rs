//! Changes: compare-and-set, event keys, natural keys, the end of a call, many at once.

use crate::store::conformance::{applied, change, committed, is_refused, keys, line, live, loaded, row};
use crate::store::{Among, Change, Committed, Ended, Found, Store};
use std::sync::Arc;

fn named(call: &str, natural_key: &str) -> Change {
    Change { natural_key: Some(natural_key.to_owned()), ..change(call, 0) }
}

fn end(call: &str, expected: u64) -> Change {
    Change { next_due: None, ended: Some(77), ..change(call, expected) }
}

fn exists(call: &str) -> Committed {
    Committed::Exists { call: call.to_owned() }
}

pub(super) async fn a_created_call_is_there<S: Store>(store: Arc<S>) {
    applied(&*store, change("a", 0)).await;
    assert_eq!(loaded(&*store, "a").await, Found::Live { row: row("a", 1), seen: Vec::new() });
    assert_eq!(store.history("a").await.unwrap(), [line(1, "event 1")]);
}

pub(super) async fn a_change_replaces_the_row<S: Store>(store: Arc<S>) {
    for expected in 0..3 {
        applied(&*store, change("a", expected)).await;
    }
    assert_eq!(live(&*store, "a").await, row("a", 3));
    assert_eq!(keys(&*store, "a").await, ["event 1", "event 2", "event 3"]);
}

pub(super) async fn a_change_from_an_old_revision_conflicts<S: Store>(store: Arc<S>) {
    applied(&*store, change("a", 0)).await;
    applied(&*store, change("a", 1)).await;
    let late = Change { history: vec![line(2, "late")], ..change("a", 1) };
    assert_eq!(committed(&*store, late).await, Committed::Conflict);
    assert_eq!(live(&*store, "a").await, row("a", 2));
}

pub(super) async fn a_change_from_a_future_revision_conflicts<S: Store>(store: Arc<S>) {
    applied(&*store, change("a", 0)).await;
    assert_eq!(committed(&*store, change("a", 5)).await, Committed::Conflict);
    assert_eq!(live(&*store, "a").await, row("a", 1));
}

pub(super) async fn a_change_of_an_unknown_call_conflicts<S: Store>(store: Arc<S>) {
    assert_eq!(committed(&*store, change("a", 1)).await, Committed::Conflict);
    assert_eq!(committed(&*store, end("a", 1)).await, Committed::Conflict);
    assert_eq!(loaded(&*store, "a").await, Found::Unknown);
}

pub(super) async fn creating_a_call_twice_conflicts<S: Store>(store: Arc<S>) {
    applied(&*store, change("a", 0)).await;
    assert_eq!(committed(&*store, Change { doc: b"other".to_vec(), ..change("a", 0) }).await, Committed::Conflict);
    assert_eq!(committed(&*store, end("a", 0)).await, Committed::Conflict);
    assert_eq!(live(&*store, "a").await, row("a", 1));
}

pub(super) async fn an_event_key_counts_once_within_a_call<S: Store>(store: Arc<S>) {
    applied(&*store, change("a", 0)).await;
    let again = Change { history: vec![line(2, "event 1")], ..change("a", 1) };
    assert_eq!(committed(&*store, again).await, Committed::Duplicate);
    let at_the_end = Change { history: vec![line(2, "event 1")], ..end("a", 1) };
    assert_eq!(committed(&*store, at_the_end).await, Committed::Duplicate);
    assert_eq!(live(&*store, "a").await, row("a", 1));
}

pub(super) async fn an_event_key_counts_for_each_call_alone<S: Store>(store: Arc<S>) {
    applied(&*store, change("a", 0)).await;
    applied(&*store, change("b", 0)).await;
    assert_eq!(keys(&*store, "b").await, ["event 1"]);
}

pub(super) async fn an_event_key_twice_in_one_change_is_a_duplicate<S: Store>(store: Arc<S>) {
    let twice = Change { history: vec![line(1, "x"), line(2, "x")], ..change("a", 0) };
    assert_eq!(committed(&*store, twice).await, Committed::Duplicate);
    assert_eq!(loaded(&*store, "a").await, Found::Unknown);
    assert!(keys(&*store, "a").await.is_empty());
}

pub(super) async fn a_conflict_wins_over_a_duplicate<S: Store>(store: Arc<S>) {
    applied(&*store, change("a", 0)).await;
    applied(&*store, change("a", 1)).await;
    assert_eq!(committed(&*store, change("a", 1)).await, Committed::Conflict);
}

pub(super) async fn a_refused_change_changes_nothing<S: Store>(store: Arc<S>) {
    applied(&*store, named("a", "ctx")).await;
    let before = (live(&*store, "a").await, store.history("a").await.unwrap(), store.next_due().await.unwrap());
    let other = |expected: u64, key: &str| Change {
        doc: b"other".to_vec(),
        program: "other".to_owned(),
        next_due: Some(1),
        history: vec![line(expected + 1, key)],
        ..change("a", expected)
    };
    assert_eq!(committed(&*store, other(0, "n")).await, Committed::Conflict);
    assert_eq!(committed(&*store, other(3, "n")).await, Committed::Conflict);
    assert_eq!(committed(&*store, other(1, "event 1")).await, Committed::Duplicate);
    let after = (live(&*store, "a").await, store.history("a").await.unwrap(), store.next_due().await.unwrap());
    assert_eq!(before, after);
}

pub(super) async fn several_events_in_one_change<S: Store>(store: Arc<S>) {
    let lines = vec![line(1, "x"), line(2, "y"), line(3, "z")];
    applied(&*store, Change { history: lines.clone(), ..change("a", 0) }).await;
    assert_eq!(live(&*store, "a").await.rev, 3);
    assert_eq!(store.history("a").await.unwrap(), lines);
    applied(&*store, change("a", 3)).await;
    assert_eq!(live(&*store, "a").await.rev, 4);
}

pub(super) async fn a_repeated_event_among_several_takes_all_back<S: Store>(store: Arc<S>) {
    applied(&*store, change("a", 0)).await;
    let lines = vec![line(2, "new"), line(3, "event 1"), line(4, "newer")];
    assert_eq!(committed(&*store, Change { history: lines, ..change("a", 1) }).await, Committed::Duplicate);
    assert_eq!(keys(&*store, "a").await, ["event 1"]);
    assert_eq!(live(&*store, "a").await, row("a", 1));
}

pub(super) async fn a_natural_key_names_a_live_call<S: Store>(store: Arc<S>) {
    applied(&*store, named("a", "ctx")).await;
    assert_eq!(committed(&*store, named("b", "ctx")).await, exists("a"));
    assert_eq!(loaded(&*store, "b").await, Found::Unknown);
    applied(&*store, named("b", "other")).await;
}

pub(super) async fn a_natural_key_names_an_ended_call<S: Store>(store: Arc<S>) {
    applied(&*store, named("a", "ctx")).await;
    applied(&*store, end("a", 1)).await;
    assert_eq!(committed(&*store, named("b", "ctx")).await, exists("a"));
}

pub(super) async fn a_call_is_found_by_its_natural_key<S: Store>(store: Arc<S>) {
    assert_eq!(store.named("ctx").await.unwrap(), None);
    applied(&*store, named("a", "ctx")).await;
    assert_eq!(store.named("ctx").await.unwrap().as_deref(), Some("a"));
    assert_eq!(store.named("ct").await.unwrap(), None);
    applied(&*store, Change { ended: Some(5), ..change("a", 1) }).await;
    assert_eq!(store.named("ctx").await.unwrap().as_deref(), Some("a"), "ended");
}

pub(super) async fn a_natural_key_wins_over_a_conflict<S: Store>(store: Arc<S>) {
    applied(&*store, named("a", "ctx")).await;
    assert_eq!(committed(&*store, named("a", "ctx")).await, exists("a"));
    assert_eq!(committed(&*store, named("a", "other")).await, Committed::Conflict);
}

pub(super) async fn a_natural_key_of_a_later_change_means_nothing<S: Store>(store: Arc<S>) {
    applied(&*store, named("a", "ctx")).await;
    applied(&*store, change("b", 0)).await;
    applied(&*store, Change { natural_key: Some("ctx".to_owned()), ..change("b", 1) }).await;
    applied(&*store, Change { natural_key: Some("free".to_owned()), ..change("b", 2) }).await;
    applied(&*store, named("c", "free")).await;
}

pub(super) async fn a_refused_creation_leaves_its_natural_key_free<S: Store>(store: Arc<S>) {
    let twice = Change { history: vec![line(1, "x"), line(2, "x")], ..named("a", "ctx") };
    assert_eq!(committed(&*store, twice).await, Committed::Duplicate);
    applied(&*store, named("b", "ctx")).await;
}

pub(super) async fn the_end_moves_the_call<S: Store>(store: Arc<S>) {
    applied(&*store, change("a", 0)).await;
    applied(&*store, end("a", 1)).await;
    let ended = Ended { call: "a".to_owned(), at: 77, doc: b"a at 2".to_vec(), program: "hash-1".to_owned() };
    assert_eq!(loaded(&*store, "a").await, Found::Ended(ended));
}

pub(super) async fn a_call_may_end_as_it_begins<S: Store>(store: Arc<S>) {
    applied(&*store, Change { natural_key: Some("ctx".to_owned()), ..end("a", 0) }).await;
    assert!(matches!(loaded(&*store, "a").await, Found::Ended(ended) if ended.at == 77));
    assert_eq!(keys(&*store, "a").await, ["event 1"]);
    assert_eq!(committed(&*store, named("b", "ctx")).await, exists("a"));
}

pub(super) async fn an_ended_call_cannot_change_or_begin_again<S: Store>(store: Arc<S>) {
    applied(&*store, change("a", 0)).await;
    applied(&*store, end("a", 1)).await;
    for expected in 0..4 {
        assert_eq!(committed(&*store, change("a", expected)).await, Committed::Conflict);
        assert_eq!(committed(&*store, end("a", expected)).await, Committed::Conflict);
    }
    assert_eq!(keys(&*store, "a").await, ["event 1", "event 2"]);
}

pub(super) async fn an_end_from_an_old_revision_conflicts<S: Store>(store: Arc<S>) {
    applied(&*store, change("a", 0)).await;
    applied(&*store, change("a", 1)).await;
    assert_eq!(committed(&*store, end("a", 1)).await, Committed::Conflict);
    assert_eq!(live(&*store, "a").await, row("a", 2));
}

pub(super) async fn a_program_may_change_with_the_call<S: Store>(store: Arc<S>) {
    applied(&*store, change("a", 0)).await;
    applied(&*store, Change { program: "hash-2".to_owned(), ..change("a", 1) }).await;
    assert_eq!(live(&*store, "a").await.program, "hash-2");
}

pub(super) async fn malformed_changes_are_refused<S: Store>(store: Arc<S>) {
    for history in [vec![], vec![line(2, "x")], vec![line(1, "x"), line(3, "y")], vec![line(1, "x"), line(1, "y")]] {
        let outcome = store.commit(Change { history, ..change("a", 0) }).await;
        assert!(is_refused(&outcome), "{outcome:?}");
    }
    let at_the_top = Change { expected: u64::MAX, history: vec![line(1, "x")], ..change("a", 0) };
    assert!(is_refused(&store.commit(at_the_top).await));
    assert_eq!(loaded(&*store, "a").await, Found::Unknown);
}

pub(super) async fn two_hundred_tasks_on_one_call<S: Store>(store: Arc<S>) {
    applied(&*store, change("a", 0)).await;
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..200 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let key = format!("task {task}");
            // Every round somebody wins, so nobody loses more often than there are others.
            for _ in 0..=200 {
                let rev = live(&*store, "a").await.rev;
                let mine = Change { history: vec![line(rev + 1, &key)], ..change("a", rev) };
                match committed(&*store, mine).await {
                    Committed::Applied => return,
                    Committed::Conflict => {}
                    other => panic!("{key}: {other:?}"),
                }
            }
            panic!("{key} never won");
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(live(&*store, "a").await, row("a", 201));
    let history = store.history("a").await.unwrap();
    assert_eq!(history.iter().map(|line| line.rev).collect::<Vec<_>>(), (1..=201).collect::<Vec<_>>());
    let mut keys: Vec<&str> = history.iter().map(|line| line.event_key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 201);
}

pub(super) async fn many_calls_at_once<S: Store>(store: Arc<S>) {
    let mut tasks = tokio::task::JoinSet::new();
    for call in 0..300 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let call = format!("call {call:03}");
            for expected in 0..3 {
                applied(&*store, change(&call, expected)).await;
            }
            assert_eq!(live(&*store, &call).await, row(&call, 3));
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(store.list(Among::All, 1_000).await.unwrap().len(), 300);
}

pub(super) async fn one_natural_key_wanted_by_many<S: Store>(store: Arc<S>) {
    let mut tasks = tokio::task::JoinSet::new();
    for call in 0..50 {
        let store = Arc::clone(&store);
        tasks.spawn(async move { committed(&*store, named(&format!("call {call}"), "ctx")).await });
    }
    let outcomes = tasks.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Committed::Applied).count(), 1);
    let listed = store.list(Among::All, 100).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == exists(&listed[0].call)).count(), 49);
}

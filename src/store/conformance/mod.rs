//! What every store must do, as one suite: each case runs over the store in memory and over SQLite.

use crate::store::{Change, Committed, Error, Found, HistoryLine, Row, Store};

mod changes;
mod questions;

/// A change of one event, key and body named after the revision.
fn change(call: &str, expected: u64) -> Change {
    Change {
        call: call.to_owned(),
        expected,
        doc: format!("{call} at {}", expected + 1).into_bytes(),
        program: "hash-1".to_owned(),
        next_due: Some(1_000),
        history: vec![line(expected + 1, &format!("event {}", expected + 1))],
        natural_key: None,
        ended: None,
    }
}

fn line(rev: u64, key: &str) -> HistoryLine {
    HistoryLine { rev, event_key: key.to_owned(), at: 10 * rev as i64, body: format!("body of {key}").into_bytes() }
}

/// The row that [`change`] leaves.
fn row(call: &str, rev: u64) -> Row {
    Row { call: call.to_owned(), rev, program: "hash-1".to_owned(), doc: format!("{call} at {rev}").into_bytes() }
}

async fn committed<S: Store>(store: &S, change: Change) -> Committed {
    store.commit(change).await.unwrap()
}

async fn applied<S: Store>(store: &S, change: Change) {
    assert_eq!(committed(store, change).await, Committed::Applied);
}

async fn loaded<S: Store>(store: &S, call: &str) -> Found {
    store.load(call, &[]).await.unwrap()
}

async fn live<S: Store>(store: &S, call: &str) -> Row {
    match loaded(store, call).await {
        Found::Live { row, .. } => row,
        other => panic!("{call} does not live: {other:?}"),
    }
}

async fn keys<S: Store>(store: &S, call: &str) -> Vec<String> {
    store.history(call).await.unwrap().into_iter().map(|line| line.event_key).collect()
}

fn is_refused(outcome: &Result<Committed, Error>) -> bool {
    matches!(outcome, Err(Error::Unavailable(_)))
}

/// Makes one test of each case over each store.
macro_rules! suite {
    ($($module:ident: $($case:ident)*;)*) => {
        mod in_memory {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let store = std::sync::Arc::new(crate::store::memory::Memory::default());
                    crate::store::conformance::$module::$case(store).await;
                }
            )*)*
        }
        mod in_sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let dir = tempfile::tempdir().unwrap();
                    let store = crate::store::sqlite::Sqlite::open(dir.path().join("calls.db")).unwrap();
                    crate::store::conformance::$module::$case(std::sync::Arc::new(store)).await;
                }
            )*)*
        }
    };
}

suite! {
    changes:
        a_created_call_is_there
        a_change_replaces_the_row
        a_change_from_an_old_revision_conflicts
        a_change_from_a_future_revision_conflicts
        a_change_of_an_unknown_call_conflicts
        creating_a_call_twice_conflicts
        an_event_key_counts_once_within_a_call
        an_event_key_counts_for_each_call_alone
        an_event_key_twice_in_one_change_is_a_duplicate
        a_conflict_wins_over_a_duplicate
        a_refused_change_changes_nothing
        several_events_in_one_change
        a_repeated_event_among_several_takes_all_back
        a_natural_key_names_a_live_call
        a_natural_key_names_an_ended_call
        a_call_is_found_by_its_natural_key
        a_natural_key_wins_over_a_conflict
        a_natural_key_of_a_later_change_means_nothing
        a_refused_creation_leaves_its_natural_key_free
        the_end_moves_the_call
        a_call_may_end_as_it_begins
        an_ended_call_cannot_change_or_begin_again
        an_end_from_an_old_revision_conflicts
        a_program_may_change_with_the_call
        malformed_changes_are_refused
        two_hundred_tasks_on_one_call
        many_calls_at_once
        one_natural_key_wanted_by_many;
    questions:
        nothing_is_known_of_an_unknown_call
        seen_keys_are_those_of_the_call
        an_empty_store_has_nothing
        due_calls_come_most_overdue_first
        due_is_limited
        calls_are_counted
        a_changed_due_time_counts_at_once
        an_ended_call_is_never_due
        the_next_due_time_is_the_least
        history_outlives_the_call
        the_newest_calls_are_listed_first
        listing_is_limited
        programs_are_kept_once
        secrets_stay_what_they_were
        quarantine_takes_anything
        what_is_over_is_kept_for_a_time
        a_call_that_is_over_can_be_erased
        bytes_come_back_as_they_were;
}

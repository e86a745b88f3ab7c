//! What callers would notice between two versions.

use crate::harness::{Flowc, Folder};
use serde_json::Value;
use std::collections::BTreeSet;

const MENU: &str = "flowc 1
flow desk_menu inbound
returns sold | served | lost
start up
default failed -> away
always party left -> return lost

up: answer -> ask
ask: menu ask \"For sales, press 1. For service, press 2.\", retry 1 {
  sales = 1 -> sell
  service = 2 -> serve
  exhausted -> bye
}
sell: play \"Sales.\" -> sold
sold: hangup sold
serve: play \"Service.\" -> served
served: hangup served
bye: hangup lost, play \"Goodbye.\"
away: hangup lost
";

fn differences(new: &str) -> Vec<(String, String, String, String, String)> {
    let (old_folder, new_folder) = (Folder::new(), Folder::new());
    let (old_file, new_file) = (old_folder.join("menu.flow"), new_folder.join("menu.flow"));
    std::fs::write(&old_file, MENU).expect("the old flow");
    std::fs::write(&new_file, new).expect("the new flow");
    let output = Flowc::new(["diff", "--format", "json"]).arg(&old_file).arg(&new_file).run();
    let told: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("no report: {}", output.stderr));
    let word = |change: &Value, name: &str| change[name].as_str().expect("a text").to_owned();
    let all: Vec<_> = told["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| {
            let word = |name| word(change, name);
            (word("kind"), word("after"), word("what"), word("was"), word("now"))
        })
        .collect();
    assert_eq!(output.status, Some(i32::from(!all.is_empty())));
    all
}

#[test]
fn a_diff_is_what_callers_would_notice() {
    let change = |kind: &str, after: &str, what: &str, was: &str, now: &str| {
        (kind.to_owned(), after.to_owned(), what.to_owned(), was.to_owned(), now.to_owned())
    };
    // Another order, other names, a comment, a state that says nothing.
    let (head, tail) = MENU.split_once("sell: ").expect("its states");
    let (sell, rest) = tail.split_once("serve: ").expect("its states");
    let reordered = format!("{head}// Turned round.\nserve: {rest}sell: {sell}").replace("sell", "selling");
    assert_eq!(differences(MENU), []);
    assert_eq!(differences(&reordered), []);

    assert_eq!(
        differences(&MENU.replace("\"Service.\"", "\"Help.\"")),
        [change("words", "after pressing 2", "", "\"Service.\"", "\"Help.\"")]
    );
    let new_key = MENU.replace("  exhausted", "  opening = 3 -> bye\n  exhausted");
    let found = differences(&new_key);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        found[0],
        change("new", "at the beginning", "key 3", "", "heard \"Goodbye.\", then the call ends, result lost")
    );
    let gone = MENU.replace("  service = 2 -> serve\n", "  service = 3 -> serve\n");
    let found = differences(&gone);
    let kinds: BTreeSet<(&str, &str)> =
        found.iter().map(|(kind, _, what, _, _)| (kind.as_str(), what.as_str())).collect();
    assert_eq!(kinds, BTreeSet::from([("gone", "key 2"), ("new", "key 3")]), "{found:?}");
    let crossed = MENU.replace("1 -> sell", "1 -> serve").replace("2 -> serve", "2 -> sell");
    let found = differences(&crossed);
    assert_eq!(
        found,
        [
            change(
                "path",
                "after pressing 1",
                "",
                "heard \"Sales.\", then the call ends, result sold",
                "heard \"Service.\", then the call ends, result served"
            ),
            change(
                "path",
                "after pressing 2",
                "",
                "heard \"Service.\", then the call ends, result served",
                "heard \"Sales.\", then the call ends, result sold"
            ),
        ]
    );
    let slow = MENU.replace("sell: play \"Sales.\" -> sold", "sell: play \"Sales.\" -> rest\nrest: wait 9s -> sold");
    let found = differences(&slow);
    assert!(
        matches!(&found[..], [(kind, after, _, _, now)] if kind == "silence" && after == "after pressing 1" && now.starts_with('9')),
        "{found:?}"
    );
    let shorter = MENU.replace("retry 1 {", "retry 0 {");
    assert!(differences(&shorter).iter().any(|(kind, after, ..)| kind == "path" && after == "after saying nothing"));
}

/// What goes wrong behind a change is part of it; whom a setting names is called by it.
#[test]
fn a_change_is_told_once_and_people_by_their_names() {
    let desk = "flowc 1
flow desk inbound
settings { sales: phone; service: phone }
returns done | nobody
start up
default failed -> away
always party left -> return done

up: answer -> ask
ask: menu ask \"Press 1.\", retry 0 {
  one = 1 -> sell
  exhausted -> away
}
sell: transfer settings.sales -> return done { busy | no_answer | declined | unreachable -> away }
away: hangup nobody
";
    let settings = "[settings]\nsales = \"+441632960201\"\nservice = \"+441632960202\"\n";
    let told = |new: &str| {
        let (old, now) = (Folder::new(), Folder::new());
        let old = old.with("flowc.toml", settings).with("desk.flow", desk);
        let now = now.with("flowc.toml", settings).with("desk.flow", new);
        let output = Flowc::new(["diff"]).arg(old.path()).arg(now.path()).run();
        assert_eq!(output.stderr, "");
        output.stdout.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    let found = told(&desk.replace("transfer settings.sales", "transfer settings.service"));
    assert_eq!(found[..2], ["desk", "after pressing 1: put through to sales, now to service"], "{found:?}");
    assert_eq!(found.len(), 3, "{found:?}");
    let found = told(
        &desk
            .replace("busy | no_answer", "busy -> sorry\n  no_answer")
            .replace("away: h", "sorry: play \"Sorry.\" -> away\naway: h"),
    );
    assert!(found[1].starts_with("after pressing 1, when sales is engaged: "), "{found:?}");
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn what_nobody_calls_is_said_not_to_be_tried() {
    let flows = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("flows/live_help");
    let output = Flowc::new(["diff"]).arg(&flows).arg(&flows).run().expect(0);
    assert!(output.stdout.contains("`live_help` is not tried by itself"), "{}", output.stdout);
}

//! `flowc simulate`: a call lived through at a terminal and in a pipe, and the scenarios that are left of it.

use crate::harness::{Flowc, Folder};
use std::path::Path;

/// An example, to be written into.
fn example(name: &str) -> Folder {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows").join(name);
    let files = std::fs::read_dir(root).expect("an example").flatten().filter(|entry| entry.path().is_file());
    files.fold(Folder::new(), |folder, entry| {
        let name = entry.file_name().into_string().expect("a name");
        folder.with(&name, std::fs::read(entry.path()).expect("it can be read"))
    })
}

/// Lines typed, where there is no terminal.
fn typed(folder: &Folder, args: &[&str], lines: &str) -> String {
    let run = Flowc::new(["simulate"].iter().chain(args).copied()).in_folder(folder.path()).stdin(lines);
    run.run().expect(0).stdout
}

/// The saved scenario plays as it says; its text.
fn passes(folder: &Folder, file: &str) -> String {
    let output = Flowc::new(["test", file]).in_folder(folder.path()).run();
    let text = std::fs::read_to_string(folder.join(file)).expect("it was saved");
    assert_eq!(output.status, Some(0), "{text}\n{}\n{}", output.stdout, output.stderr);
    text
}

#[cfg(unix)]
#[test]
fn a_whole_call_at_a_terminal_is_saved_and_passes() {
    use crate::harness::typist::Typist;
    let folder = example("front_desk");
    let mut typist = Typist::start(folder.path(), &["simulate"]);
    let before = typist.before.clone();
    // A line that is begun has time stand still: however slow the machine, the call has hardly begun.
    typist.types(":");
    typist.sees("keys are pressed at once");
    typist.sees("at  front_desk.");
    assert_ne!(typist.modes(), before, "keys come one by one");
    // Into the menu, and its key while it is being said: typed at once, so that nothing passes between.
    typist.types("wait 2s\r2");
    typist.sees("presses  2");
    typist.sees("Please key in your");
    typist.sees("front_desk.identify");
    typist.types("9");
    typist.sees("presses  9");
    typist.types(":undo\r");
    typist.sees("back at ");
    typist.types("20406080");
    typist.sees("front_desk.priority");
    typist.types("\r");
    typist.sees("the call is over; result: handed_over");
    typist.types("1");
    typist.sees("the call is over; `:undo` goes back");
    typist.types(":save account_manager\r");
    typist.sees("written: account_manager.scenario.yaml");
    typist.types(":save account_manager\r");
    typist.sees("there is a file account_manager.scenario.yaml already");
    typist.types(":quit\r");
    assert_eq!(typist.ends(), Some(0));
    assert_eq!(typist.modes(), before, "the terminal is as it was");
    let text = passes(&folder, "account_manager.scenario.yaml");
    let script = "script:\n  - call from +441632960100\n  - hear welcome\n  - hear start of main_menu\n  - press 2\n  \
                  - hear start of ask_account\n  - press 2 0 4 0 6 0 8 0\n  - hear connecting\n";
    assert!(text.contains(script), "{text}");
    assert!(text.contains("expect: { result: handed_over, ended: priority }"), "{text}");
}

#[cfg(unix)]
#[test]
fn the_terminal_is_as_it_was_after_ctrl_c() {
    use crate::harness::typist::Typist;
    let folder = example("front_desk");
    let mut typist = Typist::start(folder.path(), &["simulate", "--fast"]);
    let before = typist.before.clone();
    typist.sees("listens for keys");
    assert_ne!(typist.modes(), before);
    typist.types("\u{3}");
    assert_eq!(typist.ends(), Some(0));
    assert_eq!(typist.modes(), before);
}

#[test]
fn a_call_in_a_pipe_is_played_line_by_line() {
    let folder = example("front_desk");
    let lines = ":cut *\n7\n:silence\n:undo\n:people\n1\nnonsense\n:save sales\n";
    let shown = typed(&folder, &[], lines);
    for words in [
        "hears    Welcome to Northwind.",
        "question  listens for keys, 6.0 s more  1 sales; 2 billing; * repeat",
        "at  front_desk.main_menu  menu  front_desk.flow:",
        "presses  *",
        "back at ",
        "party  +441632960100  you",
        "result: handed_over",
        "`nonsense` is no key",
        "written: sales.scenario.yaml",
    ] {
        assert!(shown.contains(words), "`{words}` in\n{shown}");
    }
    assert!(!shown.contains('\u{1b}'), "{shown}");
    let text = passes(&folder, "sales.scenario.yaml");
    assert!(text.contains("hear start of main_menu\n  - press star") && text.contains("- press 7\n"), "{text}");
}

#[test]
fn services_answer_as_they_are_told_to() {
    let folder = example("clinic");
    let lines = ":people\n\n:answer clinic.next_slot nonsense\n:answer clinic.move taken\n2\n1\n:save taken\n";
    let shown = typed(&folder, &["--to", "+441632960107", "--param", "patient=Ada"], lines);
    for words in
        ["is about to call you", "the call has not begun", "has no outcome `nonsense`", "the scenario hangs up"]
    {
        assert!(shown.contains(words), "`{words}` in\n{shown}");
    }
    let text = passes(&folder, "taken.scenario.yaml");
    assert!(text.contains("to: \"+441632960107\"") && text.contains("patient: \"Ada\""), "{text}");
    assert!(text.contains("clinic.move: taken") && text.contains("expect: { result: no_contact"), "{text}");
}

#[test]
fn participants_act_too_and_phones_are_engaged() {
    let folder = example("click_to_call");
    let file = "click_to_call.flow";
    let shown = typed(&folder, &[file], "\n1\n:people\n:as callee\n:hang up\n:save as\n");
    for words in ["callee  +441632960199", "with party, callee (you)", "callee  leaves"] {
        assert!(shown.contains(words), "`{words}` in\n{shown}");
    }
    assert!(passes(&folder, "as.scenario.yaml").contains("  - callee: hang up\n"));
    typed(&folder, &[file], "\n:phone +441632960199 busy\n1\n:save engaged\n");
    let text = passes(&folder, "engaged.scenario.yaml");
    assert!(text.contains("phones: { \"+441632960199\": busy }"), "{text}");
    let shown = typed(&folder, &[file], ":busy\n:save not_reached\n");
    assert!(shown.contains("line: nobody was reached"), "{shown}");
    assert!(passes(&folder, "not_reached.scenario.yaml").contains("script:\n  - busy\nexpect: "));
}

#[test]
fn a_scenario_is_played_and_handed_over() {
    let folder = example("front_desk");
    let shown = typed(&folder, &["--script", "wrong_keys.scenario.yaml"], ":undo\n:hang up\n:save other\n");
    assert!(shown.contains("presses  7") && shown.contains("back at "), "{shown}");
    let text = passes(&folder, "other.scenario.yaml");
    assert!(text.contains("- press 7\n") && text.contains("hang up"), "{text}");
}

#[test]
fn every_example_can_be_called() {
    let flows = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows");
    let mut called = 0;
    for project in std::fs::read_dir(&flows).expect("flows/ is there").flatten() {
        let name = project.file_name().into_string().expect("a name");
        let folder = example(&name);
        for file in std::fs::read_dir(folder.path()).expect("a folder").flatten() {
            let file = file.file_name().into_string().expect("a name");
            // Nobody is on the call of the note taker: a script has nobody to wait in it for four hours.
            if !file.ends_with(".flow") || file == "note_taker.flow" {
                continue;
            }
            let run = Flowc::new(["simulate", &file]).in_folder(folder.path()).stdin("\n\n1\n\n\n:hang up\n:save it\n");
            let output = run.run();
            if output.status == Some(2) && output.stderr.contains("nobody can call a flow") {
                continue;
            }
            assert_eq!(output.status, Some(0), "{file}\n{}", output.stderr);
            if output.stdout.contains("written: it.scenario.yaml") {
                assert!(!output.stdout.contains("does not come about the same"), "{file}\n{}", output.stdout);
                passes(&folder, "it.scenario.yaml");
                std::fs::remove_file(folder.join("it.scenario.yaml")).expect("it is there");
                called += 1;
            }
        }
    }
    assert!(called >= 8, "{called}");
}

//! Slips made in good flows, and what becomes of them.

use crate::cli::check::fix::{Fixed, bad};
use crate::cli::project::the_one;
use crate::language::diagnostic::fix::{Fix, edited};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::cell::Cell;
use std::fs;
use std::path::Path;

/// A project in a folder of its own, fixed.
fn fixed(files: &[(String, String)]) -> (Fixed, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let project = the_one(Some(folder.path())).unwrap().read(|_| ()).unwrap();
    (Fixed::of(project), folder)
}

fn one(name: &str, text: &str) -> String {
    let (fixed, folder) = fixed(&[(name.to_owned(), text.to_owned())]);
    fixed.write().unwrap();
    fs::read_to_string(folder.path().join(name)).unwrap()
}

/// The files of the examples, each project in one spelling.
fn examples() -> Vec<Vec<(String, String)>> {
    let mut projects = Vec::new();
    for name in ["front_desk", "hello", "ivr", "visit_reminder"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows").join(name);
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<(String, String)> = entries
            .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap()))
            .collect();
        files.sort();
        for left_out in [".flow", ".flow.yaml"] {
            projects.push(files.iter().filter(|(name, _)| !name.ends_with(left_out)).cloned().collect());
        }
    }
    projects
}

/// Two neighbouring letters of a word change places.
fn slip(text: &str, at: prop::sample::Index) -> Option<String> {
    let places: Vec<usize> = (0..text.len().saturating_sub(3))
        .filter(|at| {
            let letters = text.as_bytes()[*at..*at + 4].iter().all(u8::is_ascii_lowercase);
            letters && text.as_bytes()[*at + 1] != text.as_bytes()[*at + 2]
        })
        .collect();
    let at = *places.get(at.index(places.len().max(1)))?;
    let mut bytes = text.as_bytes().to_vec();
    bytes.swap(at + 1, at + 2);
    String::from_utf8(bytes).ok()
}

fn comments(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.find("//").or_else(|| line.find("# ")).map(|at| &line[at..])).collect()
}

#[test]
fn no_slip_is_made_worse() {
    let examples = examples();
    let (found, put_right) = (Cell::new(0), Cell::new(0));
    let config = Config { cases: 160, rng_seed: RngSeed::Fixed(29), failure_persistence: None, ..Config::default() };
    let input = (0..examples.len(), any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>());
    TestRunner::new(config)
        .run(&input, |(project, file, place, carriage_returns)| {
            let mut files = examples[project].clone();
            let chosen = file.index(files.len());
            let good = files[chosen].1.clone();
            let Some(text) = slip(&good, place) else { return Ok(()) };
            let good = if carriage_returns { good.replace('\n', "\r\n") } else { good };
            files[chosen].1 = if carriage_returns { text.replace('\n', "\r\n") } else { text };
            let (fixed, folder) = fixed(&files);
            fixed.write().unwrap();
            let (before, after) = (bad(&fixed.before, &fixed.before.compile()), bad(&fixed.project, &fixed.compiled));
            prop_assert!(after.iter().all(|(what, times)| before.get(what).is_some_and(|before| before >= times)));
            for (name, text) in &files {
                let now = fs::read_to_string(folder.path().join(name)).unwrap();
                prop_assert_eq!(comments(&now), comments(text), "{}", name);
                if fixed.changes().all(|(path, ..)| !path.ends_with(name.as_str())) {
                    prop_assert_eq!(&now, text);
                }
                if *name == files[chosen].0 && !before.is_empty() {
                    found.set(found.get() + 1);
                    put_right.set(put_right.get() + usize::from(now == good));
                }
            }
            prop_assert_eq!(fs::read_dir(folder.path()).unwrap().count(), files.len(), "nothing is left beside");
            let again = Fixed::of(the_one(Some(folder.path())).unwrap().read(|_| ()).unwrap());
            prop_assert_eq!(again.changes().count(), 0, "there is nothing left to do");
            prop_assert_eq!(bad(&again.project, &again.compiled), after, "the disk has what was tried");
            Ok(())
        })
        .unwrap();
    assert!(put_right.get() * 3 > found.get() && found.get() > 30, "{} of {}", put_right.get(), found.get());
}

#[test]
fn what_is_certain_is_put_right() {
    let native = |line: &str| {
        format!("// ours\nflowc 1\nflow one inbound\nstart hello\n\nhello: answer -> greet\n{line}\nbye: hangup\n")
    };
    let good = native("greet: play \"Hello.\" -> bye");
    for line in [
        "greet: plya \"Hello.\" -> bye",
        "greet: play “Hello.” -> bye",
        "greet: play \"Hello.\" → bye",
        "greet: play\u{a0}\"Hello.\" -> bye",
    ] {
        assert_eq!(one("one.flow", &native(line)), good, "{line}");
    }
    assert_eq!(one("one.flow", &good.replace("// ours\nflowc 1\n", "")), good.replace("// ours\n", ""));
    let flags = good.replace("bye: hangup", "bye: hangup everyone");
    assert_eq!(one("one.flow", &flags.replace("everyone", "everyone true")), flags);
    let untouched = native("greet: play \"Hello.\" -> by");
    assert_eq!(one("one.flow", &untouched), untouched, "two letters are too few");
}

/// States, choices, results, settings and hours have the names their authors gave: which of two is misspelt nobody can tell.
#[test]
fn names_are_left_to_their_author() {
    let flow = |head: &str, menu: &str, rest: &str| {
        format!(
            "flowc 1\nflow one inbound\n{head}start hello\n\nhello: answer -> team {{ failed -> bye }}\nteam: menu ask \"For pay, press {{key pay}}.\" {{\n  \
             pay = 1 -> {menu}\n  exhausted -> bye\n}}\npays: play \"Pay.\" -> bye\npain: play \"Pain.\" -> bye\nbye: {rest}\n"
        )
    };
    for text in [
        flow("", "pai", "hangup"),
        flow("", "payss", "hangup"),
        flow("settings { clinc_line: phone }\n", "pays", "transfer settings.clinic_line -> return"),
        flow("", "pays", "hangup").replace("{key pay}", "{key pya}"),
        flow("returns moved, cancelled\n", "pays", "hangup canceled"),
    ] {
        assert_eq!(one("one.flow", &text), text);
    }
    let hours = "flowc 1\nflow one inbound\nuse office\nstart gate\n\ngate: hours office.main { open | closed | holiday -> bye }\nbye: reject\n";
    let office = "calendar: office\nzone: Europe/London\nhours:\n  mian: { mon-fri: 08:30-17:30 }\n";
    let files = [("office.yaml".to_owned(), office.to_owned()), ("one.flow".to_owned(), hours.to_owned())];
    let (fixed, _folder) = fixed(&files);
    assert!(!fixed.before.compile().diagnostics.is_empty() && fixed.changes().next().is_none());
}

#[test]
fn what_is_certain_is_put_right_in_yaml() {
    let yaml = |menu: &str, stop: &str| {
        format!(
            "flowc: 1\nflow: one\ncall: inbound\nlocale: en-GB\nvars: {{ code: text }}\nstart: hello # first\nstates:\n  hello: {{ answer: true, then: team }}\n  team:\n    \
             menu:\n      again: {{ key: {menu}, to: pin }}\n    ask: {{ text: \"Press {{key again}}.\" }}\n    on: {{ exhausted: bye }}\n  \
             pin:\n    recognize: dtmf\n    save: code\n    ask: {{ text: Your code. }}\n    max_tones: 8\n    stop: {stop}\n    \
             then: bye\n    on: {{ partial | no_input | no_match: bye }}\n  bye: {{ hangup: true, everyone: true }}\n"
        )
    };
    let good = yaml("star", "pound");
    assert_eq!(one("one.flow.yaml", &yaml("*", "#")), good);
    for slip in [
        good.replace("max_tones", "max_tnoes"),
        good.replace("exhausted", "exhuasted"),
        good.replace("everyone: true", "everyone: yes"),
        good.replace("answer: true", "answer: Yes"),
        good.replace("en-GB", "en_GB"),
        good.replace("flowc: 1\n", ""),
        good.replace("vars: {", "vras: {"),
    ] {
        assert_eq!(one("one.flow.yaml", &slip).replace('"', ""), good.replace('"', ""), "{slip}");
    }
    let comment = good.replace("text: Your code.", "text: Your code # four digits");
    assert_eq!(one("one.flow.yaml", &comment), comment, "a text or a comment: only its author knows");
}

#[test]
fn a_calendar_is_put_right() {
    let slips =
        "calendar: office\nzone: europe/london # ours\nmain: { open: { monday-fri: 8.30-17.30, sat: Closed } }\n";
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("one.flow"), "flowc 1\nflow one inbound\nstart a\na: answer -> b\nb: hangup\n")
        .unwrap();
    fs::write(folder.path().join("office.yaml"), slips).unwrap();
    let fixed = Fixed::of(the_one(Some(folder.path())).unwrap().read(|_| ()).unwrap());
    fixed.write().unwrap();
    assert_eq!(fixed.made, 4);
    assert_eq!(
        fs::read_to_string(folder.path().join("office.yaml")).unwrap(),
        slips
            .replace("monday", "mon")
            .replace("8.30-17.30", "08:30-17:30")
            .replace("Closed", "closed")
            .replace("europe/london", "Europe/London")
    );
}

#[test]
fn names_of_other_files_and_people_are_suggested() {
    let good = "flowc 1\nflow one inbound\nuse crm, office\nparticipant agent\nsignal desk_free\nvar team: crm.Team?\n\
        start pick_up\npick_up: answer -> gate\ngate: hours office.main { open | holiday -> find; closed -> bye }\n\
        find: team = invoke crm.find(account: \"1\") -> quiet { failed -> bye }\n\
        quiet: mute agent -> words { failed -> bye }\n\
        words: play text crm.greeting -> more { signal desk_free -> bye; agent left -> bye }\n\
        more: query agent -> bye { missing | failed -> bye }\nbye: hangup\n";
    let crm = "service: crm\nurl: https://crm.example.com\ntypes: { Team: { id: text } }\nconstants: { greeting: Hello. }\n\
        operations: { find: { args: { account: text }, ok: Team } }\n";
    let office = "calendar: office\nzone: Europe/London\nmain: { open: { mon-fri: 08:30-17:30 } }\n";
    let slips = [
        ("crm.find", "crm.fnid"),
        ("crm.find", "cmr.find"),
        ("office.main", "office.mian"),
        ("office.main", "offcie.main"),
        ("crm.Team", "crm.Taem"),
        ("crm.greeting", "crm.greetnig"),
        ("account:", "acount:"),
        ("team = invoke", "taem = invoke"),
        ("mute agent", "mute agnet"),
        ("query agent", "query agnet"),
        ("agent left", "agnet left"),
        ("-> bye; agent", "-> byee; agent"),
        ("{ signal desk_free", "{ signal desk_fere"),
    ];
    for (word, slip) in slips {
        let written = good.replace(word, slip);
        assert_ne!(written, good, "{slip}");
        let files = [("one.flow", written.as_str()), ("crm.yaml", crm), ("office.yaml", office)];
        let (fixed, folder) = fixed(&files.map(|(name, text)| (name.to_owned(), text.to_owned())));
        fixed.write().unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("one.flow")).unwrap(), written, "{slip}");
        let fixes = fixed.before.compile().diagnostics.into_iter().filter_map(|found| found.fix);
        let made = |fix: Box<Fix>| !fix.safe && edited(&written, &fix.edits) == good;
        assert!(fixes.into_iter().any(made), "{slip}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_permissions_and_links() {
    use std::os::unix::fs::PermissionsExt;
    let text = "flowc 1\nflow one inbound\nstart hello\nhello: answer -> bye_now\nbye_now: hangpu\n";
    let base = tempfile::tempdir().unwrap();
    let real = base.path().join(".kept/real.flow");
    fs::create_dir(base.path().join(".kept")).unwrap();
    fs::write(&real, text).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&real, base.path().join("one.flow")).unwrap();
    let fixed = Fixed::of(the_one(Some(base.path())).unwrap().read(|_| ()).unwrap());
    fixed.write().unwrap();
    assert!(fs::symlink_metadata(base.path().join("one.flow")).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("hangup"));
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fixed.write().is_err(), "what is not there any more is not written over");
}

#[test]
fn a_file_that_is_not_utf_8_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = b"flowc 1\nflow one inbound // caf\xe9\nstart hello\nhello: answer -> bye_now\nbye_now: hangpu\n";
    fs::write(folder.path().join("one.flow"), bytes).unwrap();
    let fixed = Fixed::of(the_one(Some(folder.path())).unwrap().read(|_| ()).unwrap());
    fixed.write().unwrap();
    assert_eq!(fs::read(folder.path().join("one.flow")).unwrap(), bytes);
}

/// Every case of a finding: nothing breaks off, what has no safe fix stays as it is, and what is fixed is so on the disk.
#[test]
fn cases_of_findings_are_fixed_or_left_alone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.to_string_lossy().ends_with(".flow") || path.to_string_lossy().ends_with(".flow.yaml"));
    names.sort();
    let mut changed = Vec::new();
    for path in names {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let (fixed, folder) = fixed(&[(name.clone(), text.clone())]);
        fixed.write().unwrap();
        let now = fs::read_to_string(folder.path().join(&name)).unwrap();
        assert_eq!(now != text, fixed.made > 0, "{name}");
        let found = fixed.before.compile().diagnostics;
        assert!(now == text || found.iter().any(|found| found.fix.as_ref().is_some_and(|fix| fix.safe)), "{name}");
        let again = the_one(Some(folder.path())).unwrap().read(|_| ()).unwrap();
        assert_eq!(bad(&again, &again.compile()), bad(&fixed.project, &fixed.compiled), "{name}");
        if now != text {
            changed.push(name);
        }
    }
    for name in [
        "F0003_alias_for_star.flow.yaml",
        "F0005_key_pound.flow.yaml",
        "F0008_arrow.flow",
        "F0009_missing.flow",
        "F0009_missing.flow.yaml",
        "F0104_misspelt_hangup.flow",
        "F0104_misspelt_hangup.flow.yaml",
        "F0202_misspelt.flow",
    ] {
        assert!(changed.iter().any(|changed| changed == name), "{name} is not among {changed:?}");
    }
}

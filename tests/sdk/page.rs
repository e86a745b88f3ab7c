//! The page that says what official SDKs have been seen to do with the emulator.

use crate::sdk::Sdk;
use crate::sdk::evidence::Evidence;
use crate::sdk::mapped::meanings;
use flowc::platform::events::WEBHOOKS;
use flowc::platform::operations::{Operation, TABLE};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Why nothing was seen: column, row and reason.
const REASONS: &[(&str, &str, &str)] =
    &[("provider", "GetRecording", "a flow is told of its recordings by webhook and asks for none")];

/// The whole page.
///
/// # Errors
/// Where something was not seen and nobody says why, or was seen and somebody says why not.
pub(crate) fn page(seen: &Evidence) -> Result<String, String> {
    with(seen, REASONS)
}

fn with(seen: &Evidence, reasons: &[(&str, &str, &str)]) -> Result<String, String> {
    let meanings = meanings();
    let cell = |seen: bool, column: &str, row: &str| cell(seen, column, row, reasons);
    let mut page = format!(
        "# Conformance\n\n\
         What was seen when the official SDKs drove `flowc emulate`, written by the test run itself (`tests/sdk.rs`, which fails when this\n\
         page says something else). The SDKs are {} for Python and\n\
         {} for JavaScript; their programs are in `tests/sdk`. What they cannot\n\
         bring about by requests the people's side and the faults of the emulator do ([`emulator.md`](emulator.md)). Whatever went to and fro,\n\
         requests, answers and webhooks, is held against the published API description (`tests/published`).\n\n\
         ## Operations\n\n\
         * **provider**: flowc itself asks for it, as published in every published api-version that offers it, and takes the answers below for\n  \
           what they are.\n\
         * **emulator**: carried out with a success of the published status and body.\n\
         * **Python**, **JavaScript**: the SDK asked for it and was given that success.\n\n\
         | operation | request | provider | emulator | Python | JavaScript |\n|---|---|---|---|---|---|\n",
        Sdk::Python.package(),
        Sdk::JavaScript.package(),
    );
    for row in TABLE {
        let (name, request) = (format!("{:?}", row.operation), format!("`{} {}`", row.method.as_str(), row.path));
        let cells = [
            cell(seen.provider.contains(&row.operation), "provider", &name)?,
            cell(seen.emulator.contains(&row.operation), "emulator", &name)?,
            cell(seen.asked[0].contains(&row.operation), "Python", &name)?,
            cell(seen.asked[1].contains(&row.operation), "JavaScript", &name)?,
        ];
        let _ = writeln!(page, "| {name} | {request} | {} |", cells.join(" | "));
    }
    page.push_str(
        "\nRecordings' files are not fetched by the SDKs here: both refuse any address that is not https on the platform's own hosts.\n\n\
         ## Webhooks\n\n\
         * **emitted**: the emulator sent it, its data as published, and the program took it.\n\
         * **parsed, Python**: `CloudEvent` and the SDK's own type of that name read each that came. (The SDK leaves webhooks to `CloudEvent`,\n  \
           which knows no names; its types of them are in the package, though not offered.)\n\
         * **parsed, JavaScript**: `parseCallAutomationEvent` read each that came; of names it does not know it would have thrown.\n\
         * **parsed, flowc**: the service's own reader took each that came for what it is.\n\
         * **mapped**: the event that it becomes inside, and what that brings about in a flow, by the kind of the state in which a call\n  \
           stands or of the condition it waits for; an outcome where nothing else is said. It is read off the machine\n  \
           (`tests/sdk/mapped.rs`).\n\n\
         | webhook | emitted | parsed, Python | parsed, JavaScript | parsed, flowc | mapped |\n|---|---|---|---|---|---|\n",
    );
    for (_, name) in WEBHOOKS {
        let cells = [
            cell(seen.emitted.contains(*name), "emitted", name)?,
            cell(seen.parsed[0].contains(*name), "parsed, Python", name)?,
            cell(seen.parsed[1].contains(*name), "parsed, JavaScript", name)?,
            cell(seen.read.contains(*name), "parsed, flowc", name)?,
            meanings[name].cell(name)?,
        ];
        let _ = writeln!(page, "| {name} | {} |", cells.join(" | "));
    }
    Ok(page)
}

/// Whether something was seen; why not, where it was not.
fn cell(seen: bool, column: &str, row: &str, reasons: &[(&str, &str, &str)]) -> Result<String, String> {
    let reason = reasons.iter().find(|(of, at, _)| (*of, *at) == (column, row));
    match (seen, reason) {
        (true, None) => Ok("yes".to_owned()),
        (false, Some((_, _, why))) => Ok(format!("no: {why}")),
        (false, None) => Err(format!("{column}, {row}: it was not seen, and nobody says why")),
        (true, Some(_)) => Err(format!("{column}, {row}: it was seen, and somebody says why not")),
    }
}

/// As if all had been seen but what has a reason.
fn everything() -> Evidence {
    let operations: BTreeSet<Operation> = TABLE.iter().map(|row| row.operation).collect();
    let webhooks: BTreeSet<String> = WEBHOOKS.iter().map(|(_, name)| (*name).to_owned()).collect();
    Evidence {
        provider: crate::published::made(),
        emulator: operations.clone(),
        asked: [operations.clone(), operations],
        emitted: webhooks.clone(),
        parsed: [webhooks.clone(), webhooks.clone()],
        read: webhooks,
    }
}

/// Each cell stands and falls with what was seen of it.
#[test]
fn a_cell_without_evidence_or_a_reason_is_no_page() {
    type Loss = (&'static str, fn(&mut Evidence) -> bool);
    let losses: [Loss; 8] = [
        ("provider, Play", |seen| seen.provider.remove(&Operation::Play)),
        ("emulator, Play", |seen| seen.emulator.remove(&Operation::Play)),
        ("Python, Play", |seen| seen.asked[0].remove(&Operation::Play)),
        ("JavaScript, Play", |seen| seen.asked[1].remove(&Operation::Play)),
        ("emitted, HoldFailed", |seen| seen.emitted.remove("HoldFailed")),
        ("parsed, Python, HoldFailed", |seen| seen.parsed[0].remove("HoldFailed")),
        ("parsed, JavaScript, HoldFailed", |seen| seen.parsed[1].remove("HoldFailed")),
        ("parsed, flowc, HoldFailed", |seen| seen.read.remove("HoldFailed")),
    ];
    let whole = page(&everything()).expect("everything was seen");
    assert_eq!(whole.matches("| no: ").count(), REASONS.len());
    for (cell, lose) in losses {
        let mut seen = everything();
        assert!(lose(&mut seen), "{cell}");
        assert_eq!(page(&seen), Err(format!("{cell}: it was not seen, and nobody says why")));
    }
    let reasons = [REASONS, &[("emulator", "Play", "it is silent")]].concat();
    let wrong = "emulator, Play: it was seen, and somebody says why not".to_owned();
    assert_eq!(with(&everything(), &reasons), Err(wrong));
}

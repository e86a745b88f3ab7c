//! The page that says what official SDKs have been seen to do with the emulator.

use crate::harness::recorder::Exchange;
use crate::sdk::mapped::meanings;
use flowc::platform::events::WEBHOOKS;
use flowc::platform::operations::TABLE;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Why nothing was seen of an operation with the SDKs.
const NOT_DRIVEN: &[(&str, &str)] = &[];

/// Why nothing was seen of a webhook.
const NOT_SENT: &[(&str, &str)] = &[
    ("AnswerFailed", "sent when the caller leaves before the answer connects; the SDKs' programs let them wait"),
    ("ConnectFailed", "sent when the call that is joined ends first; the SDKs' programs let it go on"),
    ("ContinuousDtmfRecognitionToneFailed", "sent when a fault asks for it; the SDKs' programs ask for none"),
    ("HoldFailed", "sent for music that cannot be fetched; the SDKs' programs name none"),
    ("MediaStreamingFailed", "sent where no web socket can be opened; the SDKs' programs have one that listens"),
    ("MoveParticipantFailed", "sent for somebody who is not there; the SDKs' programs move who is"),
    ("RemoveParticipantFailed", "sent for somebody who is not there; the JavaScript SDK's program removes who is"),
    ("SendDtmfTonesFailed", "sent when whoever is told leaves; the SDKs' programs let them stay"),
    ("StartRecordingFailed", "sent for a container that cannot be reached; the SDKs' programs name none"),
    ("TranscriptionFailed", "sent where no web socket can be opened; the SDKs' programs have one that listens"),
];

/// What one SDK did.
pub(crate) struct Driven {
    /// Operations of the table that it asked for and the emulator carried out, by number.
    operations: BTreeSet<usize>,
    /// Webhooks that its own parser read.
    webhooks: BTreeSet<String>,
}

impl Driven {
    /// From what its program said, and what went to and fro.
    pub(crate) fn of(said: &[String], seen: &[Exchange]) -> Driven {
        let done = |exchange: &&Exchange| exchange.status < 300;
        let webhooks = said.iter().filter_map(|line| line.strip_prefix("event ")).map(ToOwned::to_owned);
        Driven { operations: seen.iter().filter(done).filter_map(operation).collect(), webhooks: webhooks.collect() }
    }
}

/// The row of the table that a request belongs to.
fn operation(exchange: &Exchange) -> Option<usize> {
    let path = exchange.target.split('?').next()?;
    TABLE.iter().position(|row| row.method.as_str() == exchange.method && fits(row.path, path))
}

/// Whether a path is one of a pattern's: `{id}` stands for a segment, or the part of it before a colon.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(path).all(|(wanted, given)| match wanted.split_once('}') {
            Some((_, "")) => !given.contains(':'),
            Some((_, verb)) => given.ends_with(verb),
            None => *wanted == given,
        })
}

/// The whole page.
pub(crate) fn page(driven: &[Driven; 2]) -> String {
    let mut page = String::from(
        "# Conformance\n\n\
         What was seen when the official SDKs drove `flowc emulate`, written by the test run itself (`tests/sdk.rs`, which fails when this\n\
         page says something else). The SDKs are azure-communication-callautomation 1.6.0 for Python and\n\
         @azure/communication-call-automation 1.6.0 for JavaScript; their programs are in `tests/sdk`. Every request and every answer of\n\
         theirs is held against the published API description besides, and so is every request the service makes (`tests/published.rs`).\n\n\
         ## Operations\n\n\
         `yes`: the SDK asked for it, and the emulator carried it out with a success of the published status and body. The service makes\n\
         every one of these requests itself, in every api-version that has it, but the last column's.\n\n\
         | operation | request | Python | JavaScript | service |\n|---|---|---|---|---|\n",
    );
    for (number, row) in TABLE.iter().enumerate() {
        let name = format!("{:?}", row.operation);
        let cell = |driven: &Driven| cell(driven.operations.contains(&number), &name, NOT_DRIVEN);
        let service = if name == "GetRecording" { "no: recordings tell of themselves by webhook" } else { "yes" };
        let request = format!("`{} {}`", row.method.as_str(), row.path);
        let _ = writeln!(page, "| {name} | {request} | {} | {} | {service} |", cell(&driven[0]), cell(&driven[1]));
    }
    page.push_str(
        "\nRecordings' files are not fetched by the SDKs here: both refuse any address that is not https on the platform's own hosts.\n\n\
         ## Webhooks\n\n\
         `yes`: the emulator sent it while the SDK's program ran, and the SDK's own parser read it. The service reads all of them.\n\
         `mapped`: the event that it becomes inside, and what that brings about in a flow, by the kind of the state in which a call\n\
         stands or of the condition it waits for; an outcome where nothing else is said. It is read off the machine (`tests/sdk/mapped.rs`).\n\n\
         | webhook | Python | JavaScript | mapped |\n|---|---|---|---|\n",
    );
    let meanings = meanings();
    for (_, name) in WEBHOOKS {
        let cell = |driven: &Driven| cell(driven.webhooks.contains(*name), name, NOT_SENT);
        let mapped = meanings[name].cell(name).unwrap_or_else(|wrong| panic!("{wrong}"));
        let _ = writeln!(page, "| {name} | {} | {} | {mapped} |", cell(&driven[0]), cell(&driven[1]));
    }
    page
}

/// Whether something was seen; why not, where it was not.
fn cell(seen: bool, name: &str, reasons: &[(&str, &str)]) -> String {
    let reason = reasons.iter().find(|(of, _)| *of == name);
    match (seen, reason) {
        (true, _) => "yes".to_owned(),
        (false, Some((_, why))) => format!("no: {why}"),
        (false, None) => panic!("{name} was not seen, and nobody says why"),
    }
}

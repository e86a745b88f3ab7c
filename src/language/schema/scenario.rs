//! Scenarios (`scenario: …`) as a schema.

use serde_json::{Value, json};

use crate::language::schema::values::{NAME, described, named, one_of, text, written};
use crate::language::schema::{DIALECT, keyed};

/// `4s`.
const TIME: &str = "[0-9]+(ms|s|m|h)";
/// `greet`, `hand_over.offer`.
const STATE: &str = "[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)?";

/// Of a scenario.
#[must_use]
pub fn scenario() -> Value {
    let step = one_of(vec![
        text(
            "What happens, or is expected: `answer after 6s`, `hear welcome`, `press 1`, `say yes`, `silence`, `signal ready`, `hang up`.",
        ),
        json!({
            "type": "object",
            "patternProperties": { "^signal +[a-z][a-z0-9_]*$": { "description": "What comes along with a signal." } },
            "additionalProperties": { "type": "string" },
            "maxProperties": 1,
        }),
    ]);
    json!({
        "$schema": DIALECT,
        "title": "A scenario for flowc",
        "type": "object",
        "properties": {
            "scenario": text("What it is about."),
            "flow": described(named(NAME), "The flow it is for; may be left out in a project with one flow."),
            "given": given(),
            "script": { "description": "What the party does and hears, step by step.", "type": "array", "items": step },
            "expect": expect(),
        },
        "required": ["scenario", "script"],
        "additionalProperties": false,
    })
}

/// What the call finds.
fn given() -> Value {
    let anything = json!({ "type": ["string", "number", "boolean"] });
    let headers = described(json!({ "type": "object", "additionalProperties": anything }), "Custom headers by name.");
    let caller = keyed(&[("name", described(anything, "The name that is shown.")), ("headers", headers)], &[]);
    let failing = named(&format!("^{STATE}( +0*[1-9][0-9]*)?$"));
    let fails = one_of(vec![failing.clone(), json!({ "type": "array", "items": failing })]);
    let instant = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:?[0-9]{2}.*([Zz]|[+-][0-9:]+)$";
    let calls = json!({ "type": "object", "propertyNames": { "pattern": NAME }, "additionalProperties": other_call() });
    let phones = json!({ "type": "object", "additionalProperties": phone() });
    json!({
        "description": "What the call finds.",
        "type": "object",
        "properties": {
            "params": { "description": "Values by parameter.", "type": "object" },
            "clock": described(named(instant), "When the call begins, with its zone: `2026-12-24T18:00Z`."),
            "caller": described(caller, "What comes along with an incoming call."),
            "calls": described(calls, "Other calls of the service that go on meanwhile, by name; `calls.NAME` stands for the id of one."),
            "phones": described(phones, "How others behave who are called, by number, raw id, `settings.NAME` or `params.NAME`."),
            "fails": described(fails, "States whose requests the platform refuses: `greet` always, `greet 2` the second one."),
        },
        "patternProperties": { r"\.": { "description": "What an operation of a service answers: `crm.find: { ok: { id: c1 } }`." } },
        "additionalProperties": false,
    })
}

/// What somebody does who hears nobody.
fn alone() -> Value {
    let step = named(&format!("^(press +.+|say +.+|silence +{TIME}|hang +up)$"));
    json!({ "type": "array", "items": step })
}

/// Another call of the service.
fn other_call() -> Value {
    keyed(
        &[
            ("flow", described(named(NAME), "Its flow; that of the scenario when left out.")),
            (
                "before",
                described(
                    named(&format!("^{TIME}$")),
                    "How long before the scenario's call it begins; 10s when left out.",
                ),
            ),
            ("from", text("Who calls.")),
            ("to", text("The number called.")),
            ("params", json!({ "description": "Values by parameter, of a call that is placed.", "type": "object" })),
            (
                "script",
                described(alone(), "What its party does, by themselves: `press`, `say`, `silence 2s`, `hang up`."),
            ),
        ],
        &[],
    )
}

/// How somebody behaves who is called.
fn phone() -> Value {
    let answers = named(&format!("^({TIME}|busy|decline|no answer|unreachable)$"));
    let script = alone();
    let both = keyed(
        &[
            ("answer", described(answers.clone(), "After how long it is answered, or why not; at once when left out.")),
            ("script", described(script, "What they do then, by themselves: `press`, `say`, `silence 2s`, `hang up`.")),
        ],
        &[],
    );
    one_of(vec![answers, both])
}

/// What has to be so in the end.
fn expect() -> Value {
    let invoked = json!({ "type": "object", "additionalProperties": written("^[0-9]+$") });
    let expect = keyed(
        &[
            ("result", described(named(NAME), "The flow's result; `none` for no result.")),
            ("ended", described(named(&format!("^{STATE}$")), "The state in which the call ended.")),
            ("invoked", described(invoked, "How often operations were asked.")),
            ("silence_max", described(named(&format!("^{TIME}$")), "The longest that the party hears nothing.")),
            (
                "left_behind",
                described(json!({ "const": "nothing" }), "Nobody is left on the line, and nothing goes on recording."),
            ),
            ("transcript", described(json!({ "const": "golden" }), "The transcript is the one beside the scenario.")),
        ],
        &[],
    );
    described(expect, "What has to be so when the call is over. What is not said may be anything.")
}

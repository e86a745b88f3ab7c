//! Whole conversations, each message of which is held against the description.

use crate::harness::recorder::Exchange;
use crate::published::description::Description;
use serde_json::Value;

/// What is wrong with requests to the platform and its answers. A request that the platform refused may be wrong on purpose.
pub(crate) fn requests(published: &Description, seen: &[Exchange]) -> Vec<String> {
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or(Value::Null);
    let of_the_platform = |exchange: &&Exchange| exchange.target.starts_with("/calling/");
    seen.iter()
        .filter(of_the_platform)
        .flat_map(|exchange| {
            let body = Some(json(&exchange.body)).filter(|_| !exchange.body.is_empty());
            let mut wrong =
                published.answer(&exchange.method, &exchange.target, exchange.status, &json(&exchange.answer));
            if exchange.status < 400 {
                wrong.extend(published.request(&exchange.method, &exchange.target, body.as_ref()));
            }
            wrong
        })
        .collect()
}

/// What is wrong with webhooks.
pub(crate) fn webhooks(published: &Description, seen: &[Exchange]) -> Vec<String> {
    let events = seen.iter().filter_map(|exchange| serde_json::from_slice::<Value>(&exchange.body).ok());
    let events = events.flat_map(|body| body.as_array().cloned().unwrap_or_default());
    events
        .filter_map(|event| {
            let name = event["type"].as_str()?.strip_prefix(flowc::platform::events::PREFIX)?.to_owned();
            let data = without_documented_nulls(event["data"].clone());
            published.is(&name, &data).err().map(|why| format!("{name}: {why}"))
        })
        .collect()
}

/// The published text says of one member that it is null, which its form cannot say: the phrase of a choice that was made by a key.
fn without_documented_nulls(mut data: Value) -> Value {
    let choice = data.get_mut("choiceResult").and_then(Value::as_object_mut);
    if let Some(choice) = choice.filter(|choice| choice.get("recognizedPhrase").is_some_and(Value::is_null)) {
        choice.remove("recognizedPhrase");
    }
    data
}

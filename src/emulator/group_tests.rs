//! What the contract says of several people and several legs on one call, played on the cloud alone in virtual time.

use serde_json::{Value, json};

use crate::emulator::keys::LostKeys;
use crate::emulator::stage::{CALLER, LINE, Stage, create, play, recognize, text};

const AGENT: &str = "+441632960101";
const USER: &str = "8:acs:resource_ada";

fn phone(number: &str) -> Value {
    json!({"phoneNumber": {"value": number}})
}

fn user() -> Value {
    json!({"communicationUser": {"id": USER}})
}

fn add(who: &Value, more: Value) -> Value {
    let mut body = json!({"participantToAdd": who, "sourceCallerIdNumber": {"value": LINE}, "operationContext": "in"});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    body
}

impl Stage {
    /// A call with the caller, an agent and a user.
    fn group(&mut self) -> String {
        let id = self.connected();
        for who in [phone(AGENT), user()] {
            assert_eq!(self.rest("POST", &format!("/{id}/participants:add"), add(&who, json!({}))).0, 202);
            self.wait(1);
        }
        self.take();
        id
    }

    fn here(&mut self, id: &str) -> Vec<String> {
        let (status, list) = self.rest("GET", &format!("/{id}/participants"), Value::Null);
        assert_eq!(status, 200);
        let ids = list["value"].as_array().expect("a list").iter();
        ids.map(|one| one["identifier"]["rawId"].as_str().expect("an id").to_owned()).collect()
    }
}

#[test]
fn somebody_is_added() {
    let mut stage = Stage::new();
    stage.human("PUT", &format!("phones/{AGENT}"), json!({"answer": "3s"}));
    let id = stage.connected();
    let path = format!("/{id}/participants:add");
    let (status, answer) = stage.rest("POST", &path, add(&phone(AGENT), json!({})));
    assert_eq!((status, answer["operationContext"].as_str()), (202, Some("in")));
    assert_eq!(answer["participant"]["identifier"]["rawId"], format!("4:{AGENT}"));
    assert!(answer["invitationId"].is_string());
    assert_eq!(stage.refused("POST", &path, add(&phone(AGENT), json!({}))), (400, "8523".to_owned()));
    assert_eq!(stage.refused("POST", &path, add(&phone("+15550001"), json!({}))), (400, "8559".to_owned()));
    stage.wait(3000);
    let events = stage.take();
    assert_eq!((events[0].name, &events[0].data["operationContext"]), ("AddParticipantSucceeded", &json!("in")));
    assert_eq!(events[0].data["participant"]["rawId"], format!("4:{AGENT}"));
    assert_eq!((events[1].name, &events[1].data["sequenceNumber"]), ("ParticipantsUpdated", &json!(2)));
    assert_eq!(events[1].data["participants"].as_array().map(Vec::len), Some(3), "the application is one of them");
    assert_eq!(stage.here(&id), [format!("4:{CALLER}"), format!("4:{AGENT}")]);
    let one = stage.rest("GET", &format!("/{id}/participants/4%3A%2B441632960101"), Value::Null).1;
    assert_eq!((&one["isMuted"], &one["isOnHold"]), (&json!(false), &json!(false)));
    let nobody = format!("/{id}/participants/4%3A%2B4400");
    assert_eq!(stage.refused("GET", &nobody, Value::Null), (404, "8522".to_owned()));
}

#[test]
fn invitations_that_come_to_nothing() {
    let mut stage = Stage::new();
    let id = stage.connected();
    let path = format!("/{id}/participants:add");
    for (answer, result) in [
        ("busy", "AddParticipantFailed 486/560486"),
        ("decline", "AddParticipantFailed 603/560603"),
        ("never", "AddParticipantFailed 480/560480"),
    ] {
        stage.human("PUT", &format!("phones/{AGENT}"), json!({"answer": answer}));
        stage.rest("POST", &path, add(&phone(AGENT), json!({"invitationTimeoutInSeconds": 5})));
        stage.wait(5000);
        assert_eq!(stage.take_results(), [result]);
    }
    let (_, added) = stage.rest("POST", &path, add(&phone(AGENT), json!({})));
    let cancel = json!({"invitationId": added["invitationId"], "operationContext": "back"});
    let taken_back = format!("/{id}/participants:cancelAddParticipant");
    assert_eq!(stage.rest("POST", &taken_back, cancel.clone()), (202, cancel.clone()));
    assert_eq!(stage.rest("POST", &taken_back, cancel).0, 202);
    assert_eq!(stage.take_results(), ["CancelAddParticipantSucceeded 200/0", "CancelAddParticipantFailed 400/8585"]);
    stage.wait(60_000);
    assert!(stage.take().is_empty());
    stage.rest("POST", &path, add(&phone(AGENT), json!({})));
    stage.rest("DELETE", &format!("/{id}"), Value::Null);
    assert_eq!(stage.take_results(), ["AddParticipantFailed 487/540487", "CallDisconnected 200/7000"]);
}

#[test]
fn requests_about_people_are_checked() {
    let mut stage = Stage::new();
    let id = stage.group();
    let nobody = phone("+15550001");
    let headers = json!({"customCallingContext": {"sipHeaders": {"Case": "1"}}});
    for (verb, body) in [
        ("add", json!({"participantToAdd": nobody})),
        ("add", add(&nobody, json!({"invitationTimeoutInSeconds": 181}))),
        ("add", add(&nobody, headers)),
        ("mute", json!({"targetParticipants": [phone(AGENT)]})),
        ("mute", json!({"targetParticipants": []})),
        ("mute", json!({"targetParticipants": [{"communicationUser": {"id": "8:acs:no_body"}}]})),
        ("moveHere", json!({"targetParticipants": [phone(AGENT)], "fromCall": id})),
        ("moveHere", json!({"targetParticipants": [phone(AGENT)], "fromCall": "nothing"})),
        ("cancelAddParticipant", json!({})),
        ("remove", json!({})),
    ] {
        let refused = stage.refused("POST", &format!("/{id}/participants:{verb}"), body.clone());
        assert_eq!(refused, (400, "8523".to_owned()), "{verb} {body}");
    }
    assert!(stage.take().is_empty());
}

#[test]
fn people_are_removed_and_the_last_takes_the_call_along() {
    let mut stage = Stage::new();
    let id = stage.group();
    let path = format!("/{id}/participants:remove");
    let remove = |who: &Value| json!({"participantToRemove": who, "operationContext": "out"});
    assert_eq!(stage.rest("POST", &path, remove(&phone(AGENT))), (202, json!({"operationContext": "out"})));
    assert_eq!(stage.take_results(), ["RemoveParticipantSucceeded 200/0", "ParticipantsUpdated 200/0"]);
    assert_eq!(stage.rest("POST", &path, remove(&phone(AGENT))).0, 202);
    assert_eq!(stage.take_results(), ["RemoveParticipantFailed 400/8558"]);
    stage.rest("POST", &path, remove(&user()));
    stage.take();
    stage.rest("POST", &path, remove(&phone(CALLER)));
    assert_eq!(stage.take_results(), ["RemoveParticipantSucceeded 200/0", "CallDisconnected 200/5010"]);
}

#[test]
fn muted_and_held() {
    let mut stage = Stage::new();
    let id = stage.group();
    let mute = json!({"targetParticipants": [user()], "operationContext": "hush"});
    assert_eq!(stage.rest("POST", &format!("/{id}/participants:mute"), mute).1, json!({"operationContext": "hush"}));
    let roster = stage.take();
    assert_eq!((roster.len(), &roster[0].data["participants"][2]["isMuted"]), (1, &json!(true)));
    let hold = json!({"targetParticipant": phone(AGENT), "playSourceInfo": text(), "operationContext": "wait"});
    assert_eq!(stage.rest("POST", &format!("/{id}:hold"), hold), (200, Value::Null));
    assert_eq!(stage.take()[0].data["participants"][1]["isOnHold"], true);
    stage.rest("POST", &format!("/{id}:play"), play());
    stage.rest("POST", &format!("/{id}:cancelAllMediaOperations"), Value::Null);
    assert_eq!(stage.take_names(), ["PlayStarted", "PlayCanceled"], "the music goes on");
    stage.rest("POST", &format!("/{id}:play"), play());
    stage.wait(3000);
    let heard = stage.call()["transcript"].as_array().expect("a list").iter().filter(|one| one["who"] == AGENT).count();
    assert_eq!(heard, 1, "who is on hold hears the music only");
    stage.take();
    assert_eq!(stage.rest("POST", &format!("/{id}:unhold"), json!({"targetParticipant": phone(AGENT)})).0, 200);
    assert_eq!(stage.take()[0].data["participants"][1]["isOnHold"], false);
    assert_eq!(stage.call()["playing"], json!([]));
    let file = json!({"kind": "file", "file": {"uri": "https://media.example/gone.wav"}});
    stage.rest("POST", &format!("/{id}:hold"), json!({"targetParticipant": phone(AGENT), "playSourceInfo": file}));
    stage.take();
    stage.measured(None);
    assert_eq!(stage.take_results(), ["HoldFailed 400/8536", "ParticipantsUpdated 200/0"]);
}

#[test]
fn people_are_moved_between_calls() {
    let mut stage = Stage::new();
    let there = stage.create();
    stage.wait(100);
    stage.human("POST", "calls", json!({"from": "+15550001", "to": LINE}));
    let context = stage.human("GET", "calls", Value::Null);
    assert_eq!(context.0, 200);
    let body = json!({"targets": [phone(AGENT)], "sourceCallerIdNumber": {"value": LINE}, "callbackUri": "https://app.example/cb"});
    let here = stage.rest("POST", "", body).1["callConnectionId"].as_str().expect("an id").to_owned();
    stage.wait(100);
    stage.take();
    let body =
        json!({"targetParticipants": [phone(CALLER), phone("+15550009")], "fromCall": there, "operationContext": "m"});
    let (status, moved) = stage.rest("POST", &format!("/{here}/participants:moveHere"), body);
    assert_eq!(
        (status, &moved["fromCall"], moved["participants"].as_array().map(Vec::len)),
        (202, &json!(there), Some(2))
    );
    let events = stage.take();
    let told: Vec<(&str, &str)> =
        events.iter().map(|event| (event.name, event.data["callConnectionId"].as_str().expect("an id"))).collect();
    assert_eq!(
        told,
        [
            ("MoveParticipantSucceeded", here.as_str()),
            ("ParticipantsUpdated", &here),
            ("MoveParticipantFailed", &here),
            ("CallDisconnected", &there)
        ]
    );
    assert_eq!(
        (&events[0].data["fromCall"], &events[3].data["resultInformation"]["subCode"]),
        (&json!(there), &json!(5010))
    );
}

#[test]
fn somebody_who_is_moved_goes_on_with_their_script() {
    let mut stage = Stage::new();
    let script = json!({"answer": "0s", "script": ["silence 10s", "hang up"]});
    assert_eq!(stage.human("PUT", &format!("phones/{CALLER}"), script).0, 204);
    let there = stage.create();
    stage.wait(4_000);
    let body = json!({"targets": [phone(AGENT)], "sourceCallerIdNumber": {"value": LINE}, "callbackUri": "https://app.example/cb"});
    let here = stage.rest("POST", "", body).1["callConnectionId"].as_str().expect("an id").to_owned();
    stage.wait(100);
    let body = json!({"targetParticipants": [phone(CALLER)], "fromCall": there});
    assert_eq!(stage.rest("POST", &format!("/{here}/participants:moveHere"), body).0, 202);
    let people = |stage: &mut Stage| {
        let listed = stage.rest("GET", &format!("/{here}/participants"), Value::Null).1;
        listed["value"].as_array().map(Vec::len)
    };
    stage.wait(5_000);
    assert_eq!(people(&mut stage), Some(2));
    stage.wait(1_000);
    assert_eq!(people(&mut stage), Some(1));
}

#[test]
fn lists_come_in_pages() {
    let mut stage = Stage::new();
    let targets: Vec<Value> = (10..22).map(|number| phone(&format!("+4416329601{number}"))).collect();
    let mut body = create();
    body["targets"] = json!(targets);
    let id = stage.rest("POST", "", body).1["callConnectionId"].as_str().expect("an id").to_owned();
    stage.wait(100);
    let (_, page) = stage.rest("GET", &format!("/{id}/participants"), Value::Null);
    assert_eq!(page["value"].as_array().map(Vec::len), Some(10));
    let next = page["nextLink"].as_str().expect("a second page").to_owned();
    let (path, query) = next.split_once('?').expect("a query");
    assert!(query.contains("api-version=2026-03-12"));
    let skip = query.rsplit('=').next().expect("a number").parse().expect("a number");
    assert_eq!(path, format!("/calling/callConnections/{id}/participants"));
    let (call, ..) = stage.cloud.at(crate::platform::operations::Operation::ListParticipants, &id).expect("there");
    let (rest, last) = call.page(skip);
    assert_eq!((rest.len(), last), (2, None));
}

#[test]
fn a_group_goes_on_without_the_application() {
    let mut stage = Stage::new();
    let id = stage.group();
    assert_eq!(stage.rest("DELETE", &format!("/{id}"), Value::Null).0, 204);
    assert_eq!(stage.take_results(), ["CallDisconnected 200/7000"]);
    assert_eq!(
        (stage.call()["state"].as_str(), stage.refused("GET", &format!("/{id}"), Value::Null).0),
        (Some("connected"), 404)
    );
    stage.human("POST", "calls/call-1/hangup", json!({"as": AGENT}));
    assert_eq!(stage.call()["state"], "connected");
    stage.human("POST", "calls/call-1/hangup", json!({"as": USER}));
    assert_eq!((stage.call()["state"].as_str(), stage.take().len()), (Some("ended"), 0));
}

#[test]
fn legs_join_and_leave_by_themselves() {
    let mut stage = Stage::new();
    let id = stage.connected();
    let server = stage.rest("GET", &format!("/{id}"), Value::Null).1["serverCallId"].clone();
    let join = |locator: Value| json!({"callLocator": locator, "callbackUri": "https://other.example/cb", "operationContext": "j"});
    let (status, joined) =
        stage.rest("POST", ":connect", join(json!({"kind": "serverCallLocator", "serverCallId": server})));
    assert_eq!(
        (status, joined["callConnectionState"].as_str(), &joined["targets"]),
        (200, Some("connecting"), &json!([]))
    );
    let second = joined["callConnectionId"].as_str().expect("an id").to_owned();
    assert_eq!(
        stage.refused("POST", &format!("/{second}:cancelAllMediaOperations"), Value::Null),
        (400, "8501".to_owned())
    );
    stage.wait(50);
    let events = stage.take();
    let told: Vec<(&str, &str)> = events.iter().map(|event| (event.name, event.url.as_str())).collect();
    assert_eq!(
        told,
        [
            ("CallConnected", "https://other.example/cb"),
            ("ParticipantsUpdated", "https://app.example/cb"),
            ("ParticipantsUpdated", "https://other.example/cb")
        ]
    );
    stage.rest("DELETE", &format!("/{id}"), Value::Null);
    assert_eq!(stage.take_names(), ["CallDisconnected", "ParticipantsUpdated"]);
    stage.human("POST", "calls/call-1/hangup", json!({}));
    assert_eq!(stage.take_names(), ["CallDisconnected"]);
    assert_eq!(stage.refused("POST", ":connect", join(json!({"serverCallId": server}))), (404, "8522".to_owned()));
    for locator in
        [json!({}), json!({"roomId": "1", "groupCallId": "2"}), json!({"kind": "roomCallLocator", "groupCallId": "2"})]
    {
        assert_eq!(stage.refused("POST", ":connect", join(locator)), (400, "8523".to_owned()));
    }
}

#[test]
fn rooms_come_to_be_when_joined() {
    let mut stage = Stage::new();
    let join =
        json!({"callLocator": {"kind": "roomCallLocator", "roomId": "99"}, "callbackUri": "https://app.example/cb"});
    let first = stage.rest("POST", ":connect", join.clone()).1;
    let second = stage.rest("POST", ":connect", join).1;
    assert_eq!(first["serverCallId"], second["serverCallId"]);
    stage.wait(50);
    let id = first["callConnectionId"].as_str().expect("an id");
    assert_eq!(stage.rest("POST", &format!("/{id}/participants:add"), add(&user(), json!({}))).0, 202);
    stage.wait(1);
    assert_eq!(stage.here(id), [USER]);
    stage.rest("POST", &format!("/{id}:terminate"), Value::Null);
    stage.take();
    assert_eq!(stage.call()["state"], "ended");
}

#[test]
fn one_of_a_group_is_transferred() {
    let mut stage = Stage::new();
    let id = stage.group();
    let path = format!("/{id}:transferToParticipant");
    let to = json!({"targetParticipant": phone("+15550001"), "operationContext": "t"});
    assert_eq!(stage.refused("POST", &path, to.clone()), (400, "8523".to_owned()), "who?");
    let mut body = to;
    body["transferee"] = phone(AGENT);
    assert_eq!(stage.rest("POST", &path, body).0, 202);
    stage.wait(1);
    let events = stage.take();
    assert_eq!(
        (events[0].name, &events[0].data["transferee"]["rawId"]),
        ("CallTransferAccepted", &json!(format!("4:{AGENT}")))
    );
    assert_eq!(events[1].name, "ParticipantsUpdated");
    assert_eq!(stage.here(&id), [format!("4:{CALLER}"), USER.to_owned()]);
}

#[test]
fn a_number_of_our_own_is_a_new_incoming_call() {
    let mut stage = Stage::new();
    let second_line = "+18005550101";
    stage.human("POST", "calls", json!({"from": CALLER, "to": second_line}));
    let id = stage.connected_as("calls/call-2");
    let body = add(&phone(second_line), json!({"customCallingContext": {"sipHeaders": {"X-MS-Custom-case": "7"}}}));
    stage.rest("POST", &format!("/{id}/participants:add"), body);
    stage.wait(1);
    let looped = stage.human("GET", "calls/call-3", Value::Null).1;
    assert_eq!(
        (&looped["from"], &looped["to"], &looped["state"]),
        (&json!(LINE), &json!(second_line), &json!("ringing"))
    );
    let other = stage.answer(3);
    stage.wait(100);
    let names: Vec<&str> = stage.take().iter().map(|event| event.name).collect();
    assert_eq!(names.iter().filter(|name| **name == "CallConnected").count(), 1);
    assert!(names.contains(&"AddParticipantSucceeded"), "{names:?}");
    let watch = json!({"targetParticipant": phone(LINE)});
    assert_eq!(stage.rest("POST", &format!("/{other}:startContinuousDtmfRecognition"), watch).0, 200);
    let send = json!({"tones": ["one", "pound"], "targetParticipant": phone(second_line), "operationContext": "s"});
    assert_eq!(
        stage.rest("POST", &format!("/{id}:sendDtmfTones"), send.clone()),
        (202, json!({"operationContext": "s"}))
    );
    assert_eq!(stage.refused("POST", &format!("/{id}:sendDtmfTones"), send), (400, "8500".to_owned()));
    stage.wait(1000);
    let events = stage.take();
    let tones: Vec<&str> = events.iter().filter_map(|event| event.data["tone"].as_str()).collect();
    assert_eq!(tones, ["one", "pound"], "keys sent in one call are pressed in the other");
    assert_eq!(events.last().map(|event| event.name), Some("SendDtmfTonesCompleted"));
    stage.rest("DELETE", &format!("/{other}"), Value::Null);
    stage.wait(1);
    assert_eq!(stage.take_names(), ["ContinuousDtmfRecognitionStopped", "CallDisconnected", "ParticipantsUpdated"]);
}

#[test]
fn a_transfer_to_our_own_number_rings_there_with_the_callers_number() {
    let mut stage = Stage::new();
    let id = stage.connected();
    let to = json!({"targetParticipant": phone("+18005550101")});
    stage.human("POST", "calls", json!({"from": "+15550001", "to": "+18005550101"}));
    stage.rest("POST", &format!("/{id}:transferToParticipant"), to.clone());
    stage.wait(1);
    assert_eq!(stage.human("GET", "calls/call-3", Value::Null).1["from"], CALLER);
    stage.reject(3);
    stage.wait(1);
    assert_eq!(stage.take_results(), ["CallTransferFailed 603/560603"]);
    stage.rest("POST", &format!("/{id}:transferToParticipant"), to);
    stage.wait(1);
    let other = stage.answer(4);
    stage.wait(1);
    assert_eq!(stage.take_results(), ["CallTransferAccepted 200/0", "CallDisconnected 200/7015"]);
    stage.wait(100);
    assert_eq!(stage.here(&other), [format!("4:{CALLER}")]);
}

#[test]
fn media_of_several_people_side_by_side() {
    let mut stage = Stage::new();
    let id = stage.group();
    let mut one = play();
    one["playTo"] = json!([phone(AGENT)]);
    assert_eq!(stage.rest("POST", &format!("/{id}:play"), one.clone()).0, 202);
    assert_eq!(stage.refused("POST", &format!("/{id}:play"), one), (400, "8500".to_owned()));
    assert_eq!(stage.rest("POST", &format!("/{id}:recognize"), recognize(json!({}))).0, 202, "another person");
    let watch = |who: &str| json!({"targetParticipant": phone(who)});
    let start = format!("/{id}:startContinuousDtmfRecognition");
    assert_eq!(stage.refused("POST", &start, watch(AGENT)), (400, "8500".to_owned()));
    let mut urgent = recognize(json!({}));
    urgent["interruptCallMediaOperation"] = json!(true);
    stage.take();
    assert_eq!(stage.rest("POST", &format!("/{id}:recognize"), urgent).0, 202);
    assert_eq!(stage.take_results(), ["RecognizeCanceled 400/8508"]);
    stage.human("POST", "calls/call-1/hangup", json!({"as": AGENT}));
    assert_eq!(stage.take_names(), ["PlayCanceled", "ParticipantsUpdated"]);
}

#[test]
fn watched_keys_come_one_by_one() {
    let mut stage = Stage::new();
    let id = stage.connected();
    let watch = json!({"targetParticipant": phone(CALLER), "operationContext": "w", "operationCallbackUri": "https://keys.example/"});
    let start = format!("/{id}:startContinuousDtmfRecognition");
    assert_eq!(stage.rest("POST", &start, watch), (200, Value::Null));
    stage.rest("POST", &format!("/{id}:recognize"), recognize(json!({})));
    stage.human("POST", "calls/call-1/press", json!({"digits": "*1#"}));
    stage.wait(1000);
    let events = stage.take();
    let told: Vec<(&str, Value, Value)> =
        events.iter().map(|event| (event.name, event.data["tone"].clone(), event.data["sequenceId"].clone())).collect();
    let tone = |name: &str, number: i64| ("ContinuousDtmfRecognitionToneReceived", json!(name), json!(number));
    let done = ("RecognizeCompleted", Value::Null, Value::Null);
    assert_eq!(told, [tone("asterisk", 1), tone("one", 2), done, tone("pound", 3)], "both report the keys");
    assert_eq!((events[0].url.as_str(), &events[0].data["operationContext"]), ("https://keys.example/", &json!("w")));
    let stop = json!({"targetParticipant": phone(CALLER), "operationContext": "stop"});
    stage.rest("POST", &format!("/{id}:stopContinuousDtmfRecognition"), stop);
    stage.human("POST", "calls/call-1/press", json!({"digits": "1"}));
    assert_eq!(stage.take_names(), ["ContinuousDtmfRecognitionStopped"]);
    stage.rest("POST", &start, json!({"targetParticipant": phone(CALLER)}));
    let send = json!({"tones": ["one"], "targetParticipant": phone(CALLER)});
    stage.rest("POST", &format!("/{id}:sendDtmfTones"), send);
    stage.rest("DELETE", &format!("/{id}"), Value::Null);
    assert_eq!(stage.take_names(), ["ContinuousDtmfRecognitionStopped", "SendDtmfTonesFailed", "CallDisconnected"]);
    let id = stage.create();
    stage.wait(100);
    for body in [
        json!({"tones": [], "targetParticipant": phone(CALLER)}),
        json!({"tones": vec!["one"; 19], "targetParticipant": phone(CALLER)}),
        json!({"tones": ["hash"], "targetParticipant": phone(CALLER)}),
        json!({"tones": ["one"], "targetParticipant": user()}),
    ] {
        assert_eq!(stage.refused("POST", &format!("/{id}:sendDtmfTones"), body), (400, "8523".to_owned()));
    }
}

/// Which of ten keys are told of how, where half of them are lost.
fn keys_told(seed: u64) -> Vec<&'static str> {
    let mut stage = Stage::new();
    let id = stage.connected();
    stage.cloud.lose_keys(LostKeys { seed, chance: 0.5 });
    let caller = json!({"targetParticipant": {"phoneNumber": {"value": CALLER}}});
    assert_eq!(stage.rest("POST", &format!("/{id}:startContinuousDtmfRecognition"), caller).0, 200);
    stage.human("POST", "calls/call-1/press", json!({"digits": "1234567890"}));
    stage.wait(10_000);
    stage.take_names()
}

#[test]
fn a_seed_decides_which_keys_are_lost() {
    let (lost, heard) = ("ContinuousDtmfRecognitionToneFailed", "ContinuousDtmfRecognitionToneReceived");
    let told = keys_told(1);
    assert!(told.len() == 10 && told.contains(&lost) && told.contains(&heard), "{told:?}");
    assert_eq!(told, keys_told(1));
    assert!((2..10).any(|seed| keys_told(seed) != told), "another seed, other keys");
}

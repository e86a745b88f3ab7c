//! A flow whose words stand in a library.

use crate::language::compile::tests::{compile, found};
use crate::language::diagnostic::has_errors;
use crate::language::graph::show;

const VISIT: &str = r#"flowc 1
flow visit_reminder outbound
param to: phone
param patient: text
param visit: { id: text, at: time }
settings { clinic_line: phone; clinic_desk: phone }
returns confirmed | cancelled | handed_over | no_contact
use visit_words

default retry 2
default failed -> sorry
always party left -> return no_contact
always after 4m -> sorry
start ring

ring: dial to, from settings.clinic_line, ring_for 25s -> offer {
  busy | no_answer | declined | unreachable | failed -> return no_contact
}

offer: menu ask visit_offer(name: patient, at: visit.at) {
  confirm = 1 "confirm" "yes" -> say_confirmed
  repeat = 2 "repeat" -> offer limit 3 else to_desk
  cancel = 3 "cancel" -> say_cancelled
  exhausted -> leave_note
}
to_desk: transfer settings.clinic_desk, play connecting_desk -> return handed_over {
  busy | no_answer | declined | unreachable -> sorry
}
say_confirmed: hangup confirmed, play confirmed_bye(at: visit.at)
say_cancelled: hangup cancelled, play cancelled_bye
leave_note: hangup no_contact, play confirmed_bye(at: visit.at)
sorry: hangup no_contact, play cancelled_bye
"#;

const VISIT_YAML: &str = r#"flowc: 1
flow: visit_reminder
call: outbound
params: { to: phone, patient: text, visit: { id: text, at: time } }
settings: { clinic_line: phone, clinic_desk: phone }
returns: [confirmed, cancelled, handed_over, no_contact]
use: [visit_words]
defaults: { retry: 2, on: { failed: sorry } }
always:
  party left: return no_contact
  after 4m: sorry
start: ring
states:
  ring:
    dial: =to
    from: =settings.clinic_line
    ring_for: 25s
    then: offer
    on: { busy | no_answer | declined | unreachable | failed: return no_contact }
  offer:
    menu:
      confirm: { key: 1, say: [confirm, yes], to: say_confirmed }
      repeat: { key: 2, say: [repeat], to: offer, limit: 3, else: to_desk }
      cancel: { key: 3, say: [cancel], to: say_cancelled }
    ask: { visit_offer: { name: =patient, at: =visit.at } }
    on: { exhausted: leave_note }
  to_desk:
    transfer: =settings.clinic_desk
    play: connecting_desk
    then: return handed_over
    on: { busy | no_answer | declined | unreachable: sorry }
  say_confirmed: { hangup: confirmed, play: { confirmed_bye: { at: =visit.at } } }
  say_cancelled: { hangup: cancelled, play: cancelled_bye }
  leave_note: { hangup: no_contact, play: { confirmed_bye: { at: =visit.at } } }
  sorry: { hangup: no_contact, play: cancelled_bye }
"#;

const VISIT_WORDS: &str = r#"prompts: visit_words
voices: { en-US: en-US-NancyNeural }
visit_offer:
  takes: { name: text, at: time }
  en-US: >
    Hello {name}, this is the clinic. You have a visit on {at day}, at {at clock}.
    To confirm, press {key confirm}. To hear this again, press {key repeat}. To cancel, press {key cancel}.
connecting_desk:
  en-US: { file: audio/connecting.wav, transcript: One moment. }
confirmed_bye:
  takes: { at: time }
  en-US: Thank you. See you on {at day}.
cancelled_bye:
  en-US: Your visit is cancelled.
"#;

#[test]
fn a_flow_with_a_library_in_both_spellings() {
    let words = ("visit_words.yaml", VISIT_WORDS);
    let both = [("visit_reminder.flow", VISIT), ("visit_reminder.flow.yaml", VISIT_YAML), words];
    let (project, _) = compile(&both);
    assert!(!has_errors(&project.diagnostics), "{:#?}", project.diagnostics);
    let program = project.flows[0].program.as_ref().unwrap();
    let prompts: Vec<&String> = program.prompts.keys().collect();
    assert_eq!(
        prompts,
        [
            "visit_words.cancelled_bye",
            "visit_words.confirmed_bye",
            "visit_words.connecting_desk",
            "visit_words.visit_offer"
        ]
    );
    // A counter has one name in both.
    let graph = show::json(program, &project.flows[0].source_map);
    let repeat = graph["edges"].as_array().unwrap().iter().find(|edge| edge["outcome"] == "repeat").unwrap();
    assert_eq!((repeat["limit"].as_u64(), repeat["else"].as_str()), (Some(3), Some("to_desk")));
}

#[test]
fn a_library_in_error_is_told_of_once() {
    let flow = ("visit_reminder.flow", VISIT);
    let spoiled = VISIT_WORDS.replace("{at day}, at", "{att day}, at");
    assert_eq!(found(&[flow, ("visit_words.yaml", &spoiled)]), ["F0105 att"]);
    let spoiled = VISIT_WORDS.replace("{key repeat}", "{key again}");
    assert_eq!(found(&[flow, ("visit_words.yaml", &spoiled)]), ["F0113 visit_offer"]);
    let spoiled = VISIT_WORDS.replace("takes: { name: text, at: time }", "takes: { name: text, at: monye }");
    assert_eq!(found(&[flow, ("visit_words.yaml", &spoiled)]), ["F0114 monye"]);
    let codes = found(&[flow, ("visit_words.yaml", "prompts: visit_words\n  broken: [\n")]);
    assert!(codes.iter().all(|code| !code.starts_with("F0106") && !code.starts_with("F0109")), "{codes:?}");
    let codes = found(&[flow, ("visit_words.yaml", VISIT_WORDS), ("more.yaml", VISIT_WORDS)]);
    assert!(codes.contains(&"F0605 visit_words".to_owned()), "{codes:?}");
    let codes = found(&[flow]);
    assert_eq!(codes, ["F0109 visit_words"]);
}

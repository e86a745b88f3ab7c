//! What a flow says above its states, beyond names: needs, policies, what it allows, and the conditions of its groups.

use crate::language::check::exprs::{Exprs, Names, Need};
use crate::language::check::given;
use crate::language::check::literals;
use crate::language::check::names::Declared;
use crate::language::check::people;
use crate::language::check::prompts::Keys;
use crate::language::check::states::States;
use crate::language::diagnostic::{Code, Diagnostic, Severity};
use crate::language::flow::call::CallKind;
use crate::language::flow::prompt::Prompt;
use crate::language::flow::state::{Condition, Group};
use crate::language::source::Word;
use crate::language::syntax::ast::{self, PolicyKind};
use crate::platform::limits;
use std::collections::BTreeMap;

/// How a recording may stand.
const RECORDING: &[&str] = &["active", "paused"];
/// What may be allowed beside warnings.
const ALLOWED: &[&str] = &["dial_collected", "raw_line_control"];

/// How the line must stand where the flow begins: words of a closed list, and only where somebody else has the line.
pub(super) fn needs(flow: &ast::Flow, call: Option<CallKind>, findings: &mut Vec<Diagnostic>) {
    for need in &flow.needs {
        if need.part.value != "recording" {
            let message = format!("a flow cannot need `{}`", need.part.value);
            findings.push(
                Diagnostic::new(Code::F0401, message, need.part.span, "no condition a flow can begin with")
                    .help("there is `recording active` and `recording paused`"),
            );
        } else {
            findings.extend(recording(&need.value));
        }
        if let Some(call) = call
            && !matches!(call, CallKind::Live | CallKind::Any)
        {
            let message = format!("{} flows need nothing of others", call.word());
            findings.push(
                Diagnostic::new(Code::F0010, message, need.part.span, "no flow runs this one")
                    .help("leave it out, or begin the flow `live`"),
            );
        }
    }
}

/// What a flow without errors needs, in words of the closed list.
pub(super) fn needed(flow: &ast::Flow) -> Vec<Condition> {
    let stands = flow.needs.iter().map(|need| need.value.value.as_str());
    stands.map(|how| if how == "paused" { Condition::RecordingPaused } else { Condition::RecordingActive }).collect()
}

fn recording(word: &Word) -> Option<Diagnostic> {
    if RECORDING.contains(&word.value.as_str()) {
        return None;
    }
    let message = format!("a recording is never `{}`", word.value);
    Some(
        Diagnostic::new(Code::F0401, message, word.span, "not how a recording can stand")
            .help("it is `active` or `paused`")
            .misspelt(&word.value, RECORDING.iter().copied()),
    )
}

/// Policies are typed. Of those that no proof holds the flow to yet, that is said.
pub(super) fn policies(flow: &ast::Flow, declared: &Declared, findings: &mut Vec<Diagnostic>) {
    for policy in &flow.policies {
        let (before, mut proved) = (findings.len(), false);
        let mut time = |word: &Word| findings.extend(literals::duration(word).err());
        match &policy.kind {
            PolicyKind::Never { part, value } => {
                proved = true;
                findings.extend(never(part, value, declared));
            }
            PolicyKind::NobodyLeftBehind => proved = true,
            PolicyKind::ReachHuman { presses, within, when } => {
                time(within);
                findings.extend(literals::count(presses, 0..=limits::MOST_REPEATS).err());
                if let Some(when) = when {
                    findings.extend(declared.hours(when).err().flatten());
                }
            }
            PolicyKind::SilentPartyEnds { within } | PolicyKind::EveryCallEnds { within } => time(within),
            PolicyKind::Silence { most } => time(most),
            PolicyKind::Menus { most } => {
                proved = true;
                findings.extend(literals::count(most, 1..=limits::MOST_REPEATS).err());
            }
        }
        if findings.len() == before && !proved {
            let message = "this policy is not checked yet";
            let label = "read and understood, but nothing is proved of it";
            findings.push(Diagnostic::new(Code::F0305, message, policy.span.0, label));
        }
    }
}

/// Parts of scopes, as policies name them.
const PARTS: &[&str] = &["hold", "recording", "streaming", "transcription"];

/// What is wrong with a condition of the line that a policy forbids: `recording active`, `hold agent`.
fn never(part: &Word, value: &Word, declared: &Declared) -> Option<Diagnostic> {
    match part.value.as_str() {
        "recording" => recording(value),
        "hold" => people::listener(value, declared).err().flatten(),
        "streaming" => streaming(value),
        // Whatever its locale, or in this one.
        "transcription" if value.value == "on" => None,
        "transcription" => literals::locale(value).err(),
        other => {
            let message = format!("no condition of the line is called `{other}`");
            let finding = Diagnostic::new(Code::F0401, message, part.span, "unknown");
            let help = "there are `recording active`, `hold agent`, `streaming on` and `transcription en-GB`";
            Some(finding.help(help).did_you_mean(other, PARTS.iter().copied()))
        }
    }
}

/// What is wrong with how the media is streamed.
fn streaming(word: &Word) -> Option<Diagnostic> {
    let wrong = || Diagnostic::new(Code::F0401, format!("streaming is never `{}`", word.value), word.span, "unknown");
    (word.value != "on").then(|| wrong().help("write `streaming on`"))
}

/// What the flow allows: prefixes that people may dial, and warnings it does not want to hear.
pub(super) struct Allowed {
    /// Beginnings of numbers that may be called though people typed or said them; `None` where nothing is said of them.
    pub(super) dial_collected: Option<Vec<String>>,
    /// Warnings that are not said.
    pub(super) codes: Vec<Code>,
}

impl Allowed {
    /// Leaves out the warnings that the flow allows.
    pub(super) fn quieten(&self, findings: &mut Vec<Diagnostic>) {
        findings.retain(|finding| finding.severity != Severity::Warning || !self.codes.contains(&finding.code));
    }
}

/// Reads `allow`.
pub(super) fn allowed(flow: &ast::Flow, findings: &mut Vec<Diagnostic>) -> Allowed {
    let mut allowed = Allowed { dial_collected: None, codes: Vec::new() };
    for allow in &flow.allows {
        let what = allow.what.value.as_str();
        match (what, Code::parse(what)) {
            ("dial_collected", _) => prefixes(allow, &mut allowed, findings),
            ("raw_line_control", _) => {
                let label = "line conditions are brought about by groups: `while …`";
                let message = "`raw_line_control` is not offered";
                findings.push(Diagnostic::new(Code::F0011, message, allow.what.span, label));
            }
            (_, Some(code)) if code.severity() == Severity::Error => {
                let message = format!("{code} is an error and cannot be allowed");
                findings.push(
                    Diagnostic::new(Code::F0401, message, allow.what.span, code.title()).help("only warnings can be"),
                );
            }
            (_, Some(code)) => {
                if allow.values.iter().all(|reason| reason.value.trim().is_empty()) {
                    let message = format!("no reason why {code} is allowed");
                    findings.push(
                        Diagnostic::new(Code::F0110, message, allow.what.span, "a reason is missing")
                            .help(format!("write it: `allow {code} \"agents always speak first\"`")),
                    );
                }
                allowed.codes.push(code);
            }
            (other, None) => {
                let message = format!("nothing is called `{other}` that could be allowed");
                findings.push(
                    Diagnostic::new(Code::F0401, message, allow.what.span, "unknown")
                        .help("allow `dial_collected`, or a warning by its code")
                        .misspelt(other, ALLOWED.iter().copied()),
                );
            }
        }
    }
    allowed
}

fn prefixes(allow: &ast::Allow, allowed: &mut Allowed, findings: &mut Vec<Diagnostic>) {
    let known = allowed.dial_collected.get_or_insert_default();
    if allow.values.is_empty() {
        findings.push(
            Diagnostic::new(Code::F0110, "`dial_collected` names no prefix", allow.what.span, "which numbers?")
                .help("name where they may begin: `allow dial_collected \"+44\"`"),
        );
    }
    for prefix in &allow.values {
        let digits = prefix.value.strip_prefix('+').unwrap_or("");
        if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            let message = format!("`{}` is not the beginning of a phone number", prefix.value);
            findings.push(
                Diagnostic::new(Code::F0401, message, prefix.span, "not a prefix").help("write it like `\"+44\"`"),
            );
        } else {
            known.push(prefix.value.clone());
        }
    }
}

impl<'a> States<'a> {
    /// Types the groups of a flow: what holds in each, in the order in which it is brought about. Leaves in `needs` what has to
    /// be there where each is entered.
    pub(super) fn groups(
        &mut self,
        flow: &'a ast::Flow,
        needs: &mut BTreeMap<&'a str, Vec<Need>>,
    ) -> Option<BTreeMap<String, Group>> {
        let mut groups = BTreeMap::new();
        let mut whole = true;
        for written in &flow.groups {
            let mut exprs = Exprs::new(Names::Flow(self.declared));
            let conditions: Vec<Option<Condition>> =
                written.conditions.iter().map(|condition| self.condition(condition, &mut exprs)).collect();
            self.findings.append(&mut exprs.findings);
            needs.insert(&written.name.value, exprs.needs);
            match conditions.into_iter().collect::<Option<Vec<Condition>>>() {
                Some(mut conditions) => {
                    conditions.sort_by_key(order);
                    self.findings.extend(clash(&conditions, written));
                    groups.insert(written.name.value.clone(), Group { conditions });
                }
                None => whole = false,
            }
        }
        whole.then_some(groups)
    }

    fn condition(&mut self, written: &'a ast::Condition, exprs: &mut Exprs) -> Option<Condition> {
        match written {
            ast::Condition::Recording(word) => {
                if let Some(finding) = recording(word) {
                    return exprs.refuse(finding);
                }
                Some(if word.value == "active" { Condition::RecordingActive } else { Condition::RecordingPaused })
            }
            ast::Condition::Streaming(word) => match streaming(word) {
                Some(finding) => exprs.refuse(finding),
                None => Some(Condition::Streaming),
            },
            ast::Condition::Transcription(value) => {
                self.used.speech_at(value.span());
                given::locale(value, exprs).map(Condition::Transcription)
            }
            ast::Condition::Hold { who, music } => {
                let who = match people::listener(who, self.declared) {
                    Ok(who) => Some(who.unwrap_or_else(|| "party".to_owned())),
                    Err(finding) => {
                        exprs.findings.extend(finding);
                        None
                    }
                };
                let music = match music {
                    Some(written) => Some(single(self.prompt_of(written, &mut Keys::None, exprs)?, written, exprs)?),
                    None => None,
                };
                Some(Condition::Hold { who: who?, music })
            }
        }
    }
}

/// What somebody on hold hears is played over and over: the platform takes one source.
fn single(music: Prompt, written: &ast::Prompt, exprs: &mut Exprs) -> Option<Prompt> {
    if music.parts.len() == 1 {
        return Some(music);
    }
    exprs.refuse(
        Diagnostic::new(Code::F0404, "on hold one thing is heard, over and over", written.span.0, "these are several")
            .help("write one text, or one audio file"),
    )
}

/// The order in which conditions are brought about.
fn order(condition: &Condition) -> u8 {
    match condition {
        Condition::RecordingActive => 0,
        Condition::RecordingPaused => 1,
        Condition::Hold { .. } => 2,
        Condition::Streaming => 3,
        Condition::Transcription(_) => 4,
    }
}

/// Conditions that cannot hold together.
fn clash(conditions: &[Condition], written: &ast::Group) -> Option<Diagnostic> {
    let same = |a: &Condition, b: &Condition| match (a, b) {
        (Condition::Hold { who: a, .. }, Condition::Hold { who: b, .. }) => a == b,
        (
            Condition::RecordingActive | Condition::RecordingPaused,
            Condition::RecordingActive | Condition::RecordingPaused,
        )
        | (Condition::Streaming, Condition::Streaming)
        | (Condition::Transcription(_), Condition::Transcription(_)) => true,
        _ => false,
    };
    let twice =
        conditions.iter().enumerate().any(|(at, one)| conditions[at + 1..].iter().any(|other| same(one, other)));
    twice.then(|| {
        let message = format!("group `{}` asks for one condition twice", written.name.value);
        Diagnostic::new(Code::F0103, message, written.span.0, "each condition stands once")
    })
}

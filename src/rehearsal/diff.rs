//! Two versions of a flow, as their callers know them: the same callers call both, each doing everything that can be done at each
//! question, with services and phones behaving in every way, and what they hear is compared. Names and the order of states, comments
//! and layout are nothing a caller notices.
//!
//! The callers are found here by trying: breadth first, each way once for each pair of standings of the two versions, up to a bound.
//! Anything else that finds callers could stand in place of the search: it needs only turns and worlds.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod told;
pub mod walk;

use crate::language::compile::values;
use crate::language::syntax::ast::Act;
use crate::language::syntax::ast::Script;
use crate::platform::tones::Tone;
use crate::rehearsal::diff::told::{after, called, heard, key, offered, people};
use crate::rehearsal::diff::walk::{Offer, Then, Turn, Walked, World, params, walk};
use crate::rehearsal::rehearse::House;
use crate::runtime::lines::Served;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Silences that differ by less than this are alike, in milliseconds.
const ALIKE_MS: u64 = 500;
/// Most turns of one caller.
const TURNS: usize = 10;
/// Most things that go another way than well for one caller.
const TROUBLES: usize = 2;

/// What about a call is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The flow is new.
    FlowNew,
    /// The flow is gone.
    FlowGone,
    /// A key or a word means something that meant nothing.
    New,
    /// A key or a word means nothing any more.
    Gone,
    /// The call goes on in another way, or ends in another way.
    Path,
    /// What is heard.
    Words,
    /// Whom callers are put through to.
    Reached,
    /// The longest silence.
    Silence,
}

impl Kind {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::FlowNew => "flow new",
            Kind::FlowGone => "flow gone",
            Kind::New => "new",
            Kind::Gone => "gone",
            Kind::Path => "path",
            Kind::Words => "words",
            Kind::Reached => "reached",
            Kind::Silence => "silence",
        }
    }
}

/// Something callers would notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The flow.
    pub flow: String,
    /// What it is about.
    pub kind: Kind,
    /// The key or the words, where it is about one.
    pub what: String,
    /// When the first caller notices it: `after pressing 2`.
    pub after: String,
    /// How it was; empty where it was not.
    pub was: String,
    /// How it is; empty where it is not.
    pub now: String,
    /// So many callers of those tried notice it first by this.
    pub callers: usize,
}

/// What callers would notice of two versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// What they would notice.
    pub all: Vec<Change>,
    /// How many callers were tried.
    pub callers: usize,
    /// There would have been more to try.
    pub bounded: bool,
    /// Flows that nobody calls: they begin on a call that is going on, or with a recording.
    pub untried: Vec<String>,
}

/// A version of a flow.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    /// What its calls have in common.
    pub house: House<'a>,
    /// The flow.
    pub served: &'a Served,
    /// Scenarios that are for it.
    pub scripts: &'a [&'a Script],
}

/// What callers of one flow would notice; at most so many callers.
#[must_use]
pub fn compare(old: Version<'_>, new: Version<'_>, most: usize) -> Changes {
    let mut search = Search {
        flow: new.served.program.flow.clone(),
        open: VecDeque::from([(World::default(), Vec::new())]),
        seen: BTreeSet::new(),
        tried: BTreeSet::new(),
        pressed: pressed(old.scripts.iter().chain(new.scripts)),
        found: BTreeMap::new(),
        order: Vec::new(),
        silence: [(0, String::new()), (0, String::new())],
        people: people(&old.served.settings).chain(people(&new.served.settings)).collect(),
        callers: 0,
    };
    let given = new.scripts.iter().chain(old.scripts).find_map(|script| {
        let json = script.params.iter().map(|(name, value)| (name.value.clone(), value.clone())).collect();
        values::params(&new.served.program, &json, None, None).ok().filter(|given| !given.is_empty())
    });
    let given = params(&old.served.program, &given.unwrap_or_default());
    let sides = [old, new].map(|version| (version, params(&version.served.program, &given)));
    while let Some((world, turns)) = search.open.pop_front() {
        if search.callers >= most {
            search.open.push_front((world, turns));
            break;
        }
        search.callers += 1;
        let both =
            sides.each_ref().map(|(version, params)| walk(version.house, version.served, params, &world, &turns));
        match both {
            [Some(was), Some(now)] => search.hold(&world, &turns, &was, &now),
            [None, None] => return Changes { untried: vec![search.flow], ..Changes::default() },
            [was, _] => {
                let kind = if was.is_none() { Kind::FlowNew } else { Kind::FlowGone };
                search.note(kind, String::new(), String::new(), String::new());
            }
        }
    }
    search.done()
}

/// Keys that scenarios press in a row.
fn pressed<'s>(scripts: impl Iterator<Item = &'s &'s Script>) -> BTreeSet<Vec<Tone>> {
    let steps = scripts.flat_map(|script| &script.steps);
    let keys = steps.filter_map(|step| match &step.act {
        Act::Press(keys) if keys.len() > 1 => Some(keys.clone()),
        _ => None,
    });
    keys.collect()
}

struct Search {
    flow: String,
    open: VecDeque<(World, Vec<Turn>)>,
    /// Standings of both versions that callers have gone on from.
    seen: BTreeSet<(World, String, String)>,
    /// Worlds with turns that are tried or will be.
    tried: BTreeSet<(World, Vec<Turn>)>,
    pressed: BTreeSet<Vec<Tone>>,
    found: BTreeMap<(Kind, String, String), Change>,
    order: Vec<(Kind, String, String)>,
    silence: [(u64, String); 2],
    /// Names of people, by their numbers.
    people: BTreeMap<String, String>,
    callers: usize,
}

impl Search {
    fn hold(&mut self, world: &World, turns: &[Turn], was: &Walked, now: &Walked) {
        let when = after(&self.people, world, turns);
        let noticed = self.noticed();
        for (side, walked) in [was, now].into_iter().enumerate() {
            if walked.silence > self.silence[side].0 {
                self.silence[side] = (walked.silence, when.clone());
            }
        }
        let mut alike = true;
        if !self.is_about_key(turns, was, now) {
            let (shown_was, shown_now) = (goes_on(was), goes_on(now));
            if !is_alike(&was.then, &now.then) {
                alike = false;
                self.note(Kind::Path, when.clone(), shown_was, shown_now);
            } else if was.heard.len() == now.heard.len() && was.heard != now.heard {
                for (was, now) in was.heard.iter().zip(&now.heard).filter(|(was, now)| was != now) {
                    self.note(
                        Kind::Words,
                        when.clone(),
                        heard(std::slice::from_ref(was)),
                        heard(std::slice::from_ref(now)),
                    );
                }
            } else if was.heard != now.heard {
                self.note(Kind::Words, when.clone(), heard(&was.heard), heard(&now.heard));
            } else if was.dialled != now.dialled {
                let who = |walked: &Walked| {
                    walked.dialled.iter().map(|who| called(&self.people, who)).collect::<Vec<_>>().join(", ")
                };
                let (was, now) = (who(was), who(now));
                self.note(Kind::Reached, when.clone(), was, now);
            }
        } else {
            alike = false;
        }
        if alike {
            self.offers(&when, was, now);
            self.go_on(world, turns, was, now);
            let noticed = self.noticed() > noticed;
            self.troubles(world, turns, was, now, noticed);
        }
    }

    /// How often callers noticed something so far.
    fn noticed(&self) -> usize {
        self.found.values().map(|change| change.callers).sum()
    }

    /// Whether the last turn is a key or words that only one version knows: where it leads is told with it.
    fn is_about_key(&mut self, turns: &[Turn], was: &Walked, now: &Walked) -> bool {
        let Some((turn, before)) = turns.split_last() else { return false };
        for kind in [Kind::New, Kind::Gone] {
            if let Some(change) = self.found.get_mut(&(kind, key(turn), format!("{before:?}"))) {
                change.callers += 1;
                match kind {
                    Kind::New => change.now = goes_on(now),
                    _ => change.was = goes_on(was),
                }
                return true;
            }
        }
        false
    }

    fn offers(&mut self, when: &str, was: &Walked, now: &Walked) {
        let (Then::Asks(was), Then::Asks(now)) = (&was.then, &now.then) else { return };
        if was.digits != now.digits || was.stop != now.stop || was.speech != now.speech {
            self.note(Kind::Path, when.to_owned(), offered(was), offered(now));
        }
    }

    /// Everything a caller can do next, unless one did so from the same standing of both versions.
    fn go_on(&mut self, world: &World, turns: &[Turn], was: &Walked, now: &Walked) {
        let key_of = (world.clone(), was.stands.clone(), now.stands.clone());
        if turns.len() >= TURNS || !self.seen.insert(key_of) {
            return;
        }
        let all = match (&was.then, &now.then) {
            (Then::Asks(was), Then::Asks(now)) => {
                self.differing(turns, was, now);
                self.turns(was, now)
            }
            (Then::Waits, Then::Waits) => vec![Turn::HangsUp],
            _ => Vec::new(),
        };
        for turn in all {
            let mut turns = turns.to_vec();
            turns.push(turn);
            self.add(world.clone(), turns);
        }
    }

    /// Notes keys and words that only one version knows; what they lead to is known once somebody has tried.
    fn differing(&mut self, turns: &[Turn], was: &Offer, now: &Offer) {
        let turns_of = |offer: &Offer| -> BTreeSet<Turn> {
            let keys = offer.keys.iter().map(|tone| Turn::Presses(vec![*tone]));
            keys.chain(offer.phrases.iter().map(|words| Turn::Says(words.clone()))).collect()
        };
        let (was, now) = (turns_of(was), turns_of(now));
        for (kind, turn) in now
            .difference(&was)
            .map(|turn| (Kind::New, turn))
            .chain(was.difference(&now).map(|turn| (Kind::Gone, turn)))
        {
            let at = (kind, key(turn), format!("{turns:?}"));
            let change = Change {
                flow: self.flow.clone(),
                kind,
                what: key(turn),
                after: after(&self.people, &World::default(), turns),
                was: String::new(),
                now: String::new(),
                callers: 0,
            };
            self.order.push(at.clone());
            self.found.insert(at, change);
        }
    }

    fn turns(&self, was: &Offer, now: &Offer) -> Vec<Turn> {
        let mut all: Vec<Turn> = was.keys.union(&now.keys).map(|key| Turn::Presses(vec![*key])).collect();
        all.extend(was.phrases.union(&now.phrases).map(|words| Turn::Says(words.clone())));
        for offer in [was, now] {
            if let Some((min, max)) = offer.digits {
                let stop = offer.stop.first().copied();
                let digits = |count: u32| vec![Tone::One; count.clamp(1, 16) as usize];
                all.push(Turn::Presses(digits(max)));
                let ended = |keys: Vec<Tone>| keys.into_iter().chain(stop).collect();
                all.push(Turn::Presses(ended(digits(min))));
                all.push(Turn::Presses(ended(digits(1))));
                all.extend(self.pressed.iter().map(|keys| Turn::Presses(keys.clone())));
            }
            if offer.speech {
                all.push(Turn::Says("something else".to_owned()));
            }
        }
        let free = "1234567890"
            .chars()
            .filter_map(Tone::from_char)
            .find(|tone| !was.keys.contains(tone) && !now.keys.contains(tone));
        if !was.keys.is_empty() || !now.keys.is_empty() {
            all.extend(free.map(|key| Turn::Presses(vec![key])));
        }
        all.extend([Turn::SaysNothing, Turn::HangsUp]);
        let mut seen = BTreeSet::new();
        all.retain(|turn| seen.insert(turn.clone()));
        all
    }

    /// The same caller, with one thing more that does not go well. Where this one noticed something already, what only one version asks
    /// or calls is part of that.
    fn troubles(&mut self, world: &World, turns: &[Turn], was: &Walked, now: &Walked, noticed: bool) {
        if world.answers.len() + world.phones.len() >= TROUBLES {
            return;
        }
        let asked: BTreeMap<&String, &Vec<String>> = was.asked.iter().chain(&now.asked).collect();
        let asked = asked
            .into_iter()
            .filter(|(name, _)| !noticed || (was.asked.contains_key(*name) && now.asked.contains_key(*name)));
        for (operation, outcomes) in asked {
            for outcome in outcomes.iter().filter(|outcome| *outcome != "ok" && !world.answers.contains_key(operation))
            {
                let mut world = world.clone();
                world.answers.insert(operation.clone(), outcome.clone());
                self.add(world, turns.to_vec());
            }
        }
        let dialled = was.dialled.union(&now.dialled).filter(|who| !world.phones.contains_key(*who));
        for who in dialled.filter(|who| !noticed || (was.dialled.contains(*who) && now.dialled.contains(*who))) {
            for answers in ["busy", "never"] {
                let mut world = world.clone();
                world.phones.insert(who.clone(), answers);
                self.add(world, turns.to_vec());
            }
        }
    }

    fn add(&mut self, world: World, turns: Vec<Turn>) {
        if self.tried.insert((world.clone(), turns.clone())) {
            self.open.push_back((world, turns));
        }
    }

    fn note(&mut self, kind: Kind, after: String, was: String, now: String) {
        let key = (kind, was.clone(), now.clone());
        if let Some(change) = self.found.get_mut(&key) {
            change.callers += 1;
            return;
        }
        self.order.push(key.clone());
        self.found
            .insert(key, Change { flow: self.flow.clone(), kind, what: String::new(), after, was, now, callers: 1 });
    }

    fn done(mut self) -> Changes {
        let [(was, was_when), (now, now_when)] = &self.silence;
        if was.abs_diff(*now) >= ALIKE_MS {
            let when = if now > was { now_when.clone() } else { was_when.clone() };
            let shown = |ms: u64| crate::language::duration::show(ms.next_multiple_of(100));
            let (was, now) = (shown(*was), shown(*now));
            self.note(Kind::Silence, when, was, now);
        }
        let bounded = !self.open.is_empty();
        let mut found = self.found;
        let mut all: Vec<Change> = Vec::new();
        for change in self.order.iter().filter_map(|key| found.remove(key)) {
            // A key that is new at several questions, or at one again, and leads to the same, is one change.
            let is_it = |known: &&mut Change| {
                !known.what.is_empty()
                    && (known.kind, &known.what, &known.was, &known.now)
                        == (change.kind, &change.what, &change.was, &change.now)
            };
            match all.iter_mut().find(is_it) {
                Some(known) => known.callers += change.callers,
                None => all.push(change),
            }
        }
        Changes { all, callers: self.callers, bounded, untried: Vec::new() }
    }
}

/// Whether two turns end alike; questions differ by what they offer, told by itself.
fn is_alike(was: &Then, now: &Then) -> bool {
    match (was, now) {
        (Then::Asks(_), Then::Asks(_)) | (Then::Waits, Then::Waits) => true,
        (Then::Ends(was), Then::Ends(now)) => was == now,
        _ => false,
    }
}

/// What is heard, and how it goes on, for people.
fn goes_on(walked: &Walked) -> String {
    let heard = (!walked.heard.is_empty()).then(|| format!("heard {}", heard(&walked.heard)));
    let then = match &walked.then {
        Then::Asks(_) => None,
        Then::Ends(how) => Some(how.clone()),
        Then::Waits => Some("nothing is asked".to_owned()),
    };
    let all: Vec<String> = heard.into_iter().chain(then).collect();
    all.join(", then ")
}

//! Random flows: every kind of state, option, trigger, form of prompt, condition, policy and type. Their places are all
//! nowhere; whoever needs places prints a flow and reads it.

use proptest::option;
use proptest::prelude::{BoxedStrategy, Just, Strategy, prop, prop_oneof};
use proptest::sample::{select, subsequence};

use crate::language::format::tests::expressions::{NOWHERE, at, expr, name, text, ty, word};
use crate::language::source::{FileId, Span, Word};
use crate::language::syntax::ast::{
    Allow, Branch, Choice, Condition, Declaration, Defaults, Destination, Flow, Group, Limit, Need, Opt, Policy,
    PolicyKind, Prompt, PromptPart, Reprompt, Retry, Route, Signal, Spelling, State, Target, Trigger, Value,
};
use crate::language::syntax::expr::Expr;
use crate::language::syntax::fields::{KINDS, KindRow, Shape};
use crate::language::syntax::template::{Piece, Template};

/// Names that differ.
fn names(most: usize) -> impl Strategy<Value = Vec<Word>> {
    prop::collection::btree_set(name(), 0..=most).prop_map(|names| names.into_iter().map(at).collect())
}

/// A text that YAML can say where a literal stands: something in it, no blanks round it, no `=` before it.
fn said() -> impl Strategy<Value = Word> {
    text()
        .prop_map(|text| text.trim().trim_start_matches('=').trim().to_owned())
        .prop_map(|text| at(if text.is_empty() { "x".to_owned() } else { text }))
}

fn count() -> impl Strategy<Value = Word> {
    (0..20_u32).prop_map(|n| at(n.to_string()))
}

fn duration() -> impl Strategy<Value = Word> {
    select(vec!["500ms", "6s", "4m", "2h", "90s"]).prop_map(at)
}

fn keys() -> impl Strategy<Value = Word> {
    select(vec!["1", "0", "a", "star", "pound", "star 7", "7 star", "pound star", "star star", "12 pound", "1 2"])
        .prop_map(at)
}

fn template() -> impl Strategy<Value = Template> {
    let value = (prop::collection::vec(word(), 1..3), option::of(word()))
        .prop_filter("`{key x}` is a key", |(path, _)| path[0].value != "key")
        .prop_map(|(path, form)| Piece::Value { path, form, span: NOWHERE });
    let key = word().prop_map(|choice| Piece::Key { choice, span: NOWHERE });
    let piece = prop_oneof![3 => text().prop_map(Piece::Text), 1 => value, 1 => key];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| {
        let mut merged: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (merged.last_mut(), piece) {
                (_, Piece::Text(text)) if text.is_empty() => {}
                (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
                (_, piece) => merged.push(piece),
            }
        }
        if let Some(Piece::Text(first)) = merged.first_mut()
            && first.trim().is_empty()
        {
            first.insert(0, '.');
        }
        Template { pieces: merged, span: NOWHERE, pressed: Vec::new() }
    })
}

fn args() -> impl Strategy<Value = Vec<(Word, Expr)>> {
    prop::collection::btree_map(name(), expr(), 0..3)
        .prop_map(|args| args.into_iter().map(|(name, value)| (at(name), value)).collect())
}

/// A prompt.
pub(crate) fn prompt() -> impl Strategy<Value = Prompt> {
    let part = prop_oneof![
        3 => (word(), args()).prop_map(|(name, args)| PromptPart::Named { name, args }),
        3 => template().prop_map(PromptPart::Text),
        1 => expr().prop_map(PromptPart::TextExpr),
        1 => template().prop_map(PromptPart::Ssml),
        1 => said().prop_map(PromptPart::File),
    ];
    prop::collection::vec(part, 1..3).prop_map(|parts| Prompt { parts, span: NOWHERE })
}

fn retry() -> impl Strategy<Value = Retry> {
    (count(), count(), 0..4).prop_map(|(no_input, no_match, which)| match which {
        0 => Retry { no_input: Some(no_input.clone()), no_match: Some(no_input), span: NOWHERE },
        1 => Retry { no_input: Some(no_input), no_match: None, span: NOWHERE },
        2 => Retry { no_input: None, no_match: Some(no_match), span: NOWHERE },
        _ => Retry { no_input: Some(no_input), no_match: Some(no_match), span: NOWHERE },
    })
}

fn reprompt() -> impl Strategy<Value = Reprompt> {
    let wordings = || prop::collection::vec(prompt(), 1..3);
    prop_oneof![
        wordings().prop_map(|both| Reprompt { no_input: both.clone(), no_match: both }),
        (wordings(), wordings()).prop_map(|(no_input, no_match)| Reprompt { no_input, no_match }),
        wordings().prop_map(|no_input| Reprompt { no_input, no_match: Vec::new() }),
        wordings().prop_map(|no_match| Reprompt { no_input: Vec::new(), no_match }),
    ]
}

fn locale() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(vec!["en-GB", "cy", "zh-Hans-CN"]).prop_map(|tag| Value::Literal(at(tag))),
        expr().prop_map(Value::Expr),
    ]
}

fn endpoint() -> impl Strategy<Value = Value> {
    let number = select(vec!["+441632960101", "8:acs:x", "teams:y", "4"]).prop_map(at);
    prop_oneof![prop_oneof![2 => number, 1 => said()].prop_map(Value::Literal), expr().prop_map(Value::Expr)]
}

/// A value of a shape; nothing for what is no value of its own.
fn value(shape: Shape) -> BoxedStrategy<Value> {
    match shape {
        Shape::Flag => Just(Value::Flag(NOWHERE)).boxed(),
        Shape::Count => count().prop_map(Value::Literal).boxed(),
        Shape::Duration => prop_oneof![duration().prop_map(Value::Literal), expr().prop_map(Value::Expr)].boxed(),
        Shape::Endpoint => endpoint().boxed(),
        Shape::Endpoints => {
            let list = prop::collection::vec(endpoint(), 0..3).prop_map(|items| Value::List(items, NOWHERE));
            prop_oneof![endpoint(), list].boxed()
        }
        Shape::Keys => keys().prop_map(Value::Literal).boxed(),
        Shape::Name => word().prop_map(Value::Literal).boxed(),
        Shape::Prompt => prompt().prop_map(Value::Prompt).boxed(),
        Shape::Retry => retry().prop_map(Value::Retry).boxed(),
        Shape::Reprompt => reprompt().prop_map(Value::Reprompt).boxed(),
        Shape::Locale => locale().boxed(),
        Shape::Call => {
            let url = text().prop_map(|text| at(format!("https://{}", text.trim())));
            let request = url.prop_map(|url| Value::Request { method: at("GET"), url });
            let dotted = prop::collection::vec(name(), 1..3).prop_map(|path| Value::Literal(at(path.join("."))));
            prop_oneof![3 => dotted, 1 => request].boxed()
        }
        Shape::Dotted => (name(), name()).prop_map(|(a, b)| Value::Literal(at(format!("{a}.{b}")))).boxed(),
        Shape::Expr => expr().prop_map(Value::Expr).boxed(),
        Shape::Headers => {
            let names = vec!["X-Case", "reason", "User-To-User", "x: y", "é"];
            let pair = (subsequence(names, 0..4), prop::collection::vec(expr(), 4));
            pair.prop_map(|(names, values)| Value::Headers(names.into_iter().map(at).zip(values).collect(), NOWHERE))
                .boxed()
        }
        Shape::Tones => prop_oneof![keys().prop_map(Value::Literal), expr().prop_map(Value::Expr)].boxed(),
        Shape::Assignments | Shape::Choices | Shape::Branches => Just(Value::Flag(NOWHERE)).boxed(),
    }
}

fn destination() -> impl Strategy<Value = Destination> {
    prop_oneof![
        3 => word().prop_map(Destination::State),
        1 => option::of(word()).prop_map(|result| Destination::Return { result, span: NOWHERE }),
    ]
}

fn target() -> impl Strategy<Value = Target> {
    let limit = (count(), destination()).prop_map(|(times, otherwise)| Limit { times, otherwise });
    (destination(), option::weighted(0.3, limit)).prop_map(|(to, limit)| Target { to, limit, span: NOWHERE })
}

fn trigger() -> impl Strategy<Value = Trigger> {
    prop_oneof![
        4 => word().prop_map(Trigger::Outcome),
        1 => word().prop_map(Trigger::Left),
        1 => duration().prop_map(Trigger::After),
        1 => word().prop_map(Trigger::Signal),
        1 => (keys(), option::of(word())).prop_map(|(keys, by)| Trigger::Key { keys, by, span: NOWHERE }),
    ]
}

/// Routes whose triggers differ, as the keys of a mapping must.
fn routes(most: usize) -> impl Strategy<Value = Vec<Route>> {
    let route = (prop::collection::vec(trigger(), 1..4), target());
    prop::collection::vec(route, 0..=most).prop_map(|routes| {
        let mut kept: Vec<Route> = Vec::new();
        for (triggers, target) in routes {
            if kept.iter().all(|route| route.triggers != triggers) {
                kept.push(Route { triggers, target, span: NOWHERE });
            }
        }
        kept
    })
}

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    let rest = (option::of(keys()), prop::collection::vec(said(), 0..3), option::of(target()));
    prop::collection::btree_map(name(), rest, 0..4).prop_map(|choices| {
        let choice = |(name, (key, phrases, target))| Choice { name: at(name), key, phrases, target };
        choices.into_iter().map(choice).collect()
    })
}

fn branches() -> impl Strategy<Value = Vec<Branch>> {
    let branch = (option::weighted(0.8, expr()), target());
    let branch = branch.prop_map(|(condition, target)| Branch { condition, target, span: NOWHERE });
    prop::collection::vec(branch, 0..4)
}

/// The options of a kind, some of them, in any order.
fn options(row: &'static KindRow) -> impl Strategy<Value = Vec<Opt>> {
    subsequence(row.options.to_vec(), 0..=row.options.len()).prop_shuffle().prop_flat_map(|fields| {
        let each: Vec<_> = fields
            .into_iter()
            .map(|field| value(field.shape).prop_map(move |value| Opt { name: at(field.name), value }))
            .collect();
        each
    })
}

/// A state of a kind.
fn state(row: &'static KindRow, name: String) -> impl Strategy<Value = State> {
    let shape = row.operand.map(|operand| operand.shape);
    let operand = match row.operand {
        None => Just(None).boxed(),
        Some(operand) if matches!(operand.shape, Shape::Choices | Shape::Branches | Shape::Assignments) => {
            Just(None).boxed()
        }
        Some(operand) if operand.required => value(operand.shape).prop_map(Some).boxed(),
        Some(operand) => option::of(value(operand.shape)).boxed(),
    };
    let success = option::weighted(0.8, target());
    let inside = (choices(), branches(), routes(3), success, option::of(word()), args());
    (operand, options(row), inside).prop_map(move |(operand, options, inside)| {
        let (choices, branches, mut routes, success, save, args) = inside;
        if let Some(target) = success {
            routes.insert(0, Route { triggers: vec![Trigger::Success(NOWHERE)], target, span: NOWHERE });
        }
        let called = matches!((shape, &operand), (Some(Shape::Call), Some(Value::Literal(_))));
        State {
            operand,
            options,
            save: save.filter(|_| row.saves),
            args: if shape == Some(Shape::Assignments) || called { args } else { Vec::new() },
            choices: if shape == Some(Shape::Choices) { choices } else { Vec::new() },
            branches: if shape == Some(Shape::Branches) { branches } else { Vec::new() },
            routes,
            ..State::named(at(name.clone()), at(row.name), Span::default())
        }
    })
}

fn conditions() -> impl Strategy<Value = Vec<Condition>> {
    let recording = select(vec!["active", "paused"]).prop_map(|word| Condition::Recording(at(word)));
    let holds = (prop::collection::btree_set(name(), 1..3), option::of(prompt())).prop_map(|(names, music)| {
        names.into_iter().map(|who| Condition::Hold { who: at(who), music: music.clone() }).collect::<Vec<_>>()
    });
    let others = prop_oneof![
        Just(vec![Condition::Streaming(at("on"))]),
        locale().prop_map(|value| vec![Condition::Transcription(value)]),
    ];
    (option::of(recording), option::of(holds), option::of(others)).prop_map(|(recording, holds, others)| {
        recording.into_iter().chain(holds.into_iter().flatten()).chain(others.into_iter().flatten()).collect()
    })
}

fn policies() -> impl Strategy<Value = Vec<Policy>> {
    let kind = prop_oneof![
        (word(), word()).prop_map(|(part, value)| PolicyKind::Never { part, value }),
        Just(PolicyKind::NobodyLeftBehind),
        (count(), duration(), option::of((name(), name()))).prop_map(|(presses, within, when)| {
            let when = when.map(|(calendar, hours)| at(format!("{calendar}.{hours}")));
            PolicyKind::ReachHuman { presses, within, when }
        }),
        duration().prop_map(|within| PolicyKind::SilentPartyEnds { within }),
        duration().prop_map(|within| PolicyKind::EveryCallEnds { within }),
        duration().prop_map(|most| PolicyKind::Silence { most }),
        count().prop_map(|most| PolicyKind::Menus { most }),
    ];
    prop::collection::vec(kind.prop_map(|kind| Policy { kind, span: NOWHERE }), 0..3)
}

fn allows() -> impl Strategy<Value = Vec<Allow>> {
    let what = vec!["raw_line_control", "dial_collected", "F0412"];
    (subsequence(what, 0..3), prop::collection::vec(prop::collection::vec(text(), 0..3), 3)).prop_map(
        |(what, values)| {
            let values = values.into_iter().map(|values| values.into_iter().map(at).collect());
            what.into_iter().zip(values).map(|(what, values)| Allow { what: at(what), values }).collect()
        },
    )
}

fn declarations() -> impl Strategy<Value = Vec<Declaration>> {
    prop::collection::btree_map(name(), (ty(), option::weighted(0.3, expr())), 0..3).prop_map(|all| {
        let one = |(name, (ty, default))| Declaration { name: at(name), ty, default };
        all.into_iter().map(one).collect()
    })
}

/// States of any kind under names that differ.
fn states(most: usize, prefix: &'static str) -> impl Strategy<Value = Vec<State>> {
    prop::collection::vec(select((0..KINDS.len()).collect::<Vec<_>>()), 0..=most).prop_flat_map(move |kinds| {
        let each: Vec<_> = kinds
            .into_iter()
            .enumerate()
            .map(|(n, kind)| state(&KINDS[kind], format!("{prefix}_{n}")).boxed())
            .collect();
        each
    })
}

fn groups() -> impl Strategy<Value = (Vec<Group>, Vec<State>)> {
    let group = (conditions(), option::of(target()), routes(3), states(2, "in"));
    prop::collection::vec(group, 0..3).prop_map(|all| {
        let (mut groups, mut states) = (Vec::new(), Vec::new());
        for (n, (conditions, otherwise, routes, inner)) in all.into_iter().enumerate() {
            let name = at(format!("group_{n}"));
            states.extend(inner.into_iter().map(|state| State {
                name: at(format!("{}_of_{n}", state.name.value)),
                group: Some(name.clone()),
                ..state
            }));
            groups.push(Group { name, conditions, otherwise, routes, partial: false, span: NOWHERE, whole: NOWHERE });
        }
        (groups, states)
    })
}

/// A flow.
pub(crate) fn flow() -> impl Strategy<Value = Flow> {
    let head = (word(), option::of(word()), option::of(locale()), option::of(word()));
    let declared = (declarations(), declarations(), declarations(), names(3), names(3), names(2));
    let needs = subsequence(vec!["recording", "streaming"], 0..2);
    let signals = prop::collection::btree_map(name(), option::of(ty()), 0..3);
    let defaults = (option::of(retry()), routes(2));
    let rules = (routes(3), policies(), allows(), defaults, needs, signals);
    (head, declared, rules, groups(), states(5, "st")).prop_map(|(head, declared, rules, groups, states)| {
        let (name, call, locale, start) = head;
        let (settings, params, vars, returns, uses, participants) = declared;
        let (always, policies, allows, (retry, routes), needs, signals) = rules;
        let (groups, mut inner) = groups;
        inner.extend(states);
        Flow {
            name: Some(name),
            call,
            locale,
            settings,
            params,
            vars,
            returns,
            uses,
            participants,
            start,
            always,
            policies,
            allows,
            groups,
            states: inner,
            defaults: Defaults { retry: retry.map(Value::Retry), routes },
            needs: needs.into_iter().map(|part| Need { part: at(part), value: at("active") }).collect(),
            signals: signals.into_iter().map(|(name, ty)| Signal { name: at(name), ty }).collect(),
            ..Flow::empty(FileId(0), Spelling::Native)
        }
    })
}

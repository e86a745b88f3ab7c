//! A signal for a call: checked against what the call's program declares, then stored as a turn of the call. The same key
//! again is the same signal.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::flow::types::Type;
use crate::language::flow::value::{NotOfType, Value};
use crate::machine::event::EventKind;
use crate::runtime::doc::{Doc, Input, InputKind};
use crate::runtime::shot::{Asked, Got, MISMATCH, Next, OneShot, Want};
use crate::runtime::turn::Verdict;
use crate::store::Found;

/// A signal being delivered.
#[derive(Debug)]
pub struct Deliver {
    call: String,
    name: String,
    data: Data,
    key: String,
    doc: Option<Box<Doc>>,
}

/// What comes along.
#[derive(Clone, PartialEq, Eq)]
pub enum Data {
    /// From outside: to be read by the declared type.
    Json(Option<serde_json::Value>),
    /// From another flow.
    Typed(Option<Value>),
}

impl std::fmt::Debug for Data {
    /// Not what comes along: it may be personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Data::Json(_) => "Json(…)",
            Data::Typed(_) => "Typed(…)",
        })
    }
}

/// What came of a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// It is stored, durably.
    Stored,
    /// There is no such call.
    NoCall,
    /// The call is over.
    Ended,
    /// The call's flow takes no such signal; those it takes.
    NotTaken(Vec<String>),
    /// What comes along is not what the flow declares.
    Wrong(NotOfType),
    /// The store cannot be used now; nothing happened.
    Busy(String),
}

impl Deliver {
    /// A signal for `call`, under a key that names it among the call's inputs.
    #[must_use]
    pub fn new(call: String, name: String, data: Data, key: String) -> Deliver {
        Deliver { call, name, data, key, doc: None }
    }

    fn checked(&self, ty: Option<&Type>) -> Result<Option<Value>, NotOfType> {
        let wrong = |reason: String| NotOfType { path: "data".to_owned(), reason };
        match (&self.data, ty) {
            (Data::Json(None | Some(serde_json::Value::Null)) | Data::Typed(None), None) => Ok(None),
            (Data::Json(Some(_)) | Data::Typed(Some(_)), None) => {
                Err(wrong(format!("the signal `{}` takes nothing along", self.name)))
            }
            (Data::Json(json), Some(ty)) => match json {
                None if !ty.is_optional() => Err(wrong(format!("missing; it is a {ty}"))),
                json => Value::from_json(ty, json.as_ref().unwrap_or(&serde_json::Value::Null), "data").map(Some),
            },
            (Data::Typed(value), Some(ty)) => {
                let value = value.clone().unwrap_or(Value::Absent);
                if value.is_of(ty) { Ok(Some(value)) } else { Err(wrong(format!("it is a {ty}"))) }
            }
        }
    }
}

impl OneShot for Deliver {
    type End = Delivered;

    fn start(&mut self, _now: i64) -> Next<Delivered> {
        Next::Want(Want::Load { call: self.call.clone(), keys: vec![self.key.clone()] })
    }

    fn got(&mut self, got: Got, _now: i64) -> Next<Delivered> {
        Next::Done(match got {
            Got::Loaded(Ok(Found::Live { seen, .. })) if seen.contains(&self.key) => Delivered::Stored,
            Got::Loaded(Ok(Found::Live { row, .. })) => match Doc::from_bytes(&row.doc) {
                Ok(doc) => {
                    self.doc = Some(Box::new(doc));
                    return Next::Want(Want::Program { hash: row.program });
                }
                Err(reason) => Delivered::Busy(reason),
            },
            Got::Loaded(Ok(Found::Ended(_))) => Delivered::Ended,
            Got::Loaded(Ok(Found::Unknown)) => Delivered::NoCall,
            Got::Loaded(Err(error)) | Got::Program(Err(error)) => Delivered::Busy(error.to_string()),
            Got::Program(Ok(program)) => {
                let (Some(program), Some(doc)) = (program, &self.doc) else {
                    return Next::Done(Delivered::Busy("the call's program is not in the store".to_owned()));
                };
                let taken = doc.call.signals_taken(&program);
                let Some(ty) = taken.get(self.name.as_str()) else {
                    return Next::Done(Delivered::NotTaken(taken.into_keys().map(str::to_owned).collect()));
                };
                match self.checked(ty.as_ref()) {
                    Err(wrong) => Delivered::Wrong(wrong),
                    Ok(data) => {
                        let kind = InputKind::Event(EventKind::Signal { name: self.name.clone(), data });
                        let inputs = vec![Input { key: self.key.clone(), kind }];
                        return Next::Want(Want::Turns(vec![Asked { call: self.call.clone(), inputs }]));
                    }
                }
            }
            Got::Turned(verdicts) => match verdicts.into_iter().next() {
                Some(Verdict::Applied { .. } | Verdict::Duplicate) => Delivered::Stored,
                Some(Verdict::Ended) => Delivered::Ended,
                Some(Verdict::Unknown) => Delivered::NoCall,
                Some(Verdict::Broken(reason) | Verdict::Busy(reason)) => Delivered::Busy(reason),
                None => Delivered::Busy(MISMATCH.to_owned()),
            },
            Got::Committed(_)
            | Got::SetAside(_)
            | Got::Due(_)
            | Got::NextDue(_)
            | Got::Sent(_)
            | Got::Invoked(_)
            | Got::Waited => Delivered::Busy(MISMATCH.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::language::flow::state::{Kind, State};
    use crate::language::flow::types::Type;
    use crate::language::flow::value::{Value, Values};
    use crate::language::graph::Program;
    use crate::language::graph::program::Head;
    use crate::machine::call::{Beginning, Call, Origin};
    use crate::machine::event::{EventKind, Facts};
    use crate::runtime::doc::{Doc, InputKind};
    use crate::runtime::shot::{Got, Next, OneShot, Want};
    use crate::runtime::signal::{Data, Deliver, Delivered};
    use crate::runtime::turn::Verdict;
    use crate::store::{Error, Found, Row};
    use serde_json::json;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn program() -> Program {
        let kind = Kind::Hangup { result: None, play: None, everyone: false };
        let bye = State { name: "bye".into(), group: None, locale: None, kind };
        let visit = Type::Record(vec![("desk".into(), Type::Int)]);
        let signals = BTreeMap::from([("moved".to_owned(), Some(visit)), ("ready".to_owned(), None)]);
        Program::assemble(Head { signals, ..Head::default() }, "bye", vec![bye], vec![]).expect("a program")
    }

    fn row(program: &Program) -> Row {
        let beginning = Beginning {
            id: "c".into(),
            at: 1,
            origin: Origin::Outbound,
            from: String::new().into(),
            to: String::new().into(),
            params: Values::new(),
            settings: Values::new(),
            locale: None,
            voice: String::new(),
            facts: Facts::default(),
            headers: BTreeMap::new(),
        };
        let doc = Doc::new(Call::begin(program, beginning)).to_bytes();
        Row { call: "c".into(), rev: 1, program: program.hash(), doc }
    }

    /// What a signal comes to, and what the call was told.
    fn delivered(name: &str, data: Data, verdict: &Verdict) -> (Option<Option<Value>>, Delivered) {
        let program = program();
        let mut deliver = Deliver::new("c".into(), name.into(), data, "signal:1".into());
        let (mut next, mut told) = (deliver.start(1), None);
        loop {
            next = match next {
                Next::Want(Want::Load { .. }) => {
                    deliver.got(Got::Loaded(Ok(Found::Live { row: row(&program), seen: vec![] })), 1)
                }
                Next::Want(Want::Program { .. }) => deliver.got(Got::Program(Ok(Some(Arc::new(program.clone())))), 1),
                Next::Want(Want::Turns(turns)) => {
                    let InputKind::Event(EventKind::Signal { data, .. }) = turns[0].inputs[0].kind.clone() else {
                        panic!("{turns:?}")
                    };
                    told = Some(data);
                    deliver.got(Got::Turned(vec![verdict.clone()]), 1)
                }
                Next::Want(other) => panic!("{other:?}"),
                Next::Done(end) => return (told, end),
            };
        }
    }

    #[test]
    fn what_comes_along_is_of_the_declared_type() {
        let four = Value::Record(Values::from([("desk".to_owned(), Value::Int(4))]));
        let stored = (Some(Some(four.clone())), Delivered::Stored);
        let json = |json| Data::Json(Some(json));
        assert_eq!(delivered("moved", json(json!({"desk": 4})), &Verdict::Duplicate), stored);
        assert_eq!(delivered("moved", Data::Typed(Some(four)), &Verdict::Duplicate), stored);
        assert_eq!(delivered("ready", Data::Json(None), &Verdict::Duplicate), (Some(None), Delivered::Stored));
        for (name, data) in [
            ("moved", json(json!({"desk": "four"}))),
            ("moved", Data::Json(None)),
            ("moved", Data::Typed(Some(Value::Int(4)))),
            ("moved", Data::Typed(None)),
            ("ready", json(json!(1))),
        ] {
            let (told, end) = delivered(name, data, &Verdict::Duplicate);
            assert_eq!(told, None);
            assert!(matches!(&end, Delivered::Wrong(wrong) if wrong.path.starts_with("data")), "{end:?}");
        }
    }

    #[test]
    fn only_signals_that_the_flow_takes_reach_it() {
        let (told, end) = delivered("unknown", Data::Json(None), &Verdict::Duplicate);
        assert_eq!((told, end), (None, Delivered::NotTaken(vec!["moved".to_owned(), "ready".to_owned()])));
    }

    #[test]
    fn what_became_of_the_call_is_told() {
        let end = |verdict| delivered("ready", Data::Json(None), &verdict).1;
        assert_eq!(end(Verdict::Ended), Delivered::Ended);
        assert_eq!(end(Verdict::Unknown), Delivered::NoCall);
        assert_eq!(end(Verdict::Busy("full".into())), Delivered::Busy("full".into()));
        let mut deliver = Deliver::new("c".into(), "ready".into(), Data::Json(None), "signal:1".into());
        deliver.start(1);
        let seen = vec!["signal:1".to_owned()];
        let again = deliver.got(Got::Loaded(Ok(Found::Live { row: row(&program()), seen })), 1);
        assert!(matches!(again, Next::Done(Delivered::Stored)), "the same signal again");
        let broken = deliver.got(Got::Loaded(Err(Error::Unavailable("gone".into()))), 1);
        assert!(matches!(broken, Next::Done(Delivered::Busy(_))));
    }
}

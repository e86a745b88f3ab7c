//! Services as a caller's script has them: what it lists is answered so, in its order, the last answer again and again; anything
//! else by values made from its types.

use crate::language::compile::scripts;
use crate::language::flow::service::{FAILED, OK};
use crate::language::syntax::ast::{Script, ScriptedAnswer};
use crate::rehearsal::made;
use crate::runtime::invoker::{Invocation, Invoked, Invoker};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The services of a rehearsal.
#[derive(Debug)]
pub(super) struct Rehearsed {
    answers: BTreeMap<String, Vec<ScriptedAnswer>>,
    /// How often each operation was asked.
    asked: Mutex<BTreeMap<String, usize>>,
    speed: u32,
}

impl Rehearsed {
    /// Those of a script, where so many seconds pass in one.
    pub(super) fn new(script: &Script, speed: u32) -> Rehearsed {
        let answers = script.answers.iter().map(|(name, answers)| (name.value.clone(), answers.clone())).collect();
        Rehearsed { answers, asked: Mutex::default(), speed }
    }

    /// The answer that is due.
    fn next(&self, name: &str) -> Option<ScriptedAnswer> {
        let answers = self.answers.get(name)?;
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let times = asked.entry(name.to_owned()).or_default();
        let answer = answers.get(*times).or(answers.last());
        *times += 1;
        answer.cloned()
    }
}

impl Invoker for Rehearsed {
    fn invoke(&self, invocation: Invocation) -> Pin<Box<dyn Future<Output = Invoked> + Send + '_>> {
        let name = format!("{}.{}", invocation.service, invocation.operation);
        let answer = self.next(&name);
        Box::pin(async move {
            let operation = scripts::operation(&invocation.program, &name);
            let failed = |reason: String| Invoked { outcome: FAILED.to_owned(), value: None, reason: Some(reason) };
            let Some(answer) = answer else {
                let at = jiff::Timestamp::now().as_millisecond();
                let brings = operation.and_then(|operation| operation.ok.as_ref());
                return Invoked { outcome: OK.to_owned(), value: brings.map(|ty| made::value(ty, at)), reason: None };
            };
            tokio::time::sleep(Duration::from_millis(answer.takes) / self.speed).await;
            let outcome = answer.outcome.value;
            match operation.map(|operation| scripts::answer(operation, &outcome, answer.value.as_ref())) {
                Some(Ok(value)) => Invoked { outcome, value, reason: None },
                Some(Err(reason)) => failed(reason),
                None => failed("the script answers for an operation that is not there".to_owned()),
            }
        })
    }
}

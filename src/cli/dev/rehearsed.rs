//! Services as a caller's script has them: what it lists is answered so, in its order, the last answer again and again; anything
//! else is asked as it would be in a call.

use crate::cli::dev::beginning::Others;
use crate::cli::services::Services;
use crate::language::compile::scripts;
use crate::language::flow::service::FAILED;
use crate::language::syntax::ast::{Script, ScriptedAnswer};
use crate::rehearsal::given;
use crate::runtime::invoker::{Invocation, Invoked, Invoker};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The services of a rehearsal.
#[derive(Debug)]
pub(super) struct Rehearsed {
    services: Arc<Services>,
    answers: BTreeMap<String, Vec<ScriptedAnswer>>,
    /// How often each operation was asked.
    asked: Mutex<BTreeMap<String, usize>>,
    others: Others,
    speed: u32,
}

impl Rehearsed {
    /// Those of a script, where so many seconds pass in one.
    pub(super) fn new(services: Arc<Services>, script: &Script, others: Others, speed: u32) -> Rehearsed {
        let answers = script.answers.iter().map(|(name, answers)| (name.value.clone(), answers.clone())).collect();
        Rehearsed { services, answers, asked: Mutex::default(), others, speed }
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
        let Some(answer) = self.next(&name) else { return self.services.invoke(invocation) };
        Box::pin(async move {
            let operation = scripts::operation(&invocation.program, &name);
            let failed = |reason: String| Invoked { outcome: FAILED.to_owned(), value: None, reason: Some(reason) };
            tokio::time::sleep(Duration::from_millis(answer.takes) / self.speed).await;
            let outcome = answer.outcome.value;
            let value = answer.value.map(|value| given::meant(&value, &self.others.ids()));
            match operation.map(|operation| scripts::answer(operation, &outcome, value.as_ref())) {
                Some(Ok(value)) => Invoked { outcome, value, reason: None },
                Some(Err(reason)) => failed(reason),
                None => failed("the script answers for an operation that is not there".to_owned()),
            }
        })
    }
}

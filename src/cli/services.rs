//! The services that calls ask: where they may be, and the settings they read, as the project has them now.

use crate::cli::Failure;
use crate::config::ServiceSettings;
use crate::invoke::client::Client;
use crate::invoke::reach::Reach;
use crate::invoke::{self, to_http};
use crate::language::flow::value::{Value, Values};
use crate::language::graph::Program;
use crate::runtime::invoker::{Invocation, Invoked, Invoker};
use crate::runtime::lines::Lines;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};

/// Asks services for calls. Settings are those of this process: a key that is changed counts from then on, in every call.
#[derive(Debug)]
pub struct Services(RwLock<Arc<Now>>);

#[derive(Debug)]
struct Now {
    client: Client,
    settings: Values,
}

impl Services {
    /// The services of these lines.
    ///
    /// # Errors
    /// When a setting that a service reads is missing, or names no address.
    pub fn of(lines: &Lines, settings: &ServiceSettings) -> Result<Services, Failure> {
        Ok(Services(RwLock::new(Arc::new(now(lines, settings)?))))
    }

    /// The same for other lines, from now on.
    ///
    /// # Errors
    /// As [`Services::of`]; then everything stays as it was.
    pub fn become_those_of(&self, lines: &Lines, settings: &ServiceSettings) -> Result<(), Failure> {
        let now = Arc::new(now(lines, settings)?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = now;
        Ok(())
    }
}

fn now(lines: &Lines, settings: &ServiceSettings) -> Result<Now, Failure> {
    let mut values = Values::new();
    let mut reach = Reach::new(&settings.allow_private).map_err(Failure::Usage)?;
    let programs = lines.flows.values().map(|served| served.program.as_ref());
    let programs: Vec<&Program> =
        programs.flat_map(|program| program.flows.values().map(Arc::as_ref).chain([program])).collect();
    for service in programs.iter().flat_map(|program| program.services.values()) {
        for name in service.settings() {
            let Some(serde_json::Value::String(text)) = settings.flow_settings.get(name) else {
                let message = format!("service `{}` reads the setting `{name}`, which is missing", service.name);
                return Err(Failure::Usage(format!(
                    "{message}: write `{name} = \"…\"` under `[settings]` in flowc.toml"
                )));
            };
            values.insert(name.to_owned(), Value::Text(text.clone()));
        }
        let usage = |failure: invoke::Failure| Failure::Usage(format!("service `{}`: {failure}", service.name));
        let address = to_http::address(service, &values).map_err(usage)?;
        reach.open(&address).map_err(usage)?;
    }
    let client = Client::new(reach).map_err(|error| Failure::World(format!("cannot set up HTTPS: {error}")))?;
    Ok(Now { client, settings: values })
}

impl Invoker for Services {
    fn invoke(&self, invocation: Invocation) -> Pin<Box<dyn Future<Output = Invoked> + Send + '_>> {
        let now = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        Box::pin(async move {
            let Invocation { call, op, program, flow, service, operation, args, once, timeout_ms, .. } = invocation;
            let running = match &flow {
                Some(flow) => program.flows.get(flow).map(Arc::as_ref),
                None => Some(program.as_ref()),
            };
            let Some(mut service) = running.and_then(|program| program.services.get(&service)).cloned() else {
                let reason = Some("the call's program has no such service".to_owned());
                return Invoked { outcome: "failed".to_owned(), value: None, reason };
            };
            if let (Some(ms), Some(asked)) = (timeout_ms, service.operations.get_mut(&operation)) {
                asked.timeout_ms = ms;
            }
            let key = to_http::key(&call, &op.op.to_string(), once.as_deref().map(String::as_str));
            let settings = &now.settings;
            let asked =
                invoke::Invocation { service: &service, operation: &operation, args: &args, settings, key: &key };
            let invoke::Invoked { outcome, value, reason, took_ms } = now.client.invoke(&asked).await;
            if let Some(reason) = &reason {
                tracing::warn!(call, operation, reason, took_ms, "a service did not do what it was asked");
            }
            Invoked { outcome, value, reason }
        })
    }
}

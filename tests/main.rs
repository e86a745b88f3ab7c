//! All integration tests, as one binary. Each file below `tests/` is named here; `architecture` finds one that is not.

mod api_versions;
mod architecture;
mod cli;
mod cli_authoring;
mod crashes;
mod dev;
mod dev_serves;
mod diagnostics;
mod docs;
mod explain;
mod expressions;
mod first_generations;
mod flows;
mod fuzz;
mod harness;
mod legality;
mod pictures;
mod policy;
mod published;
mod recording_ready;
mod schema;
mod sdk;
mod secrets;
mod services_in_calls;
mod streams;
mod webhooks;

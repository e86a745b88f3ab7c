//! All integration tests, as one binary. Each file below `tests/` is named here; `architecture` finds one that is not.

mod architecture;
mod cli;
mod cli_authoring;
mod crashes;
mod dev;
mod diagnostics;
mod docs;
mod flows;
mod harness;
mod policy;
mod webhooks;

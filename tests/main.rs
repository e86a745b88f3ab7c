//! All integration tests, as one binary. Each file below `tests/` is named here; `architecture` finds one that is not.

mod architecture;
mod cli;
mod crashes;
mod dev;
mod diagnostics;
mod docs;
mod expressions;
mod flows;
mod harness;
mod policy;
mod webhooks;

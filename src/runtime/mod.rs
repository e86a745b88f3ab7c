//! The durable runtime: events in, one commit, commands out.
//!
//! Every decision is a one-shot of [`shot`]: [`accept`] (a call begins), [`inbox`] (webhooks), [`turn`] (load, step, commit),
//! [`fire`] (timers), [`dispatch`] (requests out), [`errand`] (services asked, signals sent), [`signal`] (a signal in), [`recover`] (after a restart) and [`let_go`] (lines that nobody has);
//! [`whose`] knows which calls the platform means, [`recent`] how calls stood last. Each
//! takes results with their time and says what it wants done next; [`drive`] does it. A crash may fall between any two of
//! those, and nothing outside the store may matter afterwards. Only [`drive`] does I/O.

pub mod accept;

pub mod bounded;

pub mod claim;

pub mod dialled;

pub mod dispatch;

pub mod doc;

pub mod drive;

pub mod errand;

pub mod fire;

pub mod inbox;

pub mod invoker;

pub mod kind;

pub mod let_go;

pub mod lines;

pub mod mac;

pub mod pace;

pub mod patience;

pub mod recent;

pub mod recorded;
pub mod recover;

pub mod sealed;

pub mod shot;

pub mod signal;

pub mod turn;

pub mod whose;

#[cfg(test)]
mod crash_tests;

//! What a step did, for people: each entry names a state and a label, from which the program's source map finds the text.

use crate::language::flow::label::Label;
use crate::machine::command::OpRef;
use serde::{Deserialize, Serialize};

/// One thing a step did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trace {
    /// The call ended.
    Ended {
        /// With this result.
        result: Option<String>,
        /// For this reason.
        reason: String,
    },
    /// A state was entered.
    Entered {
        /// Which.
        state: String,
    },
    /// An event changed nothing.
    Ignored {
        /// Why.
        why: String,
    },
    /// Something went wrong within the flow.
    Fault {
        /// Where.
        state: String,
        /// What.
        what: String,
    },
    /// A request was ordered.
    Ordered {
        /// Which.
        op: OpRef,
        /// Its name.
        command: String,
        /// By which state.
        state: String,
    },
    /// A flow is over; the one that ran it goes on.
    Returned {
        /// The flow that is over.
        flow: String,
        /// Its result.
        result: Option<String>,
        /// The state that ran it.
        to: String,
    },
    /// A state runs another flow: the states entered from here on are that flow's.
    Running {
        /// The flow.
        flow: String,
        /// The state that runs it.
        from: String,
    },
    /// An edge was taken.
    Took {
        /// From this state.
        from: String,
        /// Under this label.
        label: Label,
        /// Because its limit was used up, to the other end.
        exhausted: bool,
    },
}

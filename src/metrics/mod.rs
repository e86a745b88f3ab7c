//! What is counted and timed while the service runs, to the text that Prometheus reads.
//!
//! A measure has a fixed name and fixed labels. A label's values are names that programs, flows and the platform give (kinds,
//! operations, results, statuses), never anything of a person, and no measure grows past its bound. Knows no clock and no socket:
//! whoever measures hands over what was measured.

mod family;
mod text;

pub use crate::metrics::family::{Counters, Histogram};
pub use crate::metrics::text::Text;

/// Bounds of what takes milliseconds to seconds, in seconds.
const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Bounds of how much is written at once: no transaction takes more than the last.
const BATCH: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

/// Everything that is counted. What is only looked at when somebody asks (live calls, memory) is not in here.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Metrics {
    pub calls_begun: Counters<1>,
    pub calls_ended: Counters<2>,
    pub webhooks: Counters<2>,
    pub event_grid: Counters<1>,
    pub set_aside: Counters<0>,
    pub requests: Counters<2>,
    pub answer_seconds: Histogram<1>,
    pub shed: Counters<2>,
    pub commit_seconds: Histogram<0>,
    pub commit_batch: Histogram<0>,
    pub store_errors: Counters<1>,
    pub commands: Counters<2>,
    pub command_retries: Counters<1>,
    pub command_seconds: Histogram<0>,
    pub questions: Counters<3>,
    pub errands_broken: Counters<0>,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics {
            calls_begun: Counters::new("flowc_calls_begun_total", "Calls that began.", ["flow"]),
            calls_ended: Counters::new("flowc_calls_ended_total", "Calls that ended.", ["flow", "result"]),
            webhooks: Counters::new(
                "flowc_webhooks_total",
                "Mid-call events of the platform, by what came of them.",
                ["kind", "outcome"],
            ),
            event_grid: Counters::new("flowc_event_grid_events_total", "Events that Event Grid delivered.", ["kind"]),
            set_aside: Counters::new("flowc_set_aside_total", "Deliveries of which only a note was kept.", []),
            requests: Counters::new("flowc_http_requests_total", "Requests answered.", ["route", "status"]),
            answer_seconds: Histogram::new(
                "flowc_http_answer_seconds",
                "Time from a whole request to its answer.",
                ["route"],
                SECONDS,
            ),
            shed: Counters::new("flowc_shed_total", "Requests refused so that others can be served.", ["what", "why"]),
            commit_seconds: Histogram::new("flowc_store_commit_seconds", "Time of a transaction.", [], SECONDS),
            commit_batch: Histogram::new("flowc_store_commit_writes", "Writes of a transaction.", [], BATCH),
            store_errors: Counters::new("flowc_store_errors_total", "Transactions that failed.", ["kind"]),
            commands: Counters::new(
                "flowc_commands_total",
                "Attempts at requests to the platform, by what came of them.",
                ["operation", "outcome"],
            ),
            command_retries: Counters::new(
                "flowc_command_retries_total",
                "Attempts at requests that had been tried before.",
                ["operation"],
            ),
            command_seconds: Histogram::new("flowc_command_seconds", "Time of an attempt.", [], SECONDS),
            questions: Counters::new(
                "flowc_service_questions_total",
                "Questions to services, by outcome.",
                ["service", "operation", "outcome"],
            ),
            errands_broken: Counters::new("flowc_defects_total", "Tasks that broke off by a defect of flowc.", []),
        }
    }
}

impl Metrics {
    /// Writes everything that is counted.
    pub fn write(&self, text: &mut Text) {
        self.calls_begun.write(text);
        self.calls_ended.write(text);
        self.webhooks.write(text);
        self.event_grid.write(text);
        self.set_aside.write(text);
        self.requests.write(text);
        self.answer_seconds.write(text);
        self.shed.write(text);
        self.commit_seconds.write(text);
        self.commit_batch.write(text);
        self.store_errors.write(text);
        self.commands.write(text);
        self.command_retries.write(text);
        self.command_seconds.write(text);
        self.questions.write(text);
        self.errands_broken.write(text);
    }
}

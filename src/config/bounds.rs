//! Settings of what the service takes on and how long it keeps things: flags, then environment, then `flowc.toml`, into [`Bounds`].

use crate::config::{Environment, Known, ProjectFile, Wrong};
use crate::language::duration;
use std::time::Duration;

/// Most calls that live at the same time.
pub const MAX_CALLS: Known =
    Known { key: "max_calls", flag: "--max-calls", variable: "FLOWC_MAX_CALLS", example: "100000" };
/// Most calls at the same time that were placed from one number.
pub const MAX_PER_NUMBER: Known = Known {
    key: "max_calls_per_number",
    flag: "--max-calls-per-number",
    variable: "FLOWC_MAX_CALLS_PER_NUMBER",
    example: "2",
};
/// Most bytes of requests that are being answered, in MiB.
pub const MAX_IN_FLIGHT: Known =
    Known { key: "max_in_flight", flag: "--max-in-flight", variable: "FLOWC_MAX_IN_FLIGHT", example: "64" };
/// Most connections in all.
pub const MAX_CONNECTIONS: Known =
    Known { key: "max_connections", flag: "--max-connections", variable: "FLOWC_MAX_CONNECTIONS", example: "4096" };
/// Most connections from one address.
pub const MAX_PER_ADDRESS: Known = Known {
    key: "max_connections_per_address",
    flag: "--max-connections-per-address",
    variable: "FLOWC_MAX_CONNECTIONS_PER_ADDRESS",
    example: "1024",
};
/// Room that is kept on the store's disk for calls in progress, in MiB.
pub const STORE_BALLAST: Known =
    Known { key: "store_ballast", flag: "--store-ballast", variable: "FLOWC_STORE_BALLAST", example: "64" };
/// How long the service still listens after it was asked to stop.
pub const STOP_DELAY: Known =
    Known { key: "stop_delay", flag: "--stop-delay", variable: "FLOWC_STOP_DELAY", example: "5s" };
/// How long the history of a call is kept after its end.
pub const KEEP_HISTORY: Known =
    Known { key: "keep_history", flag: "--keep-history", variable: "FLOWC_KEEP_HISTORY", example: "24h" };
/// How long it is known that a call was there.
pub const KEEP_CALLS: Known =
    Known { key: "keep_calls", flag: "--keep-calls", variable: "FLOWC_KEEP_CALLS", example: "48h" };

/// Shortest time that an ended call must be known: Event Grid tries a delivery again for a day.
const KEEP_CALLS_MS: u64 = 24 * 3_600_000;
/// Longest delay of a stop, in milliseconds.
const STOP_DELAY_MS: u64 = 300_000;

/// The flags; flattened into `flowc serve`.
#[derive(Clone, Default, clap::Args)]
pub struct BoundFlags {
    /// Most calls that live at the same time; more are refused [default: 100000]
    #[arg(long, value_name = "COUNT")]
    pub max_calls: Option<String>,
    /// Most calls at the same time that were placed from one number; the platform's own limit, unless it was raised [default: 2]
    #[arg(long, value_name = "COUNT")]
    pub max_calls_per_number: Option<String>,
    /// Most memory for requests that are being answered [default: 64]
    #[arg(long, value_name = "MIB")]
    pub max_in_flight: Option<String>,
    /// Most open connections in all [default: 4096]
    #[arg(long, value_name = "COUNT")]
    pub max_connections: Option<String>,
    /// Most open connections from one address that is not this machine [default: 1024]
    #[arg(long, value_name = "COUNT")]
    pub max_connections_per_address: Option<String>,
    /// Room kept beside the store for calls in progress when the disk is full; 0 for none [default: 64]
    #[arg(long, value_name = "MIB")]
    pub store_ballast: Option<String>,
    /// How long to listen on after being asked to stop, not ready, for a balancer to see it [default: 0s]
    #[arg(long, value_name = "TIME")]
    pub stop_delay: Option<String>,
    /// How long histories are kept after the end of their calls [default: 24h]
    #[arg(long, value_name = "TIME")]
    pub keep_history: Option<String>,
    /// How long ended calls are known, so that what comes late finds nothing to do [default: 48h]
    #[arg(long, value_name = "TIME")]
    pub keep_calls: Option<String>,
}

/// The settings, each usable as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Most calls that live at the same time.
    pub max_calls: u64,
    /// Most calls at the same time that were placed from one number.
    pub calls_per_number: usize,
    /// Most bytes of requests that are being answered.
    pub in_flight_bytes: usize,
    /// Most connections in all.
    pub connections: usize,
    /// Most connections from one address that is not this machine.
    pub connections_per_address: usize,
    /// Bytes kept on the store's disk for calls in progress.
    pub store_ballast: u64,
    /// How long the service still listens after it was asked to stop.
    pub stop_delay: Duration,
    /// How long histories are kept, in milliseconds.
    pub keep_history_ms: i64,
    /// How long ended calls are known, in milliseconds; never shorter than their histories are kept.
    pub keep_calls_ms: i64,
}

impl Bounds {
    /// Resolves the settings.
    ///
    /// # Errors
    /// The first setting that cannot be used, in one line.
    pub fn resolve(flags: &BoundFlags, environment: &Environment, file: &ProjectFile) -> Result<Bounds, Wrong> {
        let from = Places { environment, file };
        let keep_history = from.time(KEEP_HISTORY, &flags.keep_history, 24 * 3_600_000, |_| None)?;
        Ok(Bounds {
            max_calls: from.count(MAX_CALLS, &flags.max_calls, 100_000)?,
            calls_per_number: from.size(MAX_PER_NUMBER, &flags.max_calls_per_number, 2)?,
            in_flight_bytes: usize::try_from(from.at_least(4, MAX_IN_FLIGHT, &flags.max_in_flight, 64)?)
                .unwrap_or(usize::MAX)
                .saturating_mul(1 << 20),
            connections: from.size(MAX_CONNECTIONS, &flags.max_connections, 4_096)?,
            connections_per_address: from.size(MAX_PER_ADDRESS, &flags.max_connections_per_address, 1_024)?,
            store_ballast: from.at_least(0, STORE_BALLAST, &flags.store_ballast, 64)?.saturating_mul(1 << 20),
            stop_delay: Duration::from_millis(from.time(STOP_DELAY, &flags.stop_delay, 0, |ms| {
                (ms > STOP_DELAY_MS).then(|| "no stop may take longer than five minutes".to_owned())
            })?),
            keep_history_ms: signed(keep_history),
            keep_calls_ms: signed(from.time(
                KEEP_CALLS,
                &flags.keep_calls,
                keep_history.max(48 * 3_600_000),
                |ms| {
                    if ms < KEEP_CALLS_MS {
                        return Some("deliveries are tried again for a day, so it is at least 24h".to_owned());
                    }
                    (ms < keep_history).then(|| "it is shorter than `keep_history`".to_owned())
                },
            )?),
        })
    }
}

/// Where settings come from besides flags.
struct Places<'a> {
    environment: &'a Environment,
    file: &'a ProjectFile,
}

impl Places<'_> {
    fn given(&self, known: Known, flag: &Option<String>) -> Option<(String, String)> {
        let named = |value: &str, name: &str| (value.trim().to_owned(), format!("from {name}"));
        flag.as_deref()
            .map(|value| named(value, known.flag))
            .or_else(|| self.environment.get(known.variable).map(|value| named(value, known.variable)))
            .or_else(|| self.file.service(known.key).map(|value| named(value, "flowc.toml")))
    }

    fn count(&self, known: Known, flag: &Option<String>, otherwise: u64) -> Result<u64, Wrong> {
        self.at_least(1, known, flag, otherwise)
    }

    fn at_least(&self, least: u64, known: Known, flag: &Option<String>, otherwise: u64) -> Result<u64, Wrong> {
        let Some((text, origin)) = self.given(known, flag) else { return Ok(otherwise) };
        let wrong = |problem| Wrong::Unusable { setting: known, origin, problem };
        match text.parse() {
            Ok(count) if count >= least => Ok(count),
            Ok(_) | Err(_) => Err(wrong(format!("`{text}` is not a number from {least}"))),
        }
    }

    fn size(&self, known: Known, flag: &Option<String>, otherwise: u64) -> Result<usize, Wrong> {
        Ok(usize::try_from(self.count(known, flag, otherwise)?).unwrap_or(usize::MAX))
    }

    fn time(
        &self,
        known: Known,
        flag: &Option<String>,
        otherwise: u64,
        trouble: impl Fn(u64) -> Option<String>,
    ) -> Result<u64, Wrong> {
        let Some((text, origin)) = self.given(known, flag) else { return Ok(otherwise) };
        let read = duration::read(&text).ok_or_else(|| format!("`{text}` is not a time"));
        read.and_then(|ms| trouble(ms).map_or(Ok(ms), Err)).map_err(|problem| Wrong::Unusable {
            setting: known,
            origin,
            problem,
        })
    }
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use crate::config::bounds::{BoundFlags, Bounds};
    use crate::config::{Environment, ProjectFile};
    use std::time::Duration;

    fn resolve(flags: &BoundFlags, pairs: &[(&str, &str)], toml: &str) -> Result<Bounds, String> {
        let environment: Environment = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let (file, faults) = ProjectFile::parse(toml);
        assert_eq!(faults, []);
        Bounds::resolve(flags, &environment, &file).map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn bounds_come_from_all_three_places() {
        let flags = BoundFlags { stop_delay: Some("3s".into()), ..BoundFlags::default() };
        let pairs = [("FLOWC_MAX_CALLS", "7"), ("FLOWC_STOP_DELAY", "1s")];
        let bounds = resolve(&flags, &pairs, "max_calls = 9\nkeep_history = \"1h\"\nmax_in_flight = 5").unwrap();
        assert_eq!((bounds.max_calls, bounds.stop_delay), (7, Duration::from_secs(3)));
        assert_eq!((bounds.keep_history_ms, bounds.keep_calls_ms), (3_600_000, 48 * 3_600_000));
        assert_eq!((bounds.in_flight_bytes, bounds.connections), (5 << 20, 4_096));
        assert_eq!(bounds.calls_per_number, 2, "what the platform allows where nobody has asked for more");
        let bounds = resolve(&flags, &pairs, "max_calls_per_number = 40").unwrap();
        assert_eq!(bounds.calls_per_number, 40);
        let ballast = |toml| resolve(&BoundFlags::default(), &[], toml).unwrap().store_ballast;
        assert_eq!([ballast(""), ballast("store_ballast = 8"), ballast("store_ballast = 0")], [64 << 20, 8 << 20, 0]);
    }

    #[test]
    fn a_bound_that_cannot_be_used_is_one_line() {
        let wrong = |variable, value| {
            let line = resolve(&BoundFlags::default(), &[(variable, value)], "").expect_err("must be refused");
            assert_eq!(line.lines().count(), 1, "{line}");
            line
        };
        assert!(wrong("FLOWC_MAX_CALLS", "0").contains("is not a number from 1"));
        assert!(wrong("FLOWC_MAX_IN_FLIGHT", "64MiB").contains("would do: `64`"));
        assert!(wrong("FLOWC_KEEP_HISTORY", "soon").contains("is not a time"));
        assert!(wrong("FLOWC_KEEP_CALLS", "1h").contains("at least 24h"));
        assert!(wrong("FLOWC_STOP_DELAY", "10m").contains("five minutes"));
        let line = resolve(&BoundFlags::default(), &[], "keep_history = \"72h\"\nkeep_calls = \"48h\"");
        assert!(line.expect_err("must be refused").contains("shorter than `keep_history`"));
    }
}

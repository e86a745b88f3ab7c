//! The api-versions this build speaks.

/// The newest stable api-version seen, and the default of service and emulator.
pub const NEWEST_STABLE: &str = "2026-03-12";

/// Every api-version this build can speak, newest first.
pub const SPOKEN: &[&str] = &[NEWEST_STABLE];

/// Whether `version` is one this build can speak.
#[must_use]
pub fn is_spoken(version: &str) -> bool {
    SPOKEN.contains(&version)
}

//! Dependency policy.

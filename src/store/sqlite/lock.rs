//! Keeps a second process out of a store: an advisory lock on a file beside it, gone with the process that held it.

use crate::store::Error;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// The right to use a store's file, for as long as it lives.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the store at `path`.
    pub(super) fn take(path: &Path) -> Result<Lock, Error> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let unusable = |error: &dyn std::fmt::Display| Error::Unavailable(format!("{}: {error}", name.display()));
        let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&name);
        let file = opened.map_err(|error| unusable(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked { path: path.display().to_string() }),
            Err(TryLockError::Error(error)) => Err(unusable(&error)),
        }
    }
}

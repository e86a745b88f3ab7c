//! Scratch folders with files in them, gone when dropped.

use std::fs;
use std::path::{Path, PathBuf};

/// A scratch folder.
#[derive(Debug)]
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    /// An empty one.
    pub(crate) fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a scratch folder can be made"))
    }

    /// An empty one within another folder.
    pub(crate) fn within(folder: &Path) -> Folder {
        Folder(tempfile::tempdir_in(folder).expect("a scratch folder can be made"))
    }

    /// With one more file; folders on its way are made.
    #[must_use]
    pub(crate) fn with(self, path: &str, text: impl AsRef<[u8]>) -> Folder {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().expect("it lies below the folder")).expect("folders can be made");
        fs::write(path, text).expect("files can be written");
        self
    }

    /// Where it is.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A path below it.
    #[must_use]
    pub(crate) fn join(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }
}

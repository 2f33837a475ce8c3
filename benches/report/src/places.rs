//! Where things are.

use std::path::{Path, PathBuf};

/// Folders and files of the workspace.
pub struct Places {
    root: PathBuf,
    target: PathBuf,
}

impl Places {
    pub fn new() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here.ancestors().nth(2).unwrap_or(here).to_path_buf();
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        // Programs are run in other folders than this.
        let target = std::path::absolute(&target).unwrap_or(target);
        Self {
            target: target.join("bench-report"),
            root,
        }
    }

    /// The folder of the programs that are compared.
    pub fn peers(&self) -> PathBuf {
        self.root.join("benches/peers")
    }

    /// Where the programs that are run are built.
    pub fn programs(&self) -> PathBuf {
        self.target.join("programs")
    }

    /// A program that is run.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs().join("release").join(name)
    }

    /// A folder for a build that begins with nothing.
    pub fn cold(&self, name: &str) -> PathBuf {
        self.target.join("cold").join(name)
    }

    pub fn results(&self) -> PathBuf {
        self.root.join("benches/results")
    }

    pub fn figures(&self) -> PathBuf {
        self.results().join("figures.json")
    }

    pub fn page(&self) -> PathBuf {
        self.root.join("BENCHMARKS.md")
    }

    pub fn scratch(&self, name: &str) -> PathBuf {
        self.target.join(name)
    }
}

//! What stops the generator.

use std::path::{Path, PathBuf};

/// Something wrong in a model or an overlay, by the name of the shape, member or operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{what}` {why}")]
pub struct Fault {
    what: String,
    why: String,
}

impl Fault {
    pub(crate) fn new(what: &str, why: &str) -> Self {
        Self {
            what: what.to_owned(),
            why: why.to_owned(),
        }
    }
}

/// Why nothing was generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is no JSON of the form expected.
    #[error("{}: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// An overlay is no TOML of the form expected.
    #[error("{}: {source}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A model and its overlay do not make sense.
    #[error("{}: {fault}", path.display())]
    Model {
        /// The model's file.
        path: PathBuf,
        /// What is wrong, with the shape's name.
        fault: Fault,
    },
    /// Something is wrong outside a model.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// `rustfmt` did not take what was generated.
    #[error("rustfmt on {file}: {message}")]
    Format {
        /// The generated file.
        file: String,
        /// What rustfmt said.
        message: String,
    },
    /// The tree is not what would be generated.
    #[error("not as the models say; run `cargo run -p codegen -- generate`: {}", list(.0))]
    Differs(Vec<PathBuf>),
}

impl Error {
    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn json(path: &Path, source: serde_json::Error) -> Self {
        Self::Json {
            path: path.to_owned(),
            source,
        }
    }
}

/// The first few, and how many more.
fn list(paths: &[PathBuf]) -> String {
    const SHOWN: usize = 12;
    let names: Vec<String> = (paths.iter().take(SHOWN))
        .map(|path| path.display().to_string())
        .collect();
    let more = match paths.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    names.join(", ") + &more
}

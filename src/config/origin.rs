//! Where values come from.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum From {
    Default,
    Code,
    Variable(String),
    /// A section of a file.
    File(Arc<Path>, Arc<str>),
    #[cfg(feature = "aws-config")]
    SdkConfig,
}

impl fmt::Display for From {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Code => f.write_str("code"),
            Self::Variable(name) => f.write_str(name),
            Self::File(path, section) => write!(f, "{section} of {}", path.display()),
            #[cfg(feature = "aws-config")]
            Self::SdkConfig => f.write_str("SdkConfig"),
        }
    }
}

/// A value, and where it came from.
#[derive(Clone)]
pub(crate) struct Set<T> {
    pub(crate) value: T,
    pub(crate) from: From,
}

impl<T> Set<T> {
    #[allow(clippy::unnecessary_wraps)] // what it is assigned to is optional
    pub(crate) fn in_code(value: T) -> Option<Self> {
        Some(Self {
            value,
            from: From::Code,
        })
    }

    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Set<U> {
        Set {
            value: f(self.value),
            from: self.from,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} (from {})", self.value, self.from)
    }
}

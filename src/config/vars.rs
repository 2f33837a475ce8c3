//! The environment's variables.

use std::path::{Path, PathBuf};

use litemap::LiteMap;

use super::{ConfigError, From, Set};
use crate::credentials::{KEY_ID, SECRET, SESSION, Secret};

/// Variables of an environment; an empty one counts as unset.
#[derive(Debug, Clone, Default)]
pub(crate) struct Vars(LiteMap<String, Secret>);

impl Vars {
    /// Keeps those that mean something here.
    pub(crate) fn new(vars: impl IntoIterator<Item = (String, String)>) -> Self {
        let known = |name: &str| {
            name.starts_with("AWS_")
                || ["HOME", "USERPROFILE", "REQUEST_METHOD"].contains(&name)
                || name.to_ascii_lowercase().ends_with("_proxy")
        };
        let mut kept = LiteMap::new_vec();
        for (name, value) in vars {
            if known(&name) {
                kept.insert(name, Secret::new(value));
            }
        }
        Self(kept)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// This environment with a profile that beats its credentials.
    pub(crate) fn with_profile(mut self, name: &str) -> Self {
        self.0
            .insert(super::profiles::PROFILE.to_owned(), Secret::new(name));
        for credentials in [KEY_ID, SECRET, SESSION] {
            self.0.remove(credentials);
        }
        self
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn text(&self, name: &str) -> Option<Set<String>> {
        Some(Set {
            value: self.get(name)?.to_owned(),
            from: From::Variable(name.to_owned()),
        })
    }

    pub(crate) fn switch(&self, name: &str) -> Result<Option<Set<bool>>, ConfigError> {
        self.text(name).map(|text| switch(name, text)).transpose()
    }

    /// A path, with `~/` for the home folder.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(|text| self.expand(text))
    }

    pub(crate) fn expand(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), self.home()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(path),
        }
    }

    pub(crate) fn home(&self) -> Option<&Path> {
        // Windows has USERPROFILE; where both are set, HOME is a user's wish.
        let home = self.get("HOME").or_else(|| self.get("USERPROFILE"))?;
        Some(Path::new(home))
    }
}

/// Reads `true` or `false`, in any case.
pub(super) fn switch(name: &str, text: Set<String>) -> Result<Set<bool>, ConfigError> {
    let value = match text.value.to_ascii_lowercase().as_str() {
        "true" => true,
        "false" => false,
        _ => return Err(invalid(name, text, "true or false")),
    };
    Ok(text.map(|_| value))
}

/// What is said of a value that cannot be read.
pub(super) fn invalid(name: &str, text: Set<String>, expected: &'static str) -> ConfigError {
    let name = match text.from {
        From::Variable(name) => name,
        from => format!("{name} ({from})"),
    };
    ConfigError::InvalidVariable {
        name,
        value: text.value,
        expected,
    }
}

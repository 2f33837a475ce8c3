//! The environment's variables.

use std::collections::BTreeMap;

use super::{ConfigError, From, Set};

/// Variables of an environment; an empty one counts as unset.
pub(super) struct Vars(pub(super) BTreeMap<String, String>);

impl Vars {
    pub(super) fn text(&self, name: &str) -> Option<Set<String>> {
        let value = self.0.get(name)?.trim();
        (!value.is_empty()).then(|| Set {
            value: value.to_owned(),
            from: From::Variable(name.to_owned()),
        })
    }

    pub(super) fn switch(&self, name: &str) -> Result<Option<Set<bool>>, ConfigError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let value = match text.value.to_ascii_lowercase().as_str() {
            "true" => true,
            "false" => false,
            _ => return Err(self.invalid(name, "true or false")),
        };
        Ok(Some(Set {
            value,
            from: text.from,
        }))
    }

    pub(super) fn invalid(&self, name: &str, expected: &'static str) -> ConfigError {
        ConfigError::InvalidVariable {
            name: name.to_owned(),
            value: self.0.get(name).cloned().unwrap_or_default(),
            expected,
        }
    }
}

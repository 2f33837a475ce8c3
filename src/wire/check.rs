//! What a request must have before it is sent.

/// A required member that is empty.
///
/// Its `Display` is the member's path: `taskDefinition`, or `overrides.containerOverrides.name`
/// for one inside another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    path: String,
}

impl Missing {
    fn new(member: &str) -> Self {
        Self {
            path: member.to_owned(),
        }
    }

    fn inside(mut self, member: &str) -> Self {
        self.path.insert(0, '.');
        self.path.insert_str(0, member);
        self
    }
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)
    }
}

impl std::error::Error for Missing {}

/// Values that know whether something required is missing in them.
pub trait Check {
    /// Whether there is nothing in the value, so that a required member may not be it.
    fn is_empty(&self) -> bool {
        false
    }

    /// Looks for required members that are empty, inside the value.
    ///
    /// # Errors
    ///
    /// The first one found.
    fn check(&self) -> Result<(), Missing> {
        Ok(())
    }
}

/// Checks a required member: it may not be empty, nor may anything required inside it.
///
/// # Errors
///
/// The member, or the path to the one inside it.
#[inline]
pub fn required<T: Check>(member: &str, value: &T) -> Result<(), Missing> {
    if value.is_empty() {
        return Err(Missing::new(member));
    }
    nested(member, value)
}

/// Checks what is required inside a member.
///
/// # Errors
///
/// The path to what is missing.
#[inline]
pub fn nested<T: Check>(member: &str, value: &T) -> Result<(), Missing> {
    value.check().map_err(|missing| missing.inside(member))
}

impl Check for String {
    fn is_empty(&self) -> bool {
        String::is_empty(self)
    }
}

impl Check for super::Blob {
    fn is_empty(&self) -> bool {
        self.as_ref().is_empty()
    }
}

impl Check for super::Document {
    fn is_empty(&self) -> bool {
        self.is_null()
    }
}

impl<T: Check> Check for Vec<T> {
    fn is_empty(&self) -> bool {
        Vec::is_empty(self)
    }

    fn check(&self) -> Result<(), Missing> {
        self.iter().try_for_each(Check::check)
    }
}

impl<T: Check> Check for std::collections::BTreeMap<String, T> {
    fn is_empty(&self) -> bool {
        std::collections::BTreeMap::is_empty(self)
    }

    fn check(&self) -> Result<(), Missing> {
        self.values().try_for_each(Check::check)
    }
}

impl<T: Check> Check for Option<T> {
    fn is_empty(&self) -> bool {
        self.is_none()
    }

    fn check(&self) -> Result<(), Missing> {
        self.as_ref().map_or(Ok(()), Check::check)
    }
}

impl<T: Check> Check for Box<T> {
    fn is_empty(&self) -> bool {
        (**self).is_empty()
    }

    fn check(&self) -> Result<(), Missing> {
        (**self).check()
    }
}

macro_rules! always_there {
    ($($type:ty),*) => { $(impl Check for $type {})* };
}
always_there!(bool, i32, i64, f32, f64, super::Timestamp);

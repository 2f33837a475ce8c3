//! Text that may be secret.

use std::fmt;
use std::ops::Deref;

use zeroize::Zeroizing;

/// Text that is overwritten when it is dropped and does not show in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Adds a line.
    pub(crate) fn push_line(&mut self, line: &str) {
        let length = self.0.len() + 1 + line.len();
        if length > self.0.capacity() {
            // Growing in place would leave the shorter text behind.
            let mut longer = Zeroizing::new(String::with_capacity(2 * length));
            longer.push_str(&self.0);
            self.0 = longer;
        }
        self.0.push('\n');
        self.0.push_str(line);
    }
}

impl Deref for Secret {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

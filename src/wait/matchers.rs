//! What the model's acceptors are made of.
//!
//! As in botocore: `pathAll` over an empty list does not match, and `null` equals nothing.

use crate::error::Error;

/// The text of a string or enum; none of an empty one, which stands for a member that was not sent.
pub fn text<T: AsRef<str> + ?Sized>(value: &T) -> Option<&str> {
    Some(value.as_ref()).filter(|text| !text.is_empty())
}

/// Whether a text is there and the one expected.
pub fn is(value: Option<&str>, expected: &str) -> bool {
    value == Some(expected)
}

/// Whether there are texts and all are the one expected.
pub fn all<'a>(values: impl Iterator<Item = &'a str>, expected: &str) -> bool {
    let mut values = values.peekable();
    values.peek().is_some() && values.all(|value| value == expected)
}

/// Whether one of the texts is the one expected.
pub fn any<'a>(mut values: impl Iterator<Item = &'a str>, expected: &str) -> bool {
    values.any(|value| value == expected)
}

/// Whether the service refused with this code.
pub fn error<R>(answer: &Result<R, Error>, code: &str) -> bool {
    answer
        .as_ref()
        .is_err_and(|error| error.code() == Some(code))
}

/// Whether the service answered with this HTTP status.
pub fn status<R>(answer: &Result<R, Error>, code: u16) -> bool {
    match answer {
        Ok(_) => (200..300).contains(&code),
        Err(error) => error.status() == Some(code),
    }
}

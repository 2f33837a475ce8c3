//! The tokens of GetLogEvents.

use std::fmt;
use std::time::Duration;

use super::invalid_token;
use crate::simulator::refusal::Refusal;

/// How long a token holds
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>).
const HOLDS: Duration = Duration::from_secs(24 * 60 * 60);

/// Where reading goes on in a stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token {
    pub(super) direction: Direction,
    /// How many lines of the stream are before it.
    pub(super) place: usize,
    pub(super) issued: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

impl Token {
    pub(super) fn read(text: &str, now: Duration) -> Result<Self, Refusal> {
        let parts = || {
            let (direction, digits) = text.split_once('/')?;
            let direction = match direction {
                "f" => Direction::Forward,
                "b" => Direction::Backward,
                _ => return None,
            };
            let (issued, place) = digits.split_at_checked(28)?;
            Some(Self {
                direction,
                place: place.parse().ok()?,
                issued: Duration::from_millis(issued.parse().ok()?),
            })
        };
        parts()
            .filter(|token| now.saturating_sub(token.issued) <= HOLDS)
            .ok_or_else(invalid_token)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            Direction::Forward => 'f',
            Direction::Backward => 'b',
        };
        let issued = self.issued.as_millis();
        write!(f, "{direction}/{issued:028}{:028}", self.place)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn tokens_hold_for_a_day() {
        let token = Token {
            direction: Direction::Forward,
            place: 12,
            issued: Duration::from_millis(1500),
        };
        let text = token.to_string();
        assert_eq!(text.len(), 2 + 56);
        let hour = Duration::from_secs(60 * 60);
        assert_eq!(Token::read(&text, 24 * hour).unwrap(), token);
        assert!(Token::read(&text, 25 * hour).is_err());
        for wrong in ["", "f/", "f/1", "x/1", &text[1..], &text.replace('f', "g")] {
            assert!(Token::read(wrong, hour).is_err(), "{wrong}");
        }
    }
}

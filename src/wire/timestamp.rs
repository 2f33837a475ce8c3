//! Points in time.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::de::{Deserializer, Error, Visitor};
use serde::ser::Serializer;

use super::{Decode, Encode};

/// A point in time, to the microsecond.
///
/// On the wire it is a number of seconds since the Unix epoch, with a fraction. In `Display` and
/// `FromStr` it is [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339), and that form is read too,
/// as are HTTP dates: event payloads and the AWS CLI write those.
///
/// ```
/// use longshore::wire::Timestamp;
///
/// let at: Timestamp = "2026-01-02T20:34:56.5Z".parse()?;
/// assert_eq!(at.as_secs_f64(), 1_767_386_096.5);
/// assert_eq!(at.to_string(), "2026-01-02T20:34:56.5Z");
/// # Ok::<_, longshore::wire::ParseTimestampError>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp {
    micros: i64,
}

const MICROS: i64 = 1_000_000;

impl Timestamp {
    /// From whole seconds since the Unix epoch.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self {
            micros: secs.saturating_mul(MICROS),
        }
    }

    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self {
            micros: millis.saturating_mul(1000),
        }
    }

    /// From seconds since the Unix epoch, rounded to the microsecond.
    #[must_use]
    pub fn from_secs_f64(secs: f64) -> Self {
        #[allow(clippy::cast_possible_truncation)] // saturates
        Self {
            micros: (secs * 1e6).round() as i64,
        }
    }

    /// Whole seconds since the Unix epoch.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.micros.div_euclid(MICROS)
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn as_secs_f64(self) -> f64 {
        self.micros as f64 / 1e6
    }

    /// The part of a second, in nanoseconds.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 999,999,000
    pub const fn subsec_nanos(self) -> u32 {
        (self.micros.rem_euclid(MICROS) * 1000) as u32
    }

    fn date_time(self) -> DateTime {
        DateTime::from_secs_and_nanos(self.as_secs(), self.subsec_nanos())
    }

    /// Parses one of the two textual forms.
    fn parse(text: &str, format: Format) -> Option<Self> {
        let parsed = DateTime::from_str(text, format).ok()?;
        let micros = parsed.secs().checked_mul(MICROS)?;
        Some(Self {
            micros: micros.checked_add(i64::from(parsed.subsec_nanos() / 1000))?,
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date_time().fmt(Format::DateTime) {
            Ok(text) => f.pad(&text),
            // Years outside 0 to 9999 have no RFC 3339 form.
            Err(_) => write!(f, "{}s", self.as_secs()),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no timestamp.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an RFC 3339 timestamp such as 2026-01-02T20:34:56Z")]
pub struct ParseTimestampError(String);

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text, Format::DateTimeWithOffset).ok_or_else(|| {
            let plain = |c: char| if c.is_control() { ' ' } else { c };
            ParseTimestampError(text.chars().take(64).map(plain).collect())
        })
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let micros = |d: Duration| i64::try_from(d.as_micros()).unwrap_or(i64::MAX);
        Self {
            micros: match time.duration_since(SystemTime::UNIX_EPOCH) {
                Ok(after) => micros(after),
                Err(before) => -micros(before.duration()),
            },
        }
    }
}

impl From<Timestamp> for SystemTime {
    fn from(timestamp: Timestamp) -> Self {
        let distance = Duration::from_micros(timestamp.micros.unsigned_abs());
        let time = if timestamp.micros < 0 {
            Self::UNIX_EPOCH.checked_sub(distance)
        } else {
            Self::UNIX_EPOCH.checked_add(distance)
        };
        time.unwrap_or(Self::UNIX_EPOCH)
    }
}

#[cfg(feature = "jiff")]
impl From<jiff::Timestamp> for Timestamp {
    fn from(time: jiff::Timestamp) -> Self {
        Self {
            micros: time.as_microsecond(),
        }
    }
}

#[cfg(feature = "jiff")]
impl TryFrom<Timestamp> for jiff::Timestamp {
    type Error = jiff::Error;

    fn try_from(timestamp: Timestamp) -> Result<Self, Self::Error> {
        Self::from_microsecond(timestamp.micros)
    }
}

#[cfg(feature = "chrono")]
impl From<chrono::DateTime<chrono::Utc>> for Timestamp {
    fn from(time: chrono::DateTime<chrono::Utc>) -> Self {
        Self {
            micros: time.timestamp_micros(),
        }
    }
}

#[cfg(feature = "chrono")]
impl From<Timestamp> for chrono::DateTime<chrono::Utc> {
    /// Saturates at the earliest and latest time of `chrono`, some 260,000 years away.
    fn from(timestamp: Timestamp) -> Self {
        Self::from_timestamp_micros(timestamp.micros).unwrap_or(if timestamp.micros < 0 {
            Self::MIN_UTC
        } else {
            Self::MAX_UTC
        })
    }
}

impl Encode for Timestamp {
    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.subsec_nanos() == 0 {
            serializer.serialize_i64(self.as_secs())
        } else {
            serializer.serialize_f64(self.as_secs_f64())
        }
    }
}

impl Decode for Timestamp {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyForm)
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.encode(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::decode(deserializer)
    }
}

struct AnyForm;

impl Visitor<'_> for AnyForm {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a timestamp: epoch seconds, RFC 3339 or an HTTP date")
    }

    fn visit_i64<E: Error>(self, secs: i64) -> Result<Timestamp, E> {
        Ok(Timestamp::from_secs(secs))
    }

    fn visit_u64<E: Error>(self, secs: u64) -> Result<Timestamp, E> {
        Ok(Timestamp::from_secs(
            i64::try_from(secs).unwrap_or(i64::MAX),
        ))
    }

    fn visit_f64<E: Error>(self, secs: f64) -> Result<Timestamp, E> {
        Ok(Timestamp::from_secs_f64(secs))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
        Timestamp::parse(text, Format::DateTimeWithOffset)
            .or_else(|| Timestamp::parse(text, Format::HttpDate))
            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }
}

macro_rules! written_as {
    ($(#[$doc:meta])* $name:ident, $format:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<T>(pub T);

        impl Encode for $name<&Timestamp> {
            fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let text = self.0.date_time().fmt($format).map_err(serde::ser::Error::custom)?;
                serializer.serialize_str(&text)
            }
        }

        impl Encode for $name<&Option<Timestamp>> {
            fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.0 {
                    Some(timestamp) => $name(timestamp).encode(serializer),
                    None => serializer.serialize_none(),
                }
            }

            fn is_absent(&self) -> bool {
                self.0.is_none()
            }
        }
    };
}

written_as!(
    /// Writes a timestamp as RFC 3339, for members whose model asks for it.
    Rfc3339,
    Format::DateTime
);
written_as!(
    /// Writes a timestamp as an HTTP date, for members whose model asks for it.
    HttpDate,
    Format::HttpDate
);

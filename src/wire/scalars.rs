//! Strings, numbers, booleans and documents.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::{Decode, Document, Encode};

macro_rules! as_serde_does {
    ($($type:ty),*) => {$(
        impl Encode for $type {
            fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.serialize(serializer)
            }
        }

        impl Decode for $type {
            fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize(deserializer)
            }
        }
    )*};
}

as_serde_does!(String, bool, Document);

/// Whole numbers: services sometimes send them with a fraction of zero.
macro_rules! whole_number {
    ($($type:ty),*) => {$(
        impl Encode for $type {
            fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.serialize(serializer)
            }
        }

        impl Decode for $type {
            fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let wide = deserializer.deserialize_i64(WholeNumber)?;
                Self::try_from(wide).map_err(|_| {
                    D::Error::custom(format_args!("{wide} does not fit {}", stringify!($type)))
                })
            }
        }
    )*};
}

whole_number!(i32, i64);

struct WholeNumber;

impl Visitor<'_> for WholeNumber {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i64, E> {
        i64::try_from(number).map_err(|_| E::custom(format_args!("{number} does not fit i64")))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<i64, E> {
        // 2^53: up to here a double holds every whole number.
        if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 {
            #[allow(clippy::cast_possible_truncation)]
            return Ok(number as i64);
        }
        Err(E::custom(format_args!("{number} is not a whole number")))
    }
}

/// Numbers with a fraction: JSON has no NaN and no infinities, so the protocol writes these as
/// strings.
macro_rules! number {
    ($type:ty, $write:ident) => {
        impl Encode for $type {
            fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if self.is_finite() {
                    serializer.$write(*self)
                } else if self.is_nan() {
                    serializer.serialize_str("NaN")
                } else if *self > 0.0 {
                    serializer.serialize_str("Infinity")
                } else {
                    serializer.serialize_str("-Infinity")
                }
            }
        }

        impl Decode for $type {
            fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[allow(clippy::cast_possible_truncation)]
                deserializer
                    .deserialize_any(Number)
                    .map(|number| number as Self)
            }
        }
    };
}

number!(f64, serialize_f64);
number!(f32, serialize_f32);

struct Number;

impl Visitor<'_> for Number {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, \"NaN\", \"Infinity\" or \"-Infinity\"")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<f64, E> {
        Ok(number)
    }

    #[allow(clippy::cast_precision_loss)]
    fn visit_i64<E: Error>(self, number: i64) -> Result<f64, E> {
        Ok(number as f64)
    }

    #[allow(clippy::cast_precision_loss)]
    fn visit_u64<E: Error>(self, number: u64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        match text {
            "NaN" => Ok(f64::NAN),
            "Infinity" => Ok(f64::INFINITY),
            "-Infinity" => Ok(f64::NEG_INFINITY),
            other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
        }
    }
}

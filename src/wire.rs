//! JSON as the AWS JSON 1.0 and 1.1 protocols write it.
//!
//! The model types of a service are tables: the macros of this module turn such a table into
//! [`Encode`] and [`Decode`] (and with them `serde`'s `Serialize` and `Deserialize`). Everything
//! is generic over the serializer, so the crate itself compiles none of it: the code for an
//! operation comes into being where a program calls that operation.
//!
//! Reading is lenient where services are: a missing member, an explicit `null` and an unknown
//! member are accepted everywhere. Writing leaves out what is `None` and nothing else.
//!
//! Protocol: <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>.

mod blob;
mod check;
mod collections;
mod object;
mod open_enum;
mod scalars;
mod setters;
mod timestamp;
mod union;

pub use blob::Blob;
pub use check::{Check, Missing, nested, required};
#[doc(hidden)]
pub use object::Object;
pub use serde_json::Value as Document;
pub use timestamp::{HttpDate, ParseTimestampError, Rfc3339, Timestamp};

use serde::{Deserializer, Serializer};

/// What the macros expand to; not for use by hand.
#[doc(hidden)]
pub mod macros {
    pub use super::object::{Members, deserialize, deserialize_element, read_into, serialize};
    pub use super::open_enum::{decode_enum, encode_enum};
    pub use super::union::{Arm, decode_union, encode_arm, encode_unknown, take};
    pub use serde::de::{Deserialize, Deserializer, MapAccess};
    pub use serde::ser::{Serialize, SerializeMap, Serializer};
}

/// A value that can be written as a member of a request.
pub trait Encode {
    /// Writes the value.
    ///
    /// # Errors
    ///
    /// Only those of the serializer.
    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Whether the member is left out altogether.
    fn is_absent(&self) -> bool {
        false
    }
}

/// A value that can be read from a member of a response.
pub trait Decode: Sized {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// Those of the deserializer, and a value of the wrong JSON type.
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// Reads a member in place: an explicit `null` leaves it as it is.
    ///
    /// # Errors
    ///
    /// As [`Decode::decode`].
    fn decode_member<'de, D: Deserializer<'de>>(
        &mut self,
        deserializer: D,
    ) -> Result<(), D::Error> {
        if let Some(value) = Option::<Self>::decode(deserializer)? {
            *self = value;
        }
        Ok(())
    }

    /// Reads an element at the end of a list; an explicit `null` adds none, because a list has no
    /// place for it.
    ///
    /// # Errors
    ///
    /// As [`Decode::decode`].
    fn decode_element<'de, D: Deserializer<'de>>(
        list: &mut Vec<Self>,
        deserializer: D,
    ) -> Result<(), D::Error> {
        list.extend(Option::<Self>::decode(deserializer)?);
        Ok(())
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).encode(serializer)
    }

    fn is_absent(&self) -> bool {
        (**self).is_absent()
    }
}

/// Lets `serde` write a value through its [`Encode`].
pub(crate) struct Written<'a, T: ?Sized>(pub(crate) &'a T);

impl<T: Encode + ?Sized> serde::Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.encode(serializer)
    }
}

/// Lets `serde` read a value through its [`Decode`].
#[derive(Debug)]
pub(crate) struct Read<T>(pub(crate) T);

impl<'de, T: Decode> serde::Deserialize<'de> for Read<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::decode(deserializer).map(Read)
    }
}

/// Lets `serde` read a value in place through its [`Decode::decode_member`].
pub(crate) struct InPlace<'a, T>(pub(crate) &'a mut T);

impl<'de, T: Decode> serde::de::DeserializeSeed<'de> for InPlace<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.decode_member(deserializer)
    }
}

/// Lets `serde` read an element at the end of a list.
pub(crate) struct Element<'a, T>(pub(crate) &'a mut Vec<T>);

impl<'de, T: Decode> serde::de::DeserializeSeed<'de> for Element<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        T::decode_element(self.0, deserializer)
    }
}

/// Writes a value as JSON bytes.
///
/// # Errors
///
/// None for the model's types: their maps have string keys and their numbers are JSON's.
pub fn to_json<T: Encode + ?Sized>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    // Most requests fit without growing.
    let mut bytes = Vec::with_capacity(512);
    serde_json::to_writer(&mut bytes, &Written(value))?;
    Ok(bytes)
}

/// Reads a value from JSON text.
///
/// # Errors
///
/// Text that is not JSON, or a value of the wrong JSON type; the error tells line and column.
pub fn from_json<T: Decode>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str::<Read<T>>(text).map(|read| read.0)
}

#[cfg(test)]
mod tests;

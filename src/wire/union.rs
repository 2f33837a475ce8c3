//! Unions: JSON objects of which exactly one member is set.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};

use super::{Decode, Document, Encode, Read, Written};

/// What `wire_union!` writes for a union.
pub trait Arm: Default {
    /// The union's name, for error texts.
    const NAME: &'static str;

    /// Reads the arm called `name`. `None` when its value is `null`.
    ///
    /// # Errors
    ///
    /// Those of the deserializer.
    fn read_arm<'de, A: MapAccess<'de>>(name: &str, map: &mut A) -> Result<Option<Self>, A::Error>;
}

/// Reads the next value, unless it is `null`.
pub fn take<'de, T: Decode, A: MapAccess<'de>>(map: &mut A) -> Result<Option<T>, A::Error> {
    map.next_value::<Read<Option<T>>>().map(|read| read.0)
}

/// Writes the one member of a union.
pub fn encode_arm<T: Encode, S: Serializer>(
    name: &str,
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(name, &Written(value))?;
    map.end()
}

/// Writes a member that the model does not know; nothing where there is none.
pub fn encode_unknown<S: Serializer>(
    name: &str,
    value: &Document,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if name.is_empty() {
        return serializer.serialize_map(Some(0))?.end();
    }
    encode_arm(name, value, serializer)
}

/// Reads a union. A `__type` member is passed over, as services add one.
pub fn decode_union<'de, T: Arm, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(UnionVisitor(PhantomData))
}

struct UnionVisitor<T>(PhantomData<T>);

impl<'de, T: Arm> Visitor<'de> for UnionVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with one member ({})", T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut found = None;
        while let Some(name) = map.next_key::<String>()? {
            if name == "__type" || found.is_some() {
                map.next_value::<serde::de::IgnoredAny>()?;
            } else {
                found = T::read_arm(&name, &mut map)?;
            }
        }
        Ok(found.unwrap_or_default())
    }
}

/// Defines a union from a table of its arms.
///
/// ```text
/// wire_union! {
///     /// How a gateway is shared.
///     pub enum SharingStrategy { "exclusive" => Exclusive(ExclusiveStrategy) }
/// }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! wire_union {
    (
        $(#[$meta:meta])*
        pub enum $type:ident { $($(#[$doc:meta])* $name:literal => $arm:ident($value:ty)),* $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[allow(clippy::large_enum_variant)] // a union is read once and moved little
        #[non_exhaustive]
        pub enum $type {
            $($(#[$doc])* $arm($value),)*
            /// A member that this version of the crate does not know, as it came; with an empty
            /// name, none at all.
            Unknown(String, $crate::wire::Document),
        }

        impl Default for $type {
            #[inline]
            fn default() -> Self {
                Self::Unknown(String::new(), $crate::wire::Document::Null)
            }
        }

        impl $type {
            fn write<S: $crate::wire::macros::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$arm(value) => $crate::wire::macros::encode_arm($name, value, to),)*
                    Self::Unknown(name, value) => {
                        $crate::wire::macros::encode_unknown(name, value, to)
                    }
                }
            }
        }

        impl $crate::wire::macros::Arm for $type {
            const NAME: &'static str = stringify!($type);

            fn read_arm<'de, A: $crate::wire::macros::MapAccess<'de>>(
                name: &str,
                map: &mut A,
            ) -> Result<Option<Self>, A::Error> {
                match name {
                    $($name => Ok($crate::wire::macros::take(map)?.map(Self::$arm)),)*
                    _ => Ok($crate::wire::macros::take(map)?
                        .map(|value| Self::Unknown(name.to_owned(), value))),
                }
            }
        }

        $crate::wire_serde!($type, $type::write, $crate::wire::macros::decode_union);
    };
}

//! Enums of strings that stay open: a value newer than the model is kept as it came.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Visitor};
use serde::ser::Serializer;

/// Writes an enum's text.
pub fn encode_enum<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

/// Reads an enum from its text.
pub fn decode_enum<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: for<'a> From<&'a str>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_str(EnumVisitor(PhantomData))
}

struct EnumVisitor<T>(PhantomData<T>);

impl<T: for<'a> From<&'a str>> Visitor<'_> for EnumVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::from(text))
    }
}

/// Defines an open enum from a table of its values.
///
/// ```text
/// wire_enum! {
///     /// Where a task runs.
///     pub enum LaunchType { Ec2 = "EC2", Fargate = "FARGATE" }
/// }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! wire_enum {
    (
        $(#[$meta:meta])*
        pub enum $type:ident { $($(#[$doc:meta])* $variant:ident = $text:literal),* $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Clone)]
        #[non_exhaustive]
        pub enum $type {
            $($(#[$doc])* #[doc = concat!("`", $text, "`")] $variant,)*
            /// A value that this version of the crate does not know, as it came.
            Unknown(String),
        }

        impl $type {
            /// The values that this version of the crate knows.
            pub const VALUES: &'static [&'static str] = &[$($text),*];

            /// The value as it stands on the wire.
            #[inline]
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(text) => text,
                }
            }
        }

        impl From<&str> for $type {
            #[inline]
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }

        $crate::wire_text!($type);
        $crate::wire_enum!(@ $type);
    };
    (@ $type:ident) => {
        impl $crate::wire::Encode for $type {
            fn encode<S: $crate::wire::macros::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                $crate::wire::macros::encode_enum(self.as_str(), to)
            }
        }

        impl $crate::wire::Decode for $type {
            fn decode<'de, D: $crate::wire::macros::Deserializer<'de>>(
                from: D,
            ) -> Result<Self, D::Error> {
                $crate::wire::macros::decode_enum(from)
            }
        }

        impl $crate::wire::macros::Serialize for $type {
            fn serialize<S: $crate::wire::macros::Serializer>(
                &self,
                to: S,
            ) -> Result<S::Ok, S::Error> {
                $crate::wire::macros::encode_enum(self.as_str(), to)
            }
        }

        impl<'de> $crate::wire::macros::Deserialize<'de> for $type {
            fn deserialize<D: $crate::wire::macros::Deserializer<'de>>(
                from: D,
            ) -> Result<Self, D::Error> {
                $crate::wire::macros::decode_enum(from)
            }
        }

        impl $crate::wire::Check for $type {
            #[inline]
            fn is_empty(&self) -> bool {
                self.as_str().is_empty()
            }
        }
    };
}

/// What an enum has by its text: comparison, hash, order, `Display`, `Debug`, `Default`.
#[doc(hidden)]
#[macro_export]
macro_rules! wire_text {
    ($type:ident) => {
        impl Default for $type {
            /// No value: an unknown one with an empty text.
            #[inline]
            fn default() -> Self {
                Self::Unknown(String::new())
            }
        }

        impl From<String> for $type {
            #[inline]
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl std::str::FromStr for $type {
            type Err = std::convert::Infallible;

            #[inline]
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(text))
            }
        }

        impl AsRef<str> for $type {
            #[inline]
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq for $type {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl Eq for $type {}

        impl PartialEq<str> for $type {
            #[inline]
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $type {
            #[inline]
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl PartialOrd for $type {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $type {
            #[inline]
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl std::hash::Hash for $type {
            #[inline]
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl std::fmt::Display for $type {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::fmt::Debug for $type {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

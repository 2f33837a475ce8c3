//! Structures: JSON objects with known members.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};

use super::{Decode, Encode, InPlace, Written};

/// What `wire_object!` writes for a structure.
pub trait Object: Default {
    /// The structure's name, for error texts.
    const NAME: &'static str;
    /// The names of its members on the wire.
    const MEMBERS: &'static [&'static str];

    /// Reads the member at `index` of [`Object::MEMBERS`] from the map's next value.
    ///
    /// # Errors
    ///
    /// Those of the deserializer.
    fn read_member<'de, A: MapAccess<'de>>(
        &mut self,
        index: usize,
        map: &mut A,
    ) -> Result<(), A::Error>;

    /// Writes every member that is present.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    fn write_members<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

/// Writes a structure.
pub fn serialize<T: Object, S: Serializer>(object: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    object.write_members(&mut map)?;
    map.end()
}

/// Writes one member, unless it is absent.
pub fn write_member<T: Encode, M: SerializeMap>(
    map: &mut M,
    name: &'static str,
    value: &T,
) -> Result<(), M::Error> {
    if value.is_absent() {
        return Ok(());
    }
    map.serialize_entry(name, &Written(value))
}

/// Reads one member in place.
pub fn read_into<'de, T: Decode, A: MapAccess<'de>>(
    member: &mut T,
    map: &mut A,
) -> Result<(), A::Error> {
    map.next_value_seed(InPlace(member))
}

/// Reads a structure.
pub fn deserialize<'de, T: Object, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(ObjectVisitor(PhantomData))
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Object> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object ({})", T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut object = T::default();
        let mut next = 0;
        while let Some(index) = map.next_key_seed(MemberIndex {
            members: T::MEMBERS,
            next,
        })? {
            match index {
                Some(index) => {
                    object.read_member(index, &mut map)?;
                    next = index + 1;
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(object)
    }
}

/// Finds a member's index. Members mostly arrive in the model's order, so the search begins
/// behind the last one found.
struct MemberIndex {
    members: &'static [&'static str],
    next: usize,
}

impl<'de> DeserializeSeed<'de> for MemberIndex {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for MemberIndex {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(index_of(self.members, name, self.next))
    }
}

/// The index of `name` in `members`, searched from `start` round to `start`.
fn index_of(members: &[&str], name: &str, start: usize) -> Option<usize> {
    let (before, after) = members.split_at(start.min(members.len()));
    let in_after = after.iter().position(|member| *member == name);
    match in_after {
        Some(index) => Some(before.len() + index),
        None => before.iter().position(|member| *member == name),
    }
}

/// Reads and writes a structure by a table of its members.
///
/// ```text
/// wire_object! { StopTaskRequest { "cluster" => cluster, "task" => task, "reason" => reason } }
/// ```
///
/// A member whose timestamps are not written as epoch seconds names the form: `"at" => at as
/// HttpDate`.
#[doc(hidden)]
#[macro_export]
macro_rules! wire_object {
    ($type:ident { $($name:literal => $field:ident $(as $form:ident)?),* $(,)? }) => {
        impl $crate::wire::Object for $type {
            const NAME: &'static str = stringify!($type);
            const MEMBERS: &'static [&'static str] = &[$($name),*];

            #[allow(unused_variables, unused_mut, unused_assignments)]
            fn read_member<'de, A: $crate::wire::macros::MapAccess<'de>>(
                &mut self,
                index: usize,
                map: &mut A,
            ) -> Result<(), A::Error> {
                let mut at = 0;
                $(
                    if index == at {
                        return $crate::wire::macros::read_into(&mut self.$field, map);
                    }
                    at += 1;
                )*
                Ok(())
            }

            #[allow(unused_variables)]
            fn write_members<M: $crate::wire::macros::SerializeMap>(
                &self,
                map: &mut M,
            ) -> Result<(), M::Error> {
                $(
                    $crate::wire::macros::write_member(
                        map,
                        $name,
                        &$($crate::wire::$form)?(&self.$field),
                    )?;
                )*
                Ok(())
            }
        }

        $crate::wire_serde!($type, $crate::wire::macros::serialize, $crate::wire::macros::deserialize);
    };
}

/// The four impls that every model type has, from one pair of functions.
#[doc(hidden)]
#[macro_export]
macro_rules! wire_serde {
    ($type:ident, $write:path, $read:path) => {
        impl $crate::wire::Encode for $type {
            fn encode<S: $crate::wire::macros::Serializer>(
                &self,
                to: S,
            ) -> Result<S::Ok, S::Error> {
                $write(self, to)
            }
        }

        impl $crate::wire::Decode for $type {
            fn decode<'de, D: $crate::wire::macros::Deserializer<'de>>(
                from: D,
            ) -> Result<Self, D::Error> {
                $read(from)
            }
        }

        impl $crate::wire::macros::Serialize for $type {
            fn serialize<S: $crate::wire::macros::Serializer>(
                &self,
                to: S,
            ) -> Result<S::Ok, S::Error> {
                $write(self, to)
            }
        }

        impl<'de> $crate::wire::macros::Deserialize<'de> for $type {
            fn deserialize<D: $crate::wire::macros::Deserializer<'de>>(
                from: D,
            ) -> Result<Self, D::Error> {
                $read(from)
            }
        }
    };
}

/// `Debug` for a structure with secrets: a member marked `= redacted` shows no value.
#[doc(hidden)]
#[macro_export]
macro_rules! wire_redacted_debug {
    ($type:ident { $($field:ident $(= $mark:tt)?),* $(,)? }) => {
        impl std::fmt::Debug for $type {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type))
                    $(.field(stringify!($field), $crate::wire_redacted_debug!(@ self.$field $(, $mark)?)))*
                    .finish()
            }
        }
    };
    (@ $value:expr) => { &$value };
    (@ $value:expr, redacted) => { &format_args!("** redacted **") };
}

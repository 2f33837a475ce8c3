//! Structures: JSON objects with known members.

use std::fmt;

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
    fn write_members<M: SerializeMap>(&self, to: &mut Members<M>);
}

/// Writes a structure.
pub fn serialize<T: Object, S: Serializer>(object: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let mut members = Members {
        map: serializer.serialize_map(None)?,
        result: Ok(()),
    };
    object.write_members(&mut members);
    members.result?;
    members.map.end()
}

/// Where members are written. It keeps the first error, so that a structure's table needs no `?`
/// for each of its members.
#[derive(Debug)]
pub struct Members<M: SerializeMap> {
    map: M,
    result: Result<(), M::Error>,
}

impl<M: SerializeMap> Members<M> {
    /// Writes one member, unless it is absent or an error came before.
    #[inline]
    pub fn write<T: Encode>(&mut self, name: &'static str, value: &T) {
        if self.result.is_ok() && !value.is_absent() {
            self.result = self.map.serialize_entry(name, &Written(value));
        }
    }
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
    let mut object = T::default();
    deserializer.deserialize_map(ObjectVisitor(&mut object))?;
    Ok(object)
}

/// Reads a structure where it is to stand: structures of a thousand bytes are not moved.
pub fn deserialize_element<'de, T: Object, D: Deserializer<'de>>(
    list: &mut Vec<T>,
    deserializer: D,
) -> Result<(), D::Error> {
    deserializer.deserialize_option(ElementVisitor(list))
}

struct ElementVisitor<'a, T>(&'a mut Vec<T>);

impl<'de, T: Object> Visitor<'de> for ElementVisitor<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object ({}) or null", T::NAME)
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.push(T::default());
        let Some(object) = self.0.last_mut() else {
            return Ok(());
        };
        deserializer.deserialize_map(ObjectVisitor(object))
    }
}

/// Reads the members that are there into a structure that has none yet.
struct ObjectVisitor<'a, T>(&'a mut T);

impl<'de, T: Object> Visitor<'de> for ObjectVisitor<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object ({})", T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut next = 0;
        while let Some(index) = map.next_key_seed(MemberIndex {
            members: T::MEMBERS,
            next,
        })? {
            match index {
                Some(index) => {
                    self.0.read_member(index, &mut map)?;
                    next = index + 1;
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
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
/// wire_object! { StopTaskRequest { 0 "cluster" => cluster, 1 "task" => task } }
/// ```
///
/// The numbers count the members, for macros cannot. A member whose timestamps are not written as
/// epoch seconds names the form: `2 "at" => at as HttpDate`.
#[doc(hidden)]
#[macro_export]
macro_rules! wire_object {
    ($type:ident { $($index:literal $name:literal => $field:ident $(as $form:ident)?),* $(,)? }) => {
        impl $crate::wire::Object for $type {
            const NAME: &'static str = stringify!($type);
            const MEMBERS: &'static [&'static str] = &[$($name),*];

            #[allow(unused_variables)]
            fn read_member<'de, A: $crate::wire::macros::MapAccess<'de>>(
                &mut self,
                index: usize,
                map: &mut A,
            ) -> Result<(), A::Error> {
                match index {
                    $($index => $crate::wire::macros::read_into(&mut self.$field, map),)*
                    _ => Ok(()),
                }
            }

            #[allow(unused_variables)]
            fn write_members<M: $crate::wire::macros::SerializeMap>(
                &self,
                to: &mut $crate::wire::macros::Members<M>,
            ) {
                $(to.write($name, &$($crate::wire::$form)?(&self.$field));)*
            }
        }

        $crate::wire_serde!(
            $type,
            $crate::wire::macros::serialize,
            $crate::wire::macros::deserialize,
            $crate::wire::macros::deserialize_element
        );
    };
}

/// The four impls that every model type has, from one pair of functions.
#[doc(hidden)]
#[macro_export]
macro_rules! wire_serde {
    ($type:ident, $write:path, $read:path $(, $read_element:path)?) => {
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

            $(
                fn decode_element<'de, D: $crate::wire::macros::Deserializer<'de>>(
                    list: &mut Vec<Self>,
                    from: D,
                ) -> Result<(), D::Error> {
                    $read_element(list, from)
                }
            )?
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

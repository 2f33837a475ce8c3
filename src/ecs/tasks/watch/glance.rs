//! An answer of DescribeTasks at a glance: which tasks are in it, and in what state. The rest is
//! skipped over as text, and read only if a task has changed.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// An answer whose tasks are still text.
#[derive(Debug, Default)]
pub(super) struct Answer<'a> {
    pub(super) tasks: Vec<&'a RawValue>,
}

/// What is looked at first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Glance<'a> {
    pub(super) arn: Cow<'a, str>,
    pub(super) status: Cow<'a, str>,
    pub(super) version: i64,
}

/// Text that is borrowed where it has no escapes; absent or `null` is empty.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_none<E>(self) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed("")))
            }

            fn visit_some<D: Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> Result<Text<'de>, D::Error> {
                deserializer.deserialize_str(self)
            }
        }

        deserializer.deserialize_option(TextVisitor)
    }
}

/// Reads an object by what it does with each member.
macro_rules! glance_at {
    ($name:ident, $what:literal, |$object:ident, $member:ident, $map:ident| $read:expr) => {
        impl<'de> Deserialize<'de> for $name<'de> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ObjectVisitor;

                impl<'de> Visitor<'de> for ObjectVisitor {
                    type Value = $name<'de>;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_map<A: MapAccess<'de>>(
                        self,
                        mut $map: A,
                    ) -> Result<$name<'de>, A::Error> {
                        let mut $object = $name::default();
                        while let Some(Text($member)) = $map.next_key()? {
                            $read
                        }
                        Ok($object)
                    }
                }

                deserializer.deserialize_map(ObjectVisitor)
            }
        }
    };
}

glance_at!(
    Answer,
    "an answer of DescribeTasks",
    |answer, member, map| {
        match &*member {
            "tasks" => answer.tasks = map.next_value::<Option<_>>()?.unwrap_or_default(),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
    }
);

glance_at!(Glance, "a task", |task, member, map| {
    match &*member {
        "taskArn" => task.arn = map.next_value::<Text<'_>>()?.0,
        "lastStatus" => task.status = map.next_value::<Text<'_>>()?.0,
        "version" => task.version = map.next_value::<Option<_>>()?.unwrap_or_default(),
        _ => drop(map.next_value::<IgnoredAny>()?),
    }
});

/// For broken input.
#[cfg(test)]
pub(crate) fn fuzzed_answer(text: &str) -> Result<(), String> {
    let answer: Answer<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for task in answer.tasks {
        drop(serde_json::from_str::<Glance<'_>>(task.get()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_is_skipped() {
        let text = r#"{"failures":[{"arn":"b","detail":null,"reason":"MISSING"}],"more":[1],
            "tasks":[{"containers":[{"name":"a\"b"}],"lastStatus":"RUNNING","taskArn":"a\/b","version":3}]}"#;
        let answer: Answer<'_> = serde_json::from_str(text).unwrap();
        let glance: Glance<'_> = serde_json::from_str(answer.tasks[0].get()).unwrap();
        let expected = Glance {
            arn: "a/b".into(),
            status: "RUNNING".into(),
            version: 3,
        };
        assert_eq!(glance, expected);
    }

    #[test]
    fn nulls_and_absent_members_are_empty() {
        let answer: Answer<'_> = serde_json::from_str(r#"{"tasks":null}"#).unwrap();
        assert!(answer.tasks.is_empty());
        let text = r#"{"taskArn":null,"version":null}"#;
        assert_eq!(
            serde_json::from_str::<Glance<'_>>(text).unwrap(),
            Glance::default()
        );
    }

    #[test]
    fn other_types_are_errors() {
        for text in [
            r#"{"tasks":3}"#,
            r#"{"tasks":{}}"#,
            "[]",
            r#"{"tasks":[{]}"#,
        ] {
            assert!(serde_json::from_str::<Answer<'_>>(text).is_err(), "{text}");
        }
        assert!(serde_json::from_str::<Glance<'_>>(r#"{"taskArn":{}}"#).is_err());
    }
}

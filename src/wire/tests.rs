//! What the macros make, on a thing with a member of every kind.
#![allow(dead_code)]

use std::collections::BTreeMap;

use super::{Blob, Check, Document, Timestamp, from_json, to_json};
use crate::{wire_enum, wire_object, wire_redacted_debug, wire_setters, wire_union};

#[derive(Debug, Clone, Default, PartialEq)]
struct Thing {
    name: String,
    count: Option<i32>,
    ratio: Option<f64>,
    at: Option<Timestamp>,
    data: Option<Blob>,
    tags: Option<Vec<String>>,
    inner: Option<Box<Thing>>,
    labels: BTreeMap<String, String>,
    color: Option<Color>,
    choice: Option<Choice>,
}
wire_object! { Thing {
    0 "name" => name, 1 "count" => count, 2 "ratio" => ratio, 3 "at" => at, 4 "data" => data,
    5 "tags" => tags, 6 "inner" => inner, 7 "labels" => labels, 8 "color" => color,
    9 "choice" => choice,
} }
wire_setters! { Thing {
    value name: String,
    option count: i32,
    option list tags: String,
    map labels: String,
    option color: Color,
    option choice: Choice,
} }

wire_enum! {
    /// A color.
    pub enum Color { Red = "RED", DarkBlue = "DARK_BLUE" }
}

wire_union! {
    /// A choice.
    pub enum Choice { "text" => Text(String), "number" => Number(i64) }
}

fn text<T: super::Encode>(value: &T) -> String {
    String::from_utf8(to_json(value).unwrap()).unwrap()
}

#[test]
fn what_is_none_is_left_out_and_an_empty_list_is_not() {
    let thing = Thing::default().name("a").tags([] as [&str; 0]);
    assert_eq!(text(&thing), r#"{"name":"a","tags":[],"labels":{}}"#);
}

#[test]
fn null_missing_and_unknown_members_are_accepted() {
    let thing: Thing = from_json(
        r#"{"count":null,"new":{"x":[1]},"name":null,"tags":["a",null,"b"],"labels":{"k":null,"l":"v"},"inner":{}}"#,
    )
    .unwrap();
    assert_eq!(thing.name, "");
    assert_eq!(thing.tags, Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(
        thing.labels,
        BTreeMap::from([("l".to_owned(), "v".to_owned())])
    );
    assert_eq!(thing.inner, Some(Box::default()));
}

#[test]
fn members_are_found_in_any_order() {
    let thing: Thing = from_json(r#"{"labels":{"a":"b"},"count":2.0,"name":"n"}"#).unwrap();
    assert_eq!((thing.count, thing.name.as_str()), (Some(2), "n"));
}

#[test]
fn an_unknown_enum_value_is_kept_and_equal_by_text() {
    let thing: Thing = from_json(r#"{"name":"","color":"MAUVE"}"#).unwrap();
    assert_eq!(thing.color, Some(Color::Unknown("MAUVE".to_owned())));
    assert!(text(&thing).contains(r#""color":"MAUVE""#));
    assert_eq!(Color::Unknown("RED".to_owned()), Color::Red);
    assert_eq!(Color::from("DARK_BLUE"), Color::DarkBlue);
    assert_eq!(Color::DarkBlue.to_string(), "DARK_BLUE");
    assert!(Color::default().is_empty());
}

#[test]
fn unions_keep_what_they_do_not_know() {
    let read = |json: &str| from_json::<Choice>(json).unwrap();
    assert_eq!(
        read(r#"{"__type":"x#Choice","number":3}"#),
        Choice::Number(3)
    );
    assert_eq!(read(r#"{"text":null,"number":3}"#), Choice::Number(3));
    let unknown = read(r#"{"shape":{"sides":3}}"#);
    assert_eq!(text(&unknown), r#"{"shape":{"sides":3}}"#);
    assert_eq!(text(&Choice::default()), "{}");
}

#[test]
fn numbers_that_json_has_not_are_strings() {
    assert_eq!(
        text(&vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.5]),
        r#"["NaN","Infinity","-Infinity",1.5]"#
    );
    let back: Vec<f64> = from_json(r#"["NaN","-Infinity",2]"#).unwrap();
    assert!(back[0].is_nan());
    assert_eq!(back[1..], [f64::NEG_INFINITY, 2.0]);
}

#[test]
fn a_whole_number_has_no_fraction_and_fits() {
    assert_eq!(
        from_json::<i32>("1.5").unwrap_err().to_string(),
        "1.5 is not a whole number at line 1 column 3"
    );
    assert!(from_json::<i32>("3000000000").is_err());
    assert_eq!(from_json::<i64>("3000000000").unwrap(), 3_000_000_000);
}

#[test]
fn timestamps_read_every_form_and_write_epoch_seconds() {
    let at: Timestamp = from_json("1765432100.25").unwrap();
    assert_eq!(
        from_json::<Timestamp>(r#""2025-12-11T05:48:20.25Z""#).unwrap(),
        at
    );
    assert_eq!(
        from_json::<Timestamp>(r#""2025-12-11T06:48:20.25+01:00""#).unwrap(),
        at
    );
    assert_eq!(text(&at), "1765432100.25");
    assert_eq!(text(&Timestamp::from_secs(7)), "7");
    assert_eq!(
        from_json::<Timestamp>(r#""Thu, 01 Jan 1970 00:00:07 GMT""#).unwrap(),
        Timestamp::from_secs(7)
    );
    assert_eq!(at.to_string().parse::<Timestamp>().unwrap(), at);
    let system: std::time::SystemTime = at.into();
    assert_eq!(Timestamp::from(system), at);
    assert_eq!(
        "yesterday".parse::<Timestamp>().unwrap_err().to_string(),
        "`yesterday` is not an RFC 3339 timestamp such as 2026-01-02T20:34:56Z"
    );
    assert_eq!(Timestamp::from_secs(i64::MAX).to_string(), "9223372036854s");
    assert_eq!(
        Timestamp::from_secs_f64(-1.5).to_string(),
        "1969-12-31T23:59:58.5Z"
    );
}

#[test]
fn blobs_are_base64() {
    let blob = Blob::new("foo");
    assert_eq!(text(&blob), r#""Zm9v""#);
    assert_eq!(from_json::<Blob>(r#""Zm9v""#).unwrap(), blob);
    assert!(from_json::<Blob>(r#""Zm9""#).is_err());
    assert_eq!(format!("{blob:?}"), "Blob(3 bytes)");
}

#[test]
fn secrets_do_not_show() {
    #[derive(Clone, Default)]
    struct Session {
        id: String,
        token: Option<String>,
    }
    wire_redacted_debug! { Session { id, token = redacted } }
    let session = Session {
        id: "s-1".into(),
        token: Some("hunter2".into()),
    };
    assert_eq!(session.token.as_deref(), Some("hunter2"));
    assert_eq!(
        format!("{session:?}"),
        r#"Session { id: "s-1", token: ** redacted ** }"#
    );
}

#[test]
fn a_missing_member_is_named_by_its_path() {
    struct Outer(Vec<Inner>);
    struct Inner(String);
    impl Check for Inner {
        fn check(&self) -> Result<(), super::Missing> {
            super::required("name", &self.0)
        }
    }
    impl Check for Outer {
        fn check(&self) -> Result<(), super::Missing> {
            super::nested("items", &self.0)
        }
    }
    let outer = Outer(vec![Inner("a".into()), Inner(String::new())]);
    assert_eq!(outer.check().unwrap_err().to_string(), "items.name");
}

#[test]
fn deep_nesting_is_an_error_not_a_crash() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(from_json::<Document>(&deep).is_err());
}

#[test]
fn a_null_among_structures_is_no_structure() {
    let list: Vec<Thing> = from_json(r#"[null,{"name":"a"},null,{},{"count":2}]"#).unwrap();
    let names: Vec<&str> = list.iter().map(|thing| thing.name.as_str()).collect();
    assert_eq!(names, ["a", "", ""]);
    assert_eq!(list[2].count, Some(2));
    assert!(from_json::<Vec<Thing>>("[1]").is_err());
}

//! The Rust type of a shape.

use crate::Fault;
use crate::model::Model;

/// A Rust type, as the generator thinks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    /// `String`, `bool`, a number, `Timestamp`, …: `Copy`-like or text, written as given.
    Plain(&'static str),
    /// A generated structure.
    Structure(String),
    /// A generated enum.
    Enum(String),
    /// A generated union.
    Union(String),
    List(Box<Type>),
    Map(Box<Type>),
}

impl Type {
    /// The type of a shape of the model.
    pub(crate) fn of(model: &Model, name: &str) -> Result<Self, Fault> {
        let shape = model.shape(name)?;
        let inner = |member: &Option<crate::model::Member>| {
            let member = member
                .as_ref()
                .ok_or_else(|| Fault::new(name, "holds nothing"))?;
            Ok::<_, Fault>(Box::new(Self::of(model, &member.shape)?))
        };
        Ok(match shape.kind.as_str() {
            "structure" if shape.document => Self::Plain("Document"),
            "structure" if shape.union => Self::Union(name.to_owned()),
            "structure" => Self::Structure(name.to_owned()),
            "string" if !shape.values.is_empty() => Self::Enum(name.to_owned()),
            "string" => Self::Plain("String"),
            "boolean" => Self::Plain("bool"),
            "integer" | "short" => Self::Plain("i32"),
            "long" => Self::Plain("i64"),
            "float" => Self::Plain("f32"),
            "double" => Self::Plain("f64"),
            "timestamp" => Self::Plain("Timestamp"),
            "blob" => Self::Plain("Blob"),
            "list" => Self::List(inner(&shape.member)?),
            "map" => Self::Map(inner(&shape.value)?),
            other => return Err(Fault::new(name, &format!("has the unknown type `{other}`"))),
        })
    }

    /// The type as Rust writes it.
    pub(crate) fn rust(&self) -> String {
        match self {
            Self::Plain(name) => (*name).to_owned(),
            Self::Structure(name) | Self::Enum(name) | Self::Union(name) => name.clone(),
            Self::List(inner) => format!("Vec<{}>", inner.rust()),
            Self::Map(inner) => format!("BTreeMap<String, {}>", inner.rust()),
        }
    }

    pub(crate) fn is_collection(&self) -> bool {
        matches!(self, Self::List(_) | Self::Map(_))
    }

    /// The generated type at the bottom, if there is one.
    pub(crate) fn named(&self) -> Option<&str> {
        match self {
            Self::Plain(_) => None,
            Self::Structure(name) | Self::Enum(name) | Self::Union(name) => Some(name),
            Self::List(inner) | Self::Map(inner) => inner.named(),
        }
    }

    /// Calls `seen` with each type name that has to be imported.
    pub(crate) fn imports(&self, seen: &mut impl FnMut(&str)) {
        match self {
            Self::Plain(name) => seen(name),
            Self::Structure(name) | Self::Enum(name) | Self::Union(name) => seen(name),
            Self::List(inner) => inner.imports(seen),
            Self::Map(inner) => {
                seen("BTreeMap");
                inner.imports(seen);
            }
        }
    }

    /// The type in words, for docs; generated types are linked.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Plain("String") => "a string".to_owned(),
            Self::Plain("bool") => "true or false".to_owned(),
            Self::Plain("i32" | "i64") => "a whole number".to_owned(),
            Self::Plain("f32" | "f64") => "a number".to_owned(),
            Self::Plain("Timestamp") => "a point in time".to_owned(),
            Self::Plain("Blob") => "bytes".to_owned(),
            Self::Plain(_) => "any JSON value".to_owned(),
            Self::Structure(name) | Self::Enum(name) | Self::Union(name) => format!("[`{name}`]"),
            Self::List(inner) => format!("a list of {}", inner.plural()),
            Self::Map(inner) => format!("a map of strings to {}", inner.plural()),
        }
    }

    fn plural(&self) -> String {
        match self {
            Self::Plain("String") => "strings".to_owned(),
            Self::Plain("bool") => "booleans".to_owned(),
            Self::Plain("i32" | "i64") => "whole numbers".to_owned(),
            Self::Plain("f32" | "f64") => "numbers".to_owned(),
            Self::Plain("Timestamp") => "points in time".to_owned(),
            Self::Plain("Blob") => "blobs".to_owned(),
            Self::Plain(_) => "JSON values".to_owned(),
            Self::List(inner) => format!("lists of {}", inner.plural()),
            Self::Map(inner) => format!("maps to {}", inner.plural()),
            named => named.words(),
        }
    }
}

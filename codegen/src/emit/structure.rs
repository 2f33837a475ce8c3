//! A structure: its fields, its table, its setters, its checks.

use super::Item;
use crate::model::Shape;
use crate::plan::{Field, Plan};
use crate::types::Type;
use crate::{Fault, docs};

/// With more required members than this a literal reads better than `new`.
const MOST_IN_NEW: usize = 4;

pub(crate) fn item(plan: &Plan, name: &str, shape: &Shape) -> Result<Item, Fault> {
    let fields = plan.fields(name)?;
    let in_requests = plan.in_requests(name);
    let mut item = Item::default();
    item.defines.insert(name.to_owned());
    for field in &fields {
        field.kind.imports(&mut |import| {
            item.uses.insert(import.to_owned());
        });
    }
    let secret = fields.iter().any(|field| field.sensitive);
    let mut text = docs::comment(&docs::shape(plan, name, shape), "");
    text.push_str(if secret {
        "#[derive(Clone, Default, PartialEq)]\n"
    } else {
        "#[derive(Debug, Clone, Default, PartialEq)]\n"
    });
    if !in_requests {
        text.push_str("#[non_exhaustive]\n");
    }
    text.push_str(&format!("pub struct {name} {{\n"));
    for field in &fields {
        text.push_str(&docs::comment(
            &docs::member(plan, name, shape, field),
            "    ",
        ));
        text.push_str(&format!("    pub {}: {},\n", field.name, field.rust()));
    }
    text.push_str("}\n\n");
    item.uses.insert("wire_object".to_owned());
    text.push_str(&table(name, &fields));
    if secret {
        item.uses.insert("wire_redacted_debug".to_owned());
        let marked =
            |f: &Field| format!("{}{}", f.name, if f.sensitive { " = redacted" } else { "" });
        text.push_str(&braced(
            "wire_redacted_debug",
            name,
            fields.iter().map(marked),
            ",",
        ));
    }
    if in_requests {
        if !fields.is_empty() {
            item.uses.insert("wire_setters".to_owned());
            text.push_str(&braced(
                "wire_setters",
                name,
                fields.iter().map(setter),
                ",",
            ));
        }
        text.push_str(&new(name, &fields));
        text.push_str(&check(plan, name, &fields, &mut item));
    }
    item.text = text;
    Ok(item)
}

/// `macro! { Name { row, row } }`, a row a line where they do not fit one.
fn braced(macro_name: &str, name: &str, rows: impl Iterator<Item = String>, end: &str) -> String {
    let rows: Vec<String> = rows.collect();
    let separator = format!("{end}\n    ");
    format!(
        "\n{macro_name}! {{ {name} {{\n    {}{end}\n}} }}\n",
        rows.join(&separator)
    )
}

fn table(name: &str, fields: &[Field]) -> String {
    if fields.is_empty() {
        return format!("wire_object! {{ {name} {{}} }}\n");
    }
    let row = |(index, field): (usize, &Field)| {
        let form = field
            .form
            .map_or(String::new(), |form| format!(" as {form}"));
        format!("{index} \"{}\" => {}{form}", field.wire, field.name)
    };
    let text = braced("wire_object", name, fields.iter().enumerate().map(row), ",");
    text.trim_start().to_owned()
}

fn setter(field: &Field) -> String {
    let optional = if field.optional { "option " } else { "" };
    let (how, inner) = match &field.kind {
        Type::List(inner) => ("list ", inner.rust()),
        Type::Map(inner) => ("map ", inner.rust()),
        other => ("", other.rust()),
    };
    let how = if how.is_empty() && optional.is_empty() {
        "value "
    } else {
        how
    };
    let inner = if field.boxed {
        format!("Box<{inner}>")
    } else {
        inner
    };
    format!("{optional}{how}{}: {inner}", field.name)
}

/// `new` with the required members, where these are few.
fn new(name: &str, fields: &[Field]) -> String {
    let required: Vec<&Field> = fields.iter().filter(|field| field.required).collect();
    if required.is_empty() || required.len() > MOST_IN_NEW {
        return String::new();
    }
    let mut parameters = Vec::new();
    let mut values = String::new();
    for field in &required {
        let (kind, value) = match &field.kind {
            Type::List(inner) => (
                format!("impl IntoIterator<Item = impl Into<{}>>", inner.rust()),
                format!("{}.into_iter().map(Into::into).collect()", field.name),
            ),
            Type::Map(inner) => (
                format!(
                    "impl IntoIterator<Item = (impl Into<String>, impl Into<{}>)>",
                    inner.rust()
                ),
                format!(
                    "{}.into_iter().map(|(k, v)| (k.into(), v.into())).collect()",
                    field.name
                ),
            ),
            other if field.boxed => (
                format!("impl Into<Box<{}>>", other.rust()),
                format!("{}.into()", field.name),
            ),
            other => (
                format!("impl Into<{}>", other.rust()),
                format!("{}.into()", field.name),
            ),
        };
        parameters.push(format!("{}: {kind}", field.name));
        values.push_str(&format!("{}: {value},", field.name));
    }
    let rest = if required.len() < fields.len() {
        "..Self::default()"
    } else {
        ""
    };
    format!(
        "\nimpl {name} {{\n    /// With the required members.\n    #[must_use]\n    pub fn new({}) -> Self {{\n        Self {{ {values} {rest} }}\n    }}\n}}\n",
        parameters.join(", ")
    )
}

/// What is refused before sending.
fn check(plan: &Plan, name: &str, fields: &[Field], item: &mut Item) -> String {
    item.uses.insert("Check".to_owned());
    let mut lines = Vec::new();
    for field in fields {
        let can_be_empty = !matches!(
            field.kind,
            Type::Plain("bool" | "i32" | "i64" | "f32" | "f64" | "Timestamp" | "Document")
                | Type::Structure(_)
        );
        let inside = field
            .kind
            .named()
            .is_some_and(|inner| plan.has_checks(inner));
        let empty_is_fine =
            plan.overlay.may_be_empty(name, &field.wire) || allows_none(plan, name, &field.wire);
        let how = if field.required && can_be_empty && !empty_is_fine {
            "required"
        } else if inside {
            "nested"
        } else {
            continue;
        };
        item.uses.insert(how.to_owned());
        lines.push(format!("{how}(\"{}\", &self.{})", field.wire, field.name));
    }
    if lines.is_empty() {
        return format!("\nimpl Check for {name} {{}}\n");
    }
    item.uses.insert("Missing".to_owned());
    format!(
        "\nimpl Check for {name} {{\n    #[inline]\n    fn check(&self) -> Result<(), Missing> {{\n        {}\n    }}\n}}\n",
        lines.join("?;\n        ")
    )
}

/// Whether the model itself says that the collection may hold nothing.
fn allows_none(plan: &Plan, name: &str, member: &str) -> bool {
    let shapes = &plan.model.shapes;
    let target = (shapes.get(name)).and_then(|shape| shapes.get(&shape.members.get(member)?.shape));
    let target = target.filter(|target| target.kind != "string");
    target
        .and_then(|target| target.min.as_ref())
        .is_some_and(|min| min.as_i64() == Some(0))
}

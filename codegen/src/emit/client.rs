//! The client: its type, and one method for each operation, which stands beside the operation.

use super::{Item, header, source};
use crate::plan::Plan;
use crate::{docs, names};

/// The client's type.
pub(crate) fn file(plan: &Plan) -> String {
    let (title, root) = (&plan.overlay.service.title, &plan.root);
    header(&source(plan))
        + &format!(
            "use {}::SERVICE;\n\n{root}::service_client! {{\n    /// Client of {title}. Cheap to clone; clones share connections, credentials and quotas.\n    pub struct Client(SERVICE);\n}}\n",
            plan.module
        )
}

/// The method of an operation.
pub(crate) fn method(plan: &Plan, name: &str) -> Item {
    let operation = &plan.model.operations[name];
    let root = &plan.root;
    let mut doc = docs::operation(plan, name);
    if root == "crate" {
        doc.push_str(&format!(
            "\n\n[API reference]({})",
            docs::page_link(plan, name)
        ));
    }
    doc.push_str("\n\n# Errors\n\n");
    let errors: Vec<String> = (operation.errors.iter())
        .map(|error| super::errors::variant(&error.shape))
        .map(|variant| format!("[`{variant}`]({root}::Error::{variant})"))
        .collect();
    if root == "crate" && !errors.is_empty() {
        doc.push_str(&format!(
            "{}, and those of every call ([`Error`]({root}::Error)).",
            errors.join(", ")
        ));
    } else {
        doc.push_str(&format!("Those of every call ([`Error`]({root}::Error))."));
    }
    let request = plan.request(name);
    let mut item = Item {
        text: format!(
            "impl Client {{\n{}    #[inline]\n    pub fn {}(&self, request: {request}) -> Call<'_, {request}> {{\n        self.call(request)\n    }}\n}}\n",
            docs::comment(&doc, "    "),
            names::snake(name)
        ),
        ..Item::default()
    };
    item.uses.extend(["Client".to_owned(), "Call".to_owned()]);
    item
}

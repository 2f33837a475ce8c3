//! The client: one method for each operation.

use super::{gate, header, source};
use crate::plan::Plan;
use crate::{Fault, docs, names};

pub(crate) fn file(plan: &Plan) -> Result<String, Fault> {
    let title = &plan.overlay.service.title;
    let root = &plan.root;
    let mut text = header(&source(plan));
    text.push_str(&format!(
        "#[allow(clippy::wildcard_imports)]\nuse {}::*;\nuse {root}::call::Call;\n\n\
         {root}::service_client! {{\n    /// Client of {title}. Cheap to clone; clones share connections, credentials and quotas.\n    pub struct Client(SERVICE);\n}}\n\n",
        plan.module
    ));
    text.push_str("/// The operations, in the order of their names.\nimpl Client {\n");
    for (name, operation) in &plan.model.operations {
        let mut doc = docs::operation(plan, name);
        if root == "crate" {
            doc.push_str(&format!("\n\n[API reference]({})", docs::page_link(plan, name)));
        }
        doc.push_str("\n\n# Errors\n\n");
        let errors: Vec<String> = (operation.errors.iter())
            .map(|error| super::errors::variant(&error.shape))
            .map(|variant| format!("[`{variant}`]({root}::Error::{variant})"))
            .collect();
        if root == "crate" && !errors.is_empty() {
            doc.push_str(&format!("{}, and those of every call ([`Error`]({root}::Error)).", errors.join(", ")));
        } else {
            doc.push_str(&format!("Those of every call ([`Error`]({root}::Error))."));
        }
        text.push_str(&gate(plan, plan.is_subset_operation(name)));
        text.push_str(&docs::comment(&doc, "    "));
        let request = plan.request(name);
        text.push_str(&format!(
            "    #[inline]\n    pub fn {}(&self, request: {request}) -> Call<'_, {request}> {{\n        self.call(request)\n    }}\n\n",
            names::snake(name)
        ));
    }
    text.push_str("}\n");
    Ok(text)
}

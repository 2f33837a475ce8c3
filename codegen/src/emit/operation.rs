//! `impl Operation` for a request.

use super::Item;
use crate::names;
use crate::plan::Plan;
use crate::{Fault, types::Type};

pub(crate) fn item(plan: &Plan, name: &str) -> Result<Item, Fault> {
    let operation = &plan.model.operations[name];
    let request = plan.request(name);
    let token = plan.token(&request);
    let retry = if operation.readonly {
        "ReadOnly"
    } else if token.is_some() || operation.idempotent {
        "Idempotent"
    } else {
        "Unsafe"
    };
    let quota = plan
        .overlay
        .quota
        .iter()
        .position(|quota| quota.operations.iter().any(|o| o == name));
    let quota = quota.map_or("None".to_owned(), |index| format!("Some({index})"));
    let compress = operation
        .requestcompression
        .as_ref()
        .is_some_and(|c| c.encodings.iter().any(|e| e == "gzip"));
    let mut methods = String::new();
    if let Some(token) = token {
        methods.push_str(&format!(
            "\n    #[inline]\n    fn fill_token(&mut self, token: &mut dyn FnMut() -> String) {{\n        self.{}.get_or_insert_with(token);\n    }}\n",
            names::snake(token)
        ));
    }
    if let Some(endpoint) = &operation.endpoint {
        let value = host_prefix(plan, &request, &endpoint.host_prefix)?;
        methods.push_str(&format!(
            "\n    #[inline]\n    fn host_prefix(&self) -> Option<String> {{\n        Some({value})\n    }}\n"
        ));
    }
    let mut item = Item {
        text: format!(
            "impl Operation for {request} {{\n    type Response = {};\n    const INFO: &'static OperationInfo = &OperationInfo {{\n        service: &SERVICE,\n        name: \"{name}\",\n        retry: RetrySafety::{retry},\n        quota: {quota},\n        compress: {compress},\n    }};\n{methods}}}\n",
            plan.response(name)
        ),
        ..Item::default()
    };
    item.uses
        .extend(["Operation", "OperationInfo", "RetrySafety", "SERVICE"].map(str::to_owned));
    Ok(item)
}

/// `foo.{label}.` → `format!("foo.{}.", self.label)`.
fn host_prefix(plan: &Plan, request: &str, template: &str) -> Result<String, Fault> {
    let fields = plan.fields(request)?;
    let mut format = String::new();
    let mut arguments = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (label, after) = after
            .split_once('}')
            .ok_or_else(|| Fault::new(request, "has a host prefix that does not end"))?;
        let field = fields
            .iter()
            .find(|field| field.wire == label && field.kind == Type::Plain("String"))
            .ok_or_else(|| {
                Fault::new(
                    request,
                    &format!("has the host label `{label}`, which is no string member"),
                )
            })?;
        format.push_str(before);
        format.push_str("{}");
        let value = if field.optional {
            ".as_deref().unwrap_or_default()"
        } else {
            ""
        };
        arguments.push_str(&format!(", self.{}{value}", field.name));
        rest = after;
    }
    format.push_str(rest);
    if arguments.is_empty() {
        return Ok(format!("{format:?}.to_owned()"));
    }
    Ok(format!("format!({format:?}{arguments})"))
}

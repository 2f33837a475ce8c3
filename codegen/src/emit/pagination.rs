//! `impl Paginated` for requests that are answered page by page.

use super::{Item, gate};
use crate::plan::Plan;
use crate::types::Type;
use crate::{Fault, names};

pub(crate) fn file(plan: &Plan) -> Result<String, Fault> {
    let mut item = Item::default();
    for (name, paginator) in &plan.model.paginators {
        let (request, response) = (plan.request(name), plan.response(name));
        item.uses.extend([request.clone(), response.clone()]);
        let input = paginator.input_token.first();
        let output = paginator.output_token.first();
        let token_in = field(plan, &request, input)?;
        let token_out = field(plan, &response, output)?;
        let set = if token_in.1 { "Some(token)" } else { "token" };
        let get = if token_out.1 {
            format!("response.{}.as_deref()", token_out.0)
        } else {
            format!("Some(response.{}.as_str())", token_out.0)
        };
        let (kind, items) = match &paginator.result_key {
            Some(key) => {
                let list = field(plan, &response, key.first())?;
                let Type::List(inner) = &list.2 else {
                    return Err(Fault::new(name, "has pages of something that is no list"));
                };
                inner.imports(&mut |import| {
                    item.uses.insert(import.to_owned());
                });
                let rest = if list.1 { ".unwrap_or_default()" } else { "" };
                (inner.rust(), format!("response.{}{rest}", list.0))
            }
            None => (response.clone(), "vec![response]".to_owned()),
        };
        item.text.push_str(&format!(
            "\n{}impl Paginated for {request} {{\n    type Item = {kind};\n\n    fn set_token(&mut self, token: String) {{\n        self.{} = {set};\n    }}\n\n    fn next_token(response: &{response}) -> Option<&str> {{\n        {get}\n    }}\n\n    fn items(response: {response}) -> Vec<{kind}> {{\n        {items}\n    }}\n}}\n",
            gate(plan, plan.is_subset_operation(name)),
            token_in.0,
        ));
    }
    let mut text = super::header(&super::source(plan));
    // With a subset feature some of the types are not there.
    text.push_str(&format!(
        "#[allow(clippy::wildcard_imports)]\nuse {}::*;\nuse {}::pagination::Paginated;\n",
        plan.module, plan.root
    ));
    Ok(text + &item.text)
}

/// Name in Rust, whether optional, type.
fn field(plan: &Plan, shape: &str, wire: &str) -> Result<(String, bool, Type), Fault> {
    let found = plan.fields(shape)?.into_iter().find(|field| field.wire == wire);
    let field = found.ok_or_else(|| {
        Fault::new(&format!("{shape}.{wire}"), "is named by a paginator, but does not exist")
    })?;
    Ok((names::snake(wire), field.optional, field.kind))
}

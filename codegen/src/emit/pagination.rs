//! `impl Paginated` for requests that are answered page by page.

use super::Item;
use crate::plan::Plan;
use crate::types::Type;
use crate::{Fault, names};

/// The impl of an operation's request, if its answers come in pages.
pub(crate) fn item(plan: &Plan, name: &str) -> Result<Option<Item>, Fault> {
    let Some(paginator) = plan.model.paginators.get(name) else {
        return Ok(None);
    };
    let mut item = Item::default();
    let (request, response) = (plan.request(name), plan.response(name));
    let token_in = field(plan, &request, paginator.input_token.first())?;
    let token_out = field(plan, &response, paginator.output_token.first())?;
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
    item.text = format!(
        "impl Paginated for {request} {{\n    type Item = {kind};\n\n    #[inline]\n    fn set_token(&mut self, token: String) {{\n        self.{} = {set};\n    }}\n\n    #[inline]\n    fn next_token(response: &{response}) -> Option<&str> {{\n        {get}\n    }}\n\n    #[inline]\n    fn items(response: {response}) -> Vec<{kind}> {{\n        {items}\n    }}\n}}\n",
        token_in.0,
    );
    item.uses.insert("Paginated".to_owned());
    Ok(Some(item))
}

/// Name in Rust, whether optional, type.
fn field(plan: &Plan, shape: &str, wire: &str) -> Result<(String, bool, Type), Fault> {
    let found = plan
        .fields(shape)?
        .into_iter()
        .find(|field| field.wire == wire);
    let field = found.ok_or_else(|| {
        Fault::new(
            &format!("{shape}.{wire}"),
            "is named by a paginator, but does not exist",
        )
    })?;
    Ok((names::snake(wire), field.optional, field.kind))
}

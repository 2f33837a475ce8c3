//! Lists in pages, with the refusals of ECS.

use crate::simulator::pages::{self, BadWish};
use crate::simulator::refusal::Refusal;

pub(super) use crate::simulator::pages::Wish;

/// A page of values, which are ordered by their keys, and the token of the next page.
///
/// # Errors
///
/// A page size out of bounds, and a token that is none.
pub(super) fn page(
    items: Vec<(String, String)>,
    wish: &Wish<'_>,
) -> Result<(Vec<String>, Option<String>), Refusal> {
    pages::page(items, wish).map_err(|problem| match problem {
        BadWish::Size => Refusal::invalid("maxResults should be between 1 and 100"),
        BadWish::Token => Refusal::invalid("Invalid nextToken"),
    })
}

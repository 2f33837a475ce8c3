//! Carrying out an operation: from JSON to JSON.

use super::refusal::Refusal;
use super::world::World;
use crate::operation::Operation;
use crate::wire::{self, Decode, Encode};

/// Reads a request, has a service act on it, and writes the response.
pub(super) fn call<S, O>(
    service: &mut S,
    world: &mut World,
    body: &str,
    act: impl FnOnce(&mut S, &mut World, O) -> Result<O::Response, Refusal>,
) -> Result<Vec<u8>, Refusal>
where
    O: Operation + Decode,
    O::Response: Encode,
{
    if let Some(quota) = O::INFO
        .quota
        .and_then(|index| O::INFO.service.quotas.get(index))
    {
        world.throttle.take(quota, 1)?;
    }
    let unreadable =
        |error: serde_json::Error| Refusal::new("SerializationException", error.to_string());
    let request: O =
        wire::from_json(if body.is_empty() { "{}" } else { body }).map_err(unreadable)?;
    request.check().map_err(|missing| {
        Refusal::invalid(format!("{missing} is required and may not be empty"))
    })?;
    let response = act(service, world, request)?;
    wire::to_json(&response).map_err(unreadable)
}

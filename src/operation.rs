//! What an operation is: its request type, and the facts that the model states of it.

use crate::endpoint::Endpoints;
use crate::wire::{Check, Decode, Encode};

/// A service, as its model and its overlay describe it.
#[derive(Debug)]
pub struct Service {
    /// The name in error texts, spans and the user agent.
    pub id: &'static str,
    /// The name in signatures.
    pub signing_name: &'static str,
    /// What stands before the operation in the `X-Amz-Target` header.
    pub target_prefix: &'static str,
    /// The protocol's version: `1.0` or `1.1`.
    pub json_version: &'static str,
    /// The environment variable with an endpoint for this service alone.
    pub endpoint_variable: &'static str,
    /// Where the service is.
    pub endpoints: Endpoints,
    /// Request quotas that the service publishes, for an account in a region.
    pub quotas: &'static [Quota],
    /// Codes, and phrases in messages, by which the service says that there was no room.
    pub no_room: &'static [&'static str],
}

/// A quota of requests that some operations share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// The name that the service's documentation has for it.
    pub name: &'static str,
    /// Requests that may come at once.
    pub burst: u32,
    /// Requests a second thereafter.
    pub per_second: u32,
}

/// Whether an operation may be sent again when nobody knows whether it was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetrySafety {
    /// It changes nothing.
    ReadOnly,
    /// Carried out twice it does what once does: by an idempotency token, or by nature.
    Idempotent,
    /// Carried out twice it may do more. It is sent again only when it surely was not carried out:
    /// the connection was refused, or the service said so.
    Unsafe,
}

/// The facts of an operation.
#[derive(Debug)]
pub struct OperationInfo {
    /// The service that has it.
    pub service: &'static Service,
    /// The name in the API.
    pub name: &'static str,
    /// Whether it may be sent twice.
    pub retry: RetrySafety,
    /// Its quota, as an index of the service's.
    pub quota: Option<usize>,
    /// Whether the service takes a compressed request.
    pub compress: bool,
}

/// A request, which stands for its operation.
///
/// Implemented by the generated request types; the calls of a client take any.
pub trait Operation: Encode + Check + Send {
    /// What the service answers.
    type Response: Decode + Default + Send;
    /// The facts of the operation.
    const INFO: &'static OperationInfo;

    /// Sets the idempotency token, where the operation has one and it is unset.
    fn fill_token(&mut self, token: &mut dyn FnMut() -> String) {
        let _ = token;
    }

    /// What the operation puts before the host of the endpoint.
    fn host_prefix(&self) -> Option<String> {
        None
    }
}

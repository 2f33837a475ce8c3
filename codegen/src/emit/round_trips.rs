//! The list of every type of a service, for the test that takes each to JSON and back.

use super::{gate, header, source};
use crate::plan::{Place, Plan};

/// `tests/round_trips/generated/{service}.rs`.
pub(crate) fn file(plan: &Plan) -> String {
    let mut text = header(&source(plan));
    text.push_str(&format!(
        "use longshore::{};\n\nuse crate::{{Type, type_of}};\n\npub(crate) static TYPES: &[Type] = &[\n",
        plan.name
    ));
    for (name, _) in plan.reached() {
        let in_subset = match plan.place(name) {
            Place::Operation(operation) => plan.is_subset_operation(&operation),
            Place::SharedSubset => true,
            Place::Shared => false,
        };
        let gate = gate(plan, in_subset);
        text.push_str(&format!(
            "    {gate}type_of::<{}::{name}>({name:?}),\n",
            plan.name
        ));
    }
    text.push_str("];\n");
    text
}

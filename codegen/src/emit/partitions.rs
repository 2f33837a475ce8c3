//! The partitions of AWS.

use crate::model::Partition;

pub(crate) fn partitions(partitions: &[Partition]) -> String {
    let mut text = super::header("codegen/models/partitions.json");
    text.push_str("use super::Partition;\n\npub(super) static PARTITIONS: &[Partition] = &[\n");
    for partition in partitions {
        text.push_str(&format!(
            "Partition {{ name: {:?}, dns_suffix: {:?}, dual_stack_dns_suffix: {:?}, prefixes: &{:?}, regions: &{:?} }},\n",
            partition.name,
            partition.dns_suffix,
            partition.dual_stack_dns_suffix,
            partition.prefixes,
            partition.regions,
        ));
    }
    text.push_str("];\n");
    text
}

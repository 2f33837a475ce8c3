//! The service's own facts: names, endpoints, quotas, phrases.

use super::{header, source};
use crate::model::Endpoint;
use crate::plan::Plan;

pub(crate) fn file(plan: &Plan) -> String {
    let metadata = &plan.model.metadata;
    let service = &plan.overlay.service;
    let signing = metadata
        .signing_name
        .as_ref()
        .unwrap_or(&metadata.endpoint_prefix);
    let mut text = header(&source(plan));
    let root = &plan.root;
    let quota = if plan.overlay.quota.is_empty() {
        ""
    } else {
        "Quota, "
    };
    text.push_str(&format!(
        "use {root}::endpoint::{{Endpoints, Hosts}};\nuse {root}::operation::{{{quota}Service}};\n\n"
    ));
    text.push_str(&format!(
        "/// {title}, API version {version}.\npub static SERVICE: Service = Service {{\n    id: {id:?},\n    signing_name: {signing:?},\n    target_prefix: {target:?},\n    json_version: {json:?},\n    endpoint_variable: \"AWS_ENDPOINT_URL_{env}\",\n    endpoints: {endpoints},\n    quotas: {quotas},\n    no_room: &{no_room:?},\n}};\n",
        title = service.title,
        version = metadata.api_version,
        id = metadata.service_id,
        target = metadata.target_prefix,
        json = metadata.json_version,
        env = service.env,
        endpoints = endpoints(&plan.model.endpoints),
        quotas = quotas(plan),
        no_room = plan.overlay.errors.no_room,
    ));
    text
}

fn quotas(plan: &Plan) -> String {
    let quotas: Vec<String> = (plan.overlay.quota.iter())
        .map(|q| {
            format!(
                "Quota {{ name: {:?}, burst: {}, per_second: {} }}",
                q.name, q.burst, q.per_second
            )
        })
        .collect();
    if quotas.is_empty() {
        "&[]".to_owned()
    } else {
        format!("&[\n{},\n]", quotas.join(",\n"))
    }
}

/// The hosts that most partitions have, and those that differ.
fn endpoints(endpoints: &[Endpoint]) -> String {
    let Some(usual) = endpoints
        .iter()
        .max_by_key(|e| endpoints.iter().filter(|other| same(e, other)).count())
    else {
        let none = Endpoint {
            partition: String::new(),
            plain: String::new(),
            fips: String::new(),
            dual_stack: String::new(),
            fips_dual_stack: String::new(),
        };
        return format!("Endpoints {{ usual: {}, others: &[] }}", hosts(&none));
    };
    let others: Vec<String> = (endpoints.iter())
        .filter(|endpoint| !same(endpoint, usual))
        .map(|endpoint| format!("({:?}, {})", endpoint.partition, hosts(endpoint)))
        .collect();
    format!(
        "Endpoints {{\nusual: {},\nothers: &[{}],\n}}",
        hosts(usual),
        others.join(", ")
    )
}

fn same(one: &Endpoint, other: &Endpoint) -> bool {
    hosts(one) == hosts(other)
}

fn hosts(endpoint: &Endpoint) -> String {
    // A host without a placeholder is the sentence that says why there is none.
    let host = |text: &str| match text.split_once("{region}.") {
        Some((before, _)) => format!("{before}{{region}}"),
        None => String::new(),
    };
    format!(
        "Hosts {{ plain: {:?}, fips: {:?}, dual_stack: {:?}, fips_dual_stack: {:?} }}",
        host(&endpoint.plain),
        host(&endpoint.fips),
        host(&endpoint.dual_stack),
        host(&endpoint.fips_dual_stack)
    )
}

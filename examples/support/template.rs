//! The task that an example runs.

use std::error::Error;

use longshore::ecs::{AwsVpcConfiguration, LaunchType, NetworkConfiguration, RunTaskRequest};

use super::service::Service;

/// A request from `--cluster NAME`, `--task-definition NAME` and, for Fargate, `--subnet ID`.
pub fn template(service: &mut Service, family: &str) -> Result<RunTaskRequest, Box<dyn Error>> {
    let definition = service.option("--task-definition")?;
    let cluster = service.option("--cluster")?;
    let mut request = RunTaskRequest::new(definition.as_deref().unwrap_or(family));
    request.cluster = Some(cluster.unwrap_or_else(|| "default".to_owned()));
    let subnet = service.option("--subnet")?;
    let simulated = service.simulator.is_some().then(|| "subnet-1".to_owned());
    if let Some(subnet) = subnet.or(simulated) {
        let network = NetworkConfiguration::default()
            .awsvpc_configuration(AwsVpcConfiguration::new([subnet]));
        request = request
            .launch_type(LaunchType::Fargate)
            .network_configuration(network);
    }
    Ok(request)
}

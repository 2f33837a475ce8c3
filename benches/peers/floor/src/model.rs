//! As much of the model as the calls need, in the way that one writes it by hand.

// All of an answer is read, so that it costs what it costs.
#![allow(dead_code)]

use serde::{Deserialize, Serialize};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunTask<'a> {
    pub client_token: String,
    pub cluster: &'a str,
    pub launch_type: &'a str,
    pub network_configuration: NetworkConfiguration<'a>,
    pub overrides: Overrides<'a>,
    pub started_by: &'a str,
    pub task_definition: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkConfiguration<'a> {
    pub awsvpc_configuration: AwsVpcConfiguration<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AwsVpcConfiguration<'a> {
    pub subnets: &'a [&'a str],
    pub security_groups: &'a [&'a str],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Overrides<'a> {
    pub container_overrides: [ContainerOverrides<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerOverrides<'a> {
    pub name: &'a str,
    pub command: &'a [&'a str],
    pub environment: [Pair<'a>; 1],
}

#[derive(Serialize)]
pub struct Pair<'a> {
    pub name: &'a str,
    pub value: &'a str,
}

#[derive(Serialize)]
pub struct StopTask<'a> {
    pub cluster: &'a str,
    pub task: &'a str,
    pub reason: &'a str,
}

#[derive(Serialize)]
pub struct DescribeTasks<'a> {
    pub cluster: &'a str,
    pub tasks: &'a [String],
}

#[derive(Deserialize)]
pub struct Tasks {
    pub tasks: Vec<Task>,
    pub failures: Vec<Failure>,
}

#[derive(Deserialize)]
pub struct Stopped {
    pub task: Option<Task>,
}

#[derive(Deserialize)]
pub struct Failure {
    pub arn: Option<String>,
    pub reason: Option<String>,
    pub detail: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    pub attachments: Vec<Attachment>,
    pub attributes: Vec<Attribute>,
    pub availability_zone: Option<String>,
    pub capacity_provider_name: Option<String>,
    pub cluster_arn: String,
    pub connectivity: Option<String>,
    pub connectivity_at: Option<f64>,
    pub container_instance_arn: Option<String>,
    pub containers: Vec<Container>,
    pub cpu: Option<String>,
    pub created_at: Option<f64>,
    pub desired_status: String,
    pub enable_execute_command: bool,
    pub execution_stopped_at: Option<f64>,
    pub group: Option<String>,
    pub health_status: Option<String>,
    pub last_status: String,
    pub launch_type: Option<String>,
    pub memory: Option<String>,
    pub overrides: Option<TaskOverride>,
    pub platform_version: Option<String>,
    pub platform_family: Option<String>,
    pub pull_started_at: Option<f64>,
    pub pull_stopped_at: Option<f64>,
    pub started_at: Option<f64>,
    pub started_by: Option<String>,
    pub stop_code: Option<String>,
    pub stopped_at: Option<f64>,
    pub stopped_reason: Option<String>,
    pub stopping_at: Option<f64>,
    pub tags: Vec<Tag>,
    pub task_arn: String,
    pub task_definition_arn: String,
    pub version: i64,
    pub ephemeral_storage: Option<Storage>,
    pub fargate_ephemeral_storage: Option<Storage>,
}

#[derive(Deserialize)]
pub struct Attachment {
    pub id: Option<String>,
    pub r#type: Option<String>,
    pub status: Option<String>,
    pub details: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    pub name: String,
    pub value: Option<String>,
    pub target_type: Option<String>,
    pub target_id: Option<String>,
}

#[derive(Deserialize)]
pub struct Named {
    pub name: Option<String>,
    pub value: Option<String>,
}

#[derive(Deserialize)]
pub struct Tag {
    pub key: Option<String>,
    pub value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Container {
    pub container_arn: Option<String>,
    pub task_arn: Option<String>,
    pub name: Option<String>,
    pub image: Option<String>,
    pub image_digest: Option<String>,
    pub runtime_id: Option<String>,
    pub last_status: Option<String>,
    pub exit_code: Option<i32>,
    pub reason: Option<String>,
    pub network_bindings: Vec<NetworkBinding>,
    pub network_interfaces: Vec<NetworkInterface>,
    pub health_status: Option<String>,
    pub cpu: Option<String>,
    pub memory: Option<String>,
    pub memory_reservation: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkBinding {
    #[serde(rename = "bindIP")]
    pub bind_ip: Option<String>,
    pub container_port: Option<i32>,
    pub host_port: Option<i32>,
    pub protocol: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkInterface {
    pub attachment_id: Option<String>,
    pub private_ipv4_address: Option<String>,
    pub ipv6_address: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskOverride {
    pub container_overrides: Vec<ContainerOverride>,
    pub cpu: Option<String>,
    pub memory: Option<String>,
    pub execution_role_arn: Option<String>,
    pub task_role_arn: Option<String>,
    pub ephemeral_storage: Option<Storage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerOverride {
    pub name: Option<String>,
    #[serde(default)]
    pub command: Vec<String>,
    #[serde(default)]
    pub environment: Vec<Named>,
    pub cpu: Option<i32>,
    pub memory: Option<i32>,
    pub memory_reservation: Option<i32>,
}

#[derive(Deserialize)]
pub struct Storage {
    #[serde(rename = "sizeInGiB")]
    pub size: i32,
}

//! Pipelines and what can be done with them, executions aside.

use std::sync::Arc;
use std::time::Duration;

use super::definition::Definition;
use super::{SageMaker, conflict, invalid, not_found};
use crate::sagemaker::{
    CreatePipelineRequest, CreatePipelineResponse, DeletePipelineRequest, DeletePipelineResponse,
    DescribePipelineRequest, DescribePipelineResponse, ParallelismConfiguration, PipelineStatus,
    UpdatePipelineRequest, UpdatePipelineResponse,
};
use crate::simulator::refusal::Refusal;
use crate::simulator::world::World;

/// A pipeline.
#[derive(Debug)]
pub(super) struct Pipeline {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) display_name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) role_arn: String,
    pub(super) parallelism: Option<ParallelismConfiguration>,
    pub(super) created: Duration,
    pub(super) modified: Duration,
    pub(super) last_run: Option<Duration>,
    /// From 1 on.
    pub(super) versions: Vec<Version>,
}

/// What a pipeline was between two updates.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) id: i64,
    pub(super) text: String,
    pub(super) definition: Arc<Definition>,
    pub(super) created: Duration,
    pub(super) display_name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) aliases: Vec<String>,
    pub(super) last_execution: Option<String>,
}

impl Version {
    fn new(id: i64, text: String, created: Duration) -> Result<Self, Refusal> {
        Ok(Self {
            id,
            definition: Arc::new(Definition::parse(&text)?),
            text,
            created,
            display_name: None,
            description: None,
            aliases: Vec::new(),
            last_execution: None,
        })
    }
}

impl Pipeline {
    /// The version by its number or an alias; the last if neither is given.
    pub(super) fn version(
        &mut self,
        id: Option<i64>,
        alias: Option<&str>,
    ) -> Result<&mut Version, Refusal> {
        let name = self.name.clone();
        let found = match (id, alias) {
            (Some(_), Some(_)) => {
                return Err(invalid("A version is given by its id or by an alias."));
            }
            (Some(id), None) => self.versions.iter_mut().find(|version| version.id == id),
            (None, Some(alias)) => {
                let has = |version: &&mut Version| version.aliases.iter().any(|own| own == alias);
                self.versions.iter_mut().find(has)
            }
            (None, None) => self.versions.last_mut(),
        };
        found.ok_or_else(|| not_found("The version asked for of pipeline", &name))
    }

    /// Gives a version aliases, of which each belongs to one.
    pub(super) fn alias(&mut self, id: i64, aliases: &[String]) {
        for version in &mut self.versions {
            version.aliases.retain(|own| !aliases.contains(own));
            if version.id == id {
                version.aliases.extend_from_slice(aliases);
            }
        }
    }
}

impl SageMaker {
    /// The pipeline of a name or ARN.
    pub(super) fn pipeline(&mut self, reference: &str) -> Result<&mut Pipeline, Refusal> {
        let name = reference.rsplit('/').next().unwrap_or_default();
        let known = self.pipelines.get_mut(name);
        known
            .filter(|pipeline| !reference.contains('/') || pipeline.arn == reference)
            .ok_or_else(|| not_found("Pipeline", reference))
    }

    pub(super) fn create_pipeline(
        &mut self,
        world: &mut World,
        request: CreatePipelineRequest,
    ) -> Result<CreatePipelineResponse, Refusal> {
        let name = request.pipeline_name;
        let is_name = name.len() <= 256
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !name.starts_with('-')
            && !name.ends_with('-');
        if !is_name {
            return Err(invalid(format!("Not the name of a pipeline: {name}")));
        }
        if self.pipelines.contains_key(&name) {
            return Err(invalid(format!(
                "Pipeline names must be unique within an AWS account and region. Pipeline with \
                 name ({name}) already exists."
            )));
        }
        let text = request.pipeline_definition.ok_or_else(|| {
            invalid("The simulator takes a PipelineDefinition; it does not read from S3.")
        })?;
        let arn = world.arn("sagemaker", &format!("pipeline/{name}"));
        let mut pipeline = Pipeline {
            name: name.clone(),
            arn: arn.clone(),
            display_name: request.pipeline_display_name,
            description: request.pipeline_description,
            role_arn: request.role_arn,
            parallelism: request.parallelism_configuration,
            created: world.now,
            modified: world.now,
            last_run: None,
            versions: vec![Version::new(1, text, world.now)?],
        };
        pipeline.alias(1, &request.pipeline_version_aliases.unwrap_or_default());
        self.pipelines.insert(name, pipeline);
        Ok(CreatePipelineResponse {
            pipeline_arn: Some(arn),
        })
    }

    pub(super) fn update_pipeline(
        &mut self,
        world: &mut World,
        request: UpdatePipelineRequest,
    ) -> Result<UpdatePipelineResponse, Refusal> {
        let now = world.now;
        let pipeline = self.pipeline(&request.pipeline_name)?;
        let last = pipeline.versions.last();
        let id = last.map_or(1, |version| version.id + 1);
        let text = match (request.pipeline_definition, last) {
            (Some(text), _) => text,
            (None, last) => last.map(|version| version.text.clone()).unwrap_or_default(),
        };
        let version = Version::new(id, text, now)?;
        pipeline.versions.push(version);
        pipeline.alias(id, &request.pipeline_version_aliases.unwrap_or_default());
        pipeline.modified = now;
        let set = |own: &mut Option<String>, new: Option<String>| {
            if new.is_some() {
                *own = new;
            }
        };
        set(&mut pipeline.display_name, request.pipeline_display_name);
        set(&mut pipeline.description, request.pipeline_description);
        if let Some(role) = request.role_arn {
            pipeline.role_arn = role;
        }
        if request.parallelism_configuration.is_some() {
            pipeline.parallelism = request.parallelism_configuration;
        }
        Ok(UpdatePipelineResponse {
            pipeline_arn: Some(pipeline.arn.clone()),
            pipeline_version_id: Some(id),
        })
    }

    /// Deletes a pipeline with its executions, if none of these runs.
    pub(super) fn delete_pipeline(
        &mut self,
        _: &mut World,
        request: DeletePipelineRequest,
    ) -> Result<DeletePipelineResponse, Refusal> {
        let pipeline = self.pipeline(&request.pipeline_name)?;
        let (name, arn) = (pipeline.name.clone(), pipeline.arn.clone());
        let mut own = self
            .executions
            .values()
            .filter(|execution| execution.pipeline == name);
        if let Some(running) = own.find(|execution| !execution.is_ended()) {
            let running = &running.arn;
            return Err(conflict(format!(
                "An execution of the pipeline is running: {running}"
            )));
        }
        self.executions
            .retain(|_, execution| execution.pipeline != name);
        self.pipelines.remove(&name);
        Ok(DeletePipelineResponse {
            pipeline_arn: Some(arn),
        })
    }

    pub(super) fn describe_pipeline(
        &mut self,
        world: &mut World,
        request: DescribePipelineRequest,
    ) -> Result<DescribePipelineResponse, Refusal> {
        let pipeline = self.pipeline(&request.pipeline_name)?;
        let alias = request.pipeline_version_alias.as_deref();
        let version = pipeline.version(request.pipeline_version_id, alias)?;
        let mut shown = DescribePipelineResponse {
            pipeline_definition: Some(version.text.clone()),
            pipeline_version_display_name: version.display_name.clone(),
            pipeline_version_description: version.description.clone(),
            pipeline_version_aliases: version.aliases.clone(),
            ..DescribePipelineResponse::default()
        };
        shown.pipeline_arn = Some(pipeline.arn.clone());
        shown.pipeline_name = Some(pipeline.name.clone());
        shown
            .pipeline_display_name
            .clone_from(&pipeline.display_name);
        shown.pipeline_description.clone_from(&pipeline.description);
        shown.role_arn = Some(pipeline.role_arn.clone());
        shown.pipeline_status = Some(PipelineStatus::Active);
        shown.creation_time = Some(world.date(pipeline.created));
        shown.last_modified_time = Some(world.date(pipeline.modified));
        shown.last_run_time = pipeline.last_run.map(|at| world.date(at));
        shown
            .parallelism_configuration
            .clone_from(&pipeline.parallelism);
        Ok(shown)
    }
}

//! Starting, stopping and retrying executions.

use super::execution::{Behaviors, Execution};
use super::{SageMaker, conflict, invalid, not_found};
use crate::sagemaker::{
    ParallelismConfiguration, PipelineExecutionStatus as Status, RetryPipelineExecutionRequest,
    RetryPipelineExecutionResponse, SelectiveExecutionConfig, StartPipelineExecutionRequest,
    StartPipelineExecutionResponse, StopPipelineExecutionRequest, StopPipelineExecutionResponse,
    UpdatePipelineExecutionRequest, UpdatePipelineExecutionResponse,
};
use crate::simulator::refusal::Refusal;
use crate::simulator::world::World;

impl SageMaker {
    /// The execution of an ARN.
    pub(super) fn execution(&mut self, arn: &str) -> Result<&mut Execution, Refusal> {
        let known = self.executions.get_mut(arn);
        known.ok_or_else(|| not_found("Pipeline execution", arn))
    }

    pub(super) fn start_pipeline_execution(
        &mut self,
        world: &mut World,
        request: StartPipelineExecutionRequest,
    ) -> Result<StartPipelineExecutionResponse, Refusal> {
        parallel(request.parallelism_configuration.as_ref())?;
        let pipeline = self.pipeline(&request.pipeline_name)?;
        let (name, parallelism) = (pipeline.name.clone(), pipeline.parallelism.clone());
        let alias = request.pipeline_version_alias.as_deref();
        let version = pipeline.version(request.pipeline_version_id, alias)?;
        let id = version.id;
        let definition = version.definition.clone();
        let given = request.pipeline_parameters.unwrap_or_default();
        let parameters = definition.parameters(&given)?;
        let run = world.random.alphanumeric().to_ascii_lowercase();
        let run = format!("{run}{}", world.hex(11));
        let arn = world.arn("sagemaker", &format!("pipeline/{name}/execution/{run}"));
        let mut execution = Execution::new(
            arn.clone(),
            (name.clone(), id),
            definition,
            parameters,
            world.now,
        );
        let default_name = format!("execution-{}", world.now.as_millis());
        execution.display_name = request
            .pipeline_execution_display_name
            .or(Some(default_name));
        execution.description = request.pipeline_execution_description;
        execution.parallelism = request.parallelism_configuration.or(parallelism);
        if let Some(selective) = request.selective_execution_config {
            self.select(&mut execution, selective)?;
        }
        let pipeline = self.pipeline(&name)?;
        pipeline.last_run = Some(world.now);
        pipeline.version(Some(id), None)?.last_execution = Some(arn.clone());
        self.executions.insert(arn.clone(), execution);
        self.settle(world, &arn, world.now);
        Ok(StartPipelineExecutionResponse {
            pipeline_execution_arn: Some(arn),
        })
    }

    /// Has an execution run some steps only.
    fn select(
        &mut self,
        execution: &mut Execution,
        mut config: SelectiveExecutionConfig,
    ) -> Result<(), Refusal> {
        let names = config
            .selected_steps
            .iter()
            .map(|step| step.step_name.as_str());
        let names: std::collections::BTreeSet<&str> = names.collect();
        let unknown = |name: &&&str| execution.definition.step(name).is_none();
        if let Some(name) = names.iter().find(unknown) {
            return Err(invalid(format!("The pipeline has no step {name}.")));
        }
        let source = match &config.source_pipeline_execution_arn {
            Some(arn) => {
                let source = self.executions.get(arn);
                Some(source.ok_or_else(|| not_found("Pipeline execution", arn))?)
            }
            None => {
                let mut earlier: Vec<&Execution> = self.executions.values().collect();
                earlier.retain(|own| own.pipeline == execution.pipeline && own.is_ended());
                earlier.into_iter().max_by_key(|own| own.created)
            }
        };
        if let Some(step) = execution.select(&names, source) {
            return Err(invalid(format!(
                "Step {step} is needed, is not selected, and has not succeeded in the execution \
                 that is the source."
            )));
        }
        config.source_pipeline_execution_arn = source.map(|source| source.arn.clone());
        execution.selective = Some(config);
        Ok(())
    }

    pub(super) fn stop_pipeline_execution(
        &mut self,
        world: &mut World,
        request: StopPipelineExecutionRequest,
    ) -> Result<StopPipelineExecutionResponse, Refusal> {
        let arn = request.pipeline_execution_arn;
        let now = world.now;
        if self.execution(&arn)?.status != Status::Executing {
            let status = &self.execution(&arn)?.status;
            return Err(conflict(format!(
                "Only an execution that is Executing can be stopped; this one is {status}: {arn}"
            )));
        }
        let none = Behaviors::new();
        if let Some(execution) = self.executions.get_mut(&arn) {
            let behaviors = self.behaviors.get(&execution.pipeline).unwrap_or(&none);
            execution.stop(now, behaviors, &mut self.outbox);
        }
        self.settle(world, &arn, now);
        Ok(StopPipelineExecutionResponse {
            pipeline_execution_arn: Some(arn),
        })
    }

    pub(super) fn retry_pipeline_execution(
        &mut self,
        world: &mut World,
        request: RetryPipelineExecutionRequest,
    ) -> Result<RetryPipelineExecutionResponse, Refusal> {
        parallel(request.parallelism_configuration.as_ref())?;
        let arn = request.pipeline_execution_arn;
        let now = world.now;
        let execution = self.execution(&arn)?;
        if !matches!(execution.status, Status::Failed | Status::Stopped) {
            let status = &execution.status;
            return Err(conflict(format!(
                "Only an execution that is Failed or Stopped can be retried; this one is {status}: \
                 {arn}"
            )));
        }
        if request.parallelism_configuration.is_some() {
            execution.parallelism = request.parallelism_configuration;
        }
        execution.retry(now);
        self.settle(world, &arn, now);
        Ok(RetryPipelineExecutionResponse {
            pipeline_execution_arn: Some(arn),
        })
    }

    pub(super) fn update_pipeline_execution(
        &mut self,
        world: &mut World,
        request: UpdatePipelineExecutionRequest,
    ) -> Result<UpdatePipelineExecutionResponse, Refusal> {
        parallel(request.parallelism_configuration.as_ref())?;
        let arn = request.pipeline_execution_arn;
        let now = world.now;
        let execution = self.execution(&arn)?;
        if let Some(description) = request.pipeline_execution_description {
            execution.description = Some(description);
        }
        if let Some(name) = request.pipeline_execution_display_name {
            execution.display_name = Some(name);
        }
        if request.parallelism_configuration.is_some() {
            execution.parallelism = request.parallelism_configuration;
        }
        execution.modified = now;
        self.settle(world, &arn, now);
        Ok(UpdatePipelineExecutionResponse {
            pipeline_execution_arn: Some(arn),
        })
    }
}

fn parallel(limit: Option<&ParallelismConfiguration>) -> Result<(), Refusal> {
    match limit {
        Some(limit) if limit.max_parallel_execution_steps < 1 => {
            Err(invalid("MaxParallelExecutionSteps must be at least 1."))
        }
        _ => Ok(()),
    }
}

//! Lists of pipelines and executions.

use std::time::Duration;

use super::{SageMaker, page};
use crate::sagemaker::{
    ListPipelineExecutionsRequest, ListPipelineExecutionsResponse, ListPipelinesRequest,
    ListPipelinesResponse, PipelineExecutionSummary, PipelineSummary, SortPipelineExecutionsBy,
    SortPipelinesBy,
};
use crate::simulator::refusal::Refusal;
use crate::simulator::world::World;
use crate::wire::Timestamp;

/// After one date and before another, where these are given.
#[derive(Debug)]
pub(super) struct Between(pub(super) Option<Timestamp>, pub(super) Option<Timestamp>);

impl Between {
    pub(super) fn has(&self, date: Timestamp) -> bool {
        let after = self.0.as_ref().is_none_or(|after| date > *after);
        after && self.1.as_ref().is_none_or(|before| date < *before)
    }
}

/// A key that sorts as points of time do.
pub(super) fn time_key(at: Duration, then: &str) -> String {
    format!("{:040}.{then}", at.as_nanos())
}

impl SageMaker {
    pub(super) fn list_pipelines(
        &mut self,
        world: &mut World,
        request: ListPipelinesRequest,
    ) -> Result<ListPipelinesResponse, Refusal> {
        let prefix = request.pipeline_name_prefix.unwrap_or_default();
        let between = Between(request.created_after, request.created_before);
        let by_name = request.sort_by == Some(SortPipelinesBy::Name);
        let pipelines = self.pipelines.values().filter(|pipeline| {
            pipeline.name.starts_with(&prefix) && between.has(world.date(pipeline.created))
        });
        let pipelines = pipelines.map(|pipeline| {
            let summary = PipelineSummary {
                pipeline_arn: Some(pipeline.arn.clone()),
                pipeline_name: Some(pipeline.name.clone()),
                pipeline_display_name: pipeline.display_name.clone(),
                pipeline_description: pipeline.description.clone(),
                role_arn: Some(pipeline.role_arn.clone()),
                creation_time: Some(world.date(pipeline.created)),
                last_modified_time: Some(world.date(pipeline.modified)),
                last_execution_time: pipeline.last_run.map(|at| world.date(at)),
            };
            let by_time = || time_key(pipeline.created, &pipeline.name);
            let key = if by_name {
                pipeline.name.clone()
            } else {
                by_time()
            };
            (key, summary)
        });
        let token = request.next_token.as_deref();
        let order = request.sort_order.as_ref();
        let (shown, next_token) = page(pipelines.collect(), token, request.max_results, order)?;
        Ok(ListPipelinesResponse {
            pipeline_summaries: shown,
            next_token,
        })
    }

    pub(super) fn list_pipeline_executions(
        &mut self,
        world: &mut World,
        request: ListPipelineExecutionsRequest,
    ) -> Result<ListPipelineExecutionsResponse, Refusal> {
        let pipeline = self.pipeline(&request.pipeline_name)?;
        let name = pipeline.name.clone();
        let version = match request.pipeline_version_alias.as_deref() {
            Some(alias) => Some(pipeline.version(None, Some(alias))?.id),
            None => None,
        };
        let between = Between(request.created_after, request.created_before);
        let by_arn = request.sort_by == Some(SortPipelineExecutionsBy::PipelineExecutionArn);
        let executions = self.executions.values().filter(|execution| {
            execution.pipeline == name
                && version.is_none_or(|version| execution.version == version)
                && between.has(world.date(execution.created))
        });
        let executions = executions.map(|execution| {
            let summary = PipelineExecutionSummary {
                pipeline_execution_arn: Some(execution.arn.clone()),
                start_time: Some(world.date(execution.created)),
                pipeline_execution_status: Some(execution.status.clone()),
                pipeline_execution_description: execution.description.clone(),
                pipeline_execution_display_name: execution.display_name.clone(),
                pipeline_execution_failure_reason: execution.failure_reason.clone(),
                pipeline_version_aliases: Vec::new(),
            };
            let by_time = || time_key(execution.created, &execution.arn);
            let key = if by_arn {
                execution.arn.clone()
            } else {
                by_time()
            };
            (key, summary)
        });
        let token = request.next_token.as_deref();
        let order = request.sort_order.as_ref();
        let (shown, next_token) = page(executions.collect(), token, request.max_results, order)?;
        Ok(ListPipelineExecutionsResponse {
            pipeline_execution_summaries: shown,
            next_token,
        })
    }
}

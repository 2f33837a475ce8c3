//! Versions of pipelines.

use super::{SageMaker, invalid, lists, page};
use crate::sagemaker::{
    ListPipelineVersionsRequest, ListPipelineVersionsResponse, PipelineVersionSummary,
    UpdatePipelineVersionRequest, UpdatePipelineVersionResponse,
};
use crate::simulator::refusal::Refusal;
use crate::simulator::world::World;

impl SageMaker {
    pub(super) fn list_pipeline_versions(
        &mut self,
        world: &mut World,
        request: ListPipelineVersionsRequest,
    ) -> Result<ListPipelineVersionsResponse, Refusal> {
        let pipeline = self.pipeline(&request.pipeline_name)?;
        let between = lists::Between(request.created_after, request.created_before);
        let versions = pipeline.versions.iter();
        let versions = versions.filter(|version| between.has(world.date(version.created)));
        let versions = versions.map(|version| {
            let summary = PipelineVersionSummary {
                pipeline_arn: Some(pipeline.arn.clone()),
                pipeline_version_id: Some(version.id),
                creation_time: Some(world.date(version.created)),
                pipeline_version_description: version.description.clone(),
                pipeline_version_display_name: version.display_name.clone(),
                last_execution_pipeline_execution_arn: version.last_execution.clone(),
                pipeline_version_aliases: version.aliases.clone(),
            };
            (format!("{:020}", version.id), summary)
        });
        let token = request.next_token.as_deref();
        let order = request.sort_order.as_ref();
        let (shown, next_token) = page(versions.collect(), token, request.max_results, order)?;
        Ok(ListPipelineVersionsResponse {
            pipeline_version_summaries: shown,
            next_token,
        })
    }

    pub(super) fn update_pipeline_version(
        &mut self,
        _: &mut World,
        request: UpdatePipelineVersionRequest,
    ) -> Result<UpdatePipelineVersionResponse, Refusal> {
        let id = request.pipeline_version_id;
        let pipeline = self.pipeline(&request.pipeline_arn)?;
        let version = pipeline.version(Some(id), None)?;
        if let Some(name) = request.pipeline_version_display_name {
            version.display_name = Some(name);
        }
        if let Some(description) = request.pipeline_version_description {
            version.description = Some(description);
        }
        if let Some(operations) = request.pipeline_version_alias_operations {
            let removed = operations.remove.unwrap_or_default();
            if let Some(alias) = removed
                .iter()
                .find(|alias| !version.aliases.contains(alias))
            {
                return Err(invalid(format!("The version has no alias {alias}.")));
            }
            version.aliases.retain(|alias| !removed.contains(alias));
            pipeline.alias(id, &operations.add.unwrap_or_default());
        }
        Ok(UpdatePipelineVersionResponse {
            pipeline_arn: Some(pipeline.arn.clone()),
            pipeline_version_id: Some(id),
        })
    }
}

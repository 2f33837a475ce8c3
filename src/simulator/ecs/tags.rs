//! Tags.

use super::Ecs;
use crate::ecs::{
    ListTagsForResourceRequest, ListTagsForResourceResponse, Tag, TagResourceRequest,
    TagResourceResponse, UntagResourceRequest, UntagResourceResponse,
};
use crate::simulator::refusal::Refusal;
use crate::simulator::world::World;

/// The most that a resource can have.
const MOST: usize = 50;

impl Ecs {
    /// The tags of what an ARN names.
    fn tags_of(&mut self, arn: &str) -> Result<&mut Vec<Tag>, Refusal> {
        let clusters = self
            .clusters
            .values_mut()
            .map(|it| (&it.cluster_arn, &mut it.tags));
        let instances = self.instances.values_mut();
        let instances = instances.map(|it| (&it.shown.container_instance_arn, &mut it.shown.tags));
        let tasks = self
            .runs
            .values_mut()
            .map(|it| (&it.task.task_arn, &mut it.task.tags));
        let definitions = self
            .families
            .values_mut()
            .flatten()
            .map(|it| (&it.arn, &mut it.tags));
        let mut all = clusters.chain(instances).chain(tasks).chain(definitions);
        all.find(|(own, _)| *own == arn)
            .map(|(_, tags)| tags)
            .ok_or_else(|| {
                let message = "The specified resource was not found.";
                Refusal::new("ResourceNotFoundException", message)
            })
    }

    pub(super) fn tag_resource(
        &mut self,
        _: &mut World,
        request: TagResourceRequest,
    ) -> Result<TagResourceResponse, Refusal> {
        let new = checked(Some(&request.tags))?;
        let tags = self.tags_of(&request.resource_arn)?;
        let joined = joined(tags, new);
        if joined.len() > MOST {
            return Err(too_many());
        }
        *tags = joined;
        Ok(TagResourceResponse {})
    }

    pub(super) fn untag_resource(
        &mut self,
        _: &mut World,
        request: UntagResourceRequest,
    ) -> Result<UntagResourceResponse, Refusal> {
        let tags = self.tags_of(&request.resource_arn)?;
        tags.retain(|tag| {
            !tag.key
                .as_ref()
                .is_some_and(|key| request.tag_keys.contains(key))
        });
        Ok(UntagResourceResponse {})
    }

    pub(super) fn list_tags_for_resource(
        &mut self,
        _: &mut World,
        request: ListTagsForResourceRequest,
    ) -> Result<ListTagsForResourceResponse, Refusal> {
        let tags = self.tags_of(&request.resource_arn)?.clone();
        Ok(ListTagsForResourceResponse { tags })
    }
}

/// The tags of a request, if they can be set.
pub(super) fn checked(tags: Option<&[Tag]>) -> Result<Vec<Tag>, Refusal> {
    let tags = tags.unwrap_or_default();
    if tags.len() > MOST {
        return Err(too_many());
    }
    for tag in tags {
        let key = tag.key.as_deref().unwrap_or_default();
        let value = tag.value.as_deref().unwrap_or_default();
        if !(1..=128).contains(&key.chars().count()) || value.chars().count() > 256 {
            return Err(Refusal::invalid(
                "A tag's key has 1 to 128 characters and its value at most 256.",
            ));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(Refusal::invalid(
                "Tag keys that begin with aws: are reserved.",
            ));
        }
    }
    Ok(joined(&[], tags.to_vec()))
}

/// Tags with others over them.
pub(super) fn joined(old: &[Tag], new: Vec<Tag>) -> Vec<Tag> {
    let mut tags = old.to_vec();
    for tag in new {
        match tags.iter_mut().find(|own| own.key == tag.key) {
            Some(own) => own.value = tag.value,
            None => tags.push(tag),
        }
    }
    tags
}

fn too_many() -> Refusal {
    Refusal::invalid("A resource can have at most 50 tags.")
}

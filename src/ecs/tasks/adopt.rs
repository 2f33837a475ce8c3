//! Taking up tasks that are there already, as a program does that was started anew.

use std::pin::Pin;

use futures_core::Stream;

use super::TaskHandle;
use super::name::family;
use super::watch::{messages, watch_task};
use crate::ecs::{Client, DescribeTasksRequest, DesiredStatus, ListTasksRequest, Task};
use crate::error::{Error, InvalidRequest};
use crate::transport::BoxFuture;

/// As many tasks as one DescribeTasks takes.
const MOST_A_CALL: usize = 100;

impl Client {
    /// Finds tasks of a cluster and watches them: those that a former run of the program has
    /// started, say.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let simulator = longshore::simulator::Simulator::new();
    /// # let ecs = longshore::ecs::Client::new(&simulator.config())?;
    /// # use longshore::ecs::RunTaskRequest;
    /// # let _ = ecs.run_task(RunTaskRequest::new("sleep360").started_by("nightly")).await?;
    /// # tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    /// let tasks = ecs.adopt("default").started_by("nightly").with_stopped().await?;
    /// for task in &tasks {
    ///     println!("{}", task.stopped().await?);
    /// }
    /// # assert_eq!(tasks.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn adopt(&self, cluster: impl Into<String>) -> Adopt<'_> {
        Adopt {
            ecs: self,
            cluster: cluster.into(),
            family: None,
            group: None,
            started_by: None,
            service: None,
            with_stopped: false,
        }
    }
}

/// A search for tasks that is about to be made: `.await` makes it, conditions can be given before.
/// Tasks have to meet all of them.
///
/// Tasks that were started within the last seconds may not be found yet: RunTask is eventually
/// consistent. The same [launch](Client::launch) under the same key finds its own for sure.
#[must_use = "nothing is searched until it is awaited"]
#[derive(Debug, Clone)]
pub struct Adopt<'a> {
    ecs: &'a Client,
    cluster: String,
    family: Option<String>,
    group: Option<String>,
    started_by: Option<String>,
    service: Option<String>,
    with_stopped: bool,
}

impl<'a> Adopt<'a> {
    /// Tasks of this family of task definitions.
    pub fn family(mut self, family: impl Into<String>) -> Self {
        self.family = Some(family.into());
        self
    }

    /// Tasks in this group, which is `family:` and the family's name unless RunTask said
    /// otherwise.
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// Tasks that were started with this `startedBy`.
    pub fn started_by(mut self, started_by: impl Into<String>) -> Self {
        self.started_by = Some(started_by.into());
        self
    }

    /// Tasks of this service, by its name.
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Those too that have stopped or are about to, as long as ECS remembers them: about an hour.
    pub fn with_stopped(mut self) -> Self {
        self.with_stopped = true;
        self
    }

    #[inline]
    async fn run(self) -> Result<Vec<TaskHandle>, Error> {
        self.check()?;
        let mut arns = self.list(DesiredStatus::Running).await?;
        if self.with_stopped {
            // A task that stops between the two lists is in both.
            arns.extend(self.list(DesiredStatus::Stopped).await?);
            arns.sort_unstable();
            arns.dedup();
        }
        let mut handles = Vec::new();
        for arns in arns.chunks(MOST_A_CALL) {
            let request = DescribeTasksRequest::new(arns).cluster(&self.cluster);
            // Those that are forgotten meanwhile are among the failures.
            let tasks = self.ecs.describe_tasks(request).await?.tasks;
            let mine = tasks.into_iter().filter(|task| self.matches(task));
            handles.extend(mine.map(|task| watch_task(self.ecs, messages(), task.into())));
        }
        Ok(handles)
    }

    /// The tasks of a status, by as many conditions as the service takes at once.
    #[inline]
    async fn list(&self, status: DesiredStatus) -> Result<Vec<String>, Error> {
        let mut request = ListTasksRequest::default().cluster(&self.cluster);
        request.desired_status = Some(status);
        // Each of these has to be alone
        // (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html).
        if self.started_by.is_some() {
            request.started_by.clone_from(&self.started_by);
        } else if self.service.is_some() {
            request.service_name.clone_from(&self.service);
        } else {
            request.family.clone_from(&self.family);
        }
        let mut items = self.ecs.list_tasks(request).items();
        let mut arns = Vec::new();
        while let Some(arn) =
            std::future::poll_fn(|context| Pin::new(&mut items).poll_next(context)).await
        {
            arns.push(arn?);
        }
        Ok(arns)
    }

    fn matches(&self, task: &Task) -> bool {
        let is =
            |wanted: &Option<String>, is: Option<&str>| wanted.is_none() || wanted.as_deref() == is;
        let group = task.group.as_deref();
        let service = group.and_then(|group| group.strip_prefix("service:"));
        is(&self.family, Some(family(&task.task_definition_arn)))
            && is(&self.group, group)
            && is(&self.started_by, task.started_by.as_deref())
            && is(&self.service, service)
    }

    /// An empty condition would be left out of the request, and find everything.
    fn check(&self) -> Result<(), Error> {
        let conditions = [
            ("family", &self.family),
            ("group", &self.group),
            ("startedBy", &self.started_by),
            ("serviceName", &self.service),
        ];
        let is_empty = |text: &Option<String>| text.as_deref() == Some("");
        match conditions.iter().find(|(_, text)| is_empty(text)) {
            Some((name, _)) => Err(InvalidRequest::error(
                "ListTasks",
                format!("the condition `{name}` is empty"),
            )),
            None => Ok(()),
        }
    }
}

impl<'a> IntoFuture for Adopt<'a> {
    type Output = Result<Vec<TaskHandle>, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

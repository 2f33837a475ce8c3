//! One execution, from its start to its end.
//!
//! A step starts when those that it depends on have succeeded. When one fails, those that run go
//! on to their end, no other starts, and then the execution is Failed. A stop ends jobs; a lambda
//! step goes on until its function ends or its time limit is reached, a callback step until it is
//! answered. Then the execution is Stopped, or Failed if a lambda step reached its limit or a step
//! had failed before the stop.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::behavior::StepBehavior;
use super::definition::{Definition, Kind, StepDefinition};
use super::message::Message;
use super::step::{Change, State, Step};
use super::values::{self, Scope};
use crate::sagemaker::{
    ParallelismConfiguration, PipelineExecutionStatus as Status, SelectiveExecutionConfig,
    StepStatus,
};
use crate::simulator::world::World;

/// How long a step is Starting.
const STARTING: Duration = Duration::from_secs(1);
/// Where nothing is set.
const JOB_TAKES: Duration = Duration::from_secs(60);
const LAMBDA_TAKES: Duration = Duration::from_secs(5);

/// What the steps of a pipeline do, by their names.
pub(super) type Behaviors = BTreeMap<String, StepBehavior>;

/// An execution.
#[derive(Debug)]
pub(super) struct Execution {
    pub(super) arn: String,
    pub(super) pipeline: String,
    pub(super) version: i64,
    pub(super) definition: Arc<Definition>,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) display_name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) parallelism: Option<ParallelismConfiguration>,
    pub(super) selective: Option<SelectiveExecutionConfig>,
    pub(super) status: Status,
    pub(super) failure_reason: Option<String>,
    pub(super) created: Duration,
    pub(super) modified: Duration,
    /// In the definition's order.
    pub(super) steps: Vec<Step>,
    /// Whether a step failed of itself, before a stop or by its time limit.
    failed: bool,
}

impl Execution {
    pub(super) fn new(
        arn: String,
        (pipeline, version): (String, i64),
        definition: Arc<Definition>,
        parameters: BTreeMap<String, String>,
        now: Duration,
    ) -> Self {
        let steps = definition.steps.iter().map(|step| Step::new(&step.name));
        Self {
            arn,
            pipeline,
            version,
            steps: steps.collect(),
            definition,
            parameters,
            display_name: None,
            description: None,
            parallelism: None,
            selective: None,
            status: Status::Executing,
            failure_reason: None,
            created: now,
            modified: now,
            failed: false,
        }
    }

    pub(super) fn is_ended(&self) -> bool {
        !matches!(self.status, Status::Executing | Status::Stopping)
    }

    /// When it next changes by itself.
    pub(super) fn next(&self) -> Option<Duration> {
        self.steps
            .iter()
            .filter_map(|step| Some(step.due.as_ref()?.0))
            .min()
    }

    /// Lets happen what is due at a point of time, and what follows from it.
    pub(super) fn settle(
        &mut self,
        world: &mut World,
        at: Duration,
        behaviors: &Behaviors,
        outbox: &mut Vec<Message>,
    ) {
        while let Some(index) = self.due(at) {
            self.change(world, index, at, behaviors, outbox);
        }
        if self.is_ended() {
            return;
        }
        if self.status == Status::Executing && !self.failed {
            self.start_steps(at);
        }
        if self.steps.iter().any(Step::runs) {
            return;
        }
        self.modified = at;
        if self.failed {
            self.status = Status::Failed;
            let reason = "Step failure: One or multiple steps failed.";
            self.failure_reason = Some(reason.to_owned());
        } else if self.status == Status::Stopping {
            self.status = Status::Stopped;
        } else {
            self.status = Status::Succeeded;
        }
    }

    fn due(&self, at: Duration) -> Option<usize> {
        let is_due = |step: &Step| step.due.as_ref().is_some_and(|due| due.0 <= at);
        self.steps.iter().position(is_due)
    }

    /// Starts what can be started.
    fn start_steps(&mut self, at: Duration) {
        let most = (self.parallelism.as_ref())
            .and_then(|limit| usize::try_from(limit.max_parallel_execution_steps).ok())
            .unwrap_or(usize::MAX);
        let definition = self.definition.clone();
        for (index, step) in definition.steps.iter().enumerate() {
            let running = self.steps.iter().filter(|step| step.runs()).count();
            if running >= most {
                return;
            }
            if self.steps[index].state != State::Waiting || !self.is_ready(step) {
                continue;
            }
            let step = &mut self.steps[index];
            step.state = State::Is(StepStatus::Starting);
            step.attempts += 1;
            step.started = at;
            step.due = Some((at + STARTING, Change::Runs));
            self.modified = at;
        }
    }

    fn is_ready(&self, step: &StepDefinition) -> bool {
        let done = |name: &String| {
            self.steps
                .iter()
                .any(|own| own.name == *name && own.is_done())
        };
        let chosen = step.branch.as_ref().is_none_or(|(condition, arm)| {
            let condition = self.steps.iter().find(|own| own.name == *condition);
            condition.is_some_and(|condition| condition.outcome == Some(*arm))
        });
        chosen && step.needs.iter().all(done)
    }

    fn change(
        &mut self,
        world: &mut World,
        index: usize,
        at: Duration,
        behaviors: &Behaviors,
        outbox: &mut Vec<Message>,
    ) {
        let Some((_, change)) = self.steps[index].due.take() else {
            return;
        };
        self.modified = at;
        match change {
            Change::Runs => self.run(world, index, at, behaviors, outbox),
            Change::Stops => self.steps[index].end(at, StepStatus::Stopped),
            // A step that was to be stopped and came to its end before: its outcome does not
            // matter any more.
            Change::Succeeds | Change::Fails(_) if self.status == Status::Stopping => {
                self.steps[index].end(at, StepStatus::Stopped);
            }
            Change::Succeeds => self.steps[index].end(at, StepStatus::Succeeded),
            Change::Fails(reason) | Change::TimesOut(reason) => self.fail(index, at, reason),
        }
    }

    fn fail(&mut self, index: usize, at: Duration, reason: String) {
        self.steps[index].failure_reason = Some(reason);
        self.steps[index].end(at, StepStatus::Failed);
        self.failed = true;
    }

    /// Brings a step from Starting to Executing.
    fn run(
        &mut self,
        world: &mut World,
        index: usize,
        at: Duration,
        behaviors: &Behaviors,
        outbox: &mut Vec<Message>,
    ) {
        let definition = self.definition.clone();
        let Some(definition) = definition.steps.get(index) else {
            return;
        };
        self.steps[index].state = State::Is(StepStatus::Executing);
        let own = behaviors.get(&definition.name);
        match definition.kind {
            Kind::Callback => {
                self.steps[index].token = Some(new_token(world));
                self.send(index, at, "Executing", outbox);
            }
            Kind::Condition => {
                let holds = definition
                    .argument("Conditions")
                    .and_then(serde_json::Value::as_array)
                    .is_none_or(|all| all.iter().all(|one| values::holds(one, &self.scope())));
                self.steps[index].outcome = Some(holds);
                self.steps[index].end(at, StepStatus::Succeeded);
            }
            Kind::Fail => {
                let message = definition.argument("ErrorMessage");
                let message = message.map(|value| values::resolved(value, &self.scope()));
                let message = message.as_ref().and_then(values::text).unwrap_or_default();
                self.fail(index, at, message);
            }
            Kind::Lambda => {
                let behavior = own.cloned().unwrap_or(StepBehavior::takes(LAMBDA_TAKES));
                let limit = behavior.time_limit;
                let step = &mut self.steps[index];
                step.due = Some(if behavior.takes >= limit {
                    let secs = limit.as_secs_f64();
                    let reason = format!("The Lambda function did not end within {secs} seconds.");
                    (at + limit, Change::TimesOut(reason))
                } else {
                    step.outputs = behavior.outputs;
                    (at + behavior.takes, ending(behavior.failure))
                });
            }
            Kind::Job => {
                let behavior = own.cloned().unwrap_or(StepBehavior::takes(JOB_TAKES));
                let due = (at + behavior.takes, ending(behavior.failure));
                self.steps[index].due = Some(due);
            }
        }
    }

    /// What the values of steps can refer to.
    fn scope(&self) -> Scope<'_> {
        let outputs = self
            .steps
            .iter()
            .map(|step| (step.name.as_str(), &step.outputs));
        Scope {
            parameters: &self.parameters,
            outputs: outputs.collect(),
            execution_arn: &self.arn,
            pipeline_name: &self.pipeline,
        }
    }

    /// The queue of a callback step.
    pub(super) fn queue_url(&self, step: &StepDefinition) -> Option<String> {
        values::text(&values::resolved(
            step.body.get("SqsQueueUrl")?,
            &self.scope(),
        ))
    }

    fn send(&self, index: usize, at: Duration, status: &str, outbox: &mut Vec<Message>) {
        let step = &self.definition.steps[index];
        let (Some(queue_url), Some(token)) = (self.queue_url(step), &self.steps[index].token)
        else {
            return;
        };
        let arguments = step.body.get("Arguments");
        let arguments = arguments.map(|arguments| values::resolved(arguments, &self.scope()));
        let body = serde_json::json!({
            "token": token,
            "pipelineExecutionArn": self.arn,
            "arguments": arguments.unwrap_or_else(|| serde_json::json!({})),
            "status": status,
        });
        outbox.push(Message {
            at,
            queue_url,
            body: body.to_string(),
        });
    }

    /// Begins to stop. There is more to it only when the running steps let go.
    pub(super) fn stop(&mut self, at: Duration, behaviors: &Behaviors, outbox: &mut Vec<Message>) {
        self.status = Status::Stopping;
        self.modified = at;
        for index in 0..self.steps.len() {
            let definition = &self.definition.steps[index];
            let (kind, name) = (definition.kind, definition.name.as_str());
            let step = &mut self.steps[index];
            match (&step.state, kind) {
                (State::Is(StepStatus::Starting), _) => step.end(at, StepStatus::Stopped),
                (State::Is(StepStatus::Executing), Kind::Job) => {
                    let takes = behaviors.get(name).map(|own| own.stops_in);
                    let stopped = at + takes.unwrap_or(Duration::from_secs(5));
                    step.state = State::Is(StepStatus::Stopping);
                    if step.due.as_ref().is_none_or(|(due, _)| *due > stopped) {
                        step.due = Some((stopped, Change::Stops));
                    }
                }
                (State::Is(StepStatus::Executing), Kind::Callback) => {
                    step.state = State::Is(StepStatus::Stopping);
                    self.send(index, at, "Stopping", outbox);
                }
                (State::Is(StepStatus::Executing), _) => {
                    step.state = State::Is(StepStatus::Stopping);
                }
                _ => {}
            }
        }
    }

    /// Takes the answer of a callback step: what it gives out, or why it failed.
    pub(super) fn answer(
        &mut self,
        token: &str,
        at: Duration,
        answer: Result<BTreeMap<String, String>, String>,
    ) {
        let stopping = self.status == Status::Stopping;
        let open = |step: &Step| step.is_open() && step.token.as_deref() == Some(token);
        let Some(index) = self.steps.iter().position(open) else {
            return;
        };
        self.modified = at;
        let step = &mut self.steps[index];
        match answer {
            Ok(outputs) => {
                step.outputs = outputs;
                let succeeded = StepStatus::Succeeded;
                step.end(
                    at,
                    if stopping {
                        StepStatus::Stopped
                    } else {
                        succeeded
                    },
                );
            }
            Err(reason) if stopping => {
                step.failure_reason = Some(reason);
                step.end(at, StepStatus::Stopped);
            }
            Err(reason) => self.fail(index, at, reason),
        }
    }

    /// Runs again what did not succeed.
    pub(super) fn retry(&mut self, at: Duration) {
        self.status = Status::Executing;
        self.failure_reason = None;
        self.failed = false;
        self.modified = at;
        for step in self.steps.iter_mut().filter(|step| !step.is_done()) {
            let attempts = step.attempts;
            *step = Step {
                attempts,
                ..Step::new(&step.name)
            };
        }
    }

    /// Runs only some of the steps; the others are taken as done, with what they gave out in an
    /// earlier execution. Returns a step that is needed and was not done then.
    pub(super) fn select(
        &mut self,
        names: &BTreeSet<&str>,
        source: Option<&Self>,
    ) -> Option<String> {
        let needed: BTreeSet<&String> = (self.definition.steps.iter())
            .filter(|step| names.contains(step.name.as_str()))
            .flat_map(|step| &step.needs)
            .collect();
        for step in &mut self.steps {
            if names.contains(step.name.as_str()) {
                continue;
            }
            let steps = source.into_iter().flat_map(|source| &source.steps);
            let earlier = steps
                .into_iter()
                .find(|own| own.name == step.name && own.is_done());
            match earlier {
                Some(earlier) => {
                    step.outputs.clone_from(&earlier.outputs);
                    step.outcome = earlier.outcome;
                }
                None if needed.contains(&step.name) => return Some(step.name.clone()),
                None => {}
            }
            step.state = State::Reused;
        }
        None
    }
}

fn ending(failure: Option<String>) -> Change {
    failure.map_or(Change::Succeeds, Change::Fails)
}

/// Ten letters and digits, as the service's are.
fn new_token(world: &mut World) -> String {
    (0..10).map(|_| world.random.alphanumeric()).collect()
}

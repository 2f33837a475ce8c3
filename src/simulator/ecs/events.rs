//! Changes of tasks as EventBridge events
//! (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html>).

use std::time::Duration;

use serde_json::{Value, json};

use super::Ecs;
use crate::ecs::Task;
use crate::simulator::Simulator;
use crate::simulator::account::State;
use crate::simulator::sqs::Sqs;
use crate::simulator::world::World;
use crate::wire;

/// Members of a task, and of what is in it, that are times.
const TIMES: [&str; 9] = [
    "connectivityAt",
    "createdAt",
    "executionStoppedAt",
    "lastStartedAt",
    "pullStartedAt",
    "pullStoppedAt",
    "startedAt",
    "stoppedAt",
    "stoppingAt",
];

impl Ecs {
    /// Tells the queues what has changed.
    pub(in crate::simulator) fn tell(&mut self, world: &mut World, sqs: &mut Sqs) {
        let mut news = std::mem::take(&mut self.news);
        // The account may be looked at long after the changes; each is told when it was.
        news.sort_by_key(|(at, _)| *at);
        let now = world.now;
        for (at, task) in news {
            world.now = at;
            let event = event(world, at, &task).to_string();
            for queue in &self.event_queues {
                sqs.deliver(world, queue, &event);
            }
        }
        world.now = now;
    }
}

fn event(world: &mut World, at: Duration, task: &Task) -> Value {
    let mut detail = wire::to_json(task)
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default();
    write_dates(&mut detail);
    json!({
        "version": "0",
        "id": world.uuid(),
        "detail-type": "ECS Task State Change",
        "source": "aws.ecs",
        "account": world.account_id,
        "time": world.date(at).to_string(),
        "region": world.region,
        "resources": [task.task_arn],
        "detail": detail,
    })
}

/// Events have dates where the API has numbers.
fn write_dates(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_f64().filter(|_| TIMES.contains(&name.as_str())) {
                    Some(secs) => *value = wire::Timestamp::from_secs_f64(secs).to_string().into(),
                    None => write_dates(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(write_dates),
        _ => {}
    }
}

/// Amazon EventBridge.
#[cfg_attr(docsrs, doc(cfg(feature = "sqs")))]
impl Simulator {
    /// Sends every change of a task to a queue from now on, as an EventBridge rule for "ECS Task
    /// State Change" does. [`Delivery`](crate::simulator::Delivery) says what can go wrong.
    pub fn send_task_events_to(&self, queue_url: &str) {
        let mut state = self.account.now();
        let State { ecs, .. } = &mut *state;
        ecs.event_queues.push(queue_url.to_owned());
        for run in ecs.runs.values_mut() {
            run.announces = true;
        }
    }
}

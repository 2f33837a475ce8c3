//! A queue between the simulator's callback steps and a worker, which delivers as a test says.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use longshore::sagemaker::pipelines::{CallbackQueue, QueueError, QueueMessage};
use longshore::simulator::Simulator;
use tokio::time::Instant;

use super::QUEUE;

/// How often it looks for what was sent.
const GLANCE: Duration = Duration::from_millis(500);

/// When the copies of a message come, in seconds after it was sent.
pub type Delays = &'static [u64];

#[derive(Clone)]
pub struct Relay(Arc<Inner>);

struct Inner {
    simulator: Simulator,
    executing: Delays,
    stopping: Delays,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    seen: usize,
    copies: Vec<Copy>,
    failing: Vec<QueueError>,
    deletes_failing: usize,
}

struct Copy {
    id: String,
    body: String,
    is_stop: bool,
    visible_at: Instant,
    received_at: Option<Instant>,
    receives: usize,
}

impl Relay {
    pub fn new(simulator: &Simulator, executing: Delays, stopping: Delays) -> Self {
        Self(Arc::new(Inner {
            simulator: simulator.clone(),
            executing,
            stopping,
            state: Mutex::default(),
        }))
    }

    /// One that delivers each message once and at once.
    pub fn prompt(simulator: &Simulator) -> Self {
        Self::new(simulator, &[0], &[0])
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    pub fn put(&self, body: &str) {
        let mut state = self.state();
        let id = format!("message-{}", state.copies.len());
        state.copies.push(Copy {
            id,
            body: body.to_owned(),
            is_stop: false,
            visible_at: Instant::now(),
            received_at: None,
            receives: 0,
        });
    }

    /// Has the next receives fail.
    pub fn fail(&self, error: QueueError) {
        self.state().failing.insert(0, error);
    }

    pub fn fail_deletes(&self, count: usize) {
        self.state().deletes_failing = count;
    }

    /// What has not been deleted, with how often it was received.
    pub fn left(&self) -> Vec<(String, usize)> {
        self.look();
        let state = self.state();
        let left = state.copies.iter().filter(|copy| !copy.body.is_empty());
        left.map(|copy| (copy.id.clone(), copy.receives)).collect()
    }

    /// When the copies of `Executing` and of `Stopping` first came.
    pub fn arrivals(&self) -> Vec<(Instant, &'static str)> {
        let state = self.state();
        let copies = state.copies.iter();
        let arrivals = copies.filter_map(|copy| {
            let name = if copy.is_stop {
                "Stopping"
            } else {
                "Executing"
            };
            Some((copy.received_at?, name))
        });
        arrivals.collect()
    }

    /// How many messages could be received now.
    pub fn visible(&self) -> usize {
        self.look();
        let state = self.state();
        let now = Instant::now();
        let visible = state.copies.iter();
        visible
            .filter(|copy| !copy.body.is_empty() && copy.visible_at <= now)
            .count()
    }

    /// Takes over what was sent.
    fn look(&self) {
        let sent = self.0.simulator.callback_messages(QUEUE);
        let mut state = self.state();
        let seen = std::mem::replace(&mut state.seen, sent.len());
        for body in &sent[seen..] {
            let is_stop = body.contains("\"Stopping\"");
            let delays = if is_stop {
                self.0.stopping
            } else {
                self.0.executing
            };
            for delay in delays {
                let id = format!("message-{}", state.copies.len());
                state.copies.push(Copy {
                    id,
                    body: body.clone(),
                    is_stop,
                    visible_at: Instant::now() + Duration::from_secs(*delay),
                    received_at: None,
                    receives: 0,
                });
            }
        }
    }

    fn copy<T>(&self, receipt: &str, act: impl FnOnce(&mut Copy) -> T) -> Result<T, QueueError> {
        let index = receipt
            .split('/')
            .next()
            .and_then(|index| index.parse::<usize>().ok());
        let mut state = self.state();
        match index.and_then(|index| state.copies.get_mut(index)) {
            Some(copy) if !copy.body.is_empty() => Ok(act(copy)),
            _ => Err(QueueError::lasting("no such receipt")),
        }
    }
}

impl CallbackQueue for Relay {
    async fn receive(
        &self,
        most: usize,
        wait: Duration,
        visibility: Duration,
    ) -> Result<Vec<QueueMessage>, QueueError> {
        if let Some(error) = self.state().failing.pop() {
            return Err(error);
        }
        let begun = Instant::now();
        loop {
            self.look();
            let mut received = Vec::new();
            let now = Instant::now();
            for (index, copy) in self.state().copies.iter_mut().enumerate() {
                if received.len() < most && !copy.body.is_empty() && copy.visible_at <= now {
                    copy.visible_at = now + visibility;
                    copy.received_at.get_or_insert(now);
                    copy.receives += 1;
                    received.push(QueueMessage {
                        id: copy.id.clone(),
                        receipt: format!("{index}/{}", copy.receives),
                        body: copy.body.clone(),
                    });
                }
            }
            if !received.is_empty() || begun.elapsed() >= wait {
                return Ok(received);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    async fn delete(&self, receipt: &str) -> Result<(), QueueError> {
        {
            let mut state = self.state();
            if state.deletes_failing > 0 {
                state.deletes_failing -= 1;
                return Err(QueueError::passing("not now"));
            }
        }
        self.copy(receipt, |copy| copy.body.clear())?;
        Ok(())
    }

    async fn hide(&self, receipt: &str, visibility: Duration) -> Result<(), QueueError> {
        self.copy(receipt, |copy| {
            copy.visible_at = Instant::now() + visibility
        })
    }
}

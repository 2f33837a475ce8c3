//! A clock that stands still while requests are under way.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps tokio's paused clock from going on to the next timer while an answer is still on its way
/// through a socket. tokio lets the clock rest while a blocking task runs, so one runs from the
/// first request under way to the last.
#[derive(Debug, Clone, Default)]
pub struct Hold(Arc<Mutex<Option<Held>>>);

#[derive(Debug)]
struct Held {
    requests: usize,
    _until_dropped: Sender<()>,
}

/// A request under way.
#[derive(Debug)]
pub struct UnderWay(Hold);

impl Hold {
    pub fn request(&self) -> UnderWay {
        let mut held = self.held();
        let held = held.get_or_insert_with(|| {
            let (_until_dropped, dropped) = channel();
            tokio::task::spawn_blocking(move || dropped.recv());
            Held {
                requests: 0,
                _until_dropped,
            }
        });
        held.requests += 1;
        UnderWay(self.clone())
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut held = self.0.held();
        if let Some(one) = held.as_mut() {
            one.requests -= 1;
            if one.requests == 0 {
                *held = None;
            }
        }
    }
}

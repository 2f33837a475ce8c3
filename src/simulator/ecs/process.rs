//! A container's process: when it ends, and how.

use std::time::Duration;

use super::behavior::{Behavior, Life, Sigterm};

/// A container's process.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) behavior: Behavior,
    pub(super) essential: bool,
    pub(super) stop_timeout: Option<Duration>,
    pub(super) runtime_id: String,
    /// Group and stream of its log.
    pub(super) log: Option<(String, String)>,
    ran: Option<(Duration, Option<Duration>)>,
    state: State,
}

#[derive(Debug)]
enum State {
    Waiting,
    /// Running, and when it will end by what is known so far.
    Running(Option<Exit>),
    Over,
}

/// The end of a process.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Exit {
    pub(super) at: Duration,
    pub(super) code: i32,
    pub(super) reason: Option<&'static str>,
}

const OUT_OF_MEMORY: &str = "OutOfMemoryError: Container killed due to memory usage";

impl Process {
    pub(super) fn new(
        behavior: Behavior,
        essential: bool,
        stop_timeout: Option<Duration>,
        runtime_id: String,
    ) -> Self {
        Self {
            behavior,
            essential,
            stop_timeout,
            runtime_id,
            log: None,
            ran: None,
            state: State::Waiting,
        }
    }

    /// When it began to run.
    #[cfg(feature = "logs")]
    pub(super) fn began(&self) -> Option<Duration> {
        self.ran.map(|(began, _)| began)
    }

    /// The lines that it has written up to a time, and when.
    #[cfg(feature = "logs")]
    pub(super) fn lines(&self, until: Duration) -> Vec<(Duration, String)> {
        let Some((began, ended)) = self.ran else {
            return Vec::new();
        };
        let end = ended.unwrap_or(until).min(until);
        let mut lines = Vec::new();
        if let Some((every, line)) = &self.behavior.output.every {
            let mut at = began.saturating_add(*every);
            while at <= end {
                let number = (lines.len() + 1).to_string();
                lines.push((at, line.replace("{n}", &number)));
                at = at.saturating_add(*every);
            }
        }
        if let (Some(ended), Some(line)) = (ended, &self.behavior.output.last)
            && ended <= until
        {
            lines.push((ended, line.clone()));
        }
        lines
    }

    /// Begins to run.
    pub(super) fn start(&mut self, at: Duration) {
        let exit = match self.behavior.life {
            Life::Endless => None,
            Life::Exits { after, code } => Some(Exit {
                at: at.saturating_add(after),
                code,
                reason: None,
            }),
            Life::OutOfMemory { after } => Some(Exit {
                at: at.saturating_add(after),
                code: 137,
                reason: Some(OUT_OF_MEMORY),
            }),
        };
        self.state = State::Running(exit);
        self.ran = Some((at, None));
    }

    /// SIGTERM, and SIGKILL after the timeout; or the process ends before by itself.
    pub(super) fn terminate(&mut self, at: Duration, usual_timeout: Duration) {
        let State::Running(natural) = &self.state else {
            return;
        };
        let timeout = self.stop_timeout.unwrap_or(usual_timeout);
        let (after, code) = match self.behavior.sigterm {
            Sigterm::Exits { after, code } if after <= timeout => (after, code),
            _ => (timeout, 137),
        };
        let killed = Exit {
            at: at.saturating_add(after),
            code,
            reason: None,
        };
        let first = natural
            .iter()
            .find(|natural| natural.at <= killed.at)
            .cloned();
        self.state = State::Running(Some(first.unwrap_or(killed)));
    }

    /// When and how it will end, as far as that is known.
    pub(super) fn exit(&self) -> Option<&Exit> {
        match &self.state {
            State::Running(exit) => exit.as_ref(),
            _ => None,
        }
    }

    /// Takes note that the process has ended as it was to.
    pub(super) fn end(&mut self) -> Option<Exit> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Running(exit) => {
                if let (Some((_, ended)), Some(exit)) = (&mut self.ran, &exit) {
                    *ended = Some(exit.at);
                }
                exit
            }
            State::Waiting | State::Over => None,
        }
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self.state, State::Running(_))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    /// Starts at 0, is told to end at 10, with 30 seconds to do it.
    fn stopped(behavior: Behavior, own_timeout: Option<Duration>) -> (Duration, i32) {
        let mut process = Process::new(behavior, true, own_timeout, String::new());
        process.start(Duration::ZERO);
        process.terminate(secs(10), secs(30));
        let exit = process.end().unwrap();
        (exit.at, exit.code)
    }

    #[test]
    fn ends_by_the_first_that_comes() {
        let half = Duration::from_millis(10_500);
        assert_eq!(stopped(Behavior::runs_forever(), None), (half, 143));
        assert_eq!(stopped(Behavior::ignores_sigterm(), None), (secs(40), 137));
        assert_eq!(
            stopped(Behavior::ignores_sigterm(), Some(secs(2))),
            (secs(12), 137)
        );
        assert_eq!(
            stopped(Behavior::exits_after(secs(12), 5).ignoring_sigterm(), None),
            (secs(12), 5)
        );
        assert_eq!(
            stopped(Behavior::exits_after(secs(12), 5), None),
            (half, 143)
        );
        assert_eq!(
            stopped(Behavior::runs_forever().on_sigterm(secs(3), 0), None),
            (secs(13), 0)
        );
        assert_eq!(
            stopped(Behavior::runs_forever().on_sigterm(secs(90), 0), None),
            (secs(40), 137)
        );
    }

    #[test]
    fn nothing_that_does_not_run_is_ended() {
        let mut process = Process::new(Behavior::runs_forever(), true, None, String::new());
        process.terminate(secs(1), secs(30));
        assert_eq!(process.exit(), None);
    }
}

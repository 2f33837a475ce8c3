//! What containers have written to their logs.

use std::time::Duration;

use super::Ecs;
use super::process::Process;

/// A line, when it was written, and when it could be read.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::simulator) struct Line {
    pub(in crate::simulator) written: Duration,
    pub(in crate::simulator) readable: Duration,
    pub(in crate::simulator) text: String,
}

impl Ecs {
    /// The streams of a group that are there, by name, with what can be read of them.
    pub(in crate::simulator) fn log(&self, group: &str, now: Duration) -> Vec<(&str, Vec<Line>)> {
        let running = self.runs.values().flat_map(|run| run.processes());
        let of_group = |process: &&Process| {
            let log = process.log.as_ref();
            log.is_some_and(|(own, _)| own == group) && process.began().is_some()
        };
        let processes = self.past.iter().chain(running).filter(of_group);
        let mut streams: Vec<_> = processes
            .filter_map(|process| {
                let (_, stream) = process.log.as_ref()?;
                Some((stream.as_str(), self.readable(process, now)))
            })
            .collect();
        streams.sort_by_key(|(name, _)| *name);
        streams
    }

    /// Whether a definition names the group.
    pub(in crate::simulator) fn has_log_group(&self, group: &str) -> bool {
        let definitions = self.families.values().flatten();
        let containers = definitions.flat_map(|one| &one.shown.container_definitions);
        let mut options = containers
            .filter_map(|container| container.log_configuration.as_ref()?.options.as_ref());
        options.any(|options| {
            options
                .get("awslogs-group")
                .is_some_and(|name| name == group)
        })
    }

    fn readable(&self, process: &Process, now: Duration) -> Vec<Line> {
        let delay = self.timing.log_delay;
        let written = process.lines(now.saturating_sub(delay));
        let line = |(written, text): (Duration, String)| Line {
            written,
            readable: written.saturating_add(delay),
            text,
        };
        written.into_iter().map(line).collect()
    }
}

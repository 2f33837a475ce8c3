//! The pieces of an outcome's one line.

use std::fmt;

use crate::ecs::Task;
pub(super) use crate::error::OneLine;

/// Text from outside, if there is any.
pub(super) fn words(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// `task 0123abcd (main:7)`.
pub(super) struct Label<'a>(pub(super) &'a Task);

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = last_part(&self.0.task_arn);
        if id.is_empty() {
            f.write_str("the task")?;
        } else {
            write!(f, "task {}", OneLine(id))?;
        }
        match last_part(&self.0.task_definition_arn) {
            "" => Ok(()),
            definition => write!(f, " ({})", OneLine(definition)),
        }
    }
}

/// What stands behind the last slash of an ARN.
fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// ` (SIGKILL)` behind the exit code 137, and so on; nothing behind others.
pub(super) struct Signal(pub(super) i32);

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            130 => " (SIGINT)",
            134 => " (SIGABRT)",
            137 => " (SIGKILL)",
            139 => " (SIGSEGV)",
            143 => " (SIGTERM)",
            _ => "",
        })
    }
}

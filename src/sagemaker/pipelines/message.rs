//! What a callback step sends to its queue.

use std::fmt;
use std::str::FromStr;

use serde_json::Map;

use crate::error::OneLine;
use crate::wire::Document;
use crate::wire_enum;

/// How many characters of a message an error quotes.
const QUOTED: usize = 80;

wire_enum! {
    /// What a callback step sends its message for.
    pub enum CallbackStatus {
        /// The step runs and waits for its answer.
        Executing = "Executing",
        /// The execution is to stop, and waits for the step's answer before it does.
        Stopping = "Stopping",
    }
}

/// The message of a callback step.
///
/// ```
/// use longshore::sagemaker::pipelines::{CallbackMessage, CallbackStatus};
///
/// let body = r#"{"token": "ka1bZ2cY3d", "status": "Executing",
///     "pipelineExecutionArn": "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p/execution/e",
///     "arguments": {"rows": 17}}"#;
/// let message: CallbackMessage = body.parse()?;
/// assert_eq!(message.status, CallbackStatus::Executing);
/// assert_eq!(message.arguments["rows"], 17);
/// # Ok::<(), longshore::sagemaker::pipelines::InvalidCallback>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CallbackMessage {
    /// What the answer has to name: 10 letters and digits.
    pub token: String,
    /// The execution that the step belongs to.
    pub execution_arn: String,
    /// The step's arguments, usually an object; `null` if there are none.
    pub arguments: Document,
    /// What the message is for.
    pub status: CallbackStatus,
    /// Members that are not known here.
    pub other: Map<String, Document>,
}

/// A message that is none of a callback step.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidCallback {
    /// What is wrong with it.
    pub problem: String,
    /// How it begins: up to 80 characters.
    pub start: String,
}

impl fmt::Display for InvalidCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not the message of a callback step: {}, in: {}",
            self.problem,
            OneLine(&self.start)
        )
    }
}

impl std::error::Error for InvalidCallback {}

impl InvalidCallback {
    pub(super) fn new(problem: impl Into<String>, body: &str) -> Self {
        let mut start: String = body.chars().take(QUOTED).collect();
        if start.len() < body.len() {
            start.push('…');
        }
        Self {
            problem: problem.into(),
            start,
        }
    }
}

impl CallbackMessage {
    /// Reads the body of an SQS message. The names of the members are taken in whatever case.
    ///
    /// # Errors
    ///
    /// The body is no JSON object, or lacks token, execution or status; the error quotes its
    /// beginning.
    pub fn parse(body: &str) -> Result<Self, InvalidCallback> {
        let invalid = |problem: String| InvalidCallback::new(problem, body);
        let value: Document = serde_json::from_str(body)
            .map_err(|error| invalid(format!("it is no JSON ({error})")))?;
        let Document::Object(mut members) = value else {
            return Err(invalid("it is no object".to_owned()));
        };
        // The form of the published sample counts before one in another case.
        let mut take = |name: &str| {
            let known = members.keys().find(|own| own.as_str() == name);
            let known = known.or_else(|| members.keys().find(|own| own.eq_ignore_ascii_case(name)));
            let known = known.cloned()?;
            members.remove(&known).filter(|value| !value.is_null())
        };
        let mut text = |name: &str| match take(name) {
            Some(Document::String(text)) if !text.is_empty() => Ok(text),
            None => Err(invalid(format!("the member `{name}` is missing"))),
            Some(_) => Err(invalid(format!("the member `{name}` is no text"))),
        };
        Ok(Self {
            token: text("token")?,
            execution_arn: text("pipelineExecutionArn")?,
            status: CallbackStatus::from(text("status")?.as_str()),
            arguments: take("arguments").unwrap_or_default(),
            other: members,
        })
    }
}

impl FromStr for CallbackMessage {
    type Err = InvalidCallback;

    fn from_str(body: &str) -> Result<Self, InvalidCallback> {
        Self::parse(body)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p/execution/e";

    #[test]
    fn both_published_forms() {
        for name in ["status", "Status"] {
            for (text, status) in [
                ("Executing", CallbackStatus::Executing),
                ("Stopping", CallbackStatus::Stopping),
                ("Dreaming", CallbackStatus::Unknown("Dreaming".to_owned())),
            ] {
                let body = json!({
                    "token": "ka1bZ2cY3d", "pipelineExecutionArn": ARN, name: text,
                    "arguments": {"n": 1, "s": "x", "l": [null, true], "o": {}},
                    "new": {"member": 1},
                });
                let message = CallbackMessage::parse(&body.to_string()).unwrap();
                assert_eq!(message.token, "ka1bZ2cY3d");
                assert_eq!(message.execution_arn, ARN);
                assert_eq!(message.status, status);
                assert_eq!(message.arguments["l"], json!([null, true]));
                assert_eq!(message.other["new"], json!({"member": 1}));
                assert_eq!(message.other.len(), 1);
            }
        }
    }

    #[test]
    fn arguments_of_any_type() {
        for arguments in [json!(null), json!(1), json!("text"), json!([1]), json!({})] {
            let body = json!({
                "token": "t", "pipelineExecutionArn": ARN, "status": "Executing",
                "arguments": arguments,
            });
            let message = CallbackMessage::parse(&body.to_string()).unwrap();
            assert_eq!(message.arguments, arguments);
        }
    }

    #[test]
    fn garbage_is_quoted() {
        let long = "ä".repeat(100);
        let cut = format!("{}…", "ä".repeat(80));
        let cases = [
            (
                "",
                "it is no JSON (EOF while parsing a value at line 1 column 0), in: ",
            ),
            (
                &*long,
                &*format!("it is no JSON (expected value at line 1 column 1), in: {cut}"),
            ),
            ("[1,\n2]", "it is no object, in: [1, 2]"),
            ("{}", "the member `token` is missing, in: {}"),
            (
                r#"{"token":1}"#,
                r#"the member `token` is no text, in: {"token":1}"#,
            ),
            (
                r#"{"token":"t"}"#,
                r#"the member `pipelineExecutionArn` is missing, in: {"token":"t"}"#,
            ),
            (
                r#"{"token":"t","pipelineExecutionArn":"a","status":null}"#,
                "the member `status` is missing, in: \
                 {\"token\":\"t\",\"pipelineExecutionArn\":\"a\",\"status\":null}",
            ),
        ];
        for (body, expected) in cases {
            let error = CallbackMessage::parse(body).unwrap_err();
            let expected = format!("not the message of a callback step: {expected}");
            assert_eq!(error.to_string(), expected);
        }
    }
}

//! Patterns of FilterLogEvents
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>).

use crate::simulator::refusal::Refusal;

/// Terms and quoted phrases, which have to be in a line all of them.
#[derive(Debug, PartialEq)]
pub(super) struct Pattern(Vec<String>);

impl Pattern {
    pub(super) fn read(text: &str) -> Result<Self, Refusal> {
        let unmodelled = || {
            Refusal::new(
                "UnsupportedOperationException",
                format!("the simulator models terms and quoted phrases, not the pattern {text}"),
            )
        };
        let mut terms = Vec::new();
        let mut rest = text.trim();
        while let Some(first) = rest.chars().next() {
            let (term, after) = match first {
                '"' => rest[1..].split_once('"').ok_or_else(unmodelled)?,
                // Fields, members, regular expressions, terms of which one will do or none may be.
                '[' | '{' | '%' | '?' | '-' => return Err(unmodelled()),
                _ => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
            };
            terms.push(term.to_owned());
            rest = after.trim_start();
        }
        Ok(Self(terms))
    }

    pub(super) fn matches(&self, line: &str) -> bool {
        self.0.iter().all(|term| line.contains(term))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn terms_and_phrases() {
        let cases = [
            ("", "anything", true),
            ("line", "a line", true),
            ("a line", "line of a", true),
            ("\"a line\"", "line of a", false),
            ("\"a line\" 3", "a line: 3", true),
            ("line 4", "a line: 3", false),
        ];
        for (pattern, line, matches) in cases {
            let pattern = Pattern::read(pattern).unwrap();
            assert_eq!(pattern.matches(line), matches, "{pattern:?} {line}");
        }
        for other in [
            "{ $.a = 1 }",
            "[a, b]",
            "?one ?two",
            "one -two",
            "%x%",
            "\"a",
        ] {
            assert!(Pattern::read(other).is_err(), "{other}");
        }
    }
}

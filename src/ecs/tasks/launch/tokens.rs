//! Idempotency tokens: one for each round of each chunk of a launch, derived from its key.

use crate::hash::fnv;

/// What a service takes as a token, and we as a key: visible ASCII.
pub(super) fn check_key(key: &str) -> Result<(), &'static str> {
    if key.is_empty() {
        return Err("the key of the launch is empty");
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("the key of the launch may have visible ASCII characters only");
    }
    Ok(())
}

/// The longest key that stands in its tokens as it is: `.4294967295.4294967295` follows, and a
/// token can have 64 characters.
const VERBATIM: usize = 42;
/// What is left of a longer key, to be recognised in CloudTrail; a hash of 33 characters follows.
const HEAD: usize = 9;

/// The token of a round: `job-42.0.0`.
///
/// Chunks and rounds are read off the end, so that no two of them have the same token, whatever
/// the key. Tokens outlive programs: this form may never change.
pub(super) fn token(key: &str, chunk: u32, round: u32) -> String {
    match key.get(..HEAD) {
        Some(head) if key.len() > VERBATIM => {
            format!("{head}~{:032x}.{chunk}.{round}", fnv(key.as_bytes()))
        }
        _ => format!("{key}.{chunk}.{round}"),
    }
}

/// A number from 0 to 1 that looks random and is the same for the same token: pauses that spread.
pub(super) fn chance(token: &str, trial: u32) -> f64 {
    let hash = fnv(format!("{token}/{trial}").as_bytes());
    // The folded middle of the hash has mixed best; 32 bits are plenty for a pause.
    let bits = ((hash >> 32) ^ (hash >> 64) ^ (hash >> 96)) & u128::from(u32::MAX);
    u32::try_from(bits).map_or(1.0, |bits| f64::from(bits) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn tokens_never_change() {
        assert_eq!(token("job-42", 0, 0), "job-42.0.0");
        assert_eq!(token("job-42", 3, 1), "job-42.3.1");
        let long = "x".repeat(VERBATIM + 1);
        assert_eq!(
            token(&long, 1, 2),
            format!("xxxxxxxxx~{:032x}.1.2", fnv(long.as_bytes()))
        );
    }

    #[test]
    fn no_token_is_too_long_and_none_is_shared() {
        let mut seen = BTreeSet::new();
        let keys = [
            "a".to_owned(),
            "a.0".to_owned(),
            "a.1".to_owned(),
            "b".repeat(VERBATIM),
            "b".repeat(VERBATIM + 1),
            "b".repeat(VERBATIM + 2),
            "b".repeat(10_000),
        ];
        for key in &keys {
            check_key(key).unwrap();
            for chunk in [0, 1, 10, u32::MAX] {
                for round in [0, 1, 10, u32::MAX] {
                    let token = token(key, chunk, round);
                    assert!(token.len() <= 64, "{token}");
                    assert!(seen.insert(token));
                }
            }
        }
    }

    #[test]
    fn keys_that_cannot_be() {
        for key in ["", "a b", "a\n", "ä", "a\u{7f}"] {
            assert!(check_key(key).is_err(), "{key:?}");
        }
    }

    #[test]
    fn chance_spreads() {
        let sum: f64 = (0..1000).map(|n| chance(&token("job", n, 0), n % 3)).sum();
        assert!((450.0..550.0).contains(&sum), "{sum}");
    }
}

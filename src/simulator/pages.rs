//! Lists in pages.

use super::hex::{hex, unhex};

/// The most that a page holds, which is also what it holds if nothing is said.
const MOST: i32 = 100;

/// What a request says of pages.
#[derive(Debug, Default)]
pub(super) struct Wish<'a> {
    pub(super) token: Option<&'a str>,
    pub(super) size: Option<i32>,
    pub(super) descending: bool,
}

/// What is wrong with a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadWish {
    Size,
    Token,
}

/// A page of values, which are ordered by their keys, and the token of the next page.
///
/// The token holds the last key, so pages stay right when values come and go between them.
///
/// # Errors
///
/// A page size out of bounds, and a token that is none.
pub(super) fn page<T>(
    mut items: Vec<(String, T)>,
    wish: &Wish<'_>,
) -> Result<(Vec<T>, Option<String>), BadWish> {
    let size = wish.size.unwrap_or(MOST);
    let size = usize::try_from(size)
        .ok()
        .filter(|_| (1..=MOST).contains(&size))
        .ok_or(BadWish::Size)?;
    items.sort_by(|(left, _), (right, _)| left.cmp(right));
    if wish.descending {
        items.reverse();
    }
    let begin = match wish.token.map(last_key) {
        None => 0,
        Some(None) => return Err(BadWish::Token),
        Some(Some(last)) => items.partition_point(|(key, _)| {
            if wish.descending {
                *key >= last
            } else {
                *key <= last
            }
        }),
    };
    let end = items.len().min(begin + size);
    let next = (end < items.len()).then(|| token(&items[end - 1].0));
    let values = items.drain(begin..end).map(|(_, value)| value);
    Ok((values.collect(), next))
}
fn token(key: &str) -> String {
    hex(key.as_bytes())
}

fn last_key(token: &str) -> Option<String> {
    String::from_utf8(unhex(token)?).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn items(names: &[&str]) -> Vec<(String, String)> {
        names
            .iter()
            .map(|name| ((*name).to_owned(), name.to_uppercase()))
            .collect()
    }

    #[test]
    fn one_after_the_other() {
        let names = ["c", "a", "b", "e", "d"];
        let mut wish = Wish {
            size: Some(2),
            ..Wish::default()
        };
        let (first, next) = page(items(&names), &wish).unwrap();
        assert_eq!(first, ["A", "B"]);
        let next = next.unwrap();
        wish.token = Some(&next);
        // `b` has gone in between.
        let (second, next) = page(items(&["a", "c", "d", "e"]), &wish).unwrap();
        assert_eq!(second, ["C", "D"]);
        let next = next.unwrap();
        wish.token = Some(&next);
        assert_eq!(
            page(items(&names), &wish).unwrap(),
            (vec!["E".to_owned()], None)
        );
    }

    #[test]
    fn descending() {
        let mut wish = Wish {
            size: Some(1),
            descending: true,
            ..Wish::default()
        };
        let (first, next) = page(items(&["a", "b"]), &wish).unwrap();
        assert_eq!(first, ["B"]);
        wish.token = next.as_deref();
        assert_eq!(
            page(items(&["a", "b"]), &wish).unwrap(),
            (vec!["A".to_owned()], None)
        );
    }

    #[test]
    fn refused() {
        for size in [0, -1, 101] {
            assert!(
                page(
                    items(&["a"]),
                    &Wish {
                        size: Some(size),
                        ..Wish::default()
                    }
                )
                .is_err()
            );
        }
        assert!(
            page(
                items(&["a"]),
                &Wish {
                    token: Some("x"),
                    ..Wish::default()
                }
            )
            .is_err()
        );
    }
}

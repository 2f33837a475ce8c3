//! Where reading is in a log stream.

use super::LogLocation;
use crate::logs::{GetLogEventsRequest, OutputLogEvent};

/// How far a stream has been read: by the service's token, and by what was read last, since a
/// token holds for a day only
/// ([API reference](https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html)).
#[derive(Debug, Default)]
pub(super) struct Place {
    token: Option<String>,
    /// Where reading began anew, in milliseconds, and how many events of that millisecond are
    /// still to be passed over.
    since: Option<i64>,
    known: usize,
    /// The time of the last event, and how many in a row had it.
    last: Option<i64>,
    alike: usize,
}

impl Place {
    /// What to ask next.
    #[inline]
    pub(super) fn request(&self, location: &LogLocation) -> GetLogEventsRequest {
        GetLogEventsRequest {
            log_group_name: Some(location.group.clone()),
            start_from_head: Some(true),
            start_time: self.since,
            next_token: self.token.clone(),
            ..GetLogEventsRequest::new(&location.stream)
        }
    }

    /// Takes an answer in: what of it is new, and whether it was at the stream's end.
    pub(super) fn take(
        &mut self,
        token: Option<String>,
        mut events: Vec<OutputLogEvent>,
    ) -> (Vec<OutputLogEvent>, bool) {
        // At its end a stream answers with the token that it was asked with.
        let is_end = token.is_none() || token == self.token;
        if token.is_some() {
            self.token = token;
        }
        events.retain(|event| {
            let is_known = self.known > 0 && event.timestamp == self.since;
            self.known -= usize::from(is_known);
            !is_known
        });
        for event in &events {
            if event.timestamp != self.last {
                self.last = event.timestamp;
                self.alike = 0;
            }
            self.alike += 1;
        }
        (events, is_end)
    }

    /// Goes on without the token, which the service does not accept any more; `false` if there
    /// was none.
    pub(super) fn drop_token(&mut self) -> bool {
        let had_token = self.token.take().is_some();
        if had_token {
            self.since = self.last;
            self.known = self.alike;
        }
        had_token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(list: &[(i64, &str)]) -> Vec<OutputLogEvent> {
        let event = |&(at, text): &(i64, &str)| OutputLogEvent {
            timestamp: Some(at),
            message: Some(text.to_owned()),
            ..OutputLogEvent::default()
        };
        list.iter().map(event).collect()
    }

    fn location() -> LogLocation {
        LogLocation {
            region: None,
            group: "g".to_owned(),
            stream: "s".to_owned(),
        }
    }

    fn token(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn by_tokens() {
        let mut place = Place::default();
        assert!(!place.drop_token());
        let page = events(&[(1, "a"), (2, "b")]);
        assert_eq!(place.take(token("t1"), page.clone()), (page, false));
        assert_eq!(place.request(&location()).next_token, token("t1"));
        assert_eq!(place.request(&location()).start_time, None);
        assert_eq!(place.take(token("t1"), Vec::new()), (Vec::new(), true));
    }

    #[test]
    fn without_its_token_by_what_was_last() {
        let mut place = Place::default();
        place.take(token("t1"), events(&[(1, "a"), (2, "b")]));
        place.take(token("t2"), events(&[(2, "c")]));
        assert!(place.drop_token());
        let request = place.request(&location());
        assert_eq!((request.next_token, request.start_time), (None, Some(2)));
        // What is known is passed over, on more pages than one.
        let (new, is_end) = place.take(token("t3"), events(&[(2, "b")]));
        assert_eq!((new, is_end), (Vec::new(), false));
        let page = events(&[(2, "c"), (2, "d"), (3, "e")]);
        assert_eq!(
            place.take(token("t4"), page).0,
            events(&[(2, "d"), (3, "e")])
        );
        // The start stays what it was for the tokens that follow.
        assert_eq!(place.request(&location()).start_time, Some(2));
        assert!(place.drop_token());
        assert_eq!(place.request(&location()).start_time, Some(3));
        let page = events(&[(3, "e"), (3, "f")]);
        assert_eq!(place.take(token("t5"), page).0, events(&[(3, "f")]));
    }

    #[test]
    fn before_the_first_line() {
        let mut place = Place::default();
        place.take(token("t1"), Vec::new());
        assert!(place.drop_token());
        assert!(!place.drop_token());
        let page = events(&[(1, "a")]);
        assert_eq!(place.take(token("t2"), page.clone()).0, page);
    }
}

//! Amazon CloudWatch Logs: what the containers of simulated tasks have written.

mod pattern;
mod token;

use super::carry;
use super::ecs::{Ecs, Line};
use super::refusal::Refusal;
use super::world::World;
use crate::logs::{
    DescribeLogStreamsRequest, DescribeLogStreamsResponse, FilterLogEventsRequest,
    FilterLogEventsResponse, FilteredLogEvent, GetLogEventsRequest, GetLogEventsResponse,
    LogStream, OrderBy, OutputLogEvent,
};
use pattern::Pattern;
use token::{Direction, Token};

/// What stands before the operation's name in `X-Amz-Target`.
pub(super) const PREFIX: &str = "Logs_20140328";

/// The most events of an answer
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>).
const MOST: usize = 10_000;
/// The most bytes of an answer, and what each event counts beside its text.
const MOST_BYTES: usize = 1 << 20;
const EVENT_BYTES: usize = 26;

/// The service, which only reads.
struct Logs<'a>(&'a Ecs);

/// Carries out an operation: from JSON to JSON.
pub(super) fn carry_out(
    ecs: &Ecs,
    world: &mut World,
    operation: &str,
    body: &str,
) -> Result<Vec<u8>, Refusal> {
    let mut logs = Logs(ecs);
    match operation {
        "GetLogEvents" => carry::call(&mut logs, world, body, Logs::get_log_events),
        "FilterLogEvents" => carry::call(&mut logs, world, body, Logs::filter_log_events),
        "DescribeLogStreams" => carry::call(&mut logs, world, body, Logs::describe_log_streams),
        _ => Err(Refusal::new(
            "UnsupportedOperationException",
            format!("the simulator does not model {operation}"),
        )),
    }
}

type Streams<'a> = Vec<(&'a str, Vec<Line>)>;

impl<'a> Logs<'a> {
    fn streams(
        &self,
        world: &World,
        name: Option<&str>,
        identifier: Option<&str>,
    ) -> Result<Streams<'a>, Refusal> {
        let group = name
            .or_else(|| identifier?.split(':').next_back())
            .ok_or_else(|| {
                Refusal::invalid("Either logGroupName or logGroupIdentifier is needed.")
            })?;
        let streams = self.0.log(group, world.now);
        if streams.is_empty() && !self.0.has_log_group(group) {
            return Err(missing("The specified log group does not exist."));
        }
        Ok(streams)
    }

    fn get_log_events(
        &mut self,
        world: &mut World,
        request: GetLogEventsRequest,
    ) -> Result<GetLogEventsResponse, Refusal> {
        let group = request.log_group_name.as_deref();
        let streams = self.streams(world, group, request.log_group_identifier.as_deref())?;
        let stream = streams
            .into_iter()
            .find(|(name, _)| *name == request.log_stream_name);
        let (_, lines) =
            stream.ok_or_else(|| missing("The specified log stream does not exist."))?;
        let lines = between(world, lines, request.start_time, request.end_time);
        let limit = limit(request.limit)?;
        let given = request.next_token.as_deref();
        let token = given.map(|text| Token::read(text, world.now)).transpose()?;
        let at_head = request.start_from_head == Some(true);
        let (direction, at) = match token {
            Some(token) => (token.direction, token.place.min(lines.len())),
            None if at_head => (Direction::Forward, 0),
            None => (Direction::Backward, lines.len()),
        };
        let (first, end) = match direction {
            Direction::Forward => {
                let rest = lines.get(at..).unwrap_or_default();
                (at, at + fitting(rest.iter(), limit))
            }
            Direction::Backward => {
                let rest = lines.get(..at).unwrap_or_default();
                (at - fitting(rest.iter().rev(), limit), at)
            }
        };
        // At its end a stream answers with the token that it was asked with.
        let next = |direction: Direction, place: usize| {
            let own = token.filter(|own| (own.direction, own.place) == (direction, place));
            let issued = own.map_or(world.now, |own| own.issued);
            let token = Token {
                direction,
                place,
                issued,
            };
            Some(token.to_string())
        };
        let shown = lines.get(first..end).unwrap_or_default();
        let event = |line: &Line| OutputLogEvent {
            timestamp: Some(millis(world, line.written)),
            ingestion_time: Some(millis(world, line.readable)),
            message: Some(line.text.clone()),
            ..OutputLogEvent::default()
        };
        Ok(GetLogEventsResponse {
            events: shown.iter().map(event).collect(),
            next_forward_token: next(Direction::Forward, end),
            next_backward_token: next(Direction::Backward, first),
            ..GetLogEventsResponse::default()
        })
    }

    fn filter_log_events(
        &mut self,
        world: &mut World,
        request: FilterLogEventsRequest,
    ) -> Result<FilterLogEventsResponse, Refusal> {
        let group = request.log_group_name.as_deref();
        let streams = self.streams(world, group, request.log_group_identifier.as_deref())?;
        let prefix = request
            .log_stream_name_prefix
            .as_deref()
            .unwrap_or_default();
        let names = request.log_stream_names.as_deref();
        let wanted = |name: &str| {
            name.starts_with(prefix)
                && names.is_none_or(|names| names.iter().any(|one| one == name))
        };
        let pattern = Pattern::read(request.filter_pattern.as_deref().unwrap_or_default())?;
        let mut events = Vec::new();
        for (name, lines) in streams.into_iter().filter(|(name, _)| wanted(name)) {
            for line in between(world, lines, request.start_time, request.end_time) {
                if pattern.matches(&line.text) {
                    events.push((line, name));
                }
            }
        }
        events.sort_by_key(|(line, _)| line.written);
        let first = request.next_token.as_deref().map_or(Ok(0), place)?;
        let rest = events.get(first..).unwrap_or_default();
        let end = first + fitting(rest.iter().map(|(line, _)| line), limit(request.limit)?);
        let more = (end < events.len()).then(|| end.to_string());
        let event = |(line, stream): &(Line, &str)| FilteredLogEvent {
            log_stream_name: Some((*stream).to_owned()),
            timestamp: Some(millis(world, line.written)),
            ingestion_time: Some(millis(world, line.readable)),
            message: Some(line.text.clone()),
            ..FilteredLogEvent::default()
        };
        Ok(FilterLogEventsResponse {
            events: events
                .get(first..end)
                .unwrap_or_default()
                .iter()
                .map(event)
                .collect(),
            next_token: more,
            ..FilterLogEventsResponse::default()
        })
    }

    fn describe_log_streams(
        &mut self,
        world: &mut World,
        request: DescribeLogStreamsRequest,
    ) -> Result<DescribeLogStreamsResponse, Refusal> {
        let group = request.log_group_name.as_deref();
        let mut streams = self.streams(world, group, request.log_group_identifier.as_deref())?;
        let prefix = request
            .log_stream_name_prefix
            .as_deref()
            .unwrap_or_default();
        streams.retain(|(name, _)| name.starts_with(prefix));
        if request.order_by == Some(OrderBy::LastEventTime) {
            if !prefix.is_empty() {
                return Err(Refusal::invalid(
                    "Cannot order by LastEventTime with a logStreamNamePrefix.",
                ));
            }
            streams.sort_by_key(|(_, lines)| lines.last().map(|line| line.written));
        }
        if request.descending == Some(true) {
            streams.reverse();
        }
        let first = request.next_token.as_deref().map_or(Ok(0), place)?;
        let end = streams
            .len()
            .min(first.saturating_add(limit(request.limit)?.min(50)));
        let more = (end < streams.len()).then(|| end.to_string());
        let stream = |(name, lines): &(&str, Vec<Line>)| LogStream {
            log_stream_name: Some((*name).to_owned()),
            first_event_timestamp: lines.first().map(|line| millis(world, line.written)),
            last_event_timestamp: lines.last().map(|line| millis(world, line.written)),
            last_ingestion_time: lines.last().map(|line| millis(world, line.readable)),
            ..LogStream::default()
        };
        Ok(DescribeLogStreamsResponse {
            log_streams: streams
                .get(first..end)
                .unwrap_or_default()
                .iter()
                .map(stream)
                .collect(),
            next_token: more,
            ..DescribeLogStreamsResponse::default()
        })
    }
}

fn between(world: &World, lines: Vec<Line>, start: Option<i64>, end: Option<i64>) -> Vec<Line> {
    let mut lines = lines;
    lines.retain(|line| {
        let at = millis(world, line.written);
        start.is_none_or(|start| at >= start) && end.is_none_or(|end| at < end)
    });
    lines
}

/// How many of the lines fit into an answer; a single one always does.
fn fitting<'l>(lines: impl Iterator<Item = &'l Line>, limit: usize) -> usize {
    let mut bytes = 0;
    let fits = |line: &&Line| {
        let is_first = bytes == 0;
        bytes += line.text.len() + EVENT_BYTES;
        is_first || bytes <= MOST_BYTES
    };
    lines.take(limit).take_while(fits).count()
}

fn missing(message: &str) -> Refusal {
    Refusal::new("ResourceNotFoundException", message)
}

fn limit(limit: Option<i32>) -> Result<usize, Refusal> {
    match limit.map(usize::try_from) {
        None => Ok(MOST),
        Some(Ok(limit)) if (1..=MOST).contains(&limit) => Ok(limit),
        _ => Err(Refusal::invalid("The limit is from 1 to 10000.")),
    }
}

fn invalid_token() -> Refusal {
    Refusal::invalid("The specified nextToken is invalid.")
}

fn place(token: &str) -> Result<usize, Refusal> {
    token.parse().map_err(|_| invalid_token())
}

fn millis(world: &World, at: std::time::Duration) -> i64 {
    #[allow(clippy::cast_possible_truncation)] // milliseconds since 1970
    let millis = (world.date(at).as_secs_f64() * 1000.0).round() as i64;
    millis
}

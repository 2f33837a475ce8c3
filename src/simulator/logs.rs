//! Amazon CloudWatch Logs: what the containers of simulated tasks have written.

use super::carry;
use super::ecs::{Ecs, Line};
use super::refusal::Refusal;
use super::world::World;
use crate::logs::{
    DescribeLogStreamsRequest, DescribeLogStreamsResponse, FilterLogEventsRequest,
    FilterLogEventsResponse, FilteredLogEvent, GetLogEventsRequest, GetLogEventsResponse,
    LogStream, OutputLogEvent,
};

/// What stands before the operation's name in `X-Amz-Target`.
pub(super) const PREFIX: &str = "Logs_20140328";

/// The most events of an answer
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>).
const MOST: usize = 10_000;

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
        let from_head = request.start_from_head == Some(true);
        let token = request.next_token.as_deref();
        let (first, end) = match token.map(|token| token.split_at_checked(2).unwrap_or_default()) {
            Some(("f/", at)) => (place(at)?, lines.len()),
            Some(("b/", at)) => (0, place(at)?.min(lines.len())),
            Some(_) => return Err(Refusal::invalid("The specified nextToken is invalid.")),
            None => (0, lines.len()),
        };
        let forward = from_head || token.is_some_and(|token| token.starts_with("f/"));
        let (first, end) = if forward {
            (first, end.min(first.saturating_add(limit)))
        } else {
            (end.saturating_sub(limit).max(first), end)
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
            next_forward_token: Some(format!("f/{:056}", first + shown.len())),
            next_backward_token: Some(format!("b/{first:056}")),
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
        // Terms have to be in a line, all of them; other patterns are not modelled.
        let pattern = request.filter_pattern.as_deref().unwrap_or_default();
        let terms: Vec<&str> = pattern
            .split_whitespace()
            .map(|term| term.trim_matches('"'))
            .collect();
        let mut events = Vec::new();
        for (name, lines) in streams.into_iter().filter(|(name, _)| wanted(name)) {
            for line in between(world, lines, request.start_time, request.end_time) {
                if terms.iter().all(|term| line.text.contains(term)) {
                    events.push((line, name));
                }
            }
        }
        events.sort_by_key(|(line, _)| line.written);
        let first = request.next_token.as_deref().map_or(Ok(0), place)?;
        let limit = limit(request.limit)?;
        let end = events.len().min(first.saturating_add(limit));
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

fn place(token: &str) -> Result<usize, Refusal> {
    token
        .parse()
        .map_err(|_| Refusal::invalid("The specified nextToken is invalid."))
}

fn millis(world: &World, at: std::time::Duration) -> i64 {
    #[allow(clippy::cast_possible_truncation)] // milliseconds since 1970
    let millis = (world.date(at).as_secs_f64() * 1000.0).round() as i64;
    millis
}

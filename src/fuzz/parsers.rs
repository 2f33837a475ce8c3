//! The parsers of outside input. Another one is another line of the table.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};

use super::{Parser, Target};
use crate::client::{Incoming, decode};
use crate::config::{Config, fuzzed_files};
use crate::endpoint::{Endpoint, Endpoints, Hosts, Wish};
use crate::error::{self, Error};
use crate::wire::{Decode, Timestamp};

const fn target(name: &'static str, seeds: &'static [&'static str], parse: Parser) -> Target {
    Target { name, seeds, parse }
}

#[rustfmt::skip]
pub(super) const TARGETS: &[Target] = &[
    #[cfg(feature = "ecs")]
    target("answers", ANSWERS, json::<crate::ecs::DescribeTasksResponse>),
    #[cfg(feature = "ecs-tasks")]
    target("watched tasks", WATCHED, |bytes| crate::ecs::tasks::fuzzed_answer(text(bytes)?)),
    #[cfg(feature = "ecs-tasks")]
    target("events", EVENTS, |bytes| crate::ecs::tasks::TaskStateChange::parse(text(bytes)?).map(drop).map_err(|e| e.to_string())),
    #[cfg(feature = "ecs-tasks")]
    target("ARNs", ARNS, |bytes| crate::ecs::tasks::fuzzed_arn(text(bytes)?)),
    #[cfg(feature = "sagemaker-pipelines")]
    target("callbacks", CALLBACKS, |bytes| crate::sagemaker::pipelines::CallbackMessage::parse(text(bytes)?).map(drop).map_err(|e| e.to_string())),
    target("documents", ANSWERS, json::<crate::wire::Document>),
    target("errors", ERRORS, error),
    target("files", FILES, |bytes| fuzzed_files(text(bytes)?)),
    target("variables", VARIABLES, variables),
    target("endpoints", ENDPOINTS, endpoint),
    target("regions", REGIONS, region),
    target("times", TIMES, |bytes| text(bytes)?.parse::<Timestamp>().map(drop).map_err(|e| e.to_string())),
    #[cfg(feature = "credentials-chain")]
    target("credentials", KEYS, crate::credentials::fuzzed_keys),
    #[cfg(feature = "credentials-chain")]
    target("roles", ROLES, crate::credentials::fuzzed_role),
];

#[rustfmt::skip]
const ANSWERS: &[&str] = &[
    "{}", "",
    r#"{"tasks":[{"taskArn":"arn:aws:ecs:eu-west-1:1:task/c/0","lastStatus":"RUNNING","version":3,"createdAt":1.7e9,
        "containers":[{"name":"a","exitCode":137,"networkInterfaces":[{"privateIpv4Address":"10.0.0.1"}]}],
        "attachments":[{"details":[{"name":"k","value":"v \u00e9\n"}]}],"tags":[],"unknown":{"a":[1,2.5,null,true]}}],
        "failures":[{"arn":"a","reason":"MISSING","detail":null}]}"#,
];
#[cfg(feature = "ecs-tasks")]
#[rustfmt::skip]
const WATCHED: &[&str] = &[
    r#"{"failures":[{"arn":"a","reason":"MISSING"}],"tasks":[{"taskArn":"a","lastStatus":"RUNNING","version":3,"more":[{}]}]}"#,
    r#"{"tasks":[{"lastStatus":null,"containers":[{"name":"a\"b"}]},{"version":null,"taskArn":"a\/b"}]}"#,
];
#[cfg(feature = "ecs-tasks")]
#[rustfmt::skip]
const EVENTS: &[&str] = &[
    r#"{"version":"0","id":"e","detail-type":"ECS Task State Change","source":"aws.ecs","account":"1","time":"2026-11-21T05:00:00Z",
        "region":"eu-west-1","resources":[],"detail":{"taskArn":"arn:aws:ecs:eu-west-1:1:task/c/0","lastStatus":"STOPPED","version":3,
        "stoppedAt":"2026-11-21T05:00:00.5Z","containers":[{"name":"a","exitCode":1}]}}"#,
    r#"{"Type":"Notification","MessageId":"m","Message":"{\"source\":\"aws.ecs\",\"detail-type\":\"ECS Task State Change\",\"detail\":{\"taskArn\":\"a\"}}"}"#,
];
#[cfg(feature = "ecs-tasks")]
const ARNS: &[&str] = &[
    "arn:aws:ecs:us-east-1:123456789012:task/default/0123456789abcdef0123456789abcdef",
    "arn:aws-cn:ecs:cn-north-1:1:task/0a-1b",
];
#[cfg(feature = "sagemaker-pipelines")]
#[rustfmt::skip]
const CALLBACKS: &[&str] = &[
    r#"{"token":"AbCdEfGh12","pipelineExecutionArn":"arn:aws:sagemaker:us-east-1:1:pipeline/p/execution/e","arguments":{"a":1,"b":["c",null]},"status":"Executing"}"#,
    r#"{"token":"AbCdEfGh12","pipelineExecutionArn":"arn:aws:sagemaker:us-east-1:1:pipeline/p/execution/e","arguments":{},"Status":"Stopping","more":true}"#,
];
#[rustfmt::skip]
const ERRORS: &[&str] = &[
    r#"{"__type":"com.amazonaws.ecs#ClusterNotFoundException:http://x/","message":"Cluster not found.","resourceIds":["a"]}"#,
    r#"{"code":"Throttling","Message":"Rate exceeded","retry":1}"#, "<html>", "",
];
#[rustfmt::skip]
const FILES: &[&str] = &[
    "[default]\nregion = eu-west-1 # c\ns3 =\n  a = b\n[profile x]\nrole_arn = a\nsource_profile = k\n[profile k]\ncredential_process = c\n",
    "[default]\naws_access_key_id=a\naws_secret_access_key=b\n[sso-session s]\nsso_region=r\nsso_start_url=u\n",
    "; c\n[profile \"a b\"]\nsso_session=s\nsso_account_id=1\nsso_role_name=r\nservices = t\n[sso-session s]\nsso_region=r-1\nsso_start_url=u\n[services t]\necs =\n  endpoint_url = http://h\n",
];
#[rustfmt::skip]
const VARIABLES: &[&str] = &[
    "AWS_REGION=eu-west-1\nAWS_ENDPOINT_URL=http://localhost:1\nAWS_MAX_ATTEMPTS=3\nAWS_USE_FIPS_ENDPOINT=false",
    "HTTPS_PROXY=http://u:p@h:1\nNO_PROXY=10.0.0.0/8,.x\nAWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b\nAWS_SESSION_TOKEN=c",
];
const ENDPOINTS: &[&str] = &[
    "https://ecs.eu-west-1.amazonaws.com",
    "http://[::1]:8080/base/",
    "http://localhost",
];
const REGIONS: &[&str] = &[
    "eu-west-1",
    "us-gov-east-1",
    "cn-north-1",
    "aws-global",
    "x",
];
const TIMES: &[&str] = &[
    "2026-11-21T05:00:00Z",
    "1970-01-01T00:00:00.000000001+01:00",
];
#[cfg(feature = "credentials-chain")]
#[rustfmt::skip]
const KEYS: &[&str] = &[
    r#"{"Code":"Success","AccessKeyId":"a","SecretAccessKey":"b","Token":"c","Expiration":"2100-01-01T00:00:00Z"}"#,
    r#"{"AccessKeyId":"a","SecretAccessKey":"b","Token":null,"Expiration":4102444800000}"#,
];
#[cfg(feature = "credentials-chain")]
#[rustfmt::skip]
const ROLES: &[&str] = &[
    "<R xmlns=\"u\"><Credentials><AccessKeyId>a</AccessKeyId><SecretAccessKey>b</SecretAccessKey>\
     <SessionToken>c&amp;</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></R>",
    "<?xml version=\"1.0\"?><ErrorResponse><Error><Code>a</Code><Message>b <![CDATA[c]]></Message></Error></ErrorResponse>",
];

fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| error.to_string())
}

fn one_line<T>(result: Result<T, Error>) -> Result<(), String> {
    // Both ways to print an error are one line.
    result.map(drop).map_err(|error| {
        let shown = format!("{error:?}");
        assert!(!shown.contains(char::is_control), "{shown}");
        error.to_string()
    })
}

/// A successful answer.
fn json<R: Decode + Default>(bytes: &[u8]) -> Result<(), String> {
    let incoming = Incoming {
        operation: Cow::Borrowed("Fuzz"),
        status: 200,
        request_id: None,
        attempts: 1,
        body: Bytes::copy_from_slice(bytes),
    };
    one_line(decode::<R>(&incoming))
}

/// An error, whose headers are part of the input, too.
fn error(bytes: &[u8]) -> Result<(), String> {
    let mut headers = HeaderMap::new();
    let names = [
        "x-amzn-errortype",
        "retry-after",
        "x-amz-retry-after",
        "x-amzn-requestid",
        "location",
    ];
    for (name, value) in names.iter().zip(bytes.rsplit(|b| *b == b',')) {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.insert(*name, value);
        }
    }
    let body = Bytes::copy_from_slice(bytes);
    let status = 300 + u16::from(bytes.first().copied().unwrap_or_default());
    let error = error::parse(Cow::Borrowed("Fuzz"), status, &headers, &body);
    let error = Error::of_service(error);
    let _ = (
        error.is_throttle(),
        error.is_capacity(),
        error.is_retryable(),
    );
    // An error read is a success of this parser, if it can be shown.
    let line = one_line::<()>(Err(error)).unwrap_err();
    assert!(
        line.chars().count() < 5000 && !line.contains(char::is_control),
        "{line}"
    );
    Ok(())
}

fn variables(bytes: &[u8]) -> Result<(), String> {
    // Files are another parser's business.
    let vars = text(bytes)?.lines().filter_map(|line| line.split_once('='));
    let vars = vars
        .filter(|(name, _)| !["HOME", "USERPROFILE"].contains(name) && !name.ends_with("_FILE"));
    one_line(Config::from_vars(vars).inspect(|config| drop(format!("{config:?}"))))
}

fn endpoint(bytes: &[u8]) -> Result<(), String> {
    let url = text(bytes)?;
    let wish = Wish {
        region: "eu-west-1",
        url: Some(url),
        ..Wish::default()
    };
    let endpoint = Endpoint::resolve(&HOSTS, wish).map_err(|error| error.to_string())?;
    let uri = endpoint.uri(None).map_err(|_| "no URL".to_owned())?;
    assert!(
        uri.host()
            .is_some_and(|host| !host.is_empty() && !host.contains(['/', '@', '#', '\\']))
    );
    Ok(())
}

/// Whatever a region is, the host stays within the partition.
fn region(bytes: &[u8]) -> Result<(), String> {
    let config = Config::new().region(text(bytes)?);
    let region = config.checked_region().map_err(|error| error.to_string())?;
    let wish = Wish {
        region,
        ..Wish::default()
    };
    let endpoint = Endpoint::resolve(&HOSTS, wish).map_err(|error| error.to_string())?;
    let uri = endpoint.uri(None).map_err(|_| "no URL".to_owned())?;
    let host = uri.host().unwrap_or_default();
    let suffix = host.strip_prefix(&format!("ecs.{region}.")).expect(host);
    let known = ["amazon", "c2s.", "sc2s.", "cloud", "csp."];
    assert!(
        known.iter().any(|start| suffix.starts_with(start)),
        "{host}"
    );
    assert_eq!((uri.path(), uri.query()), ("/", None));
    Ok(())
}

const HOSTS: Endpoints = Endpoints {
    usual: Hosts {
        plain: "ecs.{region}",
        fips: "ecs-fips.{region}",
        dual_stack: "",
        fips_dual_stack: "",
    },
    others: &[],
};

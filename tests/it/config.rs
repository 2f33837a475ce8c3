//! Configuration: where values come from, and what is said of missing and wrong ones.

use longshore::{Config, Error, ecs};

use crate::support::{Script, Step};

fn refused(config: Result<Config, Error>) -> String {
    match config.and_then(|config| ecs::Client::new(&config).map(|_| ())) {
        Err(error @ Error::Config(_)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "AKID"),
    ("AWS_SECRET_ACCESS_KEY", "hunter2"),
];

fn vars(more: &[(&'static str, &'static str)]) -> Result<Config, Error> {
    Config::from_vars(KEYS.iter().copied().chain(more.iter().copied()))
}

async fn endpoint(config: Config) -> String {
    let script = Script::new([Step::ok("{}")]);
    let ecs = ecs::Client::new(&config.transport(script.clone())).unwrap();
    ecs.list_clusters(Default::default()).await.unwrap();
    script.uri(0)
}

#[tokio::test]
async fn code_beats_the_service_variable_beats_the_common_one() {
    let region = ("AWS_REGION", "eu-west-1");
    let of = async |more: &[(&'static str, &'static str)]| endpoint(vars(more).unwrap()).await;
    assert_eq!(of(&[region]).await, "https://ecs.eu-west-1.amazonaws.com/");
    assert_eq!(
        of(&[("AWS_DEFAULT_REGION", "us-east-2")]).await,
        "https://ecs.us-east-2.amazonaws.com/"
    );
    assert_eq!(
        of(&[region, ("AWS_DEFAULT_REGION", "us-east-2")]).await,
        "https://ecs.eu-west-1.amazonaws.com/"
    );
    let common = ("AWS_ENDPOINT_URL", "http://localhost:1");
    let own = ("AWS_ENDPOINT_URL_ECS", "http://localhost:2/base");
    assert_eq!(of(&[region, common]).await, "http://localhost:1/");
    assert_eq!(of(&[region, common, own]).await, "http://localhost:2/base/");
    assert_eq!(
        of(&[
            region,
            common,
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
        ])
        .await,
        "https://ecs.eu-west-1.amazonaws.com/"
    );
    let config = vars(&[region, common, own])
        .unwrap()
        .endpoint_url("http://localhost:3")
        .region("eu-north-1");
    assert_eq!(endpoint(config).await, "http://localhost:3/");
    assert_eq!(
        of(&[region, ("AWS_USE_FIPS_ENDPOINT", "TRUE")]).await,
        "https://ecs-fips.eu-west-1.amazonaws.com/"
    );
    assert_eq!(
        of(&[region, ("AWS_USE_DUALSTACK_ENDPOINT", "true")]).await,
        "https://ecs.eu-west-1.api.aws/"
    );
    assert_eq!(
        of(&[("AWS_REGION", "cn-north-1")]).await,
        "https://ecs.cn-north-1.amazonaws.com.cn/"
    );
}

#[test]
fn what_is_missing_is_named_with_what_to_set() {
    assert_eq!(
        refused(vars(&[])),
        "there is no region; set AWS_REGION, or call Config::region"
    );
    assert_eq!(
        refused(Ok(Config::new())),
        "there is no region; set AWS_REGION, or call Config::region"
    );
}

#[cfg(feature = "credentials-chain")]
#[tokio::test]
async fn absent_credentials_are_an_error_of_the_call() {
    let script = Script::new([Step::ok("{}")]);
    let config = Config::new().region("eu-west-1").transport(script.clone());
    let error = ecs::Client::new(&config)
        .unwrap()
        .list_tasks(Default::default())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Credentials(_)));
    assert_eq!(
        error.to_string(),
        "ListTasks: there are no credentials; use Config::from_env, or give the configuration a \
         credentials provider (nothing was sent)"
    );
    assert_eq!(script.count(), 0);
}

#[test]
fn what_is_wrong_is_quoted() {
    let with = |name, value| refused(vars(&[("AWS_REGION", "eu-west-1"), (name, value)]));
    assert_eq!(
        with("AWS_MAX_ATTEMPTS", "many"),
        "AWS_MAX_ATTEMPTS is `many`; it must be a whole number above 0"
    );
    assert_eq!(
        with("AWS_MAX_ATTEMPTS", "0"),
        "AWS_MAX_ATTEMPTS is `0`; it must be a whole number above 0"
    );
    assert_eq!(
        with("AWS_USE_FIPS_ENDPOINT", "yes"),
        "AWS_USE_FIPS_ENDPOINT is `yes`; it must be true or false"
    );
    assert_eq!(
        with("AWS_ENDPOINT_URL", "localhost:4566"),
        "the endpoint `localhost:4566` does not begin with https:// or http://; one looks like https://ecs.eu-central-1.amazonaws.com"
    );
    for (url, why) in [
        ("http://", "is no URL"),
        ("http:///x", "is no URL"),
        ("ftp://host", "does not begin with https:// or http://"),
        (
            "http://user:hunter2@host",
            "has a user name in it, which has no meaning here",
        ),
        (
            "http://host/?a=b",
            "has a query, which no request could keep",
        ),
        ("http://ho st", "is no URL"),
    ] {
        let text = refused(Ok(Config::new().region("eu-west-1").endpoint_url(url)));
        assert!(text.contains(why), "{url}: {text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    for region in [
        "us-east-1.evil.com/#",
        "US-EAST-1",
        "",
        "-x",
        "a b",
        "eu\r\nHost: evil",
    ] {
        let text = refused(Ok(Config::new().region(region)));
        assert!(
            text.contains("is no region; one looks like eu-central-1"),
            "{text}"
        );
    }
    assert_eq!(
        refused(Ok(Config::new()
            .region("eu-west-1")
            .endpoint_url("http://localhost:1")
            .use_fips(true))),
        "an endpoint URL and FIPS endpoints are both asked for; unset one of them"
    );
    assert_eq!(
        refused(Ok(Config::new().region("eu-west-1").max_attempts(0))),
        "a call has to be tried at least once; max_attempts is 0"
    );
    let half = Config::from_vars([("AWS_ACCESS_KEY_ID", "AKID")]).unwrap_err();
    assert_eq!(
        half.to_string(),
        "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not; set both or neither"
    );
}

#[test]
fn debug_shows_where_values_came_from_and_no_secret() {
    let config = vars(&[
        ("AWS_DEFAULT_REGION", "eu-west-1"),
        ("AWS_MAX_ATTEMPTS", "5"),
    ])
    .unwrap()
    .use_fips(true);
    let shown = format!("{config:?}");
    for part in [
        r#"region: Some("eu-west-1" (from AWS_DEFAULT_REGION))"#,
        "fips: Some(true (from code))",
        "max_attempts: 5 (from AWS_MAX_ATTEMPTS)",
        "credentials: set (from AWS_ACCESS_KEY_ID)",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
    assert!(!shown.contains("hunter2"));
    let ecs = ecs::Client::new(&config).unwrap();
    assert!(!format!("{ecs:?}").contains("hunter2"));
}

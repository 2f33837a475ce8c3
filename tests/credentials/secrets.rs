//! No secret shows, whatever is printed.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use longshore::transport::{HttpSettings, Proxy};
use longshore::{Config, ecs};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::world::{World, call, ok};

/// Everything that anyone traces, this crate or those below it, at any level.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<String>>);

impl Visit for Lines {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = writeln!(self.0.lock().unwrap(), "{field}={value:?}");
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        attributes.record(&mut self.clone());
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// What is secret in these tests has this in it.
const MARK: &str = "hunter2";

fn print(lines: &Lines, values: &[&dyn Debug]) {
    for value in values {
        let _ = writeln!(lines.0.lock().unwrap(), "{value:?} {value:#?}");
    }
}

async fn run(lines: &Lines, world: &World) {
    let config = match world.try_config() {
        Ok(config) => config,
        Err(error) => return print(lines, &[&error]),
    };
    let client = ecs::Client::new(&config).unwrap();
    let result = call(&client).await;
    print(lines, &[&config, &client, &result]);
    if let Err(error) = &result {
        let mut cause: Option<&dyn std::error::Error> = Some(error);
        while let Some(error) = cause {
            let _ = writeln!(lines.0.lock().unwrap(), "{error}");
            cause = error.source();
        }
    }
}

/// Every source, working and broken in many ways, with secrets wherever secrets are.
#[tokio::test]
async fn a_full_run_prints_no_secret() {
    let lines = Lines::default();
    let _guard = tracing::subscriber::set_default(lines.clone());
    let json = r#"{"Version":1,"Code":"Success","AccessKeyId":"A","SecretAccessKey":"hunter2","Token":"hunter2","SessionToken":"hunter2"}"#;
    let xml = "<R><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>hunter2</SecretAccessKey>\
               <SessionToken>hunter2</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></R>";
    let sso = r#"{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"hunter2","sessionToken":"hunter2","expiration":4102444800000},
                  "accessToken":"hunter2","refreshToken":"hunter2","expiresIn":9}"#;
    let keys = "[default]\naws_access_key_id=A\naws_secret_access_key=hunter2\naws_session_token=hunter2\n";
    let role = "[profile r]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=default\n";
    let session = "[default]\nsso_session=c\nsso_account_id=1\nsso_role_name=r\n\
                   [sso-session c]\nsso_region=eu-west-1\nsso_start_url=u\n";
    let cached = r#"{"accessToken":"hunter2","expiresAt":"2000-01-01T00:00:00Z","refreshToken":"hunter2","clientId":"c","clientSecret":"hunter2"}"#;
    // The answers whole, cut anywhere near their secrets, and with other statuses.
    let cuts = [1.0, 0.9, 0.75, 0.5, 0.3];
    for status in [200, 400, 403, 500] {
        for cut in cuts {
            let part = |text: &str| text[..(text.len() as f64 * cut) as usize].to_owned();
            let (json, xml, sso) = (part(json), part(xml), part(sso));
            let printed = json.clone();
            let mut world = World::new(move |seen| match (status, seen.target.as_str()) {
                (500, _) => None,
                (_, "/latest/api/token") => ok("hunter2"),
                (_, target) if target.ends_with("security-credentials/") => ok("role"),
                (status, "/") => Some((status, xml.clone())),
                (status, "/token" | "/federation/credentials?account_id=1&role_name=r") => {
                    Some((status, sso.clone()))
                }
                (status, _) => Some((status, json.clone())),
            })
            .await;
            // Retries of broken connections pause; there is no need to wait for them here.
            if status == 500 && cut < 1.0 {
                continue;
            }
            world.set("HTTPS_PROXY", "http://user:hunter2@127.0.0.1:9");
            world.set(
                "AWS_ENDPOINT_URL_ECS",
                "https://ecs.eu-west-1.amazonaws.com",
            );
            run(&lines, &world).await;
            world.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/c");
            world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "hunter2");
            run(&lines, &world).await;
            let token = world.file("token", "hunter2");
            world.set("AWS_WEB_IDENTITY_TOKEN_FILE", &token);
            world.set("AWS_ROLE_ARN", "arn:aws:iam::1:role/r");
            run(&lines, &world).await;
            world.file(
                ".aws/config",
                &format!(
                    "[default]\ncredential_process = echo '{printed}'; exit {}",
                    status - 200
                ),
            );
            run(&lines, &world).await;
            world.file(".aws/config", session);
            world.file(
                ".aws/sso/cache/84a516841ba77a5b4648de2cd0dfcb30ea46dbb4.json",
                &part(cached),
            );
            run(&lines, &world).await;
            world.file(".aws/config", role);
            world.file(".aws/credentials", keys);
            run(&lines, &world).await;
            world.set("AWS_PROFILE", "r");
            run(&lines, &world).await;
            world.file(".aws/credentials", &part(keys));
            run(&lines, &world).await;
            world.file(".aws/credentials", "[default]\nhunter2\n");
            run(&lines, &world).await;
            world.file(".aws/credentials", "");
            world.set("AWS_ACCESS_KEY_ID", "A");
            world.set("AWS_SECRET_ACCESS_KEY", "hunter2");
            world.set("AWS_SESSION_TOKEN", "hunter2");
            run(&lines, &world).await;
        }
    }
    let text = lines.0.lock().unwrap();
    assert!(
        text.len() > 100_000,
        "{} bytes: is anything traced?",
        text.len()
    );
    if let Some(at) = text.find(MARK) {
        panic!(
            "a secret shows: {}",
            &text[at.saturating_sub(500)..at + 100]
        );
    }
}

#[tokio::test]
async fn a_proxy_and_an_endpoint_with_a_password() {
    let lines = Lines::default();
    let _guard = tracing::subscriber::set_default(lines.clone());
    let mut http = HttpSettings::default();
    let mut proxy = Proxy::none();
    proxy.https = Some("http://user:hunter2@127.0.0.1:9".to_owned());
    http.proxy = Some(proxy);
    let config = Config::new()
        .region("eu-west-1")
        .access_key("A", "hunter2")
        .http(http.clone());
    let client = ecs::Client::new(&config).unwrap();
    let refused = client
        .list_clusters(Default::default())
        .max_attempts(1)
        .await;
    let endpoint = config.clone().endpoint_url("https://user:hunter2@host");
    let url = ecs::Client::new(&endpoint).unwrap_err();
    http.proxy.as_mut().unwrap().https = Some("::user:hunter2@".to_owned());
    let malformed = ecs::Client::new(&config.clone().http(http.clone())).unwrap_err();
    print(
        &lines,
        &[
            &http, &config, &client, &refused, &endpoint, &url, &malformed,
        ],
    );
    let text = lines.0.lock().unwrap();
    assert!(text.contains("127.0.0.1:9"), "{text}");
    assert!(!text.contains(MARK), "{text}");
}

//! Roles: by other credentials, by a web identity, one after the other.

use crate::world::{Reply, Seen, World, json, metadata, ok, signer, xml};

/// STS, which names the credentials that it gives after those that asked and after the role.
fn sts(seen: &Seen) -> Option<Reply> {
    let member = |name: &str| {
        let mut pairs = form_urlencoded::parse(seen.body.as_bytes());
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let Some(action) = member("Action") else {
        return match seen.target.as_str() {
            "/agent" => ok(json("CONTAINER")),
            _ => metadata(seen),
        };
    };
    assert_eq!(member("Version").as_deref(), Some("2011-06-15"));
    let arn = member("RoleArn").unwrap();
    let role = arn.rsplit('/').next().unwrap();
    if role == "forbidden" {
        let body = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                    <Message>not &lt;you&gt;</Message></Error></ErrorResponse>";
        return Some((403, body.to_owned()));
    }
    let by = match action.as_str() {
        "AssumeRole" => {
            assert!(seen.headers["authorization"].contains("/eu-west-1/sts/aws4_request"));
            signer(seen).split('/').next().unwrap().to_owned()
        }
        _ => {
            assert!(!seen.headers.contains_key("authorization"));
            member("WebIdentityToken").unwrap()
        }
    };
    let extra: Vec<String> = ["ExternalId", "DurationSeconds"]
        .iter()
        .filter_map(|name| member(name))
        .collect();
    let session = member("RoleSessionName").unwrap();
    let session = if session.starts_with("longshore-") {
        "own"
    } else {
        &session
    };
    ok(xml(
        &action,
        &[by.as_str(), role, session, &extra.join("+")].join("."),
    ))
}

async fn with(config: &str) -> World {
    let world = World::new(sts).await;
    world.file(".aws/config", config);
    world
}

async fn key(world: &World) -> String {
    let caller = world.caller().await.unwrap();
    caller.split('/').next().unwrap().to_owned()
}

const BASE: &str = "[profile base]\naws_access_key_id = BASE\naws_secret_access_key = s\n";

#[tokio::test]
async fn by_another_profile() {
    let world = with(&format!(
        "{BASE}[default]\nrole_arn = arn:aws:iam::1:role/one\nsource_profile = base\n\
         role_session_name = me\nexternal_id = x\nduration_seconds = 900\n"
    ))
    .await;
    assert_eq!(key(&world).await, "BASE.one.me.x+900");
    // Two roles, the further one first.
    let world = with(&format!(
        "{BASE}[default]\nrole_arn = arn:aws:iam::1:role/two\nsource_profile = mid\n\
         [profile mid]\nrole_arn = arn:aws:iam::1:role/one\nsource_profile = base\n"
    ))
    .await;
    assert_eq!(key(&world).await, "BASE.one.own..two.own.");
    // A profile of its own.
    let own = "[default]\naws_access_key_id = OWN\naws_secret_access_key = s\n\
               role_arn = arn:aws:iam::1:role/one\nsource_profile = default\n";
    assert_eq!(key(&with(own).await).await, "OWN.one.own.");
}

#[tokio::test]
async fn by_a_source() {
    let config = |source: &str| {
        format!("[profile p]\nrole_arn = arn:aws:iam::1:role/r\ncredential_source = {source}\n")
    };
    let mut world = with(&config("EcsContainer")).await;
    world.set("AWS_PROFILE", "p");
    assert_eq!(
        world.problem().await,
        "the profile `p`: it wants the credentials of the container, but there are none"
    );
    world.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/agent");
    assert_eq!(key(&world).await, "CONTAINER.r.own.");
    world.file(".aws/config", &config("Ec2InstanceMetadata"));
    assert_eq!(key(&world).await, "METADATA.r.own.");
    world.set("AWS_EC2_METADATA_DISABLED", "true");
    assert_eq!(
        world.problem().await,
        "the profile `p`: it wants the credentials of the EC2 instance, but AWS_EC2_METADATA_DISABLED is true"
    );
    world.file(".aws/config", &config("Environment"));
    assert_eq!(
        world.problem().await,
        "the profile `p`: it wants the credentials of the environment, but there are none"
    );
    world.file(".aws/config", &config("Thin air"));
    assert_eq!(
        world.problem().await,
        "the profile `p` has a credential_source that is none of Environment, EcsContainer and Ec2InstanceMetadata"
    );
}

#[tokio::test]
async fn by_a_web_identity() {
    let mut world = World::new(sts).await;
    let token = world.file("token", "JWT\n");
    world.set("AWS_WEB_IDENTITY_TOKEN_FILE", &token);
    world.set("AWS_ROLE_ARN", "arn:aws:iam::1:role/web");
    world.set("AWS_ROLE_SESSION_NAME", "pod");
    assert_eq!(key(&world).await, "JWT.web.pod.");
    // In a profile, and a role on top of it.
    world.file(
        ".aws/config",
        "[profile web]\nrole_arn = arn:aws:iam::1:role/one\nweb_identity_token_file = ~/token\n\
         [default]\nrole_arn = arn:aws:iam::1:role/two\nsource_profile = web\n",
    );
    assert_eq!(key(&world).await, "JWT.one.own..two.own.");
    world.file("token", "\n");
    assert_eq!(
        world.problem().await,
        "the profile `default`: the web identity token HOME/token is empty"
    );
}

#[tokio::test]
async fn roles_that_cannot_be_taken() {
    let role = "role_arn = arn:aws:iam::1:role/r\n";
    let table = [
        (
            format!(
                "{BASE}[default]\nrole_arn = arn:aws:iam::1:role/forbidden\nsource_profile = base\n"
            ),
            "the profile `default`: the role arn:aws:iam::1:role/forbidden cannot be taken on: AccessDenied: not <you>",
        ),
        (
            format!("[default]\n{role}source_profile = nobody\n"),
            "the profile `default` has source_profile = nobody, and there is no such profile",
        ),
        (
            format!(
                "[default]\n{role}source_profile = a\n[profile a]\n{role}source_profile = default\n"
            ),
            "the profiles default, a are each other's source_profile",
        ),
        (
            format!("[default]\n{role}source_profile = a\n[profile a]\nregion = x\n"),
            "the profile `a` is a source_profile, but has no credentials",
        ),
        (
            format!("[default]\n{role}source_profile = default\n"),
            "the profile `default` is its own source_profile, but has no keys",
        ),
        (
            format!("[default]\n{role}source_profile = a\ncredential_source = Environment\n"),
            "the profile `default` has both source_profile and credential_source; remove one",
        ),
        (
            format!("[default]\n{role}source_profile = a\nmfa_serial = m\n"),
            "the profile `default` wants a code of a multi-factor device (mfa_serial), which nobody can be \
             asked for here; use credentials of `aws sts get-session-token`",
        ),
        (
            format!("[default]\n{role}source_profile = a\nduration_seconds = 1\n"),
            "the profile `default` has duration_seconds = 1; a role lasts from 900 to 43200 seconds",
        ),
    ];
    for (config, text) in table {
        assert_eq!(with(&config).await.problem().await, text);
    }
    let mut world = with(&format!("{BASE}[default]\n{role}source_profile = base\n")).await;
    let at = "the profile `default`: the role arn:aws:iam::1:role/r cannot be taken on: ";
    world.set("AWS_ENDPOINT_URL_STS", "http://example.com");
    assert_eq!(
        world.problem().await,
        format!(
            "{at}the endpoint `http://example.com` is without TLS and not on this machine; use \
                 https://, or call Config::allow_plain_http"
        )
    );
    for (status, body, text) in [
        (200, "<a>", "the answer has no XML"),
        (200, "<a/>", "the answer has no credentials"),
        (
            200,
            "<!DOCTYPE x [<!ENTITY y \"z\">]><x>&y;</x>",
            "the answer has no XML",
        ),
        (500, "oops", "HTTP 500"),
        (302, "", "HTTP 302"),
    ] {
        let mut world = World::new(move |_| Some((status, body.to_owned()))).await;
        let token = world.file("token", "JWT");
        world.set("AWS_WEB_IDENTITY_TOKEN_FILE", &token);
        world.set("AWS_ROLE_ARN", "arn:aws:iam::1:role/r");
        let problem = world.problem().await;
        assert_eq!(
            problem,
            format!("the role arn:aws:iam::1:role/r cannot be taken on: {text}")
        );
    }
}

/// Without overrides the request goes to STS in the region, in the form asked for.
#[tokio::test]
async fn where_sts_is() {
    let mut world = with(&format!(
        "{BASE}[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n"
    ))
    .await;
    world.unset("AWS_ENDPOINT_URL_STS");
    let of = async |world: &World| {
        let _ = world.caller().await;
        world.calls.lock().unwrap().last().unwrap().target.clone()
    };
    assert_eq!(of(&world).await, "https://sts.eu-west-1.amazonaws.com/");
    world.set("AWS_USE_FIPS_ENDPOINT", "true");
    assert_eq!(
        of(&world).await,
        "https://sts-fips.eu-west-1.amazonaws.com/"
    );
    world.set("AWS_REGION", "us-gov-west-1");
    assert_eq!(of(&world).await, "https://sts.us-gov-west-1.amazonaws.com/");
}

//! The instance metadata service.

use crate::world::{Seen, World, metadata, ok};

#[tokio::test]
async fn token_role_and_keys() {
    let world = World::new(metadata).await;
    assert_eq!(world.caller().await.unwrap(), "METADATA/t-METADATA");
    let base = "GET /latest/meta-data/iam/security-credentials/";
    assert_eq!(
        world.asked(),
        [
            "PUT /latest/api/token".to_owned(),
            base.to_owned(),
            format!("{base}my-role")
        ]
    );
}

#[tokio::test]
async fn other_endpoints() {
    let mut world = World::new(metadata).await;
    world.set("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6");
    assert_eq!(world.caller().await.unwrap(), "METADATA/t-METADATA");
    let server = world.server.clone();
    world.set(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        &format!("http://{server}/"),
    );
    assert_eq!(world.caller().await.unwrap(), "METADATA/t-METADATA");
    assert_eq!(world.asked()[3], "PUT /latest/api/token");
    world.unset("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    world.unset("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    world.file(
        ".aws/config",
        &format!("[default]\nec2_metadata_service_endpoint = http://{server}\n"),
    );
    assert_eq!(world.caller().await.unwrap(), "METADATA/t-METADATA");
    let must = "it must be an https URL, or an http one of this machine or of a link-local address";
    for url in [
        "http://example.com",
        "http://user:hunter2@example.com",
        "example.com",
        "http://169.254.169.254?",
    ] {
        world.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", url);
        let shown = url.replace("user:hunter2@", "");
        assert_eq!(
            world.problem().await,
            format!("AWS_EC2_METADATA_SERVICE_ENDPOINT is `{shown}`; {must}")
        );
    }
    world.unset("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    world.file(
        ".aws/config",
        "[default]\nec2_metadata_service_endpoint_mode = both\n",
    );
    assert_eq!(
        world.problem().await,
        "profile default of HOME/.aws/config is `both`; it must be IPv4 or IPv6"
    );
    world.set("AWS_EC2_METADATA_DISABLED", "perhaps");
    assert_eq!(
        world.problem().await,
        "AWS_EC2_METADATA_DISABLED is `perhaps`; it must be true or false"
    );
}

#[tokio::test]
async fn no_role_is_no_fault_and_a_role_that_is_none_is_one() {
    let at = "the instance metadata service at http://169.254.169.254: ";
    let listed = |status: u16, text: &'static str| {
        move |seen: &Seen| match seen.target.ends_with("credentials/") {
            true => Some((status, text.to_owned())),
            false => metadata(seen),
        }
    };
    let world = World::new(listed(404, "")).await;
    assert!(
        world
            .problem()
            .await
            .ends_with("; the EC2 instance has no role")
    );
    for text in ["", "../../user-data", "a role", "r?x=1", "r#"] {
        let world = World::new(listed(200, text)).await;
        assert_eq!(
            world.problem().await,
            format!("{at}what it names is no role")
        );
    }
    let world = World::new(|seen| match seen.target.ends_with("my-role") {
        true => ok(r#"{"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume it"}"#),
        false => metadata(seen),
    })
    .await;
    assert_eq!(
        world.problem().await,
        format!("{at}AssumeRoleUnauthorizedAccess: EC2 cannot assume it")
    );
}

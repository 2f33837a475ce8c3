//! Which source comes first, and that none stands in for a broken one.

use crate::world::{World, json, metadata, ok, xml};

const KEYS: &str = "[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n";

/// Every source there is.
async fn everything() -> World {
    let mut world = World::new(|seen| match seen.target.as_str() {
        "/" if seen.body.contains("Action=AssumeRoleWithWebIdentity") => {
            ok(xml("AssumeRoleWithWebIdentity", "WEB"))
        }
        "/agent" => ok(json("CONTAINER")),
        _ => metadata(seen),
    })
    .await;
    world.set("AWS_ACCESS_KEY_ID", "ENVIRONMENT");
    world.set("AWS_SECRET_ACCESS_KEY", "s");
    world.file(".aws/credentials", KEYS);
    let token = world.file("token", "jwt");
    world.set("AWS_WEB_IDENTITY_TOKEN_FILE", &token);
    world.set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/web");
    world.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/agent");
    world
}

#[tokio::test]
async fn the_first_that_is_there() {
    let mut world = everything().await;
    assert_eq!(world.caller().await.unwrap(), "ENVIRONMENT");
    world.unset("AWS_ACCESS_KEY_ID");
    world.unset("AWS_SECRET_ACCESS_KEY");
    assert_eq!(world.caller().await.unwrap(), "FILE");
    assert!(world.asked().is_empty(), "nobody was asked so far");
    world.file(".aws/credentials", "");
    assert_eq!(world.caller().await.unwrap(), "WEB/t-WEB");
    world.unset("AWS_WEB_IDENTITY_TOKEN_FILE");
    assert_eq!(world.caller().await.unwrap(), "CONTAINER/t-CONTAINER");
    world.unset("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    assert_eq!(world.caller().await.unwrap(), "METADATA/t-METADATA");
    world.set("AWS_EC2_METADATA_DISABLED", "True");
    assert_eq!(
        world.problem().await,
        "there are no credentials: AWS_ACCESS_KEY_ID is not set; there is no profile `default` in \
         HOME/.aws/config and HOME/.aws/credentials; AWS_WEB_IDENTITY_TOKEN_FILE is not set; there is no AWS_CONTAINER_CREDENTIALS_… variable; \
         AWS_EC2_METADATA_DISABLED is true"
    );
}

#[tokio::test]
async fn within_a_profile() {
    let mut world = everything().await;
    world.unset("AWS_ACCESS_KEY_ID");
    world.unset("AWS_SECRET_ACCESS_KEY");
    // The credentials file beats the config file.
    world.file(".aws/config", &KEYS.replace("FILE", "CONFIG"));
    assert_eq!(world.caller().await.unwrap(), "FILE");
    // A process beats keys, a role both.
    let process = world.file(
        "p",
        &format!("echo '{}'", crate::process::printed("PROCESS")),
    );
    let config = format!("[default]\ncredential_process = sh {process}\n");
    world.file(".aws/config", &config);
    assert_eq!(world.caller().await.unwrap(), "PROCESS/t");
    let token = world.file("token2", "jwt");
    let role =
        format!("{config}role_arn = arn:aws:iam::1:role/r\nweb_identity_token_file = {token}\n");
    world.file(".aws/config", &role);
    assert_eq!(world.caller().await.unwrap(), "WEB/t-WEB");
    // A profile named beats none named.
    world.file(
        ".aws/credentials",
        &format!(
            "{KEYS}[dev]\naws_access_key_id=DEV\naws_secret_access_key=s\naws_session_token=t\n"
        ),
    );
    world.set("AWS_PROFILE", "dev");
    assert_eq!(world.caller().await.unwrap(), "DEV/t");
}

#[tokio::test]
async fn files_of_other_names() {
    let mut world = everything().await;
    world.unset("AWS_ACCESS_KEY_ID");
    world.unset("AWS_SECRET_ACCESS_KEY");
    let config = world.file("c", "[profile x]\naws_secret_access_key = s\n");
    let credentials = world.file("d", "[x]\naws_access_key_id = OTHER\n");
    world.set("AWS_CONFIG_FILE", &config);
    world.set(
        "AWS_SHARED_CREDENTIALS_FILE",
        &credentials.replace(&world.home.0.display().to_string(), "~"),
    );
    world.set("AWS_PROFILE", "x");
    assert_eq!(world.caller().await.unwrap(), "OTHER");
}

/// A source that is there and does not work ends the search, with a sentence on what is wrong.
#[tokio::test]
async fn a_broken_source_is_not_passed_over() {
    type Break = fn(&mut World);
    let table: [(Break, &str); 12] = [
        (
            |world| world.set("AWS_PROFILE", "dve"),
            "AWS_PROFILE is `dve`, and there is no profile `dve` in HOME/.aws/config and HOME/.aws/credentials",
        ),
        (
            |world| world.set("AWS_CONFIG_FILE", "/nowhere/config"),
            "AWS_CONFIG_FILE names /nowhere/config, which is not there",
        ),
        (
            |world| drop(world.file(".aws/credentials", "[default]\naws_access_key_id = a\n")),
            "the profile `default` has aws_access_key_id, but no aws_secret_access_key",
        ),
        (
            |world| drop(world.file(".aws/config", "[default]\nsource_profile = a\n")),
            "the profile `default` has source_profile, but no role_arn",
        ),
        (
            |world| drop(world.file(".aws/config", "[default]\nrole_arn = a\n")),
            "the profile `default` has role_arn, but no source_profile, credential_source or \
             web_identity_token_file to take the role with",
        ),
        (
            |world| drop(world.file(".aws/config", "[default]\nsso_account_id = 1\n")),
            "the profile `default` is for IAM Identity Center, but has no sso_start_url",
        ),
        (
            |world| drop(world.file(".aws/config", "[default]\ncredential_process = exit 3\n")),
            "the profile `default`: its credential_process failed (exit status: 3)",
        ),
        (
            |world| drop(world.file(".aws/config", "[default]\nlogin_session = a\n")),
            "the profile `default` signs in by `login_session`, which is not served here; export the \
             credentials with `aws configure export-credentials`",
        ),
        (
            |world| {
                world.file(".aws/credentials", "");
                world.unset("AWS_ROLE_ARN");
            },
            "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not; set both or neither",
        ),
        (
            |world| {
                world.file(".aws/credentials", "");
                world.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token");
            },
            "the web identity token /nowhere/token cannot be read: No such file or directory (os error 2)",
        ),
        (
            |world| {
                world.file(".aws/credentials", "");
                world.unset("AWS_WEB_IDENTITY_TOKEN_FILE");
                world.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/nothing");
            },
            "the container's credentials endpoint (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI): HTTP 401",
        ),
        (
            |world| {
                world.file(".aws/credentials", "");
                world.unset("AWS_WEB_IDENTITY_TOKEN_FILE");
                world.unset("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
                let base = format!("http://{}/elsewhere", world.server);
                world.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", &base);
            },
            "the instance metadata service at http://SERVER/elsewhere: it gives no token (HTTP 404); \
             version 2 is the only one that is used here",
        ),
    ];
    for (break_it, text) in table {
        let mut world = everything().await;
        world.unset("AWS_ACCESS_KEY_ID");
        world.unset("AWS_SECRET_ACCESS_KEY");
        break_it(&mut world);
        assert_eq!(world.problem().await, text);
        assert!(world.calls.lock().unwrap().is_empty());
    }
}

/// Files that have no meaning are an error of the configuration: they hold settings, too.
#[tokio::test]
async fn a_file_that_cannot_be_read() {
    let world = everything().await;
    let text = |world: &World| {
        let error = world.try_config().unwrap_err().to_string();
        error.replace(&world.home.0.display().to_string(), "HOME")
    };
    world.file(".aws/credentials", "[default]\nhunter2\n");
    assert_eq!(
        text(&world),
        "HOME/.aws/credentials: line 2 is no section, no setting and no comment"
    );
    world.file(".aws/credentials", &"#".repeat(2 << 20));
    assert_eq!(
        text(&world),
        "HOME/.aws/credentials: is larger than 1048576 bytes"
    );
    std::fs::write(world.home.0.join(".aws/credentials"), b"\xff").unwrap();
    assert_eq!(text(&world), "HOME/.aws/credentials: is no UTF-8 text");
    std::fs::remove_file(world.home.0.join(".aws/credentials")).unwrap();
    std::fs::create_dir(world.home.0.join(".aws/credentials")).unwrap();
    assert_eq!(
        text(&world),
        "HOME/.aws/credentials: cannot be read: Is a directory (os error 21)"
    );
}

/// Nothing anywhere: what was looked at is named.
#[tokio::test]
async fn nothing_anywhere() {
    let mut world = World::new(|_| Some((404, String::new()))).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let nobody = format!("http://{free}");
    world.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", &nobody);
    assert_eq!(
        world.problem().await.replace(&nobody, "NOBODY"),
        "there are no credentials: AWS_ACCESS_KEY_ID is not set; there is no profile `default` in \
         HOME/.aws/config and HOME/.aws/credentials; AWS_WEB_IDENTITY_TOKEN_FILE is not set; there is \
         no AWS_CONTAINER_CREDENTIALS_… variable; no instance metadata service answers at NOBODY (in a \
         container on EC2, the hop limit may be too low)"
    );
}

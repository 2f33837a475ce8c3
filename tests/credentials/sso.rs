//! IAM Identity Center, in both forms of profiles.

use crate::world::{Reply, Seen, World, ok};

const SESSION: &str = "[default]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev & Ops\n\
                       [sso-session corp]\nsso_region = eu-north-1\nsso_start_url = https://corp.awsapps.com/start\n";
const LEGACY: &str = "[default]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-north-1\n\
                      sso_account_id = 123456789012\nsso_role_name = Dev & Ops\n";
/// SHA-1 of `corp`, and of the start URL.
const OF_SESSION: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
const OF_URL: &str = ".aws/sso/cache/a51746d4aa793ae07b25e90c3a5db96fc7832bd7.json";

fn portal(seen: &Seen) -> Option<Reply> {
    match seen.target.as_str() {
        "/federation/credentials?account_id=123456789012&role_name=Dev+%26+Ops" => {
            let token = &seen.headers["x-amz-sso_bearer_token"];
            match token.as_str() {
                "stale" => Some((
                    401,
                    r#"{"message":"Session token not found or invalid"}"#.into(),
                )),
                "foreign" => Some((403, r#"{"message":"No access"}"#.into())),
                token => ok(format!(
                    r#"{{"roleCredentials":{{"accessKeyId":"SSO-{token}","secretAccessKey":"s","sessionToken":"t","expiration":4102444800000}}}}"#
                )),
            }
        }
        "/token" if seen.body.contains("\"refreshToken\":\"r1\"") => {
            assert!(seen.body.contains("\"grantType\":\"refresh_token\""));
            assert!(seen.body.contains("\"clientSecret\":\"cs\""));
            ok(r#"{"accessToken":"renewed","expiresIn":28800,"refreshToken":"r2"}"#)
        }
        "/token" => Some((400, r#"{"error":"invalid_grant"}"#.into())),
        _ => None,
    }
}

fn cached(token: &str, expires: &str) -> String {
    format!(r#"{{"accessToken":"{token}","expiresAt":"{expires}","startUrl":"x"}}"#)
}

async fn with(config: &str) -> World {
    let world = World::new(portal).await;
    world.file(".aws/config", config);
    world
}

#[tokio::test]
async fn both_forms() {
    let world = with(SESSION).await;
    world.file(OF_SESSION, &cached("one", "2100-01-01T00:00:00Z"));
    assert_eq!(world.caller().await.unwrap(), "SSO-one/t");
    let world = with(LEGACY).await;
    world.file(OF_URL, &cached("two", "2100-01-01T00:00:00UTC"));
    assert_eq!(world.caller().await.unwrap(), "SSO-two/t");
}

#[tokio::test]
async fn a_session_is_renewed_and_kept() {
    let world = with(SESSION).await;
    let renewable = |refresh: &str| {
        cached("old", "2020-01-01T00:00:00Z").replace(
            "\"startUrl\"",
            &format!(r#""refreshToken":"{refresh}","clientId":"c","clientSecret":"cs","startUrl""#),
        )
    };
    let path = world.file(OF_SESSION, &renewable("r1"));
    assert_eq!(world.caller().await.unwrap(), "SSO-renewed/t");
    let kept: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(
        (
            &kept["accessToken"],
            &kept["refreshToken"],
            &kept["startUrl"],
            &kept["clientId"]
        ),
        (&"renewed".into(), &"r2".into(), &"x".into(), &"c".into())
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    // What was kept serves the next program.
    assert_eq!(world.caller().await.unwrap(), "SSO-renewed/t");
    assert_eq!(
        world
            .asked()
            .iter()
            .filter(|asked| *asked == "POST /token")
            .count(),
        1
    );
    world.file(OF_SESSION, &renewable("used-up"));
    assert_eq!(
        world.problem().await,
        "the profile `default`: the SSO session `corp` has a sign-in that has expired; run `aws sso login --profile default`"
    );
}

#[tokio::test]
async fn what_can_be_wrong() {
    let run = "; run `aws sso login --profile default`";
    let world = with(SESSION).await;
    let at = "the profile `default`: ";
    assert_eq!(
        world.problem().await,
        format!("{at}the SSO session `corp` has no sign-in on this machine{run}")
    );
    let table = [
        (cached("one", "2020-01-01T00:00:00Z"), format!("the SSO session `corp` has a sign-in that has expired{run}")),
        ("{}".into(), format!("the SSO session `corp` has a sign-in that cannot be read{run}")),
        ("hunter2".into(), format!("the sign-in of IAM Identity Center in HOME/{OF_SESSION} is no JSON object")),
        (
            cached("stale", "2100-01-01T00:00:00Z"),
            format!("IAM Identity Center: the SSO session `corp` does not take the token of the last sign-in{run}"),
        ),
        (
            cached("foreign", "2100-01-01T00:00:00Z"),
            "IAM Identity Center: no credentials for the role Dev & Ops in the account 123456789012: No access (HTTP 403)".into(),
        ),
    ];
    for (text, problem) in table {
        world.file(OF_SESSION, &text);
        assert_eq!(world.problem().await, format!("{at}{problem}"));
    }
    let world = with(&LEGACY.replace("eu-north-1", "evil.com/#")).await;
    assert_eq!(
        world.problem().await,
        "the profile `default` has an sso_region that is no region"
    );
    let world = with(&SESSION.replace("[sso-session corp]", "[sso-session other]")).await;
    assert_eq!(
        world.problem().await,
        "the profile `default` has sso_session = corp, and there is no section [sso-session corp]"
    );
    let world = with(&SESSION.replace("sso_region", "x")).await;
    assert_eq!(
        world.problem().await,
        "the section [sso-session corp] is for IAM Identity Center, but has no sso_region"
    );
}

//! `credential_process`.

use crate::world::World;

pub fn printed(id: &str) -> String {
    format!(
        r#"{{"Version":1,"AccessKeyId":"{id}","SecretAccessKey":"s","SessionToken":"t","Expiration":"2100-01-01T00:00:00Z"}}"#
    )
}

async fn with(script: &str) -> World {
    let world = World::new(|_| None).await;
    let path = world.file("my helper", script);
    world.file(
        ".aws/config",
        &format!("[default]\ncredential_process = sh \"{path}\" --for 'a b'\n"),
    );
    world
}

#[tokio::test]
async fn a_script() {
    let world = with(&format!(
        "test \"$2\" = 'a b' && echo '{}'",
        printed("SCRIPT")
    ))
    .await;
    assert_eq!(world.caller().await.unwrap(), "SCRIPT/t");
    let short = r#"echo '{"Version":1,"AccessKeyId":"SHORT","SecretAccessKey":"s"}'"#;
    assert_eq!(with(short).await.caller().await.unwrap(), "SHORT");
    // More complaints than a pipe holds, and credentials all the same.
    let noisy = format!(
        "head -c 300000 /dev/zero | tr '\\0' x >&2; echo '{}'",
        printed("NOISY")
    );
    assert_eq!(with(&noisy).await.caller().await.unwrap(), "NOISY/t");
}

#[tokio::test]
async fn what_a_script_does_wrong() {
    let expired = printed("A").replace("2100", "2001");
    let table = [
        (
            "echo one >&2; echo your login has expired >&2; exit 2",
            "failed (exit status: 2): your login has expired",
        ),
        (
            "echo token hunter2hunter2hunter2 >&2; exit 2",
            "failed (exit status: 2): token …",
        ),
        ("echo hunter2", "printed no JSON object"),
        (
            "echo '{\"Version\":2}'",
            "printed something whose Version is not 1",
        ),
        (
            "echo '{\"Version\":1,\"AccessKeyId\":\"a\"}'",
            "printed no SecretAccessKey",
        ),
        (
            "printf '%s' '{\"Version\":1,\"AccessKeyId\":\"a\\r\\nx: y\",\"SecretAccessKey\":\"s\"}'",
            "printed keys with characters that no key has",
        ),
        (
            "echo '{\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"s\",\"Expiration\":\"soon\"}'",
            "printed an Expiration that is no time",
        ),
        ("head -c 100000 /dev/zero", "printed more than 65536 bytes"),
        (
            &format!("echo '{expired}'"),
            "printed credentials that have expired",
        ),
    ];
    for (script, text) in table {
        let world = with(script).await;
        let problem = world.problem().await;
        assert_eq!(
            problem,
            format!("the profile `default`: its credential_process {text}")
        );
    }
}

//! Settings from the shared files: where they come from, and what beats what.

use longshore::{Config, Error, ecs};

use crate::support::{Script, Step};

/// A folder with a `.aws` in it, that goes when this does.
struct Home(std::path::PathBuf);

impl Home {
    fn new(name: &str, config: &str) -> Self {
        let path = std::env::temp_dir().join(format!("longshore-it-{}-{name}", std::process::id()));
        std::fs::create_dir_all(path.join(".aws")).unwrap();
        std::fs::write(path.join(".aws/config"), config).unwrap();
        Self(path)
    }

    fn config(&self, vars: &[(&'static str, &str)]) -> Result<Config, Error> {
        let home = self.0.display().to_string();
        let own = [
            ("HOME", home.as_str()),
            ("AWS_ACCESS_KEY_ID", "A"),
            ("AWS_SECRET_ACCESS_KEY", "hunter2"),
        ];
        Config::from_vars(own.iter().chain(vars).copied())
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

async fn endpoint(config: Config) -> String {
    let script = Script::new([Step::ok("{}")]);
    let ecs = ecs::Client::new(&config.transport(script.clone())).unwrap();
    ecs.list_clusters(Default::default()).await.unwrap();
    script.uri(0)
}

#[tokio::test]
async fn code_beats_variables_beat_files() {
    let home = Home::new(
        "order",
        "[default]\nregion = eu-south-1\nuse_fips_endpoint = true\n\
         [profile dev]\nregion = eu-north-1\nuse_dualstack_endpoint = True\n",
    );
    let of = async |vars: &[(&'static str, &str)]| endpoint(home.config(vars).unwrap()).await;
    assert_eq!(of(&[]).await, "https://ecs-fips.eu-south-1.amazonaws.com/");
    let dev = ("AWS_PROFILE", "dev");
    assert_eq!(of(&[dev]).await, "https://ecs.eu-north-1.api.aws/");
    let region = ("AWS_REGION", "us-east-1");
    assert_eq!(
        of(&[dev, region, ("AWS_USE_DUALSTACK_ENDPOINT", "false")]).await,
        "https://ecs.us-east-1.amazonaws.com/"
    );
    let config = home
        .config(&[dev, region])
        .unwrap()
        .region("us-west-2")
        .use_dual_stack(false);
    assert_eq!(
        endpoint(config).await,
        "https://ecs.us-west-2.amazonaws.com/"
    );
}

/// In the order of the reference: single before common, and variables before both of the file.
#[tokio::test]
async fn endpoints() {
    let home = Home::new(
        "endpoints",
        "[default]\nregion = eu-west-1\nendpoint_url = http://localhost:1\nservices = mine\n\
         [profile common]\nregion = eu-west-1\nendpoint_url = http://localhost:1\n\
         [profile off]\nregion = eu-west-1\nignore_configured_endpoint_urls = true\nendpoint_url = http://localhost:1\n\
         [services mine]\necs =\n  endpoint_url = http://localhost:2\nother =\n  endpoint_url = http://localhost:3\n",
    );
    let of = async |vars: &[(&'static str, &str)]| endpoint(home.config(vars).unwrap()).await;
    assert_eq!(of(&[]).await, "http://localhost:2/");
    assert_eq!(
        of(&[("AWS_PROFILE", "common")]).await,
        "http://localhost:1/"
    );
    assert_eq!(
        of(&[("AWS_PROFILE", "off")]).await,
        "https://ecs.eu-west-1.amazonaws.com/"
    );
    let common = ("AWS_ENDPOINT_URL", "http://localhost:4");
    assert_eq!(of(&[common]).await, "http://localhost:4/");
    assert_eq!(
        of(&[common, ("AWS_ENDPOINT_URL_ECS", "http://localhost:5")]).await,
        "http://localhost:5/"
    );
    let config = home
        .config(&[common])
        .unwrap()
        .endpoint_url("http://localhost:6");
    assert_eq!(endpoint(config).await, "http://localhost:6/");
}

#[test]
fn debug_says_where_each_value_came_from() {
    let home = Home::new(
        "debug",
        "[default]\nregion = eu-west-1\nmax_attempts = 7\nretry_mode = adaptive\nca_bundle = ~/ca.pem\n\
         services = mine\nsdk_ua_app_id = app\n[services mine]\necs =\n  endpoint_url = http://u:hunter2@localhost:2\n",
    );
    let vars = [
        ("HTTPS_PROXY", "http://u:hunter2@proxy:1"),
        ("no_proxy", "x.example"),
        ("AWS_RETRY_MODE", "standard"),
    ];
    let shown = format!("{:?}", home.config(&vars).unwrap().use_fips(false));
    let shown = shown.replace(&home.0.display().to_string(), "HOME");
    for part in [
        r#"region: Some("eu-west-1" (from profile default of HOME/.aws/config))"#,
        r#""AWS_ENDPOINT_URL_ECS": "http://localhost:2" (from ecs in services mine of HOME/.aws/config)"#,
        "fips: Some(false (from code))",
        "max_attempts: 7 (from profile default of HOME/.aws/config)",
        r#"retry_mode: Some("standard" (from AWS_RETRY_MODE))"#,
        r#"app_name: Some("app" (from profile default of HOME/.aws/config))"#,
        r#"ca_bundle: Some("HOME/ca.pem" (from profile default of HOME/.aws/config))"#,
        "credentials: set (from AWS_ACCESS_KEY_ID)",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    #[cfg(feature = "reqwest")]
    {
        let proxy = r#"proxy: Some(Proxy { https: Some("http://proxy:1"), http: None, except: "x.example" } (from HTTPS_PROXY))"#;
        assert!(shown.contains(proxy), "{shown}");
    }
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn what_is_wrong_is_quoted_with_its_place() {
    let wrong = |name: &str, setting: &str| {
        let home = Home::new(name, &format!("[default]\nregion = eu-west-1\n{setting}\n"));
        let error = home.config(&[]).unwrap_err().to_string();
        error.replace(&home.0.display().to_string(), "HOME")
    };
    let place = "(profile default of HOME/.aws/config)";
    assert_eq!(
        wrong("fips", "use_fips_endpoint = 1"),
        format!("use_fips_endpoint {place} is `1`; it must be true or false")
    );
    assert_eq!(
        wrong("attempts", "max_attempts = 0"),
        format!("max_attempts {place} is `0`; it must be a whole number above 0")
    );
    assert_eq!(
        wrong("mode", "retry_mode = never"),
        format!("retry_mode {place} is `never`; it must be standard, adaptive or legacy")
    );
}

#[cfg(feature = "reqwest")]
#[test]
fn a_ca_bundle_that_is_none() {
    let home = Home::new("bundle", "");
    let refused = |path: &str| {
        let config = home
            .config(&[("AWS_REGION", "eu-west-1"), ("AWS_CA_BUNDLE", path)])
            .unwrap();
        ecs::Client::new(&config).unwrap_err().to_string()
    };
    assert_eq!(
        refused("/nowhere/ca.pem"),
        "the HTTP client cannot be built: the CA bundle /nowhere/ca.pem cannot be read: No such file or directory (os error 2)"
    );
    let empty = home.0.join(".aws/config").display().to_string();
    assert_eq!(
        refused(&empty),
        format!("the HTTP client cannot be built: the CA bundle {empty} has no certificate")
    );
}

/// `http://` is for this machine, unless the caller says otherwise.
#[test]
fn endpoints_without_tls() {
    let config = |url: &str| Config::new().region("eu-west-1").endpoint_url(url);
    for url in [
        "http://localhost:1",
        "http://127.0.0.2",
        "http://[::1]:8080",
        "http://LOCALHOST",
    ] {
        ecs::Client::new(&config(url)).unwrap();
    }
    for url in [
        "http://example.com",
        "http://169.254.169.254",
        "http://127.0.0.1.example.com:80",
        "http://localhost.example.com",
        "http://[2001:db8::1]",
        "http://0x7f.1",
    ] {
        let error = ecs::Client::new(&config(url)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the endpoint `{url}` is without TLS and not on this machine; use https://, or call Config::allow_plain_http"
            )
        );
        ecs::Client::new(&config(url).allow_plain_http()).unwrap();
    }
}

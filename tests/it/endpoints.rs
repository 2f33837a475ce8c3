//! Endpoints of every region and variant: the cases of botocore's own suite, and ours.

use std::path::PathBuf;

use longshore::{Config, Error, ecs};
use serde_json::Value;

use crate::support::{Script, Step};

async fn uri(config: Config) -> Result<String, Error> {
    let script = Script::new([Step::ok("{}")]);
    let ecs = ecs::Client::new(&config.access_key("a", "b").transport(script.clone()))?;
    ecs.list_clusters(Default::default()).await?;
    Ok(script.uri(0).trim_end_matches('/').to_owned())
}

#[tokio::test]
async fn the_suite() {
    let Ok(folder) = std::env::var("LONGSHORE_CONFORMANCE") else {
        println!("LONGSHORE_CONFORMANCE is not set: the endpoint suite is not run here");
        return;
    };
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join(folder)
        .join("endpoints/ecs.json");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let suite: Value = serde_json::from_str(&text).unwrap();
    let cases = suite["testCases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let (params, name) = (&case["params"], &case["documentation"]);
        let mut config = Config::new();
        if let Some(region) = params["Region"].as_str() {
            config = config.region(region);
        }
        if let Some(url) = params["Endpoint"].as_str() {
            // A case without a region has an endpoint of its own; the signature needs one all the same.
            config = config
                .endpoint_url(url)
                .region(params["Region"].as_str().unwrap_or("us-east-1"));
        }
        if params["UseFIPS"] == true {
            config = config.use_fips(true);
        }
        if params["UseDualStack"] == true {
            config = config.use_dual_stack(true);
        }
        let result = uri(config).await;
        match case["expect"]["endpoint"]["url"].as_str() {
            Some(expected) => assert_eq!(result.unwrap(), expected, "{name}"),
            None => assert!(
                matches!(result, Err(Error::Config(_))),
                "{name}: {result:?}"
            ),
        }
    }
    println!("{} endpoint cases", cases.len());
}

#[tokio::test]
async fn every_partition() {
    let of = |region: &str, fips: bool, dual_stack: bool| {
        let config = Config::new()
            .region(region)
            .use_fips(fips)
            .use_dual_stack(dual_stack);
        async move { uri(config).await.unwrap() }
    };
    assert_eq!(
        of("us-gov-west-1", true, false).await,
        "https://ecs-fips.us-gov-west-1.amazonaws.com"
    );
    assert_eq!(
        of("cn-north-1", false, true).await,
        "https://ecs.cn-north-1.api.amazonwebservices.com.cn"
    );
    assert_eq!(
        of("us-iso-east-1", false, false).await,
        "https://ecs.us-iso-east-1.c2s.ic.gov"
    );
    assert_eq!(
        of("us-isob-east-1", false, false).await,
        "https://ecs.us-isob-east-1.sc2s.sgov.gov"
    );
    assert_eq!(
        of("eu-isoe-west-1", true, true).await,
        "https://ecs-fips.eu-isoe-west-1.api.cloud-aws.adc-e.uk"
    );
    assert_eq!(
        of("eusc-de-east-1", false, false).await,
        "https://ecs.eusc-de-east-1.amazonaws.eu"
    );
    assert_eq!(
        of("eu-new-7", false, false).await,
        "https://ecs.eu-new-7.amazonaws.com"
    );
    assert_eq!(
        of("mars-1", false, false).await,
        "https://ecs.mars-1.amazonaws.com",
        "a region newer than the crate"
    );
}

#[cfg(feature = "sagemaker-pipelines")]
#[tokio::test]
async fn sagemaker() {
    use longshore::sagemaker;
    let of = |vars: &[(&'static str, &'static str)]| {
        let script = Script::new([Step::ok("{}")]);
        let config = Config::from_vars(vars.iter().copied())
            .unwrap()
            .access_key("a", "b")
            .transport(script.clone());
        async move {
            let client = sagemaker::Client::new(&config).unwrap();
            client.list_pipelines(Default::default()).await.unwrap();
            script.uri(0)
        }
    };
    let fips = ("AWS_USE_FIPS_ENDPOINT", "true");
    assert_eq!(
        of(&[("AWS_REGION", "us-east-1")]).await,
        "https://api.sagemaker.us-east-1.amazonaws.com/"
    );
    assert_eq!(
        of(&[("AWS_REGION", "us-east-1"), fips]).await,
        "https://api-fips.sagemaker.us-east-1.amazonaws.com/"
    );
    assert_eq!(
        of(&[("AWS_REGION", "us-gov-west-1"), fips]).await,
        "https://api-fips.sagemaker.us-gov-west-1.amazonaws.com/"
    );
    assert_eq!(
        of(&[("AWS_REGION", "cn-north-1"), fips]).await,
        "https://api.sagemaker-fips.cn-north-1.amazonaws.com.cn/"
    );
    assert_eq!(
        of(&[
            ("AWS_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL_SAGEMAKER", "http://localhost:9"),
            ("AWS_ENDPOINT_URL_ECS", "http://localhost:8")
        ])
        .await,
        "http://localhost:9/"
    );
}

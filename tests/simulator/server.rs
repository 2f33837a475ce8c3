//! The door over HTTP, with a real HTTP client and real time.

use std::time::Duration;

use longshore::ecs::{Client, DescribeTasksRequest, ListClustersRequest};
use longshore::simulator::{Fault, Server, Simulator};
use longshore::transport::TransportErrorKind;
use longshore::{Config, Error};

use crate::{launched, on_fargate, refusal};

fn client(simulator: &Simulator, server: &Server) -> Client {
    Client::new(&simulator.config_for(server).max_attempts(1)).unwrap()
}

fn kind(error: &Error) -> Option<TransportErrorKind> {
    match error {
        Error::Transport(error) => Some(error.cause.kind),
        _ => None,
    }
}

#[tokio::test]
async fn both_doors_lead_to_one_account() {
    let simulator = Simulator::new();
    let server = simulator.serve().await.unwrap();
    let outside = client(&simulator, &server);
    let inside = crate::client(&simulator);
    let task = launched(&outside, on_fargate("sleep360-fargate")).await;
    simulator.advance(Duration::from_secs(60));
    for ecs in [outside, inside] {
        let answer = ecs
            .describe_tasks(DescribeTasksRequest::new([&task.task_arn]))
            .await
            .unwrap();
        assert_eq!(answer.tasks[0].last_status, "RUNNING");
    }
}

#[tokio::test]
async fn a_client_with_a_clock_and_keys_of_its_own() {
    let simulator = Simulator::builder()
        .access_key("AKID", "hunter2")
        .speed(1000.0)
        .build();
    let server = simulator.serve().await.unwrap();
    let config = Config::new()
        .region("us-east-1")
        .access_key("AKID", "hunter2")
        .endpoint_url(server.url());
    let ecs = Client::new(&config).unwrap();
    assert_eq!(
        ecs.list_clusters(ListClustersRequest::default())
            .await
            .unwrap()
            .cluster_arns
            .len(),
        1
    );
    let ecs = Client::new(&config.access_key("AKID", "wrong")).unwrap();
    let answer = ecs.list_clusters(ListClustersRequest::default()).await;
    assert_eq!(refusal(answer).0, "InvalidSignatureException");
}

#[tokio::test]
async fn connections_really_break() {
    let simulator = Simulator::new();
    let server = simulator.serve().await.unwrap();
    let ecs = client(&simulator, &server);
    for fault in [
        Fault::reset_before(),
        Fault::reset_after(),
        Fault::cut_body(),
    ] {
        simulator.inject(fault.clone());
        let error = ecs
            .list_clusters(ListClustersRequest::default())
            .await
            .unwrap_err();
        assert_eq!(
            kind(&error),
            Some(TransportErrorKind::Lost),
            "{fault:?}: {error}"
        );
        ecs.list_clusters(ListClustersRequest::default())
            .await
            .unwrap();
    }
    simulator.inject(Fault::truncated_body());
    let error = ecs
        .list_clusters(ListClustersRequest::default())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error}");
    assert_eq!(simulator.count("ListClusters"), 7);
}

#[tokio::test]
async fn many_at_once() {
    let simulator = Simulator::new();
    let server = simulator.serve().await.unwrap();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let ecs = client(&simulator, &server);
        calls.spawn(async move {
            ecs.list_clusters(ListClustersRequest::default())
                .await
                .map(drop)
        });
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap().unwrap();
    }
    assert_eq!(simulator.requests().len(), 50);
}

#[tokio::test]
async fn it_ends() {
    let simulator = Simulator::new();
    let server = simulator.serve().await.unwrap();
    let ecs = client(&simulator, &server);
    ecs.list_clusters(ListClustersRequest::default())
        .await
        .unwrap();
    let address = server.address();
    assert_eq!(server.url(), format!("http://{address}"));
    server.shutdown().await;
    let error = ecs
        .list_clusters(ListClustersRequest::default())
        .await
        .unwrap_err();
    assert_eq!(kind(&error), Some(TransportErrorKind::Connect), "{error}");
    // The port is free again.
    tokio::net::TcpListener::bind(address).await.unwrap();
}

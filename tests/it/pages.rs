//! Lists as streams.

use futures_util::{StreamExt as _, TryStreamExt as _};
use longshore::ecs::ListTasksRequest;

use crate::support::{Script, Step};

fn page(arns: &[&str], token: Option<&str>) -> Step {
    Step::ok(serde_json::json!({ "taskArns": arns, "nextToken": token }).to_string())
}

#[tokio::test]
async fn items_of_all_pages_in_order() {
    let script = Script::new([
        page(&["a", "b"], Some("t1")),
        page(&[], Some("t2")),
        page(&["c"], Some("")),
    ]);
    let ecs = script.ecs();
    let items: Vec<String> = ecs
        .list_tasks(ListTasksRequest::default().cluster("x"))
        .items()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(items, ["a", "b", "c"]);
    assert_eq!(script.count(), 3);
    assert_eq!(script.body(0), serde_json::json!({ "cluster": "x" }));
    assert_eq!(
        script.body(2),
        serde_json::json!({ "cluster": "x", "nextToken": "t2" })
    );
}

#[tokio::test]
async fn pages_are_asked_for_when_polled() {
    let script = Script::new([page(&["a"], Some("t1")), page(&["b"], None)]);
    let ecs = script.ecs();
    let mut pages = ecs.list_tasks(ListTasksRequest::default()).pages();
    assert_eq!(script.count(), 0);
    assert_eq!(pages.next().await.unwrap().unwrap().task_arns, ["a"]);
    assert_eq!(script.count(), 1);
    assert_eq!(pages.next().await.unwrap().unwrap().task_arns, ["b"]);
    assert!(pages.next().await.is_none());
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn a_token_that_repeats_is_an_error_not_a_loop() {
    let script = Script::new([page(&["a"], Some("t"))]);
    let ecs = script.ecs();
    let items: Vec<_> = ecs
        .list_tasks(ListTasksRequest::default())
        .items()
        .collect()
        .await;
    assert_eq!(items.len(), 2);
    assert_eq!(
        items[1].as_ref().unwrap_err().to_string(),
        "ListTasks: the answer's page token is one that was there before, so the list would never end (HTTP 200, 1 attempt)"
    );
}

#[tokio::test]
async fn nor_do_tokens_that_take_turns_loop() {
    let script = Script::new([
        page(&["a"], Some("t1")),
        page(&["b"], Some("t2")),
        page(&["c"], Some("t1")),
    ]);
    let ecs = script.ecs();
    let pages: Vec<_> = ecs
        .list_tasks(ListTasksRequest::default())
        .pages()
        .collect()
        .await;
    assert_eq!((pages.len(), script.count()), (3, 3));
    assert!(pages[2].is_err());
}

#[tokio::test]
async fn an_error_ends_the_stream() {
    let script = Script::new([
        page(&["a"], Some("t")),
        Step::error(400, "ClusterNotFoundException", ""),
    ]);
    let ecs = script.ecs();
    let items: Vec<_> = ecs
        .list_tasks(ListTasksRequest::default())
        .items()
        .collect()
        .await;
    assert_eq!(items.len(), 2);
    assert!(matches!(
        items[1],
        Err(longshore::Error::ClusterNotFound(_))
    ));
}

//! Tasks that did not start: the prose that real ones came with, with its names changed.

use super::*;

use Obstacle as O;
use StartFailure as S;

#[test]
fn prose_by_cause() {
    for (prose, cause) in PROSE {
        // The prose stands at the task, or at the container under a bare word at the task.
        let at_task = outcome(stopped("TaskFailedToStart", prose, &[("app", None, "")]));
        let at_container = outcome(stopped(
            "TaskFailedToStart",
            "Task failed to start",
            &[("app", None, prose)],
        ));
        let without_code = outcome(stopped("", prose, &[("app", None, prose)]));
        let exited = outcome(stopped(EXITED, EXITED_REASON, &[("app", None, prose)]));
        for outcome in [at_task, at_container, without_code, exited] {
            let OutcomeKind::FailedToStart { cause: found } = &outcome.kind else {
                panic!("{prose}: {:?}", outcome.kind);
            };
            assert_eq!(found, cause, "{prose}");
            assert_eq!(outcome.is_retryable(), cause.is_retryable(), "{prose}");
            assert!(!outcome.is_success());
            assert_eq!(
                outcome.to_string(),
                format!("task 0123abcd (main:7) did not start: {cause}: {prose}"),
            );
        }
    }
}

#[test]
fn what_is_not_known_is_told_as_it_came() {
    for prose in [
        "TaskFailedToStart: ATTRIBUTE",
        "Volumes are not attached to the task yet",
        "DockerTimeoutError: Could not transition to stopped; timed out after waiting 1m0s",
        "CannotStopContainerError: failed sending SIGTERM to container",
    ] {
        let outcome = outcome(stopped("TaskFailedToStart", prose, &[]));
        let other = OutcomeKind::FailedToStart {
            cause: S::Other(prose.to_owned()),
        };
        assert_eq!(outcome.kind, other);
        assert!(!outcome.is_retryable());
    }
}

const PROSE: &[(&str, StartFailure)] = &[
    // Images
    (
        "CannotPullContainerError: Error: image deathstar:9ce7d67b not found",
        S::ImagePull(O::NotFound),
    ),
    (
        "CannotPullContainerError: API error (404)",
        S::ImagePull(O::NotFound),
    ),
    (
        "CannotPullContainerError: API error (404): repository 111122223333.dkr.ecr.us-east-1.amazonaws.com/repo1/image1 not found",
        S::ImagePull(O::NotFound),
    ),
    (
        "CannotPullContainerError: Tag latest not found in repository docker.io/library/owncloud",
        S::ImagePull(O::NotFound),
    ),
    (
        "CannotPullContainerError: Error response from daemon: manifest for elasticsearch:latest not found",
        S::ImagePull(O::NotFound),
    ),
    (
        "CannotPullContainerError: Error response from daemon: pull access denied for ecs-task-kite, repository does not exist or may require 'docker login'",
        S::ImagePull(O::NotFound),
    ),
    (
        "CannotPullContainerError: The task can’t pull the image. Check whether the image exists. Error response from daemon: pull access denied for some/nonsense, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
        S::ImagePull(O::NotFound),
    ),
    (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 123456789012.dkr.ecr.us-east-1.amazonaws.com/stocks:loader-34683c: 123456789012.dkr.ecr.us-east-1.amazonaws.com/stocks:loader-34683c: not found",
        S::ImagePull(O::NotFound),
    ),
    (
        "CannotPullContainerError: The task can’t pull the image. Check that the role has the permissions to pull images from the registry. Error response from daemon: pull access denied for 123123123123.dkr.ecr.us-east-1.amazonaws.com/my_image, repository does not exist or may require 'docker login': denied: User: arn:aws:sts::123123123123:assumed-role/MyBrokenRole/xyz is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:123123123123:repository/test_image because no identity-based policy allows the ecr:BatchGetImage action",
        S::ImagePull(O::NoPermission),
    ),
    (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref \"123456789012.dkr.ecr.eu-west-3.amazonaws.com/validator:abc1234\": unexpected status code 403 Forbidden",
        S::ImagePull(O::NoPermission),
    ),
    (
        "CannotPullContainerError: Error response from daemon: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit",
        S::ImagePull(O::RateLimited),
    ),
    (
        "CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/rust/manifests/sha256:de6e: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.",
        S::ImagePull(O::RateLimited),
    ),
    (
        "CannotPullContainerError: Could not reach any registry endpoint",
        S::ImagePull(O::Unreachable),
    ),
    (
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref docker.io/library/latest:latest: failed to do request: Head \"https://registry-1.docker.io/v2/library/latest/manifests/latest\": dial tcp 44.205.64.79:443: i/o timeout",
        S::ImagePull(O::Unreachable),
    ),
    (
        "CannotPullContainerError: The task cannot pull 123456789012.dkr.ecr.us-east-1.amazonaws.com/clubapp:latest from the registry 123456789012.dkr.ecr.us-east-1.amazonaws.com/clubapp:latest. There is a connection issue between the task and the registry. Check your task network configuration. : failed to copy: httpReadSeeker",
        S::ImagePull(O::Unreachable),
    ),
    (
        "CannotPullContainerError: Error response from daemon: Get \"https://123456789012.dkr.ecr.us-west-2.amazonaws.com/v2/\": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
        S::ImagePull(O::Unreachable),
    ),
    (
        "CannotPullECRContainerError: The task can’t pull the image. Check your network configuration. RequestError: send request failed caused by: Post \"https://api.ecr.us-east-1.amazonaws.com/\"",
        S::ImagePull(O::Unreachable),
    ),
    (
        "CannotPullContainerError: write /var/lib/docker/tmp/GetImageBlob111111111: no space left on device",
        S::ImagePull(O::NoSpace),
    ),
    (
        "CannotPullContainerError: failed to register layer: Error processing tar file(exit status 1): write /tmp/my_large_file: no space left on device",
        S::ImagePull(O::NoSpace),
    ),
    (
        "CannotPullContainerError: ref pull has been retried 1 time(s): failed to unpack image on snapshotter overlayfs: failed to extract layer sha256:c023: failed to get stream processor for application/vnd.in-toto+json: no processor for media-type: unknown",
        S::ImagePull(O::Other),
    ),
    (
        "CannotPullECRContainerError: engine ecr credentials: not found",
        S::ImagePull(O::NoPermission),
    ),
    (
        "CannotPullContainerError: failed to find a descriptor for platform {linux/amd64}",
        S::PlatformMismatch,
    ),
    (
        "CannotPullContainerError: pull image manifest has been retried 7 time(s): image Manifest does not contain descriptor matching platform 'linux/amd64'.",
        S::PlatformMismatch,
    ),
    // Secrets, logs, volumes
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request failed caused by: Post \"https://api.ecr.us-east-2.amazonaws.com/\": dial tcp 10.0.0.1:443: i/o timeout. Please check your task network configuration.",
        S::Secrets(O::Unreachable),
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 5 time(s): RequestCanceled: request context canceled caused by: context deadli...",
        S::Secrets(O::Unreachable),
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: pull command failed: : signal: killed",
        S::Secrets(O::Unreachable),
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager.",
        S::Secrets(O::Unreachable),
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key app_definition_id",
        S::Secrets(O::NotFound),
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret arn:aws:secretsmanager:us-east-1:123456789012:secret:app from secrets manager: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/exec/c13b is not authorized to perform: secretsmanager:GetSecretValue",
        S::Secrets(O::NoPermission),
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret arn:aws:secretsmanager:eu-west-1:123456789...",
        S::Secrets(O::Other),
    ),
    (
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.",
        S::Logging(O::NotFound),
    ),
    (
        "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. Check your network configuration. : signal: killed",
        S::Logging(O::Unreachable),
    ),
    (
        "ResourceInitializationError: failed to validate logger args: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/exec/c13b is not authorized to perform: logs:CreateLogGroup",
        S::Logging(O::NoPermission),
    ),
    (
        "TaskFailedToStart: ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: b'mount.nfs4: Connection reset by peer' : unsuccessful EFS utils command execution; code: 32",
        S::Volume(O::Unreachable),
    ),
    (
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed to resolve \"fs-00000000.efs.us-east-1.amazonaws.com\" - check that your file system ID is correct.",
        S::Volume(O::NotFound),
    ),
    (
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: b'mount.nfs4: mounting fs-1.efs.eu-west-1.amazonaws.com:/grafana failed, reason given by server: No such file or directory' : unsuccessful EFS utils command execution; code: 32",
        S::Volume(O::NotFound),
    ),
    (
        "CannotCreateVolumeError: some docker error",
        S::Volume(O::Other),
    ),
    (
        "Timeout waiting for EphemeralStorage provisioning to complete.",
        S::Volume(O::Unreachable),
    ),
    // Network, place, role
    (
        "Timeout waiting for network interface provisioning to complete.",
        S::NetworkInterface(O::Unreachable),
    ),
    (
        "Unexpected EC2 error while attempting to attach network interface to instance",
        S::NetworkInterface(O::Other),
    ),
    (
        "ResourceInitializationError: failed to configure ENI: failed to setup regular eni: netplugin failed with no error message",
        S::NetworkInterface(O::Other),
    ),
    (
        "Unexpected EC2 error while attempting to tag the network interface: TagPolicyViolation",
        S::NetworkInterface(O::NoPermission),
    ),
    (
        "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-1': InsufficientFreeAddressesInSubnet",
        S::Capacity,
    ),
    (
        "Capacity is unavailable at this time. Please try again later or in a different availability zone",
        S::Capacity,
    ),
    ("TaskFailedToStart: EMPTY CAPACITY PROVIDER", S::Capacity),
    ("TaskFailedToStart: NO ACTIVE INSTANCES", S::Capacity),
    ("TaskFailedToStart: RESOURCE:MEMORY", S::Capacity),
    ("TaskFailedToStart: AGENT", S::Agent),
    (
        "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/jobs' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.",
        S::Role,
    ),
    // Containers
    (
        "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"019552fb\": executable file not found in $PATH: unknown",
        S::ContainerStart,
    ),
    (
        "CannotCreateContainerError: API error (500): Untar",
        S::ContainerStart,
    ),
    (
        "CannotStartContainerError: Error response from daemon: OCI runtime create failed: container_linux.go:380: starting container process caused: container init was OOM-killed (memory limit too low?): unknown",
        S::OutOfMemory,
    ),
    (
        "ContainerRuntimeTimeoutError: Could not transition to running; timed out after waiting 1m: <reason>",
        S::RuntimeTimeout,
    ),
    (
        "DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s",
        S::DockerTimeout,
    ),
    (
        "DockerTimeoutError: Could not tranisition to started; timed out after waiting 8m0s",
        S::DockerTimeout,
    ),
    (
        "CannotInspectContainerError: Could not transition to inspecting; timed out after waiting 30s",
        S::DockerTimeout,
    ),
];

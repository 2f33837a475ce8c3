//! Why a task did not start, read from prose.

use std::fmt;

use super::text::OneLine;

/// Why a task did not start.
///
/// ECS tells it in prose with a prefix, such as `CannotPullContainerError:`. Prefixes and sentences
/// are not part of its API and do change; what is not recognised is [`Other`](Self::Other).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartFailure {
    /// A container image could not be pulled.
    ImagePull(Obstacle),
    /// The image is for another operating system or processor than the task.
    PlatformMismatch,
    /// Secrets, parameters or the credentials for the registry could not be fetched.
    Secrets(Obstacle),
    /// The log driver could not be set up.
    Logging(Obstacle),
    /// A volume or the task's own disk could not be created or mounted.
    Volume(Obstacle),
    /// The task's network interface could not be created or attached.
    NetworkInterface(Obstacle),
    /// Something else that the task needs could not be set up.
    Resources(Obstacle),
    /// ECS may not take on the task's role or its execution role.
    Role,
    /// There was no room: no capacity, no instance, no free address in the subnet. ECS may have
    /// let the task wait for half an hour before.
    Capacity,
    /// The agent on the container instance was not connected.
    Agent,
    /// The container could not be created or started: often a command that the image lacks.
    ContainerStart,
    /// The container runtime took too long.
    RuntimeTimeout,
    /// Docker took too long.
    DockerTimeout,
    /// The memory limit is too low even to start.
    OutOfMemory,
    /// A fault inside ECS.
    Internal,
    /// Something else, in ECS's words; empty if it has none.
    Other(String),
}

/// What kept a task from something that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Obstacle {
    /// It does not exist, at least not under that name.
    NotFound,
    /// The permission is missing: most often the execution role's.
    NoPermission,
    /// Too many requests.
    RateLimited,
    /// It could not be reached, or did not answer in time.
    Unreachable,
    /// The disk is full.
    NoSpace,
    /// Something else, or the prose does not tell.
    Other,
}

impl StartFailure {
    /// Whether another start may well succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::ImagePull(obstacle)
            | Self::Secrets(obstacle)
            | Self::Logging(obstacle)
            | Self::Volume(obstacle)
            | Self::Resources(obstacle) => obstacle.is_passing(),
            // EC2 does not tell much, and what it lacks is mostly time.
            Self::NetworkInterface(obstacle) => {
                obstacle.is_passing() || *obstacle == Obstacle::Other
            }
            Self::Capacity
            | Self::Agent
            | Self::RuntimeTimeout
            | Self::DockerTimeout
            | Self::Internal => true,
            Self::PlatformMismatch
            | Self::Role
            | Self::ContainerStart
            | Self::OutOfMemory
            | Self::Other(_) => false,
        }
    }

    /// The cause that this prose gives; `None` if it gives none that is known here.
    pub(super) fn read(prose: &str) -> Option<Self> {
        let prose = prose.trim();
        let prose = prose
            .strip_prefix("TaskFailedToStart:")
            .map_or(prose, str::trim_start);
        let lower = prose.to_lowercase();
        let holds = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
        let obstacle = || Obstacle::read(&lower);
        let prefix = prose.split(':').next().unwrap_or_default();

        if prefix.starts_with("OutOfMemory") {
            return Some(Self::OutOfMemory);
        }
        if prefix.starts_with("CannotPull") {
            return Some(if holds(PLATFORM) {
                Self::PlatformMismatch
            } else {
                Self::ImagePull(obstacle())
            });
        }
        if prefix.starts_with("Unexpected EC2 error while attempting") {
            return Some(if holds(&["insufficientfreeaddresses"]) {
                Self::Capacity
            } else {
                Self::NetworkInterface(obstacle())
            });
        }
        if prefix.starts_with("Timeout waiting for") {
            return Some(if holds(&["network interface"]) {
                Self::NetworkInterface(Obstacle::Unreachable)
            } else if holds(&["storage", "volume"]) {
                Self::Volume(Obstacle::Unreachable)
            } else {
                Self::Resources(Obstacle::Unreachable)
            });
        }
        // Only at the beginning: the words are too plain to mean anything further inside.
        let begins = |starts: &[&str]| starts.iter().any(|start| prose.starts_with(start));
        if begins(&["ECS was unable to assume the role"]) {
            return Some(Self::Role);
        }
        if begins(&[
            "Capacity is unavailable",
            "RESOURCE:",
            "EMPTY CAPACITY PROVIDER",
            "NO ACTIVE INSTANCES",
            "No Container Instances were found",
        ]) {
            return Some(Self::Capacity);
        }
        match prefix {
            "AGENT" => Some(Self::Agent),
            "ResourceInitializationError" | "ResourceNotFoundException" => {
                Some(Self::of_resource(&lower))
            }
            "CannotCreateVolumeError" => Some(Self::Volume(obstacle())),
            "CannotStartContainerError"
            | "CannotCreateContainerError"
            | "ContainerRuntimeError" => Some(if holds(OUT_OF_MEMORY) {
                Self::OutOfMemory
            } else if holds(PLATFORM) {
                Self::PlatformMismatch
            } else {
                Self::ContainerStart
            }),
            // What could not be stopped has been started.
            "ContainerRuntimeTimeoutError" | "DockerTimeoutError"
                if holds(&["transition to stopped"]) =>
            {
                None
            }
            "ContainerRuntimeTimeoutError" => Some(Self::RuntimeTimeout),
            "DockerTimeoutError" => Some(Self::DockerTimeout),
            "CannotInspectContainerError" if holds(&["timed out", "timeout"]) => {
                Some(Self::DockerTimeout)
            }
            "InternalError" => Some(Self::Internal),
            _ => None,
        }
    }

    /// The cause that the prose behind `ResourceInitializationError:` gives.
    fn of_resource(lower: &str) -> Self {
        let holds = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
        let obstacle = Obstacle::read(lower);
        if holds(&["container runtime task", "oci runtime"]) {
            return if holds(OUT_OF_MEMORY) {
                Self::OutOfMemory
            } else if holds(PLATFORM) {
                Self::PlatformMismatch
            } else {
                Self::ContainerStart
            };
        }
        if holds(&[
            "logger",
            "logging driver",
            "log driver",
            "cloudwatch",
            "log group",
        ]) {
            Self::Logging(obstacle)
        } else if holds(&["efs", "volume", "mount"]) {
            Self::Volume(obstacle)
        } else if holds(&["configure eni", "setup regular eni", "network interface"]) {
            Self::NetworkInterface(obstacle)
        } else if holds(&[
            "secret",
            "registry auth",
            "from ssm",
            "from asm",
            "parameter",
        ]) {
            Self::Secrets(obstacle)
        } else {
            Self::Resources(obstacle)
        }
    }
}

/// The image is for another machine.
const PLATFORM: &[&str] = &[
    "descriptor matching platform",
    "descriptor for platform",
    "no match for platform",
    "no matching manifest for",
    "cannot be used on this platform",
    "does not match the host operating system",
    "exec format error",
];

const OUT_OF_MEMORY: &[&str] = &["oom-killed", "oom killed", "outofmemoryerror"];

impl Obstacle {
    fn is_passing(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unreachable)
    }

    /// The obstacle in this prose, which is in lower case. The order matters: Docker tells a
    /// missing repository and a missing login in the same breath.
    fn read(lower: &str) -> Self {
        let holds = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
        if holds(&[
            "toomanyrequests",
            "too many requests",
            "rate limit",
            "rate exceeded",
            "throttl",
        ]) {
            Self::RateLimited
        } else if holds(&["no space left on device"]) {
            Self::NoSpace
        } else if holds(&[
            "accessdenied",
            "not authorized",
            "unauthorized",
            "no basic auth credentials",
            "ecr credentials",
            "403 forbidden",
            "status code: 403",
            "policyviolation",
            "check that the role has the permissions",
        ]) {
            Self::NoPermission
        } else if holds(&[
            "not found",
            "does not exist",
            "manifest unknown",
            "name unknown",
            "(404)",
            "resourcenotfound",
            "did not contain json key",
            "no such file or directory",
            "check that your file system id",
        ]) {
            Self::NotFound
        } else if holds(&["access denied", "is denied", "permission denied"]) {
            Self::NoPermission
        } else if holds(&[
            "timeout",
            "timed out",
            "deadline exceeded",
            "context deadli",
            "connection issue",
            "connection reset",
            "connection refused",
            "could not reach",
            "no such host",
            "unreachable",
            "request canceled",
            "requestcanceled",
            "send request failed",
            "signal: killed",
            "network configuration",
            "unexpected eof",
            ": eof",
            "503 service unavailable",
            "500 internal server error",
            "502 bad gateway",
        ]) {
            Self::Unreachable
        } else {
            Self::Other
        }
    }

    /// A clause about this thing.
    fn about(self, thing: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => write!(f, "{thing} not found"),
            Self::NoPermission => write!(f, "no permission for the {thing}"),
            Self::RateLimited => write!(f, "too many requests for the {thing}"),
            Self::Unreachable => write!(f, "no answer in time for the {thing}"),
            Self::NoSpace => write!(f, "no disk space for the {thing}"),
            Self::Other => write!(f, "{thing} not available"),
        }
    }
}

impl fmt::Display for StartFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ImagePull(obstacle) => return obstacle.about("image", f),
            Self::Secrets(obstacle) => return obstacle.about("secret or registry login", f),
            Self::Logging(obstacle) => return obstacle.about("log destination", f),
            Self::Volume(obstacle) => return obstacle.about("volume", f),
            Self::NetworkInterface(obstacle) => return obstacle.about("network interface", f),
            Self::Resources(obstacle) => return obstacle.about("resource", f),
            Self::PlatformMismatch => "the image is for another platform",
            Self::Role => "ECS may not assume the task's role",
            Self::Capacity => "no capacity",
            Self::Agent => "the container instance's agent is not connected",
            Self::ContainerStart => "the container cannot be started",
            Self::RuntimeTimeout => "the container runtime took too long",
            Self::DockerTimeout => "Docker took too long",
            Self::OutOfMemory => "too little memory",
            Self::Internal => "a fault inside ECS",
            Self::Other(text) if text.trim().is_empty() => "ECS does not tell why",
            Self::Other(text) => return write!(f, "{}", OneLine(text)),
        })
    }
}

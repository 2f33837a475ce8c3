//! Where a service is: from region, partition and switches to a host.

mod generated;

use std::fmt;
use std::net::IpAddr;

use http::Uri;

use crate::config::ConfigError;

/// The hosts of a service. `{region}` stands for the region; the partition's suffix follows.
#[derive(Debug)]
pub struct Endpoints {
    /// The hosts in most partitions.
    pub usual: Hosts,
    /// The hosts in the partitions that differ, by name.
    pub others: &'static [(&'static str, Hosts)],
}

/// The hosts of the four variants; one that does not exist is empty.
#[derive(Debug)]
pub struct Hosts {
    /// The plain host.
    pub plain: &'static str,
    /// The FIPS 140 validated host.
    pub fips: &'static str,
    /// The host with IPv4 and IPv6 addresses.
    pub dual_stack: &'static str,
    /// Both.
    pub fips_dual_stack: &'static str,
}

/// A group of regions under one DNS suffix.
struct Partition {
    name: &'static str,
    dns_suffix: &'static str,
    dual_stack_dns_suffix: &'static str,
    prefixes: &'static [&'static str],
    regions: &'static [&'static str],
}

impl Partition {
    /// The partition of a region; a region of no known form is taken for one of the first.
    fn of(region: &str) -> &'static Self {
        generated::PARTITIONS
            .iter()
            .find(|partition| partition.has(region))
            .unwrap_or(&generated::PARTITIONS[0])
    }

    fn has(&self, region: &str) -> bool {
        self.regions.contains(&region)
            || self.prefixes.iter().any(|prefix| {
                // {prefix}-{direction}-{number}
                let rest = region
                    .strip_prefix(prefix)
                    .and_then(|rest| rest.strip_prefix('-'));
                rest.and_then(|rest| rest.split_once('-'))
                    .is_some_and(|(direction, number)| {
                        !direction.is_empty()
                            && direction.bytes().all(|b| b.is_ascii_alphanumeric())
                            && !number.is_empty()
                            && number.bytes().all(|b| b.is_ascii_digit())
                    })
            })
    }
}

/// What the configuration says of endpoints.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wish<'a> {
    pub(crate) region: &'a str,
    pub(crate) fips: bool,
    pub(crate) dual_stack: bool,
    /// A URL that overrides all rules.
    pub(crate) url: Option<&'a str>,
    /// Whether a URL without TLS may name another machine.
    pub(crate) plain_http: bool,
}

/// A member of a request that would have become part of the host name.
#[derive(Debug)]
pub(crate) struct NoHost;

/// Where requests go.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    scheme: http::uri::Scheme,
    authority: String,
    /// Path of the requests, with a slash at its end.
    path: String,
    /// The URL of requests that put nothing before the host.
    uri: Uri,
}

impl Endpoint {
    /// The endpoint of a service.
    pub(crate) fn resolve(endpoints: &Endpoints, wish: Wish<'_>) -> Result<Self, ConfigError> {
        if let Some(url) = wish.url {
            if wish.fips || wish.dual_stack {
                return Err(ConfigError::EndpointConflict {
                    what: if wish.fips {
                        "FIPS endpoints"
                    } else {
                        "dual-stack endpoints"
                    },
                });
            }
            let endpoint = Self::parse(url)?;
            if endpoint.scheme == http::uri::Scheme::HTTP
                && !wish.plain_http
                && !is_loopback(endpoint.host())
            {
                return Err(ConfigError::PlainHttp {
                    url: without_user(url),
                });
            }
            return Ok(endpoint);
        }
        let partition = Partition::of(wish.region);
        let hosts = endpoints
            .others
            .iter()
            .find(|(name, _)| *name == partition.name)
            .map_or(&endpoints.usual, |(_, hosts)| hosts);
        let (template, suffix) = match (wish.fips, wish.dual_stack) {
            (false, false) => (hosts.plain, partition.dns_suffix),
            (true, false) => (hosts.fips, partition.dns_suffix),
            (false, true) => (hosts.dual_stack, partition.dual_stack_dns_suffix),
            (true, true) => (hosts.fips_dual_stack, partition.dual_stack_dns_suffix),
        };
        if template.is_empty() {
            return Err(ConfigError::NoEndpoint {
                region: wish.region.to_owned(),
                partition: partition.name,
            });
        }
        let host = template.replace("{region}", wish.region);
        Self::parse(&format!("https://{host}.{suffix}"))
    }

    /// Reads a URL such as `http://localhost:5000`.
    fn parse(url: &str) -> Result<Self, ConfigError> {
        let malformed = |why: &'static str| ConfigError::MalformedEndpoint {
            // Without user name and password, if there are any.
            url: without_user(url),
            why,
        };
        let uri: Uri = url.parse().map_err(|_| malformed("is no URL"))?;
        let scheme = match uri.scheme_str() {
            Some("https") => http::uri::Scheme::HTTPS,
            Some("http") => http::uri::Scheme::HTTP,
            _ => return Err(malformed("does not begin with https:// or http://")),
        };
        let authority = uri.authority().ok_or_else(|| malformed("has no host"))?;
        if authority.host().is_empty() {
            return Err(malformed("has no host"));
        }
        if authority.as_str().contains('@') {
            return Err(malformed(
                "has a user name in it, which has no meaning here",
            ));
        }
        if uri.query().is_some() {
            return Err(malformed("has a query, which no request could keep"));
        }
        let authority = authority.as_str().to_owned();
        let path = format!("{}/", uri.path().trim_end_matches('/'));
        let uri = joined(&scheme, &authority, &path).map_err(|_| malformed("is no URL"))?;
        Ok(Self {
            scheme,
            authority,
            path,
            uri,
        })
    }

    /// The URL of a request, with what the operation puts before the host.
    ///
    /// # Errors
    ///
    /// A prefix that cannot be part of a host name.
    pub(crate) fn uri(&self, prefix: Option<&str>) -> Result<Uri, NoHost> {
        let Some(prefix) = prefix else {
            return Ok(self.uri.clone());
        };
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
        if !prefix.bytes().all(fits) {
            return Err(NoHost);
        }
        let authority = format!("{prefix}{}", self.authority);
        joined(&self.scheme, &authority, &self.path).map_err(|_| NoHost)
    }

    /// The URL of a path below the endpoint's own.
    #[cfg(feature = "credentials-chain")]
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}://{}{}{path}", self.scheme, self.authority, self.path)
    }

    /// The host, without port and brackets.
    fn host(&self) -> &str {
        // A colon outside brackets is that of the port.
        let host = match self.authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => &self.authority,
        };
        host.trim_matches(['[', ']'])
    }

    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }
}

fn joined(scheme: &http::uri::Scheme, authority: &str, path: &str) -> http::Result<Uri> {
    Uri::builder()
        .scheme(scheme.clone())
        .authority(authority)
        .path_and_query(path)
        .build()
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}://{}{}",
            self.scheme,
            self.authority,
            self.path.trim_end_matches('/')
        )
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether a region's name can be part of a host name.
pub(crate) fn is_region(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Whether a host is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    address(host).map_or_else(
        || host.eq_ignore_ascii_case("localhost"),
        |address| address.to_canonical().is_loopback(),
    )
}

/// Whether a host is this machine or a link-local address, where containers and instances have
/// their credentials from.
#[cfg_attr(
    not(any(feature = "reqwest", feature = "credentials-chain")),
    allow(dead_code)
)]
pub(crate) fn is_near(host: &str) -> bool {
    is_loopback(host)
        || match address(host).map(|address| address.to_canonical()) {
            Some(IpAddr::V4(v4)) => v4.is_link_local(),
            // fd00:ec2::/32 is what EC2 and EKS have for link-local addresses in IPv6.
            Some(IpAddr::V6(v6)) => {
                v6.is_unicast_link_local() || v6.segments()[..2] == [0xfd00, 0x0ec2]
            }
            None => false,
        }
}

fn address(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

/// A URL without user name and password, which it may have by mistake.
pub(crate) fn without_user(url: &str) -> String {
    let rest = url.rsplit_once('@').map_or(url, |(_, rest)| rest);
    match url.split_once("://") {
        Some((scheme, _)) if rest.len() < url.len() && scheme.len() < 10 => {
            format!("{scheme}://{rest}")
        }
        _ => rest.to_owned(),
    }
}

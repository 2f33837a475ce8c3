//! Proxies.

use std::fmt;

use crate::config::{From, Set, Vars};
use crate::endpoint::without_user;

/// The proxies that requests go through, in place of the system's.
///
/// Requests to this machine and to link-local addresses, where containers and instances get their
/// credentials, go through none.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proxy {
    /// The proxy of https requests: `http://user:password@proxy.example:3128`.
    pub https: Option<String>,
    /// The proxy of http requests.
    pub http: Option<String>,
    /// Hosts that are reached without, in the form of `NO_PROXY`: `example.com,10.0.0.0/8`.
    pub except: String,
}

impl Proxy {
    /// No proxy, whatever the system's settings say.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// What `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say; lower case wins, as in curl.
    pub(crate) fn of_vars(vars: &Vars) -> Set<Self> {
        let get = |name: &str| {
            let lower = name.to_ascii_lowercase();
            vars.text(&lower).or_else(|| vars.text(name))
        };
        let all = || get("ALL_PROXY");
        let https = get("HTTPS_PROXY").or_else(all);
        // In a CGI program a header of the request becomes this variable (https://httpoxy.org).
        let http = match vars.get("REQUEST_METHOD") {
            Some(_) => vars.text("http_proxy"),
            None => get("HTTP_PROXY"),
        };
        let http = http.or_else(all);
        let from = match https.as_ref().or(http.as_ref()) {
            Some(set) => set.from.clone(),
            None => From::Default,
        };
        Set {
            value: Self {
                https: https.map(|set| set.value),
                http: http.map(|set| set.value),
                except: get("NO_PROXY").map(|set| set.value).unwrap_or_default(),
            },
            from,
        }
    }

    /// In the terms of `reqwest`.
    pub(super) fn parts(&self) -> Result<Vec<reqwest::Proxy>, reqwest::Error> {
        let except = reqwest::NoProxy::from_string(&self.except);
        let https = self.https.as_deref().map(reqwest::Proxy::https);
        let http = self.http.as_deref().map(reqwest::Proxy::http);
        (https.into_iter().chain(http))
            .map(|proxy| Ok(proxy?.no_proxy(except.clone())))
            .collect()
    }
}

impl fmt::Debug for Proxy {
    /// Without user names and passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("https", &self.https.as_deref().map(without_user))
            .field("http", &self.http.as_deref().map(without_user))
            .field("except", &self.except)
            .finish()
    }
}

//! TLS, by whichever implementation the crate's features choose.

use std::error::Error as StdError;
use std::path::Path;

pub(super) type BuildError = Box<dyn StdError + Send + Sync>;

/// Reads the certificates of authorities.
fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    std::fs::read(path)
        .map_err(|error| format!("the CA bundle {} cannot be read: {error}", path.display()).into())
}

/// An explicit provider, so that building a client depends on nothing outside it.
#[cfg(feature = "rustls")]
#[derive(Debug)]
pub(super) struct Tls(rustls::ClientConfig);

#[cfg(feature = "rustls")]
impl Tls {
    /// Trusts the authorities of a file, or those of the machine.
    pub(super) fn new(ca_bundle: Option<&Path>) -> Result<Self, BuildError> {
        use rustls_platform_verifier::BuilderVerifierExt as _;

        let Some(provider) = provider() else {
            return Err(
                "feature `rustls` needs `rustls-ring` or `rustls-aws-lc-rs` beside it".into(),
            );
        };
        let builder = rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(provider))
            .with_safe_default_protocol_versions()?;
        let builder = match ca_bundle {
            Some(path) => builder.with_root_certificates(roots(path)?),
            None => builder.with_platform_verifier()?,
        };
        Ok(Self(builder.with_no_client_auth()))
    }

    pub(super) fn apply(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        builder.tls_backend_preconfigured(self.0.clone())
    }
}

#[cfg(feature = "rustls")]
fn roots(path: &Path) -> Result<rustls::RootCertStore, BuildError> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;

    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&read(path)?) {
        let unusable =
            |why: &dyn std::fmt::Display| format!("the CA bundle {}: {why}", path.display());
        let certificate = certificate.map_err(|error| unusable(&error))?;
        roots.add(certificate).map_err(|error| unusable(&error))?;
    }
    if roots.is_empty() {
        return Err(format!("the CA bundle {} has no certificate", path.display()).into());
    }
    Ok(roots)
}

#[cfg(all(feature = "rustls", feature = "rustls-ring"))]
#[allow(clippy::unnecessary_wraps)] // the other variants have none
fn provider() -> Option<rustls::crypto::CryptoProvider> {
    Some(rustls::crypto::ring::default_provider())
}

#[cfg(all(
    feature = "rustls",
    feature = "rustls-aws-lc-rs",
    not(feature = "rustls-ring")
))]
#[allow(clippy::unnecessary_wraps)]
fn provider() -> Option<rustls::crypto::CryptoProvider> {
    Some(rustls::crypto::aws_lc_rs::default_provider())
}

#[cfg(all(
    feature = "rustls",
    not(any(feature = "rustls-ring", feature = "rustls-aws-lc-rs"))
))]
fn provider() -> Option<rustls::crypto::CryptoProvider> {
    None
}

/// The platform's TLS.
#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
#[derive(Debug)]
pub(super) struct Tls(Option<Vec<reqwest::Certificate>>);

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
impl Tls {
    /// Trusts the authorities of a file, or those of the machine.
    pub(super) fn new(ca_bundle: Option<&Path>) -> Result<Self, BuildError> {
        let Some(path) = ca_bundle else {
            return Ok(Self(None));
        };
        let certificates = reqwest::Certificate::from_pem_bundle(&read(path)?)
            .map_err(|error| format!("the CA bundle {}: {error}", path.display()))?;
        if certificates.is_empty() {
            return Err(format!("the CA bundle {} has no certificate", path.display()).into());
        }
        Ok(Self(Some(certificates)))
    }

    pub(super) fn apply(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        match &self.0 {
            Some(certificates) => builder.tls_certs_only(certificates.iter().cloned()),
            None => builder,
        }
    }
}

/// No TLS at all.
#[cfg(not(any(feature = "native-tls", feature = "rustls")))]
#[derive(Debug)]
pub(super) struct Tls;

#[cfg(not(any(feature = "native-tls", feature = "rustls")))]
impl Tls {
    /// A file of authorities is read even so: that it is wrong should not show only later.
    pub(super) fn new(ca_bundle: Option<&Path>) -> Result<Self, BuildError> {
        ca_bundle.map(read).transpose()?;
        Ok(Self)
    }

    #[allow(clippy::unused_self)] // as the others
    pub(super) fn apply(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        builder
    }
}

#[cfg(feature = "rustls")]
pub(super) fn problem(cause: &(dyn StdError + 'static)) -> Option<String> {
    use rustls::{CertificateError, Error};

    Some(match cause.downcast_ref::<Error>()? {
        Error::InvalidCertificate(problem) => match problem {
            CertificateError::UnknownIssuer => {
                "its certificate is from an authority that this machine does not trust".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "its certificate is for another host name".to_owned()
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired, or the clock of this machine is wrong".to_owned()
            }
            // What openssl's `req -x509` makes unless told otherwise.
            CertificateError::Other(error) if error.to_string().contains("CaUsedAsEndEntity") => {
                "its certificate is a self-signed one".to_owned()
            }
            other => format!("its certificate is refused ({other:?})"),
        },
        Error::InvalidMessage(_) => {
            "it does not speak TLS; is the endpoint an http:// one?".to_owned()
        }
        other => other.to_string(),
    })
}

#[cfg(not(feature = "rustls"))]
pub(super) fn problem(cause: &(dyn StdError + 'static)) -> Option<String> {
    // The platform's TLS has no error type in common; its errors say "certificate" or "TLS".
    let text = cause.to_string();
    (text.contains("certificate") || text.contains("SSL") || text.contains("TLS")).then_some(text)
}

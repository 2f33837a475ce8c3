//! TLS, by whichever implementation is compiled in, against a server with an authority of its own.
#![cfg(all(
    feature = "ecs",
    any(
        feature = "rustls-ring",
        feature = "rustls-aws-lc-rs",
        feature = "native-tls"
    )
))]
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::Arc;

use longshore::transport::{HttpSettings, TransportErrorKind};
use longshore::{Config, Error, ecs};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A file with the authority's certificate, that goes when this does.
struct Bundle(PathBuf);

impl Bundle {
    fn new(name: &str, authority: &Authority) -> Self {
        let path =
            std::env::temp_dir().join(format!("longshore-ca-{}-{name}.pem", std::process::id()));
        std::fs::write(&path, authority.pem()).unwrap();
        Self(path)
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

/// A server with this certificate, and its port.
async fn serve(certificate: CertificateDer<'static>, key: &KeyPair) -> u16 {
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let mut seen = Vec::new();
                let mut buffer = [0; 4096];
                while !String::from_utf8_lossy(&seen).contains("\r\n\r\n{}") {
                    match stream.read(&mut buffer).await {
                        Ok(n @ 1..) => seen.extend_from_slice(&buffer[..n]),
                        _ => return,
                    }
                }
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
                    .await;
                let _ = stream.shutdown().await;
            });
        }
    });
    port
}

/// A server whose certificate the authority has signed.
async fn signed(authority: &Authority, change: impl FnOnce(&mut CertificateParams)) -> u16 {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    change(&mut params);
    let certificate = params.signed_by(&key, authority).unwrap();
    serve(certificate.der().clone(), &key).await
}

async fn ask(port: u16, bundle: Option<&Bundle>) -> Result<(), Error> {
    let mut http = HttpSettings::default();
    http.ca_bundle = bundle.map(|bundle| bundle.0.clone());
    let config = Config::new()
        .region("eu-west-1")
        .access_key("A", "s")
        .endpoint_url(format!("https://localhost:{port}"))
        .http(http);
    let ecs = ecs::Client::new(&config)?;
    ecs.list_clusters(Default::default()).await.map(|_| ())
}

async fn refused(port: u16, bundle: Option<&Bundle>, why: &str) {
    let error = ask(port, bundle).await.unwrap_err();
    let Error::Transport(cause) = &error else {
        panic!("{error}")
    };
    assert_eq!(cause.cause.kind, TransportErrorKind::Tls, "{error:#?}");
    assert_eq!(error.attempts(), 1, "what TLS refuses it will refuse again");
    let text = error.to_string();
    let start = format!("ListClusters: TLS with localhost:{port} failed: ");
    assert!(text.starts_with(&start), "{text}");
    // The platform's TLS has words of its own.
    if cfg!(feature = "rustls") {
        assert_eq!(text, format!("{start}{why} (1 attempt)"));
    }
}

#[tokio::test]
async fn a_certificate_of_the_bundle() {
    let authority = authority("ours");
    let bundle = Bundle::new("good", &authority);
    ask(signed(&authority, |_| {}).await, Some(&bundle))
        .await
        .unwrap();
}

/// `AWS_CA_BUNDLE`, end to end.
#[tokio::test]
async fn the_bundle_of_the_environment() {
    let authority = authority("ours");
    let bundle = Bundle::new("env", &authority);
    let port = signed(&authority, |_| {}).await;
    let vars = [
        ("AWS_CA_BUNDLE", bundle.0.display().to_string()),
        ("AWS_REGION", "eu-west-1".to_owned()),
        ("AWS_ENDPOINT_URL", format!("https://localhost:{port}")),
        ("AWS_ACCESS_KEY_ID", "A".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "s".to_owned()),
    ];
    let ecs = ecs::Client::new(&Config::from_vars(vars).unwrap()).unwrap();
    ecs.list_clusters(Default::default()).await.unwrap();
}

#[tokio::test]
async fn another_host() {
    let authority = authority("ours");
    let bundle = Bundle::new("host", &authority);
    let port = signed(&authority, |params| {
        *params = CertificateParams::new(["ecs.example.com".to_owned()]).unwrap();
    })
    .await;
    refused(
        port,
        Some(&bundle),
        "its certificate is for another host name",
    )
    .await;
}

#[tokio::test]
async fn expired() {
    let authority = authority("ours");
    let bundle = Bundle::new("expired", &authority);
    let port = signed(&authority, |params| {
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(2020, 1, 1);
    })
    .await;
    let why = "its certificate has expired, or the clock of this machine is wrong";
    refused(port, Some(&bundle), why).await;
}

#[tokio::test]
async fn self_signed() {
    let bundle = Bundle::new("self", &authority("ours"));
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let port = serve(certificate.der().clone(), &key).await;
    let why = "its certificate is from an authority that this machine does not trust";
    refused(port, Some(&bundle), why).await;
    refused(port, None, why).await;
}

#[tokio::test]
async fn an_authority_that_nobody_knows() {
    let (known, unknown) = (authority("known"), authority("unknown"));
    let bundle = Bundle::new("unknown", &known);
    let port = signed(&unknown, |_| {}).await;
    let why = "its certificate is from an authority that this machine does not trust";
    refused(port, Some(&bundle), why).await;
    // The bundle is instead of the machine's authorities, which do not know this one either.
    refused(port, None, why).await;
}

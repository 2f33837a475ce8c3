//! A machine of one's own: variables, a home folder, and a server for all that has credentials.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, Uri};
use longshore::transport::{
    BoxFuture, HttpSettings, ReqwestTransport, Transport, TransportError, TransportErrorKind,
};
use longshore::{Config, Error, ecs};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A request that the server got.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

pub type Reply = (u16, String);
type Handler = Arc<dyn Fn(&Seen) -> Option<Reply> + Send + Sync>;

pub fn ok(body: impl Into<String>) -> Option<Reply> {
    Some((200, body.into()))
}

/// A folder that goes when this does.
#[derive(Debug)]
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("longshore-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes a file and says where it is.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

/// Hosts that have credentials in real life; here they are the server.
const HOSTS: [&str; 4] = [
    "169.254.170.2",
    "169.254.170.23",
    "169.254.169.254",
    "[fd00:ec2::254]",
];

pub struct World {
    pub home: Folder,
    pub vars: BTreeMap<String, String>,
    pub server: String,
    /// What the server got, and the calls of ECS.
    pub seen: Arc<Mutex<Vec<Seen>>>,
    pub calls: Arc<Mutex<Vec<Seen>>>,
    pub http: ReqwestTransport,
}

impl World {
    /// Without a handler nobody answers where the instance metadata service would.
    pub async fn new(handler: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let server = serve(Arc::new(handler), seen.clone()).await;
        let home = Folder::new();
        let mut world = Self {
            vars: BTreeMap::new(),
            server,
            seen,
            calls: Arc::default(),
            http: ReqwestTransport::new(&HttpSettings::default()).unwrap(),
            home,
        };
        let folder = world.home.0.display().to_string();
        world.set("HOME", &folder);
        world.set("AWS_REGION", "eu-west-1");
        for service in ["STS", "SSO", "SSO_OIDC"] {
            let url = format!("http://{}", world.server);
            world.set(&format!("AWS_ENDPOINT_URL_{service}"), &url);
        }
        world
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.vars.insert(name.to_owned(), value.to_owned());
    }

    pub fn unset(&mut self, name: &str) {
        self.vars.remove(name);
    }

    /// Writes a file below the home folder.
    pub fn file(&self, name: &str, text: &str) -> String {
        self.home.write(name, text)
    }

    pub fn try_config(&self) -> Result<Config, Error> {
        let config = Config::from_vars(self.vars.clone())?;
        Ok(config.transport(Routed {
            http: self.http.clone(),
            server: self.server.clone(),
            calls: self.calls.clone(),
        }))
    }

    /// Makes a call and says whose credentials signed it: the key, and the token after a slash.
    pub async fn caller(&self) -> Result<String, Error> {
        let ecs = ecs::Client::new(&self.try_config()?)?;
        call(&ecs).await?;
        Ok(signer(self.calls.lock().unwrap().last().unwrap()))
    }

    /// The error of a call, without what is said of every call, and with `HOME` and `SERVER`.
    pub async fn problem(&self) -> String {
        let text = match self.caller().await {
            Err(error @ Error::Credentials(_)) => error.to_string(),
            other => panic!("{other:?}"),
        };
        let text = text.replace(&self.home.0.display().to_string(), "HOME");
        let text = text.replace(&self.server, "SERVER");
        let text = text.strip_prefix("ListClusters: ").unwrap();
        text.strip_suffix(" (nothing was sent)").unwrap().to_owned()
    }

    /// What the server was asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        (seen.iter())
            .map(|seen| format!("{} {}", seen.method, seen.target))
            .collect()
    }
}

pub async fn call(ecs: &ecs::Client) -> Result<(), Error> {
    ecs.list_clusters(Default::default()).await.map(|_| ())
}

/// Whose credentials signed a request.
pub fn signer(seen: &Seen) -> String {
    let authorization = &seen.headers["authorization"];
    let (_, rest) = authorization.split_once("Credential=").unwrap();
    let (key, _) = rest.split_once('/').unwrap();
    match seen.headers.get("x-amz-security-token") {
        Some(token) => format!("{key}/{token}"),
        None => key.to_owned(),
    }
}

/// Takes what is for the hosts of credentials to the server, and answers ECS itself.
#[derive(Debug)]
struct Routed {
    http: ReqwestTransport,
    server: String,
    calls: Arc<Mutex<Vec<Seen>>>,
}

impl Transport for Routed {
    fn send(
        &self,
        mut request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        if host.ends_with("amazonaws.com") {
            self.calls.lock().unwrap().push(of(&request));
            return Box::pin(async { Ok(Response::new("{}".into())) });
        }
        if HOSTS.contains(&host.as_str()) {
            let path = request.uri().path_and_query().unwrap().clone();
            let uri = Uri::builder()
                .scheme("http")
                .authority(self.server.as_str());
            *request.uri_mut() = uri.path_and_query(path).build().unwrap();
        }
        let local = request.uri().host().is_some_and(|host| host == "127.0.0.1");
        match local {
            true => self.http.send(request),
            false => Box::pin(async move {
                let message = format!("{host} is not of this test");
                Err(TransportError::new(TransportErrorKind::Refused, message))
            }),
        }
    }
}

fn of(request: &Request<Bytes>) -> Seen {
    let headers = request.headers().iter();
    Seen {
        method: request.method().to_string(),
        target: request.uri().to_string(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        body: String::from_utf8_lossy(request.body()).into_owned(),
    }
}

async fn serve(handler: Handler, seen: Arc<Mutex<Vec<Seen>>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(exchange(stream, handler.clone(), seen.clone()));
        }
    });
    address
}

/// One request and its answer. Where the handler has none, the connection breaks.
async fn exchange(mut stream: TcpStream, handler: Handler, seen: Arc<Mutex<Vec<Seen>>>) {
    let mut bytes = Vec::new();
    let request = loop {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(n @ 1..) => bytes.extend_from_slice(&buffer[..n]),
            _ => return,
        }
        if let Some(request) = parse(&String::from_utf8_lossy(&bytes)) {
            break request;
        }
    };
    seen.lock().unwrap().push(request.clone());
    if let Some((status, body)) = handler(&request) {
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n");
        let location = if status == 302 {
            format!("location: http://{}/\r\n", request.headers["host"])
        } else {
            String::new()
        };
        let _ = stream
            .write_all(format!("{head}{location}\r\n{body}").as_bytes())
            .await;
    }
}

fn parse(text: &str) -> Option<Seen> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers
        .get("content-length")
        .map_or(0, |text| text.parse().unwrap());
    (body.len() >= length).then(|| Seen {
        method: first.next().unwrap_or_default().to_owned(),
        target: first.next().unwrap_or_default().to_owned(),
        headers,
        body: body.to_owned(),
    })
}

/// Credentials as the container's endpoint and the metadata service have them.
pub fn json(id: &str) -> String {
    format!(
        r#"{{"Code":"Success","AccessKeyId":"{id}","SecretAccessKey":"s","Token":"t-{id}","Expiration":"2100-01-01T00:00:00Z"}}"#
    )
}

/// Credentials as STS has them.
pub fn xml(action: &str, id: &str) -> String {
    format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>\
         <Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>t-{id}</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>\
         </{action}Result></{action}Response>"
    )
}

/// The instance metadata service with a role.
pub fn metadata(seen: &Seen) -> Option<Reply> {
    const TOKEN: &str = "x-aws-ec2-metadata-token";
    match (seen.method.as_str(), seen.target.as_str()) {
        ("PUT", "/latest/api/token")
            if seen
                .headers
                .contains_key("x-aws-ec2-metadata-token-ttl-seconds") =>
        {
            ok("tok")
        }
        ("GET", _) if seen.headers.get(TOKEN).map(String::as_str) != Some("tok") => {
            Some((401, String::new()))
        }
        ("GET", "/latest/meta-data/iam/security-credentials/") => ok("my-role"),
        ("GET", "/latest/meta-data/iam/security-credentials/my-role") => ok(json("METADATA")),
        _ => Some((404, String::new())),
    }
}

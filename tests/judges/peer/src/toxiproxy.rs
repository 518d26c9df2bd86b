//! A toxiproxy of our own on loopback, told over its HTTP API what to do to a connection.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

/// The program; it ends with this value.
pub struct Toxiproxy {
    api: SocketAddr,
    _program: Child,
}

/// One proxy in it.
pub struct Proxy {
    api: SocketAddr,
    name: String,
    upstream: SocketAddr,
    pub address: SocketAddr,
}

impl Toxiproxy {
    pub async fn start(program: &Path) -> io::Result<Self> {
        let api = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
        let child = Command::new(program)
            .args(["-host", "127.0.0.1", "-port", &api.port().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        for _ in 0..200 {
            if ask(api, "GET", "/version", &Value::Null).await.is_ok() {
                return Ok(Self { api, _program: child });
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err(io::Error::other("toxiproxy does not answer"))
    }

    pub async fn proxy(&self, name: &str, upstream: SocketAddr) -> io::Result<Proxy> {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut proxy = Proxy { api: self.api, name: name.to_owned(), upstream, address: loopback };
        let made = proxy.make().await?;
        let address = made["listen"].as_str().and_then(|listen| listen.parse().ok());
        proxy.address = address.ok_or_else(|| io::Error::other(format!("no address in {made}")))?;
        Ok(proxy)
    }
}

impl Proxy {
    async fn make(&self) -> io::Result<Value> {
        let wanted = json!({ "name": self.name, "listen": self.address.to_string(),
            "upstream": self.upstream.to_string() });
        ask(self.api, "POST", "/proxies", &wanted).await
    }

    /// Every connection ends, none is taken.
    pub async fn cut(&self) -> io::Result<()> {
        ask(self.api, "DELETE", &format!("/proxies/{}", self.name), &Value::Null).await.map(|_| ())
    }

    /// Connections are taken again, where they were before.
    pub async fn mend(&self) -> io::Result<()> {
        self.make().await.map(|_| ())
    }

    /// What is done to everything that goes that way (`downstream`: from the hub), from now on.
    pub async fn poison(&self, kind: &str, way: &str, attributes: &Value) -> io::Result<()> {
        let toxic = json!({ "name": "toxic", "type": kind, "stream": way, "attributes": attributes });
        ask(self.api, "POST", &format!("/proxies/{}/toxics", self.name), &toxic).await.map(|_| ())
    }

    /// What was held back goes on, nothing else is done.
    pub async fn heal(&self) -> io::Result<()> {
        ask(self.api, "DELETE", &format!("/proxies/{}/toxics/toxic", self.name), &Value::Null)
            .await
            .map(|_| ())
    }
}

/// One request on a connection of its own.
async fn ask(api: SocketAddr, method: &str, path: &str, body: &Value) -> io::Result<Value> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut stream = TcpStream::connect(api).await?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {api}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if !head.starts_with("HTTP/1.1 2") {
        return Err(io::Error::other(format!("{method} {path}: {answer}")));
    }
    // /version answers in plain text, a removal with nothing.
    Ok(serde_json::from_str(body).unwrap_or(Value::Null))
}

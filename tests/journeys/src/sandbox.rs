//! `nightmarket sandbox` as a process, and its `/_control`.

use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::SystemTime;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A sandbox; ends with this.
pub struct Sandbox {
    /// Address of the venue.
    pub venue: String,
    /// Addresses of the shops.
    pub shops: [String; 2],
    http: reqwest::Client,
    /// Killed by its id when it is dropped.
    _process: Child,
}

impl Sandbox {
    /// Starts one, and waits until it says where it is.
    ///
    /// # Errors
    /// Why it does not start.
    pub async fn start() -> Result<Self, String> {
        // reqwest is built without a provider of its own. Installed already is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut process = Command::new(binary()?)
            .arg("sandbox")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("the sandbox does not start: {error}"))?;
        let stdout = process.stdout.take().ok_or("the sandbox has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let mut line = async || {
            let line = lines.next_line().await.map_err(|error| error.to_string())?;
            line.ok_or_else(|| "the sandbox ended before it said where it is".to_owned())
        };
        let venue = line().await?;
        let mut shop = async || {
            let said = line().await?;
            said.strip_prefix("shop ").map(str::to_owned).ok_or(format!("this is no shop: {said}"))
        };
        let shops = [shop().await?, shop().await?];
        Ok(Self { venue, shops, http: reqwest::Client::new(), _process: process })
    }

    /// Host and port of a shop.
    pub fn domain(&self, shop: usize) -> &str {
        let url = &self.shops[shop];
        url.split_once("://").map_or(url, |(_, domain)| domain)
    }

    /// One request below `/_control`.
    ///
    /// # Errors
    /// What it answered instead.
    pub async fn control(&self, name: &str, arguments: &Map<String, Value>) -> Result<Value, String> {
        let url = format!("{}/_control/{name}", self.venue);
        let request = if arguments.is_empty() {
            self.http.get(&url)
        } else {
            let body = Value::Object(arguments.clone()).to_string();
            self.http.post(&url).header("content-type", "application/json").body(body)
        };
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| error.to_string())?;
        if status != 200 {
            return Err(format!("the sandbox says {status}: {text}"));
        }
        serde_json::from_str(&text).map_err(|error| format!("the sandbox's answer is no JSON: {error}"))
    }
}

/// The binary `nightmarket`: `NIGHTMARKET_BIN`, else the one built beside this test. `cargo test` of this crate alone
/// does not build it, so one that is missing or older than its sources is built first, once.
fn binary() -> Result<PathBuf, String> {
    static BINARY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BINARY.get_or_init(find_binary).clone()
}

fn find_binary() -> Result<PathBuf, String> {
    if let Some(given) = std::env::var_os("NIGHTMARKET_BIN") {
        return Ok(given.into());
    }
    let test = std::env::current_exe().map_err(|error| error.to_string())?;
    let profile = test.parent().and_then(Path::parent).ok_or("this test lies nowhere")?;
    let binary = profile.join("nightmarket");
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("this crate lies nowhere")?;
    let sources = ["sandbox/src", "tour/src"].map(|sources| newest(&tests.join(sources)));
    let built = binary.metadata().and_then(|file| file.modified()).ok();
    if built >= sources.into_iter().max().flatten() {
        return Ok(binary);
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let building = std::process::Command::new(cargo)
        .args(["build", "--quiet", "--locked", "-p", "nightmarket-tour", "--bin", "nightmarket"])
        .current_dir(tests)
        .status();
    match building {
        Ok(status) if status.success() => Ok(binary),
        _ => Err("nightmarket cannot be built: cargo build -p nightmarket-tour".to_owned()),
    }
}

fn newest(directory: &Path) -> Option<SystemTime> {
    let entries = std::fs::read_dir(directory).ok()?.flatten();
    entries
        .filter_map(|entry| {
            let path = entry.path();
            if path.is_dir() { newest(&path) } else { entry.metadata().ok()?.modified().ok() }
        })
        .max()
}

//! Nodes of `livehub` that share a Redis, one address before them, and the sandbox behind them, each a process of its
//! own on loopback. All of them end with the values here.

use std::io::{self, BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What hub and venue share, for tests alone.
const TOKEN_KEY: &str = "tokens of a test";
/// The key of the hub's HTTP API.
pub const API_KEY: &str = "api of a test";
const HOOK_KEY: &str = "hooks of a test";
/// How long Redis may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why it does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something that has to be there is not.
    #[error("{0}")]
    Missing(String),
    /// A program does not run, or says nothing of itself.
    #[error("{program}: {source}")]
    Program {
        /// Which.
        program: String,
        /// Why.
        source: io::Error,
    },
}

/// A program that is killed, by its id, when this is dropped.
pub struct Process {
    child: Child,
    /// What it said of itself when it was there.
    pub said: Vec<String>,
}

impl Process {
    /// Starts it and waits for so many lines.
    pub fn start(mut command: Command, lines: usize) -> Result<Self, StartError> {
        let program = command.get_program().display().to_string();
        let failed = |source| StartError::Program { program: program.clone(), source };
        command.stdout(if lines == 0 { Stdio::null() } else { Stdio::piped() });
        let child = command.spawn().map_err(&failed)?;
        let mut process = Self { said: Vec::new(), child };
        let Some(stdout) = process.child.stdout.take() else { return Ok(process) };
        child_lines(&mut process.said, stdout, lines).map_err(failed)?;
        Ok(process)
    }

    /// Ends it at once, as a machine does that dies.
    pub fn kill(&mut self) {
        // Dead already is what was wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn child_lines(said: &mut Vec<String>, stdout: impl io::Read, lines: usize) -> io::Result<()> {
    let mut reader = BufReader::new(stdout).lines();
    while said.len() < lines {
        said.push(reader.next().ok_or(io::ErrorKind::UnexpectedEof)??);
    }
    Ok(())
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Redis that keeps nothing on disk: what it knew is gone when it is killed.
pub struct Redis {
    port: u16,
    _process: Process,
}

impl Redis {
    /// Starts one at a port that is free.
    pub fn start() -> Result<Self, StartError> {
        Self::at(free_ports()?)
    }

    fn at(port: u16) -> Result<Self, StartError> {
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"])
            .arg(port.to_string());
        let process = Process::start(command, 0)?;
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if Instant::now() > until {
                return Err(StartError::Missing("redis-server does not answer".into()));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(Self { port, _process: process })
    }

    /// Its address, as Centrifugo's configuration has it.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Dies and comes back at the same port, empty.
    pub fn restart(self) -> Result<Self, StartError> {
        let port = self.port;
        drop(self);
        Self::at(port)
    }
}

/// Nodes, and the balancer before them.
pub struct Hub {
    /// The nodes; each said its address.
    pub nodes: Vec<Process>,
    balancer: Process,
}

impl Hub {
    /// Two nodes that call the venue at `venue` (an origin). `in_order`: clients go to the first node that lives.
    pub fn start(venue: &str, redis: &str, in_order: bool) -> Result<Self, StartError> {
        let prefix = format!("test_{}_{}", std::process::id(), venue.rsplit(':').next().unwrap_or_default());
        let nodes = [node(venue, redis, &prefix)?, node(venue, redis, &prefix)?];
        let mut command = livehub()?;
        command.args(["balance", "-until-eof", "-control", "127.0.0.1:0"]);
        if in_order {
            command.arg("-in-order");
        }
        command.args(nodes.iter().filter_map(|node| node.said[0].strip_prefix("http://")));
        let balancer = Process::start(command, 2)?;
        Ok(Self { nodes: nodes.into(), balancer })
    }

    /// The one address for clients and venue.
    pub fn url(&self) -> &str {
        &self.balancer.said[0]
    }

    /// `nightmarket sandbox` behind this hub, not started yet. `venue` is what the nodes were told.
    pub fn sandbox(&self, nightmarket: &Path, venue: &str) -> Command {
        let mut command = Command::new(nightmarket);
        command
            .args(["sandbox", "--listen", venue.trim_start_matches("http://")])
            .args(["--hub", self.url(), "--hub-faults", &self.balancer.said[1]])
            .env("NIGHTMARKET_HUB_API_KEY", API_KEY)
            .env("NIGHTMARKET_HUB_TOKEN_KEY", TOKEN_KEY)
            .env("NIGHTMARKET_HUB_HOOK_KEY", HOOK_KEY);
        command
    }

    /// From here on the programs end when this *process* ends, whatever it turns into.
    pub fn leave_to_process(self) -> io::Result<()> {
        for process in self.nodes.iter().chain([&self.balancer]) {
            if let Some(stdin) = &process.child.stdin {
                rustix::io::fcntl_setfd(stdin.as_fd(), rustix::io::FdFlags::empty())?;
            }
        }
        std::mem::forget(self);
        Ok(())
    }
}

/// Whoever holds its standard input, this process, takes it along.
fn livehub() -> Result<Command, StartError> {
    let program = std::env::var_os("NIGHTMARKET_LIVEHUB").ok_or_else(|| {
        StartError::Missing(
            "NIGHTMARKET_LIVEHUB does not name the built livehub: tests/judges/run livehub".into(),
        )
    })?;
    let mut command = Command::new(program);
    command.stdin(Stdio::piped());
    Ok(command)
}

fn node(venue: &str, redis: &str, prefix: &str) -> Result<Process, StartError> {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../centrifugo.json");
    let headers = format!(r#"{{"X-Hub-Key":"{HOOK_KEY}"}}"#);
    let mut command = livehub()?;
    command
        .args(["node", "-until-eof", "-config"])
        .arg(config)
        .env("CENTRIFUGO_HTTP_SERVER_PORT", "0")
        .env("CENTRIFUGO_LOG_LEVEL", "none")
        .env("CENTRIFUGO_ENGINE_REDIS_ADDRESS", redis)
        .env("CENTRIFUGO_ENGINE_REDIS_PREFIX", prefix)
        .env("CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY", TOKEN_KEY)
        .env("CENTRIFUGO_HTTP_API_KEY", API_KEY)
        .env("CENTRIFUGO_RPC_PROXY_ENDPOINT", format!("{venue}/hub/rpc"))
        .env("CENTRIFUGO_CHANNEL_PROXY_SUBSCRIBE_ENDPOINT", format!("{venue}/hub/subscribe"))
        .env("CENTRIFUGO_RPC_PROXY_HTTP_STATIC_HEADERS", &headers)
        .env("CENTRIFUGO_CHANNEL_PROXY_SUBSCRIBE_HTTP_STATIC_HEADERS", &headers);
    Process::start(command, 1)
}

/// The binary `nightmarket`, built beside this one.
pub fn nightmarket() -> Result<PathBuf, StartError> {
    let own = std::env::current_exe()
        .map_err(|source| StartError::Program { program: "this program".into(), source })?;
    // A test lies one directory below.
    let places = own.ancestors().skip(1).take(2).map(|directory| directory.join("nightmarket"));
    let missing = || StartError::Missing("nightmarket is not built: cargo build --workspace".into());
    places.into_iter().find(|place| place.is_file()).ok_or_else(missing)
}

/// An origin for a venue: its port and the two after it, for the shops, are free. Below the ports that systems give to
/// whoever connects somewhere.
pub fn venue_origin() -> Result<String, StartError> {
    Ok(format!("http://127.0.0.1:{}", free_ports()?))
}

fn free_ports() -> Result<u16, StartError> {
    const PLACES: u32 = 1_500;
    let first = std::process::id().wrapping_mul(37);
    let ports = (0..PLACES).map(|turn| 20_000 + (first.wrapping_add(turn.wrapping_mul(211)) % PLACES) * 8);
    let is_free =
        |port: &u16| (0..3).all(|next| TcpListener::bind((Ipv4Addr::LOCALHOST, port + next)).is_ok());
    let free = ports.filter_map(|port| u16::try_from(port).ok()).find(is_free);
    free.ok_or_else(|| StartError::Missing("no ports are free".into()))
}

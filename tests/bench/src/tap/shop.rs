//! A sandbox shop behind a bare listener: a thread a connection, and the moment at which a completion was read whole.

use nightmarket_sandbox::catalog::snack_shop;
use nightmarket_sandbox::http::{Request, Response};
use nightmarket_sandbox::shop::{Shop, ShopConfig};
use nightmarket_sandbox::{Env, Ids};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Instant;

use super::clock::Offset;

/// Where a bare client posts: read and answered, and nothing more.
pub const BARE_PATH: &str = "/bare";

/// A completion as it came in.
pub struct Arrived {
    /// When its last byte was read.
    pub at: Instant,
    /// The request.
    pub request: Request,
}

/// Serves the shop until the process ends. Gives its address, and what arrives.
pub fn serve(clock: Offset) -> (SocketAddr, mpsc::Receiver<Arrived>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port on loopback");
    let address = listener.local_addr().expect("it is bound");
    let mut ids = Ids::seeded(1);
    let shop = Shop::new(ShopConfig::new(&address.to_string(), snack_shop()), &mut ids);
    let shop = Arc::new(Mutex::new((shop, ids)));
    let (arrivals, arrived) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (shop, arrivals, clock) = (shop.clone(), arrivals.clone(), clock.clone());
            std::thread::spawn(move || {
                // A client that goes away ends its connection.
                let _ = answer_all(stream, &arrivals, |request| {
                    let mut shop = shop.lock().expect("no handler panics");
                    let (shop, ids) = &mut *shop;
                    let mut env = Env { now_ms: clock.wall_ms(), ids };
                    shop.advance(&mut env);
                    shop.handle(&mut env, request)
                });
            });
        }
    });
    (address, arrived)
}

fn answer_all(
    stream: TcpStream,
    arrivals: &mpsc::Sender<Arrived>,
    mut handle: impl FnMut(&Request) -> Response,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    while let Some(request) = read(&mut reader)? {
        let at = Instant::now();
        let response = if request.path == BARE_PATH {
            Response::bytes(200, "application/json", b"{}".to_vec())
        } else {
            handle(&request)
        };
        if request.path == BARE_PATH || request.path.ends_with("/complete") {
            // Nobody measures any more once the receiver is gone.
            let _ = arrivals.send(Arrived { at, request });
        }
        let mut answer =
            format!("HTTP/1.1 {} -\r\ncontent-length: {}\r\n", response.status, response.body.len());
        for (name, value) in &response.headers {
            let _ = write!(answer, "{name}: {value}\r\n");
        }
        answer += "\r\n";
        writer.write_all(&[answer.as_bytes(), &response.body].concat())?;
    }
    Ok(())
}

/// One request of HTTP/1.1 with a length; none if the client is done.
fn read(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_ascii_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        ..Request::default()
    };
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        let (name, value) = (name.to_ascii_lowercase(), value.trim().to_owned());
        if name == "content-length" {
            length = value.parse().map_err(std::io::Error::other)?;
        }
        request.headers.push((name, value));
    }
    request.body = vec![0; length];
    reader.read_exact(&mut request.body)?;
    Ok(Some(request))
}

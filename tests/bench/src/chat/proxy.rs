//! A network between client and hub: a connection takes a round trip before its first byte passes, each chunk half a
//! round trip on its way, and everything is cut on demand. Threads that sleep, because a timer of a runtime is not finer
//! than a millisecond.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

/// A round trip.
pub const RTT: Duration = Duration::from_millis(40);
const CHUNK: usize = 64 * 1024;

/// Serves until the process ends.
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    /// Starts one in front of that address.
    pub fn start(to: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port on loopback");
        let address = listener.local_addr().expect("it is bound");
        let open: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let streams = open.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(hub) = TcpStream::connect(to) else { return };
                for stream in [&client, &hub] {
                    stream.set_nodelay(true).expect("a socket");
                    streams.lock().expect("no thread panics").push(copy(stream));
                }
                let first = Instant::now() + RTT;
                carry(copy(&client), copy(&hub), first);
                carry(hub, client, first);
            }
        });
        Self { address, open }
    }

    /// Cuts every connection.
    pub fn cut(&self) {
        for stream in self.open.lock().expect("no thread panics").drain(..) {
            // It may be gone already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn copy(stream: &TcpStream) -> TcpStream {
    stream.try_clone().expect("a socket")
}

/// One direction: a thread reads and notes when a chunk is due, another writes it then.
fn carry(mut from: TcpStream, mut to: TcpStream, first: Instant) {
    let (chunks, due) = mpsc::channel::<(Instant, Vec<u8>)>();
    std::thread::spawn(move || {
        let mut chunk = vec![0; CHUNK];
        while let Ok(length @ 1..) = from.read(&mut chunk) {
            let at = Instant::now().max(first) + RTT / 2;
            if chunks.send((at, chunk[..length].to_vec())).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        for (at, chunk) in due {
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            if to.write_all(&chunk).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}

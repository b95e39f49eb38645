//! A model on this machine: a server of chat completions that answers after a fixed time.
//!
//! It keeps connections open and serves each with a thread of its own, so that it never is what
//! limits how many requests are answered at once.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::suite;

/// A thread that waits and copies a few hundred bytes needs little stack.
const STACK_BYTES: usize = 256 << 10;

/// A running server; it serves until the process ends.
pub(crate) struct Model {
    address: SocketAddr,
    seen: Arc<Mutex<Option<Seen>>>,
}

/// What the server saw since it was last asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// How many requests it answered.
    pub(crate) requests: usize,
    /// When the first one had come.
    pub(crate) first: Instant,
    /// When the last answer had gone.
    pub(crate) last: Instant,
}

impl Model {
    /// Starts a server on a free port of the loopback.
    pub(crate) fn start(latency: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let model = Self { address: listener.local_addr()?, seen: Arc::default() };
        let seen = Arc::clone(&model.seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                // A client whose connection breaks says so itself.
                let serve = move || drop(serve(stream, latency, &seen));
                if let Err(error) = thread::Builder::new().stack_size(STACK_BYTES).spawn(serve) {
                    eprintln!("the server has no thread for a connection: {error}");
                }
            }
        });
        Ok(model)
    }

    /// Returns host and port.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns what the server saw, and forgets it.
    pub(crate) fn take(&self) -> Option<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Serves one connection until the client goes.
fn serve(stream: TcpStream, latency: Duration, seen: &Mutex<Option<Seen>>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(body) = read(&mut stream)? {
        let came = Instant::now();
        thread::sleep(latency);
        let reply = completion(&String::from_utf8_lossy(&body));
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:";
        let reply = format!("{head} {}\r\n\r\n{reply}", reply.len());
        stream.get_mut().write_all(reply.as_bytes())?;
        let went = Instant::now();
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.unwrap_or(Seen { requests: 0, first: came, last: went });
        *seen = Some(Seen {
            requests: before.requests + 1,
            first: before.first.min(came),
            last: before.last.max(went),
        });
    }
    Ok(())
}

/// Reads one request to its end and returns its body; `None` where the client has gone.
fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Some(body))
}

/// Writes the answer to the question that a request holds.
fn completion(request: &str) -> String {
    let asked = request.split_once(suite::QUESTION).map_or("", |(_, rest)| rest);
    let number = asked.split(|letter: char| !letter.is_ascii_digit()).next().unwrap_or_default();
    let answer = suite::answer(number.parse().unwrap_or(usize::MAX));
    format!(
        "{{\"id\":\"bench\",\"object\":\"chat.completion\",\"created\":1756684800,\
         \"model\":\"bench\",\"choices\":[{{\"index\":0,\"message\":{{\"role\":\"assistant\",\
         \"content\":\"{answer}\"}},\"finish_reason\":\"stop\"}}],\"usage\":{{\
         \"prompt_tokens\":14,\"completion_tokens\":16,\"total_tokens\":30}}}}"
    )
}

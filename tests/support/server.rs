//! A server on this machine that answers, or misbehaves, as a test asks it to.
#![allow(dead_code, reason = "each test crate uses its own part")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: serde_json::Value,
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Answers with a status, further headers and a body.
    Whole(u16, Vec<(&'static str, String)>, String),
    /// Announces so many bytes, sends these, and hangs up.
    Cut(usize, String),
    /// Announces so many bytes, sends these, and waits.
    Short(usize, String),
    /// Never answers.
    Silent,
    /// Sends a byte now and then, for ever.
    Drip,
    /// Sends bytes for ever.
    Endless,
    /// Sends this, which is no HTTP.
    Raw(String),
    /// Hangs up at once.
    HangUp,
}

impl Reply {
    pub(crate) fn ok(body: &str) -> Self {
        Self::Whole(200, Vec::new(), body.to_owned())
    }

    pub(crate) fn status(status: u16, body: &str) -> Self {
        Self::Whole(status, Vec::new(), body.to_owned())
    }
}

/// Decides what is done with a request, of which it is told how many came before.
type Answering = dyn Fn(usize, &Received) -> Reply + Send + Sync;

/// A running server; it takes no more connections when the value goes.
pub(crate) struct Server {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    connections: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
    scheme: &'static str,
}

impl Server {
    /// Starts a server; the last reply stands for all further ones.
    pub(crate) fn start(replies: Vec<Reply>) -> Self {
        Self::with(in_turn(replies), None)
    }

    /// Starts a server that looks at each request; it may take its time.
    pub(crate) fn answering(
        answering: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::with(Arc::new(answering), None)
    }

    /// Starts a server that speaks TLS.
    pub(crate) fn start_tls(replies: Vec<Reply>, config: ServerConfig) -> Self {
        Self::with(in_turn(replies), Some(Arc::new(config)))
    }

    fn with(answering: Arc<Answering>, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let server = Self {
            address: listener.local_addr().expect("an address"),
            received: Arc::default(),
            connections: Arc::default(),
            stopped: Arc::default(),
            scheme: if tls.is_some() { "https" } else { "http" },
        };
        let (received, stopped) = (Arc::clone(&server.received), Arc::clone(&server.stopped));
        let connections = Arc::clone(&server.connections);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                connections.fetch_add(1, Ordering::SeqCst);
                let stream = stream.expect("a connection");
                let (received, answering) = (Arc::clone(&received), Arc::clone(&answering));
                let tls = tls.clone();
                thread::spawn(move || match tls {
                    None => serve(stream, &received, &*answering),
                    Some(config) => {
                        let connection = ServerConnection::new(config).expect("a connection");
                        serve(StreamOwned::new(connection, stream), &received, &*answering);
                    }
                });
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().expect("a lock").clone()
    }

    /// Returns the only request that came.
    pub(crate) fn only(&self) -> Received {
        let received = self.received();
        assert_eq!(received.len(), 1, "{received:?}");
        received[0].clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

fn in_turn(replies: Vec<Reply>) -> Arc<Answering> {
    Arc::new(move |index, _| replies.get(index).or(replies.last()).expect("a reply").clone())
}

/// Serves one connection until the client goes.
fn serve(stream: impl Read + Write, received: &Mutex<Vec<Received>>, answering: &Answering) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream) {
        let index = {
            let mut received = received.lock().expect("a lock");
            received.push(request.clone());
            received.len() - 1
        };
        let reply = answering(index, &request);
        // A client that has heard enough hangs up.
        match write(stream.get_mut(), &reply) {
            Ok(Next::Serve) => {}
            Ok(Next::HangUp) | Err(_) => return,
            Ok(Next::Wait) => {
                drop(stream.read(&mut [0]));
                return;
            }
        }
    }
}

enum Next {
    Serve,
    HangUp,
    Wait,
}

fn read(stream: &mut impl BufRead) -> Option<Received> {
    let mut line = String::new();
    if stream.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |n| n.parse().expect("a length"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Some(Received { line: line.trim_end().to_owned(), headers, body })
}

fn write(stream: &mut impl Write, reply: &Reply) -> std::io::Result<Next> {
    let ok = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let next = match reply {
        Reply::Whole(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            write!(stream, "{head}\r\n{body}")?;
            Next::Serve
        }
        Reply::Cut(length, body) => {
            write!(stream, "{ok}content-length: {length}\r\n\r\n{body}")?;
            Next::HangUp
        }
        Reply::Short(length, body) => {
            write!(stream, "{ok}content-length: {length}\r\n\r\n{body}")?;
            Next::Wait
        }
        Reply::Silent => Next::Wait,
        Reply::Drip => {
            // Nobody sends: receiving is a wait that needs no sleep.
            let (_sender, never) = mpsc::channel::<()>();
            write!(stream, "{ok}content-length: 1000000\r\n\r\n")?;
            loop {
                stream.write_all(b" ")?;
                stream.flush()?;
                let _ = never.recv_timeout(Duration::from_millis(20));
            }
        }
        Reply::Endless => {
            write!(stream, "{ok}transfer-encoding: chunked\r\n\r\n")?;
            let block = "x".repeat(0x10000);
            loop {
                write!(stream, "10000\r\n{block}\r\n")?;
            }
        }
        Reply::Raw(text) => {
            stream.write_all(text.as_bytes())?;
            Next::HangUp
        }
        Reply::HangUp => Next::HangUp,
    };
    stream.flush()?;
    Ok(next)
}

//! Short replies, written without the HTTP stack.

use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use crate::{BodyLength, Conn, Method, RequestHead, Version};

/// A whole reply with its body. It always carries `Content-Length`.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    reason: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Reply {
    /// A reply with a plain-text body.
    pub fn text(status: u16, reason: &'static str, body: impl Into<String>) -> Self {
        Self::typed(status, "text/plain; charset=utf-8", body).because(reason)
    }

    /// A reply with a body of this content type, and the status's usual reason.
    pub fn typed(status: u16, content_type: &'static str, body: impl Into<String>) -> Self {
        let headers = vec![("Content-Type", content_type.to_owned())];
        Self { status, reason: reason(status), headers, body: body.into() }
    }

    /// A reply without a body, with the status's usual reason.
    pub fn empty(status: u16) -> Self {
        Self { status, reason: reason(status), headers: Vec::new(), body: String::new() }
    }

    /// 401, asking for Basic credentials. It tells sources which methods there are: libshout
    /// asks once without credentials, reads `Allow`, and only then chooses `PUT` or `SOURCE`.
    pub fn unauthorized(body: impl Into<String>) -> Self {
        Self::text(401, "Unauthorized", body)
            .header("WWW-Authenticate", "Basic realm=\"Longwave\", charset=\"UTF-8\"")
            .header("Allow", ALLOWED)
    }

    /// 204 to an `OPTIONS` request, telling the methods of a mount (or of the server, for `*`).
    pub fn options() -> Self {
        Self::empty(204).header("Allow", ALLOWED)
    }

    /// Other words for the status.
    #[must_use]
    pub fn because(mut self, reason: &'static str) -> Self {
        self.reason = reason;
        self
    }

    /// Adds a header. Control characters in `value` are left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let mut value = value.into();
        value.retain(|c| !c.is_control());
        self.headers.push((name, value));
        self
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The bytes to send; `close`: say that the connection ends after it.
    pub fn to_bytes(&self, close: bool) -> Vec<u8> {
        self.write("HTTP/1.1", close, true)
    }

    /// The bytes to send in answer to `head`: in its dialect (legacy encoders compare the first
    /// words with `HTTP/1.0 200`), and to `HEAD` without the body.
    pub fn to_bytes_for(&self, head: &RequestHead, close: bool) -> Vec<u8> {
        let version = match head.version {
            Version::Http11 => "HTTP/1.1",
            Version::Http10 | Version::Ice10 => "HTTP/1.0",
        };
        self.write(version, close, head.method != Method::Head)
    }

    fn write(&self, version: &str, close: bool, with_body: bool) -> Vec<u8> {
        let mut out = String::with_capacity(256 + self.body.len());
        // Writing to a string can't fail.
        let _ = write!(out, "{version} {} {}\r\n", self.status, self.reason);
        for (name, value) in &self.headers {
            let _ = write!(out, "{name}: {value}\r\n");
        }
        // Informational replies, 204 and 304 have no body and tell no length (RFC 9110, 8.6).
        let bodiless = self.status < 200 || matches!(self.status, 204 | 304);
        if !bodiless {
            let _ = write!(out, "Content-Length: {}\r\n", self.body.len());
        }
        let connection = if close { "Close" } else { "Keep-Alive" };
        let _ = write!(out, "Connection: {connection}\r\n\r\n");
        if with_body && !bodiless {
            out.push_str(&self.body);
        }
        out.into_bytes()
    }
}

impl Conn {
    /// Answers the request of which `head` was read and no more (its body, if any, is still on the
    /// connection), and gives the connection back where it is kept alive; otherwise it is closed,
    /// so that the peer still gets the reply whatever it is sending. `HEAD` gets no body, and who
    /// speaks HTTP/1.0 is answered so.
    ///
    /// A request whose body was not read is never followed by another: what comes next would be
    /// somebody's audio, or a request that a proxy in between took for a body.
    ///
    /// # Errors
    /// If the connection fails, or the peer doesn't take the reply within ten seconds.
    pub async fn reply(self, head: &RequestHead, reply: &Reply) -> io::Result<Option<Self>> {
        self.reply_within(PATIENCE, head, reply).await
    }

    async fn reply_within(
        mut self,
        patience: Duration,
        head: &RequestHead,
        reply: &Reply,
    ) -> io::Result<Option<Self>> {
        let keep = head.keep_alive() && head.body() == BodyLength::Empty && !streams(head);
        self.say_within(patience, &reply.to_bytes_for(head, !keep)).await?;
        if keep {
            return Ok(Some(self));
        }
        self.close().await;
        Ok(None)
    }

    /// Writes `bytes`, which are a whole reply with `Connection: close` in it (a stream's head to
    /// one who only asked with `HEAD`), and ends the connection as [`close`](Self::close) does.
    ///
    /// # Errors
    /// As [`say`](Self::say).
    pub async fn say_last(mut self, bytes: &[u8]) -> io::Result<()> {
        self.say(bytes).await?;
        self.close().await;
        Ok(())
    }

    /// Writes `bytes` and sees them off.
    ///
    /// # Errors
    /// If the connection fails, or the peer doesn't take them within ten seconds (`TimedOut`).
    pub async fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.say_within(PATIENCE, bytes).await
    }

    async fn say_within(&mut self, patience: Duration, bytes: &[u8]) -> io::Result<()> {
        let saying = async {
            self.write_all(bytes).await?;
            self.flush().await
        };
        timeout(patience, saying).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

/// Does a source send audio behind `head` until it closes?
fn streams(head: &RequestHead) -> bool {
    matches!(head.method, Method::Put | Method::Source)
        && head.headers.get("content-length").is_none()
}

/// The usual words for a status (RFC 9110, 15).
fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => match status / 100 {
            2 => "OK",
            3 => "See Other",
            4 => "Bad Request",
            _ => "Error",
        },
    }
}

/// What sources and listeners may ask for.
const ALLOWED: &str = "GET, HEAD, OPTIONS, PUT, SOURCE";

/// How long a peer may take to receive a short reply.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DoorSettings, Opening};

    #[tokio::test]
    async fn a_peer_that_asks_and_never_reads_is_let_go() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client =
            tokio::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (socket, from) = listener.accept().await.unwrap();
        let settings = DoorSettings::default();
        let mut conn = crate::admit(socket, from, &settings).await.unwrap();
        // More than the sockets between them hold.
        let reply = Reply::text(401, "Unauthorized", "no".repeat(1 << 20));
        let ended = loop {
            client.write_all(b"SOURCE /x HTTP/1.1\r\nContent-Length: 0\r\n\r\n").await.unwrap();
            let Ok(Some(Opening::Request(head))) = conn.read_head(&settings).await else {
                panic!()
            };
            match conn.reply_within(Duration::from_millis(100), &head, &reply).await {
                Ok(kept) => conn = kept.unwrap(),
                Err(error) => break error,
            }
        };
        assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
    }
}

//! Request heads, in every dialect. Parsing is sans-I/O.

use access::Credentials;
use thiserror::Error;

/// The longest head that is read; a longer one is refused (8 KiB; Icecast: 4 KiB).
pub const HEAD_LIMIT: usize = 8 * 1024;

/// What a connection (or the next request on it) opens with.
#[derive(Clone, Debug)]
pub enum Opening {
    /// A request.
    Request(RequestHead),
    /// A SHOUTcast v1 source's password line (only where the port takes them).
    Shoutcast(Credentials),
}

/// Looks for a whole head at the start of `bytes`. `Ok(Some((opening, length)))` when one is there;
/// what follows `length` is not part of it. `Ok(None)`: more bytes are needed.
///
/// # Errors
/// [`HeadError`] as soon as no further bytes can make it a head.
pub fn parse(bytes: &[u8], shoutcast: bool) -> Result<Option<(Opening, usize)>, HeadError> {
    let _ = (bytes, shoutcast);
    Ok(None)
}

/// A request's line and headers.
#[derive(Clone, Debug)]
pub struct RequestHead {
    /// What is asked.
    pub method: Method,
    /// The path, percent-decoded, without the query; always begins with `/` (or is `*`).
    pub path: String,
    /// The query as it was sent, without the `?`; may be empty.
    pub query: String,
    /// The dialect.
    pub version: Version,
    /// The headers, in order.
    pub headers: Headers,
    /// The head as it was received, to be handed to the HTTP stack.
    pub raw: bytes::Bytes,
}

impl RequestHead {
    /// The value of a query parameter, decoded (`+` is a space); the first if it stands twice.
    pub fn query_value(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }

    /// Basic credentials, an `ice-password`, or `None`.
    pub fn credentials(&self) -> Option<Credentials> {
        None
    }

    /// Does the sender keep the connection for further requests?
    pub fn keep_alive(&self) -> bool {
        false
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `OPTIONS`
    Options,
    /// `POST`
    Post,
    /// `PUT`: an HTTP/1.1 source.
    Put,
    /// `SOURCE`: a legacy source.
    Source,
    /// Anything else.
    Other(String),
}

/// The dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// `HTTP/1.0`
    Http10,
    /// `HTTP/1.1`
    Http11,
    /// `ICE/1.0`
    Ice10,
}

/// Header fields in order. Names compare without case; values are as sent, trimmed, Latin-1 bytes
/// read as UTF-8 where they are, else as Windows-1252.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Keeps the fields, in order.
    pub fn new(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// The first value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// No request can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HeadError {
    /// The head is longer than [`HEAD_LIMIT`].
    #[error("the request head is longer than 8 KiB")]
    TooLong,
    /// It is no request in any dialect.
    #[error("not a request: {0}")]
    Malformed(&'static str),
}

//! Request heads, in every dialect.

use std::fmt;

use access::{Credentials, Secret};
use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use thiserror::Error;

use crate::parse::decode;
use crate::target;

/// What a connection (or the next request on it) opens with.
#[derive(Clone, Debug)]
pub enum Opening {
    /// A request.
    Request(RequestHead),
    /// A SHOUTcast v1 source's password line (only where the port takes them): the whole line is
    /// the secret, the user is `source`. What else the line may mean is told by
    /// [`shoutcast_logins`](crate::shoutcast_logins).
    Shoutcast(Credentials),
}

/// A request's line and headers. Its `Debug` shows no secret.
#[derive(Clone)]
pub struct RequestHead {
    /// What is asked.
    pub method: Method,
    /// The path, percent-decoded, without the query; always begins with `/` (or is `*`).
    pub path: String,
    /// The query as it was sent, without the `?`; may be empty. Bytes that are not visible ASCII
    /// are percent-encoded.
    pub query: String,
    /// The dialect.
    pub version: Version,
    /// The headers, in order.
    pub headers: Headers,
    /// The head as it was received, with its line ends.
    pub raw: Bytes,
}

impl RequestHead {
    /// The value of a query parameter, decoded (`+` is a space; UTF-8, else Windows-1252); the
    /// first if it stands twice.
    pub fn query_value(&self, name: &str) -> Option<String> {
        self.query_bytes(name).map(|bytes| decode(&bytes))
    }

    /// The value of a query parameter, its escapes resolved but in the sender's character set.
    pub fn query_bytes(&self, name: &str) -> Option<Vec<u8>> {
        target::query_value(&self.query, name)
    }

    /// Basic credentials, or `None`. Who gives no user name is `source`.
    pub fn credentials(&self) -> Option<Credentials> {
        basic(self.headers.get("authorization")?)
    }

    /// The credentials of a legacy source, which gives its password in a header of its own. To be
    /// asked for only where [`DoorSettings::ice_passwords`](crate::DoorSettings) says so.
    pub fn ice_password(&self) -> Option<Credentials> {
        let secret = Secret::new(self.headers.get("ice-password")?);
        Some(Credentials { user: "source".to_owned(), secret })
    }

    /// Path and query for logs and error texts: no secret of a legacy query string is in it.
    pub fn redacted_target(&self) -> String {
        let path = target::encode_path(&self.path);
        if self.query.is_empty() { path } else { format!("{path}?{}", target::redact(&self.query)) }
    }

    /// Does the sender keep the connection for further requests?
    pub fn keep_alive(&self) -> bool {
        let says = |token| self.headers.has_token("connection", token);
        match self.version {
            Version::Http11 => !says("close"),
            // A chunked body in the older dialects may have been misread by somebody between.
            Version::Http10 | Version::Ice10 => {
                says("keep-alive") && !says("close") && self.body() != BodyLength::Chunked
            }
        }
    }

    /// Does the sender wait for `100 Continue` before it sends its body?
    pub fn expects_continue(&self) -> bool {
        self.headers.has_token("expect", "100-continue")
    }

    /// How long the body is. A source whose body is [`BodyLength::Empty`] sends until it closes.
    pub fn body(&self) -> BodyLength {
        // Parsed heads were checked; of others, the unclear ones have no body.
        BodyLength::of(&self.headers).unwrap_or(BodyLength::Empty)
    }

    /// The same request in plain HTTP/1.x for an HTTP stack, so that it reads what was read here:
    /// one kind of line end, no dialects, everything escaped.
    pub fn canonical(&self) -> Bytes {
        let mut out = String::with_capacity(self.raw.len() + 16);
        out.push_str(self.method.as_str());
        out.push(' ');
        out.push_str(&target::encode_path(&self.path));
        if !self.query.is_empty() {
            out.push('?');
            out.push_str(&self.query);
        }
        out.push_str(match self.version {
            Version::Http11 => " HTTP/1.1\r\n",
            Version::Http10 | Version::Ice10 => " HTTP/1.0\r\n",
        });
        for (name, value) in self.headers.iter() {
            out.push_str(name);
            out.push_str(": ");
            out.push_str(value);
            out.push_str("\r\n");
        }
        out.push_str("\r\n");
        out.into()
    }
}

impl fmt::Debug for RequestHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method)
            .field("target", &self.redacted_target())
            .field("version", &self.version)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

/// How long a request's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// There is none.
    Empty,
    /// So many bytes.
    Exact(u64),
    /// In chunks that tell their own lengths (RFC 9112, 7.1).
    Chunked,
}

impl BodyLength {
    /// Reads the length that `headers` declare.
    ///
    /// # Errors
    /// [`HeadError::Malformed`] if they leave room for two readings: a length twice, a length and
    /// chunks, a coding that is not known.
    pub fn of(headers: &Headers) -> Result<Self, HeadError> {
        let mut lengths = headers.all("content-length");
        let mut codings = headers.all("transfer-encoding");
        let (length, coding) = (lengths.next(), codings.next());
        if lengths.next().is_some() || codings.next().is_some() {
            return Err(HeadError::Malformed("the body's length is given twice"));
        }
        match (length, coding) {
            (Some(_), Some(_)) => {
                Err(HeadError::Malformed("the body has a length and chunks at once"))
            }
            (None, None) => Ok(Self::Empty),
            (None, Some(coding)) if coding.eq_ignore_ascii_case("chunked") => Ok(Self::Chunked),
            (None, Some(coding)) if coding.eq_ignore_ascii_case("identity") => Ok(Self::Empty),
            (None, Some(_)) => Err(HeadError::Malformed("the body's coding is unknown")),
            (Some(length), None) => {
                let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
                match length.parse() {
                    Ok(0) if digits => Ok(Self::Empty),
                    Ok(length) if digits => Ok(Self::Exact(length)),
                    _ => Err(HeadError::Malformed("the body's length is no number")),
                }
            }
        }
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

impl Method {
    /// As it stands in a request line.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Source => "SOURCE",
            Self::Other(name) => name,
        }
    }
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
/// read as UTF-8 where they are, else as Windows-1252. Its `Debug` shows no secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Keeps the fields, in order.
    pub fn new(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// The first value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values of `name`, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| v)
    }

    /// Is `token` in the comma-separated lists of `name`? Case is ignored.
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        self.all(name)
            .flat_map(|list| list.split(','))
            .any(|t| t.trim().eq_ignore_ascii_case(token))
    }

    /// All fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value)| {
            let secret = SECRET_HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name));
            (name, if secret { "***" } else { value })
        };
        f.debug_map().entries(self.iter().map(shown)).finish()
    }
}

/// No request can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HeadError {
    /// The head is longer than [`HEAD_LIMIT`](crate::HEAD_LIMIT).
    #[error("the request head is longer than 8 KiB")]
    TooLong,
    /// It is no request in any dialect.
    #[error("not a request: {0}")]
    Malformed(&'static str),
}

/// `Basic` credentials (RFC 7617), in UTF-8 or Latin-1, padded or not.
fn basic(value: &str) -> Option<Credentials> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = LENIENT.decode(encoded.trim()).ok()?;
    let colon = bytes.iter().position(|&b| b == b':')?;
    let user = decode(&bytes[..colon]);
    let user = if user.is_empty() { "source".to_owned() } else { user };
    Some(Credentials { user, secret: Secret::new(decode(&bytes[colon + 1..])) })
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

const SECRET_HEADERS: &[&str] =
    &["authorization", "proxy-authorization", "cookie", "ice-password", "x-api-key", "referer"];

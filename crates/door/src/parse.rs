//! Reading heads from bytes: sans-I/O, linear, the same for bytes that come one by one.
//!
//! Looser than RFC 9112 where encoders are (line ends, dialects, spaces in a title's query), and
//! never where two readers could take one message for two: folded lines, spaces before a colon,
//! control characters, and bodies whose length can be read in two ways are refused.

use access::{Credentials, Secret};
use bytes::Bytes;
use encoding_rs::WINDOWS_1252;

use crate::target::Target;
use crate::{BodyLength, HeadError, Headers, Method, Opening, RequestHead, Version};

/// The longest head that is read; a longer one is refused (8 KiB; Icecast: 4 KiB).
pub const HEAD_LIMIT: usize = 8 * 1024;

/// Looks for a whole head at the start of `bytes`. `Ok(Some((opening, length)))` when one is there;
/// what follows `length` is not part of it. `Ok(None)`: more bytes are needed.
///
/// With `shoutcast`, a first line that is no request line is a SHOUTcast v1 password line, and
/// the head ends with it.
///
/// # Errors
/// [`HeadError`] as soon as no further bytes can make it a head.
pub fn parse(bytes: &[u8], shoutcast: bool) -> Result<Option<(Opening, usize)>, HeadError> {
    let within = &bytes[..bytes.len().min(HEAD_LIMIT)];
    let mut lines = Lines { bytes: within, at: 0 };
    let opening = read_opening(&mut lines, within, shoutcast)?;
    match opening {
        Some(opening) => Ok(Some((opening, lines.at))),
        None if bytes.len() >= HEAD_LIMIT => Err(HeadError::TooLong),
        None => Ok(None),
    }
}

/// Looks for a whole block of header fields and the empty line after it, as a SHOUTcast v1 source
/// sends after its password. Lines that are no fields are passed over.
///
/// # Errors
/// [`HeadError`] if the block is too long or has too many fields.
pub fn parse_fields(bytes: &[u8]) -> Result<Option<(Headers, usize)>, HeadError> {
    let within = &bytes[..bytes.len().min(HEAD_LIMIT)];
    let mut lines = Lines { bytes: within, at: 0 };
    let mut fields = Vec::new();
    while let Some(line) = lines.next_line() {
        if line.is_empty() {
            return Ok(Some((Headers::new(fields), lines.at)));
        }
        // A control character would go on to listeners as part of their reply's head.
        if let Ok(field) = check_text(line).and_then(|()| field(line)) {
            push(&mut fields, field)?;
        }
    }
    if bytes.len() >= HEAD_LIMIT { Err(HeadError::TooLong) } else { Ok(None) }
}

fn read_opening(
    lines: &mut Lines<'_>,
    bytes: &[u8],
    shoutcast: bool,
) -> Result<Option<Opening>, HeadError> {
    let mut start = lines.at;
    let first = loop {
        match lines.next_line() {
            // A robust reader passes over empty lines before a request (RFC 9112, 2.2).
            Some([]) => start = lines.at,
            Some(line) => break line,
            None => return lines.check_rest().map(|()| None),
        }
    };
    check_text(first)?;
    let Some(request) = RequestLine::split(first) else {
        if shoutcast {
            let secret = Secret::new(decode(first));
            return Ok(Some(Opening::Shoutcast(Credentials { user: "source".to_owned(), secret })));
        }
        return Err(HeadError::Malformed("the first line is no request line"));
    };
    let (method, target, version) = request.read()?;

    let mut fields = Vec::new();
    loop {
        let Some(line) = lines.next_line() else {
            return lines.check_rest().map(|()| None);
        };
        if line.is_empty() {
            break;
        }
        check_text(line)?;
        push(&mut fields, field(line)?)?;
    }
    if let Some(host) = target.host {
        // The target's own host is the one that holds (RFC 9112, 3.2.2).
        fields.retain(|(name, _)| !name.eq_ignore_ascii_case("host"));
        push(&mut fields, ("Host".to_owned(), host))?;
        fields.rotate_right(1);
    }
    let headers = Headers::new(fields);
    if headers.all("host").nth(1).is_some() {
        return Err(HeadError::Malformed("two hosts are named"));
    }
    BodyLength::of(&headers)?;
    let raw = Bytes::copy_from_slice(&bytes[start..lines.at]);
    let head =
        RequestHead { method, path: target.path, query: target.query, version, headers, raw };
    Ok(Some(Opening::Request(head)))
}

struct RequestLine<'a> {
    method: &'a [u8],
    target: &'a [u8],
    protocol: &'a [u8],
}

impl<'a> RequestLine<'a> {
    /// A method, a target and a protocol; `None` if the line is anything else. The target may
    /// hold spaces: encoders send titles unescaped.
    fn split(line: &'a [u8]) -> Option<Self> {
        let first = line.iter().position(|&b| b == b' ')?;
        let last = line.iter().rposition(|&b| b == b' ')?;
        if first == last {
            return None;
        }
        let (method, target, protocol) =
            (&line[..first], &line[first + 1..last], &line[last + 1..]);
        let known = protocol.starts_with(b"HTTP/") || protocol.starts_with(b"ICE/");
        let is_method = !method.is_empty() && method.iter().all(|&b| is_token(b));
        (known && is_method).then_some(Self { method, target, protocol })
    }

    fn read(&self) -> Result<(Method, Target, Version), HeadError> {
        let version = match self.protocol {
            b"HTTP/1.0" => Version::Http10,
            // A later minor version is answered as this one.
            [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1'..=b'9'] => Version::Http11,
            [b'I', b'C', b'E', b'/', b'1', b'.', b'0'..=b'9'] => Version::Ice10,
            _ => return Err(HeadError::Malformed("the protocol's version is unknown")),
        };
        let method = match self.method {
            b"GET" => Method::Get,
            b"HEAD" => Method::Head,
            b"OPTIONS" => Method::Options,
            b"POST" => Method::Post,
            b"PUT" => Method::Put,
            b"SOURCE" => Method::Source,
            // Nothing but ASCII: a token.
            other => Method::Other(String::from_utf8_lossy(other).into_owned()),
        };
        let target = Target::read(self.target, method == Method::Options)?;
        Ok((method, target, version))
    }
}

fn field(line: &[u8]) -> Result<(String, String), HeadError> {
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        return Err(HeadError::Malformed("a header goes on over the end of its line"));
    }
    let colon = line
        .iter()
        .position(|&b| b == b':')
        .ok_or(HeadError::Malformed("a header has no colon"))?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if name.is_empty() || !name.iter().all(|&b| is_token(b)) {
        return Err(HeadError::Malformed("a header's name has characters that it can't have"));
    }
    let name = String::from_utf8_lossy(name).into_owned();
    Ok((name, decode(value.trim_ascii())))
}

fn push(fields: &mut Vec<(String, String)>, field: (String, String)) -> Result<(), HeadError> {
    if fields.len() == MOST_FIELDS {
        return Err(HeadError::Malformed("there are more than 100 headers"));
    }
    fields.push(field);
    Ok(())
}

/// Text as encoders send it: UTF-8 where it is, else Windows-1252 (which has Latin-1's letters).
pub(crate) fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// RFC 9110, 5.6.2.
pub(crate) fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)
}

fn check_text(line: &[u8]) -> Result<(), HeadError> {
    let control = |&b: &u8| b != b'\t' && b.is_ascii_control();
    if line.iter().any(control) {
        return Err(HeadError::Malformed("there are control characters in the head"));
    }
    Ok(())
}

/// Lines that end with `\n`, `\r\n` or `\r\r\n`.
struct Lines<'a> {
    bytes: &'a [u8],
    /// The start of the next line.
    at: usize,
}

impl<'a> Lines<'a> {
    fn next_line(&mut self) -> Option<&'a [u8]> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|&b| b == b'\n')?;
        self.at += end + 1;
        Some(without_returns(&rest[..end]))
    }

    /// Refuses an unfinished line that nothing can mend.
    fn check_rest(&self) -> Result<(), HeadError> {
        check_text(without_returns(&self.bytes[self.at..]))
    }
}

fn without_returns(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

const MOST_FIELDS: usize = 100;

//! What a request line asks for: path and query.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode, percent_encode};

use crate::HeadError;
use crate::parse::decode;

/// A request target, taken apart.
#[derive(Debug)]
pub(crate) struct Target {
    /// Decoded; starts with `/`, or is `*`.
    pub(crate) path: String,
    /// Visible ASCII, still escaped; without the `?`.
    pub(crate) query: String,
    /// The host that an absolute target names.
    pub(crate) host: Option<String>,
}

impl Target {
    /// Reads a target in origin form (`/x?y`), absolute form (`http://host/x?y`) or, where `star`
    /// allows it, asterisk form (RFC 9112, 3.2).
    pub(crate) fn read(target: &[u8], star: bool) -> Result<Self, HeadError> {
        if target == b"*" && star {
            return Ok(Self { path: "*".to_owned(), query: String::new(), host: None });
        }
        let (host, rest) = match absolute(target) {
            Some((host, rest)) => (Some(host), rest),
            None => (None, target),
        };
        let host = host.map(read_host).transpose()?;
        let (path, query) = match rest.iter().position(|&b| b == b'?') {
            Some(mark) => (&rest[..mark], &rest[mark + 1..]),
            None => (rest, &[][..]),
        };
        let path = match path {
            [] if host.is_some() => "/".to_owned(),
            [b'/', ..] => decode_path(path)?,
            _ => return Err(HeadError::Malformed("the target is no path")),
        };
        Ok(Self { path, query: percent_encode(query, UNSAFE).to_string(), host })
    }
}

/// A decoded path as it stands in a request line.
pub(crate) fn encode_path(path: &str) -> String {
    percent_encode(path.as_bytes(), UNSAFE_IN_PATH).to_string()
}

/// The value of `name` in a query, decoded as form data is: `+` is a space, an escape that is
/// none stands for itself.
pub(crate) fn query_value(query: &str, name: &str) -> Option<Vec<u8>> {
    pairs(query).find(|(key, _)| form_decode(key) == name.as_bytes()).map(|(_, v)| form_decode(v))
}

/// A query whose secrets (`pass=`, `token=`, …) are replaced by `***`.
pub(crate) fn redact(query: &str) -> String {
    let mut out = String::with_capacity(query.len());
    for (i, pair) in query.split('&').enumerate() {
        if i > 0 {
            out.push('&');
        }
        match pair.split_once('=') {
            Some((key, _)) if is_secret(key) => {
                out.push_str(key);
                out.push_str("=***");
            }
            _ => out.push_str(pair),
        }
    }
    out
}

fn is_secret(key: &str) -> bool {
    let key = decode(&form_decode(key)).to_ascii_lowercase();
    let key = key.trim();
    SECRET_KEYS.contains(&key) || ["pass", "secret", "token"].iter().any(|part| key.contains(part))
}

fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn form_decode(text: &str) -> Vec<u8> {
    let spaced: Vec<u8> = text.bytes().map(|b| if b == b'+' { b' ' } else { b }).collect();
    percent_decode(&spaced).collect()
}

/// Host and the rest of an absolute target.
fn absolute(target: &[u8]) -> Option<(&[u8], &[u8])> {
    let scheme_end = target.windows(3).position(|w| w == b"://")?;
    let scheme = &target[..scheme_end];
    if !scheme.eq_ignore_ascii_case(b"http") && !scheme.eq_ignore_ascii_case(b"https") {
        return None;
    }
    let rest = &target[scheme_end + 3..];
    let end = rest.iter().position(|&b| b == b'/' || b == b'?').unwrap_or(rest.len());
    Some(rest.split_at(end))
}

fn read_host(host: &[u8]) -> Result<String, HeadError> {
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"-._~:[]%".contains(b);
    if host.is_empty() || !host.iter().all(allowed) {
        return Err(HeadError::Malformed("the target's host is none"));
    }
    Ok(decode(host))
}

fn decode_path(path: &[u8]) -> Result<String, HeadError> {
    if path.contains(&b' ') {
        return Err(HeadError::Malformed("there is a space in the path"));
    }
    let mut rest = path;
    while let Some(mark) = rest.iter().position(|&b| b == b'%') {
        rest = match &rest[mark + 1..] {
            [a, b, rest @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => rest,
            _ => return Err(HeadError::Malformed("a `%` in the path is no escape")),
        };
    }
    let bytes: Vec<u8> = percent_decode(path).collect();
    if bytes.iter().any(u8::is_ascii_control) {
        return Err(HeadError::Malformed("there are control characters in the path"));
    }
    Ok(decode(&bytes))
}

/// What can't stand as it is in a query: everything but visible ASCII.
const UNSAFE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'#');

/// What can't stand as it is in a path.
const UNSAFE_IN_PATH: &AsciiSet =
    &UNSAFE.add(b'?').add(b'%').add(b'`').add(b'{').add(b'}').add(b'\\').add(b'^').add(b'|');

/// Query keys whose values are secrets, beside all that speak of passes, secrets and tokens.
const SECRET_KEYS: &[&str] = &["auth", "authorization", "key", "api_key", "apikey", "pwd", "pw"];

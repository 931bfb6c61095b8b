//! Replies with a validator, compressed where the client takes that.

use std::io::Write as _;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Replies shorter than this are not worth compressing.
const WORTH_COMPRESSING: usize = 256;

/// A body that is sent again and again: kept plain and compressed, with its validator.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    content_type: &'static str,
    plain: Bytes,
    gzip: Option<Bytes>,
    tag: String,
}

impl Document {
    pub(crate) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let plain = body.into();
        let gzip = compress(&plain);
        let tag = short_hash(&plain);
        Self { content_type, plain, gzip, tag }
    }

    /// Names this very content, in letters that fit a URL.
    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }

    /// The uncompressed body.
    pub(crate) fn plain(&self) -> &Bytes {
        &self.plain
    }

    /// The reply for a client that sent these headers: 304 if it has this content already.
    pub(crate) fn answer(&self, asked: &HeaderMap) -> Response {
        let tag = format!("W/\"{}\"", self.tag);
        let known = asked.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
        let known = known.is_some_and(|tags| {
            tags.split(',').any(|known| known.trim().trim_start_matches("W/") == &tag[2..])
        });
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            match &self.gzip {
                Some(gzip) if takes_gzip(asked) => {
                    let encoding = [(header::CONTENT_ENCODING, "gzip")];
                    (encoding, Body::from(gzip.clone())).into_response()
                }
                _ => Body::from(self.plain.clone()).into_response(),
            }
        };
        let headers = response.headers_mut();
        if !known {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        }
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        response
    }
}

/// A hash of `bytes` as a content security policy names it: `'sha256-…'`.
pub(crate) fn policy_hash(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    format!("'sha256-{}'", STANDARD.encode(digest))
}

fn short_hash(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    URL_SAFE_NO_PAD.encode(digest.as_ref().get(..12).unwrap_or_default())
}

fn compress(plain: &[u8]) -> Option<Bytes> {
    if plain.len() < WORTH_COMPRESSING {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 3), Compression::new(6));
    // Writing to memory can't fail.
    encoder.write_all(plain).ok()?;
    let gzip = encoder.finish().ok()?;
    (gzip.len() < plain.len()).then(|| gzip.into())
}

/// Does the client take gzip? (`gzip;q=0` is a no.)
fn takes_gzip(asked: &HeaderMap) -> bool {
    let all = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|it| it.to_str().ok());
    all.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named =
            parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip") || name == "*");
        let refused = parts.any(|it| {
            it.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q == 0.0))
        });
        named && !refused
    })
}

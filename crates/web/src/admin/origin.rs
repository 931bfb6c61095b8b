//! Whether a page of another site sent a request: a browser that knows the password would use it
//! for anybody's link, form or picture.

use axum::http::{HeaderMap, HeaderName, Uri, header};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const UPGRADE: HeaderName = HeaderName::from_static("upgrade-insecure-requests");

/// Which page sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    /// One of this site, or the person themselves.
    Own,
    /// Another site's.
    Foreign,
    /// A browser doesn't say which.
    UnknownPage,
    /// None: an encoder, a tool.
    Program,
}

impl Sender {
    /// Who sent `headers`. `own` is another name of this site beside the one asked for:
    /// `https://radio.example.org`.
    pub(crate) fn of(headers: &HeaderMap, own: Option<&str>) -> Self {
        // Pages can't set it. Browsers send it over TLS and to this machine, and not elsewhere.
        match text(headers, &FETCH_SITE) {
            Some("same-origin" | "none") => return Self::Own,
            Some(_) => return Self::Foreign,
            None => {}
        }
        // A page may keep its address to itself, but then it sends none or `null`.
        for name in [header::ORIGIN, header::REFERER] {
            if let Some(page) = text(headers, &name) {
                return if is_here(page, headers, own) { Self::Own } else { Self::Foreign };
            }
        }
        if is_browser(headers) { Self::UnknownPage } else { Self::Program }
    }
}

/// Is `page` a page of the host that was asked, or of the site's `own` name?
fn is_here(page: &str, headers: &HeaderMap, own: Option<&str>) -> bool {
    let Some((scheme, authority)) = scheme_and_authority(page) else { return false };
    let host = text(headers, &header::HOST).map(|host| without_port(&scheme, host));
    host.as_deref() == Some(&*authority)
        || own.and_then(scheme_and_authority) == Some((scheme, authority))
}

fn scheme_and_authority(url: &str) -> Option<(String, String)> {
    let url: Uri = url.parse().ok()?;
    let scheme = url.scheme_str()?.to_ascii_lowercase();
    let authority = without_port(&scheme, url.authority()?.as_str());
    Some((scheme, authority))
}

/// An authority in lower case, without its scheme's own port.
fn without_port(scheme: &str, authority: &str) -> String {
    let authority = authority.to_ascii_lowercase();
    let port = if scheme == "https" { ":443" } else { ":80" };
    authority.strip_suffix(port).map(str::to_owned).unwrap_or(authority)
}

/// Do `headers` look like a browser's? A page can't change the User-Agent of what it sends, nor
/// leave out the rest. Neither alone tells: encoders built with Indy say Mozilla, and Node's `fetch`
/// sends languages.
fn is_browser(headers: &HeaderMap) -> bool {
    const KINDS: [&str; 4] = ["image/avif", "image/webp", "image/apng", "application/xhtml+xml"];
    let agent = text(headers, &header::USER_AGENT).unwrap_or_default();
    let accepts = text(headers, &header::ACCEPT).unwrap_or_default();
    agent.starts_with("Mozilla/")
        && (headers.contains_key(header::ACCEPT_LANGUAGE)
            || headers.contains_key(UPGRADE)
            || KINDS.iter().any(|kind| accepts.contains(kind)))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    // What can't be read is nobody's own: it is treated as text that names no site.
    headers.get(name).map(|value| value.to_str().unwrap_or("null"))
}

//! Where a relay finds its audio.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use thiserror::Error;

/// A mount of another server. Its `Display` and `Debug` show no password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// By TLS.
    pub(crate) secure: bool,
    /// Path and query.
    target: String,
    /// `user:password`, as they are.
    login: Option<String>,
}

impl Remote {
    /// Reads `http[s]://[user:password@]host[:port]/path`.
    pub(crate) fn parse(url: &str) -> Result<Self, NoUrl> {
        let (secure, rest) = match url.trim().split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            _ => return Err(NoUrl),
        };
        let path = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(path);
        let target = target.split('#').next().unwrap_or_default();
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        if target.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err(NoUrl);
        }
        let (login, place) = match authority.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, authority),
        };
        let (host, port) = match place.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']').ok_or(NoUrl)?;
                (host, after.strip_prefix(':'))
            }
            None => match place.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        let usual = if secure { 443 } else { 80 };
        let port = port.map_or(Ok(usual), str::parse).map_err(|_| NoUrl)?;
        if host.is_empty() || host.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err(NoUrl);
        }
        let login = login.map(|login| percent_decode_str(login).decode_utf8_lossy().into_owned());
        Ok(Self { host: host.to_owned(), port, secure, target, login })
    }

    /// Where a redirect from here leads. A password is taken along only to the same server, and
    /// never out of TLS.
    pub(crate) fn redirected(&self, to: &str) -> Result<Self, NoUrl> {
        if to.starts_with('/') {
            return Ok(Self {
                target: Self::parse(&format!("http://h{to}"))?.target,
                ..self.clone()
            });
        }
        let mut next = Self::parse(to)?;
        let same = (&next.host, next.port, next.secure) == (&self.host, self.port, self.secure);
        if next.login.is_none() && same {
            next.login.clone_from(&self.login);
        }
        Ok(next)
    }

    /// The request for it.
    pub(crate) fn request(&self) -> String {
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let login = self.login.as_ref().map_or_else(String::new, |login| {
            format!("Authorization: Basic {}\r\n", STANDARD.encode(login))
        });
        format!(
            "GET {} HTTP/1.0\r\nHost: {host}:{}\r\nUser-Agent: Longwave/{}\r\nAccept: */*\r\n\
             Icy-MetaData: 1\r\n{login}Connection: close\r\n\r\n",
            self.target,
            self.port,
            env!("CARGO_PKG_VERSION"),
        )
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.target.split('?').next().unwrap_or_default();
        write!(f, "{}:{}{path}", self.host, self.port)
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Remote({self})")
    }
}

/// A relay's address can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the relay's address is no http:// or https:// URL")]
pub(crate) struct NoUrl;

//! What a SHOUTcast v1 password line may mean.

use access::{Credentials, Secret};

/// One reading of a password line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShoutcastLogin {
    /// The mount that is asked for; `None`: the port's default mount.
    pub mount: Option<String>,
    /// The user; `source` where none is given.
    pub user: String,
    /// The password.
    pub secret: Secret,
}

impl ShoutcastLogin {
    /// User and password together.
    pub fn credentials(&self) -> Credentials {
        Credentials { user: self.user.clone(), secret: self.secret.clone() }
    }
}

/// The readings of a password line, in the order in which they are to be tried. A reading that
/// names a mount which isn't declared is not to be tried at all: a wrong guess costs its address.
///
/// Without a colon the line is the password. With one, what stands before it may be a mount
/// (Icecast-KH: `/news.mp3:pass`, or without the slash), a user (`user:pass`), or a part of the
/// password. SHOUTcast 2's `pass:#1` names a stream by number, which is not kept.
pub fn shoutcast_logins(line: &Credentials) -> Vec<ShoutcastLogin> {
    let whole = line.secret.expose();
    let login = |mount: Option<String>, user: &str, secret: &str| ShoutcastLogin {
        mount,
        user: user.to_owned(),
        secret: Secret::new(secret),
    };
    let (line, numbered) = match whole.rsplit_once(":#") {
        Some((line, number)) if number.bytes().all(|b| b.is_ascii_digit()) => (line, true),
        _ => (whole, false),
    };
    let mut logins = Vec::with_capacity(4);
    if let Some((before, secret)) = line.split_once(':') {
        let slash = if before.starts_with('/') { "" } else { "/" };
        logins.push(login(Some(format!("{slash}{before}")), "source", secret));
        if slash == "/" {
            logins.push(login(None, before, secret));
        }
    }
    logins.push(login(None, "source", line));
    if numbered {
        logins.push(login(None, "source", whole));
    }
    logins
}

/// libshout asks with this word whether a port takes passwords, expects to be refused, and
/// connects again: it is no guess and must not be counted as one.
pub fn is_poke(line: &Credentials) -> bool {
    line.secret.expose() == "!POKE"
}

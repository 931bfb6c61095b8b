//! Listener authentication by URL, as Icecast does it: a service is asked, by a form in a `POST`,
//! before a listener is seated, and told when they have left.

use std::fmt::Write as _;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use door::{Caller, RequestHead};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, Request, Uri};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use lineup::MountPath;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::Semaphore;
use tracing::warn;

/// Questions that are open at the same time (as in Icecast).
const PENDING: usize = 100;

/// How long the service may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest message of the service that is shown.
const MESSAGE_LIMIT: usize = 256;

/// What stands as it is in a form.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Asks services about listeners. A clone asks with the same bounds.
#[derive(Clone, Debug)]
pub(crate) struct Authenticator {
    pending: Arc<Semaphore>,
    caller: Caller,
}

/// What the service said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Let them in, for at most this long.
    Accepted { limit: Option<Duration> },
    /// Don't, and tell them this.
    Denied { message: Option<String> },
    /// It could not be asked.
    Unavailable,
}

/// What the service is told of a listener.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    url: String,
    form: String,
    runtime: tokio::runtime::Handle,
    authenticator: Authenticator,
}

impl Authenticator {
    pub(crate) fn new() -> Self {
        Self { pending: Arc::new(Semaphore::new(PENDING)), caller: Caller::default() }
    }

    /// Asks `url` about the one who sent `head`.
    pub(crate) async fn ask(
        &self,
        url: &str,
        head: &RequestHead,
        mount: &MountPath,
        client: u64,
        address: IpAddr,
    ) -> (Verdict, Guest) {
        let guest = Guest {
            url: url.to_owned(),
            form: form(head, mount, client, address),
            runtime: tokio::runtime::Handle::current(),
            authenticator: self.clone(),
        };
        let Ok(_permit) = self.pending.try_acquire() else {
            warn!(%mount, "too many listeners wait to be authenticated");
            return (Verdict::Unavailable, guest);
        };
        let verdict = match self.post(url, format!("action=listener_add&{}", guest.form)).await {
            Ok(headers) => verdict(&headers),
            Err(error) => {
                warn!(%mount, %error, "the listener authentication service does not answer");
                Verdict::Unavailable
            }
        };
        (verdict, guest)
    }

    /// Posts a form, and returns the headers of the reply.
    async fn post(&self, url: &str, form: String) -> io::Result<HeaderMap> {
        let work = async {
            let uri: Uri = url.parse().map_err(io::Error::other)?;
            let tls = uri.scheme_str() == Some("https");
            let authority = uri.authority().ok_or(io::ErrorKind::InvalidInput)?;
            let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
            let host = authority.host().trim_start_matches('[').trim_end_matches(']');
            let call = self.caller.call(host, port, tls).await?;
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(call))
                    .await
                    .map_err(io::Error::other)?;
            let path = uri.path_and_query().map_or("/", |path| path.as_str());
            let mut request = Request::post(path)
                .header(HOST, authority.as_str().rsplit('@').next().unwrap_or_default())
                .header(USER_AGENT, concat!("Longwave/", env!("CARGO_PKG_VERSION")))
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            if let Some((user, _)) = authority.as_str().rsplit_once('@') {
                request = request.header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(user)));
            }
            let request = request.body(Full::new(Bytes::from(form))).map_err(io::Error::other)?;
            // The connection ends with its sender, or with the reply that takes too long.
            tokio::spawn(connection);
            let reply = sender.send_request(request).await.map_err(io::Error::other)?;
            Ok(reply.headers().clone())
        };
        tokio::time::timeout(PATIENCE, work)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

impl Guest {
    /// Tells the service that they left after `duration`. Never waits.
    pub(crate) fn left(self, duration: Duration) {
        let body = format!("action=listener_remove&{}&duration={}", self.form, duration.as_secs());
        let authenticator = self.authenticator;
        self.runtime.spawn(async move {
            let Ok(_permit) = authenticator.pending.acquire().await else { return };
            if let Err(error) = authenticator.post(&self.url, body).await {
                warn!(%error, "the listener authentication service was not told who left");
            }
        });
    }
}

fn form(head: &RequestHead, mount: &MountPath, client: u64, address: IpAddr) -> String {
    let host = head.headers.get("host").unwrap_or_default();
    let (server, port) = match host.rsplit_once(':') {
        Some((server, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (server, port),
        _ => (host, "80"),
    };
    let mount = match head.query.is_empty() {
        true => mount.to_string(),
        false => format!("{mount}?{}", head.query),
    };
    let credentials = head.credentials();
    let user = credentials.as_ref().map_or("", |credentials| &credentials.user);
    let pass = credentials.as_ref().map_or("", |credentials| credentials.secret.expose());
    let mut form = String::new();
    for (name, value) in [
        ("server", server),
        ("port", port),
        ("client", &client.to_string()),
        ("mount", &mount),
        ("user", user),
        ("pass", pass),
        ("ip", &address.to_string()),
        ("agent", head.headers.get("user-agent").unwrap_or_default()),
    ] {
        if !form.is_empty() {
            form.push('&');
        }
        // Writing to a string can't fail.
        let _ = write!(form, "{name}={}", utf8_percent_encode(value, FORM));
    }
    form
}

fn verdict(headers: &HeaderMap) -> Verdict {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("icecast-auth-user").is_some_and(|value| value.trim() == "1") {
        let limit = text("icecast-auth-timelimit").and_then(|value| value.trim().parse().ok());
        return Verdict::Accepted { limit: limit.map(Duration::from_secs) };
    }
    let message = text("icecast-auth-message");
    Verdict::Denied { message: message.map(|text| text.chars().take(MESSAGE_LIMIT).collect()) }
}

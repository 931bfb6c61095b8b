//! An administrative request: who asks, and with which parameters.

use std::sync::Arc;
use std::time::Duration;

use access::{Credentials, Denied, Principal};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use http_body_util::{BodyExt as _, Limited};
use lineup::{Mount, MountPath};
use percent_encoding::percent_decode;

use super::origin::Sender;
use crate::site::{Login, Site, Visitor};

/// The longest form that is read.
const FORM_LIMIT: usize = 64 * 1024;
/// How long a form may take to arrive.
const FORM_PATIENCE: Duration = Duration::from_secs(15);

/// A request whose sender has shown who they are.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) principal: Principal,
    pub(crate) visitor: Visitor,
    pub(crate) headers: HeaderMap,
    pub(crate) parameters: Parameters,
}

/// The parameters of query and form, their bytes in whatever character set was sent.
#[derive(Debug, Default)]
pub(crate) struct Parameters(Vec<(String, Vec<u8>)>);

/// A command is not carried out. Texts and status codes are Icecast 2.4's.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Nobody known asks, or not one who may.
    Unauthorized,
    /// The request is wrong.
    Bad(&'static str),
    /// It comes from another site's page.
    CrossSite,
    /// They have guessed too often; for so long.
    Wait(Duration),
    /// Too many ask at once, or something failed here.
    Busy,
    /// The form is too long, or took too long.
    Form,
}

impl Command {
    /// Reads and checks a request, which `changes` something or only asks.
    pub(crate) async fn read(
        site: &Arc<Site>,
        request: Request,
        changes: bool,
    ) -> Result<Self, Refusal> {
        let visitor = Visitor::of(&request);
        let credentials = Login::of(&request).ok_or(Refusal::Unauthorized)?;
        // A browser that knows the password must not be led to use it by another site's page.
        match Sender::of(request.headers(), site.station().public_url()) {
            Sender::Own | Sender::Program => {}
            Sender::UnknownPage if !changes => {}
            Sender::UnknownPage | Sender::Foreign => return Err(Refusal::CrossSite),
        }
        let principal = let_in(site, credentials, visitor).await?;
        let (head, body) = request.into_parts();
        let mut parameters = Parameters::default();
        parameters.read(head.uri.query().unwrap_or_default().as_bytes());
        if head.method == Method::POST {
            parameters.read(&form(body).await?);
        }
        Ok(Self { principal, visitor, headers: head.headers, parameters })
    }

    /// The declared mount that `mount=` names.
    pub(crate) fn mount(&self, site: &Site) -> Result<Mount, Refusal> {
        mount_named(site, self.parameters.text("mount").as_deref())
    }
}

/// The declared mount of this name.
pub(crate) fn mount_named(site: &Site, name: Option<&str>) -> Result<Mount, Refusal> {
    let name = name.filter(|name| !name.is_empty()).ok_or(Refusal::Bad("Missing parameter"))?;
    let path = MountPath::new(name).map_err(|_| Refusal::Bad("Source does not exist"))?;
    let lineup = site.station().lineup();
    lineup.mount(&path).cloned().ok_or(Refusal::Bad("Source does not exist"))
}

/// Does an administrator ask? Whoever gives no password is nobody; a wrong one is refused.
pub(crate) async fn is_administrator(site: &Arc<Site>, request: Request) -> Result<bool, Refusal> {
    let (login, visitor) = (Login::of(&request), Visitor::of(&request));
    let Some(credentials) = login else { return Ok(false) };
    if let_in(site, credentials, visitor).await?.may_administer() {
        Ok(true)
    } else {
        Err(Refusal::Unauthorized)
    }
}

/// Checks credentials where blocking is allowed.
pub(crate) async fn let_in(
    site: &Arc<Site>,
    credentials: Credentials,
    visitor: Visitor,
) -> Result<Principal, Refusal> {
    let checked = let_in_as(site, vec![credentials], visitor, |_, _| true).await;
    checked.map(|(_, principal)| principal)
}

/// Checks what may be read in several ways, as one guess: the first reading that is right and
/// `fits`, with its index.
pub(crate) async fn let_in_as(
    site: &Arc<Site>,
    readings: Vec<Credentials>,
    visitor: Visitor,
    fits: impl Fn(usize, &Principal) -> bool + Send + 'static,
) -> Result<(usize, Principal), Refusal> {
    let gatekeeper = site.station().gatekeeper().clone();
    let check = move || gatekeeper.check_readings(&readings, visitor.client, fits);
    match tokio::task::spawn_blocking(check).await {
        Ok(Ok(let_in)) => Ok(let_in),
        Ok(Err(Denied::Wrong)) => {
            tracing::info!(peer = %visitor.client, "wrong user name or password");
            Err(Refusal::Unauthorized)
        }
        Ok(Err(Denied::Wait(wait))) => Err(Refusal::Wait(wait)),
        Ok(Err(Denied::Busy)) | Err(_) => Err(Refusal::Busy),
    }
}

/// A form's bytes.
pub(crate) async fn form(body: Body) -> Result<Vec<u8>, Refusal> {
    let read = Limited::new(body, FORM_LIMIT).collect();
    match tokio::time::timeout(FORM_PATIENCE, read).await {
        Ok(Ok(body)) => Ok(body.to_bytes().to_vec()),
        Ok(Err(_)) | Err(_) => Err(Refusal::Form),
    }
}

impl Parameters {
    /// Adds what `encoded` (a query or a form) holds.
    pub(crate) fn read(&mut self, encoded: &[u8]) {
        for pair in encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut parts = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(parts.next().unwrap_or_default());
            let value = decode(parts.next().unwrap_or_default());
            self.0.push((String::from_utf8_lossy(&name).into_owned(), value));
        }
    }

    /// The bytes of the first parameter of this name.
    pub(crate) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    /// The same as text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.bytes(name).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// Which of these names are there, with their bytes.
    pub(crate) fn all_of(&self, names: &[&str]) -> Vec<(String, Vec<u8>)> {
        let mut found: Vec<(String, Vec<u8>)> = Vec::new();
        for (name, value) in &self.0 {
            if names.contains(&name.as_str()) && !found.iter().any(|(known, _)| known == name) {
                found.push((name.clone(), value.clone()));
            }
        }
        found
    }
}

fn decode(part: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> =
        part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).collect()
}

impl Refusal {
    pub(crate) fn unauthorized() -> Self {
        Self::Unauthorized
    }

    pub(crate) fn bad(why: &'static str) -> Self {
        Self::Bad(why)
    }

    /// The reply, in Icecast's words.
    pub(crate) fn into_response_for_icecast(self) -> Response {
        match self {
            Self::Unauthorized => {
                let mut response =
                    (StatusCode::UNAUTHORIZED, "You need to authenticate\r\n").into_response();
                let headers = response.headers_mut();
                headers.insert(
                    header::WWW_AUTHENTICATE,
                    HeaderValue::from_static("Basic realm=\"Icecast2 Server\", charset=\"UTF-8\""),
                );
                // libshout learns from this header whether it may use PUT and POST.
                headers.insert(
                    header::ALLOW,
                    HeaderValue::from_static("GET, POST, PUT, OPTIONS, SOURCE"),
                );
                response
            }
            Self::Bad(why) => {
                (StatusCode::BAD_REQUEST, Html(format!("<b>{why}</b>\r\n"))).into_response()
            }
            Self::CrossSite => (
                StatusCode::FORBIDDEN,
                "A browser can't send this from another site's page, or from none\r\n",
            )
                .into_response(),
            Self::Wait(wait) => (
                StatusCode::TOO_MANY_REQUESTS,
                [(header::RETRY_AFTER, wait.as_secs().max(1).to_string())],
                "Too many wrong passwords\r\n",
            )
                .into_response(),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                [(header::RETRY_AFTER, "1".to_owned())],
                "Too many log-ins at once\r\n",
            )
                .into_response(),
            Self::Form => {
                (StatusCode::PAYLOAD_TOO_LARGE, "The form is too long\r\n").into_response()
            }
        }
    }
}

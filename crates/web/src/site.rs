//! The site: everything that the HTTP stack answers.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use access::Credentials;
use airtime::ProgrammeTime;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use lineup::{Mount, MountPath};
use station::Station;
use tokio::sync::watch;

use crate::assets::Assets;
use crate::events::Hub;
use crate::{admin, api, assets, error, events, health, home, metrics, playlist};

/// Who asks: put on every request by the front.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visitor {
    /// Their own address, past trusted proxies.
    pub(crate) client: IpAddr,
    /// They came by TLS: to us, or to the trusted proxy in front.
    pub(crate) secure: bool,
}

impl Visitor {
    /// Who sent `request`. The front says so of every request.
    pub(crate) fn of<B>(request: &axum::http::Request<B>) -> Self {
        let nobody = Self { client: IpAddr::V4(Ipv4Addr::UNSPECIFIED), secure: false };
        request.extensions().get::<Self>().copied().unwrap_or(nobody)
    }

    /// `http://host:port` as the visitor knows this site, without a slash at its end.
    pub(crate) fn base(&self, asked: &HeaderMap) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        let host = asked.get(header::HOST).and_then(|host| host.to_str().ok());
        format!("{scheme}://{}", host.filter(|host| is_host(host)).unwrap_or("localhost"))
    }
}

/// A host and port that can stand in a URL and in a playlist.
fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 255
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
}

/// What they log in with, if they do: put on every request by the front, which reads it as the
/// door does.
#[derive(Clone, Debug)]
pub(crate) struct Login(pub(crate) Option<Credentials>);

impl Login {
    /// The credentials that `request` brings.
    pub(crate) fn of<B>(request: &axum::http::Request<B>) -> Option<Credentials> {
        request.extensions().get::<Self>()?.0.clone()
    }
}

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Site {
    station: Arc<Station>,
    pub(crate) assets: Assets,
    pub(crate) hub: Hub,
    pub(crate) homes: home::Rendered,
    started: ProgrammeTime,
}

impl Site {
    pub(crate) fn new(station: Arc<Station>, stop: watch::Receiver<bool>) -> Arc<Self> {
        let hub = Hub::start(station.clone(), stop);
        Arc::new(Self {
            assets: Assets::new(),
            hub,
            homes: home::Rendered::default(),
            started: station.clock().now(),
            station,
        })
    }

    /// When this site was opened.
    pub(crate) fn started(&self) -> ProgrammeTime {
        self.started
    }

    /// The station.
    pub(crate) fn station(&self) -> &Arc<Station> {
        &self.station
    }

    /// The declared mount at a request's path, if there is one.
    pub(crate) fn mount_at(&self, path: &str) -> Option<MountPath> {
        let path = MountPath::new(path).ok()?;
        self.station.lineup().mount(&path)?;
        Some(path)
    }

    /// Where a source goes that names no mount.
    pub(crate) fn default_mount(&self) -> Option<Mount> {
        self.station.lineup().default_mount().cloned()
    }

    /// How many listeners have a seat, on all mounts together.
    pub(crate) fn seated(&self) -> usize {
        let lineup = self.station.lineup();
        let listen = self.station.listen();
        lineup.mounts().iter().map(|mount| listen.counts(&mount.path).listeners as usize).sum()
    }
}

/// Everything that can be asked for by GET, HEAD or POST, but for the mounts.
pub(crate) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(home::show))
        .route("/assets/{name}", get(assets::show))
        .route("/favicon.ico", get(assets::icon))
        .route("/robots.txt", get(assets::robots))
        .route("/events", get(events::subscribe))
        .route("/api/now", get(api::now))
        .route("/api/listen/{sid}/map", get(api::time_map))
        .route("/health", get(health::show))
        .route("/metrics", get(metrics::show))
        .route("/status-json.xsl", get(admin::status_json))
        .merge(admin::router())
        .fallback(playlist::show)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(middleware::from_fn(dress))
        .with_state(site)
}

/// Scripts and styles come from here or are named by their hash; nothing else is allowed.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
    media-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'self'";

/// Puts on every reply what every reply has, and answers `OPTIONS`.
async fn dress(request: Request, next: Next) -> Response {
    let mut response = if request.method() == Method::OPTIONS {
        let allow = [(header::ALLOW, "GET, HEAD, OPTIONS")];
        (StatusCode::NO_CONTENT, allow).into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    );
    headers.insert(header::SERVER, HeaderValue::from_static("Longwave"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    response
}

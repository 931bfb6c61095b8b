//! `/news.mp3.m3u` and its kin; whatever else is at no address.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse as _, Response};
use listen::PlaylistKind;

use crate::api::ANYWHERE;
use crate::error;
use crate::site::{Site, Visitor};

/// A playlist that leads to a mount, if the path names one.
pub(crate) async fn show(State(site): State<Arc<Site>>, request: Request) -> Response {
    if site.mount_at(request.uri().path()).is_some() {
        // The front has taken every request to listen, or to send.
        let mut response = error::method_not_allowed(request).await.into_response();
        let allow = HeaderValue::from_static("GET, HEAD, OPTIONS, PUT, SOURCE");
        response.headers_mut().insert(header::ALLOW, allow);
        return response;
    }
    let asked = matches!(*request.method(), Method::GET | Method::HEAD);
    let found = PlaylistKind::of_path(request.uri().path()).filter(|_| asked);
    let Some((mount, kind)) = found.and_then(|(path, kind)| Some((site.mount_at(path)?, kind)))
    else {
        return error::not_found(request).await.into_response();
    };
    let base = Visitor::of(&request).base(request.headers());
    match site.station().listen().playlist(kind, &mount, &base) {
        Some(list) => {
            (ANYWHERE, [(header::CONTENT_TYPE, kind.content_type())], list).into_response()
        }
        None => error::missing().into_response(),
    }
}

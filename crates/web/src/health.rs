//! `/health`: is there audio?

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::site::Site;

/// 200 while audio is present on every listed mount, else 503; the body says which, and lists the
/// alarms.
pub(crate) async fn show(State(site): State<Arc<Site>>) -> Response {
    let health = site.station().health();
    let status = if health.ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(health)).into_response()
}

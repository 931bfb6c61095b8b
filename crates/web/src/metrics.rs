//! `/metrics`, in the OpenMetrics text format.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use crate::site::Site;

pub(crate) async fn show(State(site): State<Arc<Site>>) -> Response {
    let mut out = String::new();
    let health = site.station().health();
    for stream in &health.streams {
        let _ = writeln!(
            out,
            "longwave_audible{{mount=\"{}\"}} {}",
            stream.mount,
            u8::from(stream.audible)
        );
    }
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], out).into_response()
}

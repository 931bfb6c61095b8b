//! `/health`: is there audio?

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use lineup::Mount;
use station::Health;

use crate::admin::is_administrator;
use crate::site::Site;

/// 200 while audio is present on every listed mount, else 503; the body says which, and lists the
/// alarms. Mounts that aren't listed are told to administrators.
pub(crate) async fn show(State(site): State<Arc<Site>>, request: Request) -> Response {
    let sees_all = match is_administrator(&site, request).await {
        Ok(sees_all) => sees_all,
        Err(refusal) => return refusal.into_response_for_icecast(),
    };
    let health = seen(&site, sees_all);
    let status = if health.ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(health)).into_response()
}

/// The station's health, as administrators or as the public may see it.
pub(crate) fn seen(site: &Site, sees_all: bool) -> Health {
    let mut health = site.station().health();
    if sees_all {
        return health;
    }
    let lineup = site.station().lineup();
    health.streams.retain(|it| lineup.mount(&it.mount).is_some_and(|mount| mount.listed));
    for alarm in &mut health.alarms {
        let about = |mount: &&Mount| {
            let tape = format!("{}/{}/{}", mount.station, mount.stream, mount.rendition);
            alarm.subject == mount.path.as_str() || alarm.subject == tape
        };
        let (listed, hidden): (Vec<&Mount>, _) =
            lineup.mounts().iter().filter(about).partition(|mount| mount.listed);
        if listed.is_empty() && !hidden.is_empty() {
            "not listed".clone_into(&mut alarm.subject);
        }
    }
    health
}

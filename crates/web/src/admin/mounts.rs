//! Mounts and their sources.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use lineup::Fallback;
use station::FallBackError;

use super::command::{Command, Refusal, mount_named};
use super::xml::{Document, message};
use crate::site::Site;

/// `/admin/listmounts`
pub(crate) fn list(site: &Arc<Site>) -> Result<Response, Refusal> {
    let station = site.station();
    let lineup = station.lineup();
    let now = station.clock().now();
    let document = Document::with_root("icestats", |document| {
        for mount in lineup.mounts() {
            let Some(status) = station.deck_status(&mount.path) else { continue };
            let since = status.source.as_ref().map_or(site.started(), |source| source.since);
            let codec = lineup.rendition_of(mount).map(|rendition| rendition.codec);
            document.parent("source", &[("mount", mount.path.as_str())], |document| {
                let to = mount.fallback.iter().find_map(|fallback| match fallback {
                    Fallback::Mount(path) => Some(path.as_str()),
                    Fallback::File(_) | Fallback::Builtin(_) => None,
                });
                document.leaf("fallback", to.unwrap_or_default());
                document.leaf("listeners", station.listen().counts(&mount.path).listeners);
                document.leaf("Connected", now.since(since).as_secs());
                document.leaf("content-type", codec.map_or("", |codec| codec.content_type()));
            });
        }
    });
    Ok(document.into_response())
}

/// `/admin/streamlist.txt`: what a relay is to relay.
pub(crate) fn stream_list(site: &Arc<Site>, command: &Command) -> Result<Response, Refusal> {
    if !command.principal.may_relay() {
        return Err(Refusal::unauthorized());
    }
    let station = site.station();
    let mut list = String::new();
    for mount in station.lineup().mounts().iter().filter(|mount| mount.listed) {
        if station.deck_status(&mount.path).is_some_and(|status| status.audible) {
            // Writing to a string can't fail.
            let _ = write!(list, "{}\r\n", mount.path);
        }
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], list).into_response())
}

/// `/admin/killsource?mount=`
pub(crate) fn kill_source(site: &Arc<Site>, command: &Command) -> Result<Response, Refusal> {
    let mount = command.mount(site)?;
    if !site.station().air().kill_source(&mount.path) {
        return Err(Refusal::bad("Source is not available"));
    }
    tracing::info!(user = %command.principal.user, mount = %mount.path, "source let go");
    Ok(message("Source Removed", true))
}

/// `/admin/fallbacks?mount=&fallback=`: where a mount falls back to, until the configuration is
/// read again. It goes before what the mount falls back to by its configuration.
pub(crate) async fn fallback(site: &Arc<Site>, command: &Command) -> Result<Response, Refusal> {
    let mount = command.mount(site)?.path;
    let to = command.parameters.text("fallback").ok_or(Refusal::bad("Missing parameter"))?;
    let to = match to.as_str() {
        "" => None,
        name => Some(mount_named(site, Some(name))?.path),
    };
    let (station, falling) = (site.station().clone(), mount.clone());
    // It reads the files that are fallen back to.
    let changed =
        tokio::task::spawn_blocking(move || station.fall_back(&falling, to.as_ref())).await;
    match changed {
        Ok(Ok(())) => {}
        Ok(Err(FallBackError::Lineup(error))) => return Ok(message(error, false)),
        Ok(Err(FallBackError::NoSuchMount)) => return Err(Refusal::bad("Source does not exist")),
        Ok(Err(FallBackError::Open(_))) | Err(_) => {
            return Ok(message("The fallback could not be changed: see the log", false));
        }
    }
    tracing::info!(user = %command.principal.user, %mount, "fallback changed");
    Ok(message("Fallback configured", true))
}

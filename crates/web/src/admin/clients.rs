//! Who listens, and letting them go or moving them.

use std::sync::Arc;

use axum::response::Response;
use lineup::MountPath;

use super::command::{Command, Refusal, mount_named};
use super::xml::{Document, message};
use crate::site::Site;

/// `/admin/listclients?mount=`
pub(crate) fn list(site: &Arc<Site>, command: &Command) -> Result<Response, Refusal> {
    let mount = command.mount(site)?;
    let seats = site.station().listen().seats(&mount.path);
    let document = Document::with_root("icestats", |document| {
        document.parent("source", &[("mount", mount.path.as_str())], |document| {
            document.leaf("Listeners", seats.len());
            for seat in &seats {
                document.parent("listener", &[], |document| {
                    document.leaf("IP", seat.address);
                    document.leaf("UserAgent", seat.agent.as_deref().unwrap_or_default());
                    document.leaf("Connected", seat.connected.as_secs());
                    document.leaf("ID", seat.id);
                    if let Some(user) = &seat.user {
                        document.leaf("username", user);
                    }
                });
            }
        });
    });
    Ok(document.into_response())
}

/// `/admin/killclient?mount=&id=`
pub(crate) fn kill(site: &Arc<Site>, command: &Command) -> Result<Response, Refusal> {
    let mount = command.mount(site)?;
    let id = command.parameters.text("id").ok_or(Refusal::bad("Missing parameter"))?;
    let listen = site.station().listen();
    // A number that is somebody's at another mount is nobody's here.
    let here = id
        .trim()
        .parse()
        .ok()
        .filter(|id| listen.seats(&mount.path).iter().any(|seat| seat.id == *id));
    if here.is_some_and(|id| listen.kill(id)) {
        tracing::info!(user = %command.principal.user, mount = %mount.path, id, "listener let go");
        return Ok(message(format!("Client {id} removed"), true));
    }
    Ok(message(format!("Client {id} not found"), false))
}

/// `/admin/moveclients?mount=&destination=`
pub(crate) fn move_all(site: &Arc<Site>, command: &Command) -> Result<Response, Refusal> {
    let from = command.mount(site)?.path;
    let to: MountPath = {
        let name = command.parameters.text("destination");
        if name.as_deref().is_none_or(str::is_empty) {
            return Err(Refusal::bad("Missing parameter"));
        }
        match mount_named(site, name.as_deref()) {
            Ok(mount) => mount.path,
            Err(_) => return Ok(message("No such destination", false)),
        }
    };
    if from == to {
        return Ok(message("Supplied mountpoints are identical", false));
    }
    match site.station().listen().move_all(&from, &to) {
        Some(moved) => {
            tracing::info!(user = %command.principal.user, %from, %to, moved, "listeners moved");
            Ok(message(format!("Clients moved from {from} to {to}"), true))
        }
        None => Ok(message("The mountpoints are not of the same format", false)),
    }
}

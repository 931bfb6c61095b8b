//! SHOUTcast v1 sources: a password line, then headers, then audio.

use std::io;
use std::net::IpAddr;

use access::{Credentials, Denied, Principal};
use codec::Codec;
use door::{Body, Conn, DoorError};
use lineup::MountPath;

use crate::SourceDoor;
use crate::login::{feed, hello, open};

/// Serves a SHOUTcast v1 source that sent `line` as its password: answers, reads its headers, puts
/// what it sends on the air, and comes back when it has ended or was let go.
///
/// A bare password reaches the default mount; `mount:password` names one; `user:password` names a
/// user. libshout's `!POKE` is refused, as it expects, and never counted as a guess.
///
/// # Errors
/// If the connection fails before the source is on the air.
pub async fn serve_shoutcast(
    mut conn: Conn,
    line: &Credentials,
    ctx: &SourceDoor,
) -> io::Result<()> {
    let address = conn.peer().client;
    let let_in = if door::is_poke(line) { Err(None) } else { let_in(line, address, ctx).await };
    let (principal, mount) = match let_in {
        Ok(let_in) => let_in,
        Err(denied) => {
            let reason = denied.map_or("it names no mount".to_owned(), |why| why.to_string());
            if denied == Some(Denied::Wrong) {
                tracing::info!(peer = %address, reason, "SHOUTcast source refused");
            } else {
                // It cost nothing: it is not to fill the log.
                tracing::debug!(peer = %address, reason, "SHOUTcast source refused");
            }
            return conn.say_last(b"invalid password\r\n").await;
        }
    };
    conn.say(b"OK2\r\nicy-caps:11\r\n\r\n").await?;
    let headers = match conn.read_fields(&ctx.settings).await {
        Ok(headers) => headers,
        Err(DoorError::Io(error)) => return Err(error),
        Err(error) => {
            tracing::info!(peer = %address, %mount, %error, "SHOUTcast source refused");
            conn.close().await;
            return Ok(());
        }
    };
    let content_type = headers.get("content-type").unwrap_or(Codec::Mp3.content_type());
    let hello = hello(&headers, principal, address, content_type);
    match open(&mount, hello, ctx).await {
        Ok(handle) => feed(conn, Body::until_close(), handle, ctx).await,
        Err(refusal) => {
            tracing::info!(peer = %address, %mount, reason = refusal.text, "SHOUTcast source refused");
            conn.close().await;
        }
    }
    Ok(())
}

/// The first reading of the line that leads to a mount and somebody who may feed it; all of them
/// are one guess. `Err(None)`: none names a mount of ours, which is no guess at all.
async fn let_in(
    line: &Credentials,
    address: IpAddr,
    ctx: &SourceDoor,
) -> Result<(Principal, MountPath), Option<Denied>> {
    let (mut readings, mut mounts) = (Vec::new(), Vec::new());
    for login in door::shoutcast_logins(line) {
        let mount = match &login.mount {
            Some(name) => MountPath::new(name).ok(),
            None => ctx.default_mount.clone(),
        };
        if let Some(mount) = mount.filter(|mount| ctx.air.has(mount)) {
            readings.push(login.credentials());
            mounts.push(mount);
        }
    }
    if readings.is_empty() {
        return Err(None);
    }
    let gatekeeper = ctx.gatekeeper.clone();
    let checked = tokio::task::spawn_blocking(move || {
        let feeds = |index: usize, who: &Principal| {
            mounts.get(index).is_some_and(|mount| who.may_feed(mount))
        };
        let (index, principal) = gatekeeper.check_readings(&readings, address, feeds)?;
        mounts.get(index).map(|mount| (principal, mount.clone())).ok_or(Denied::Wrong)
    });
    checked.await.unwrap_or(Err(Denied::Busy)).map_err(Some)
}

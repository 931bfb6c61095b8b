//! SHOUTcast v1 sources: a password line, then headers, then audio.

use std::io;

use access::{Credentials, Principal};
use codec::Codec;
use door::{Body, Conn, DoorError};
use lineup::MountPath;

use crate::SourceDoor;
use crate::login::{check, feed, hello, open};

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
    let let_in = if door::is_poke(line) { None } else { let_in(line, &conn, ctx).await };
    let Some((principal, mount)) = let_in else {
        if !door::is_poke(line) {
            tracing::info!(peer = %address, "SHOUTcast source refused: wrong password, or no mount for it");
        }
        return conn.say_last(b"invalid password\r\n").await;
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

/// The first reading of the line that leads to a mount and somebody who may feed it.
async fn let_in(
    line: &Credentials,
    conn: &Conn,
    ctx: &SourceDoor,
) -> Option<(Principal, MountPath)> {
    for login in door::shoutcast_logins(line) {
        let mount = match &login.mount {
            Some(name) => MountPath::new(name).ok(),
            None => ctx.default_mount.clone(),
        };
        // A reading that names no mount of ours is no guess at a password.
        let Some(mount) = mount.filter(|mount| ctx.air.has(mount)) else { continue };
        if let Ok(principal) = check(login.credentials(), conn.peer().client, ctx).await
            && principal.may_feed(&mount)
        {
            return Some((principal, mount));
        }
    }
    None
}

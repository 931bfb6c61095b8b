//! Titles, as sources and administrators send them.

use std::net::IpAddr;
use std::sync::Arc;

use access::{Credentials, Principal, Secret};
use air::{RawTitle, Refused};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::response::Response;
use lineup::Mount;

use super::command::{Command, Parameters, Refusal, form, let_in_as};
use super::xml;
use crate::site::{Site, Visitor};

/// What a title may be made of.
const FIELDS: &[&str] =
    &["song", "artist", "title", "album", "label", "isrc", "composer", "url", "comment"];

/// `/admin/metadata?mount=&mode=updinfo&song=`
pub(crate) fn update(site: &Arc<Site>, command: &Command) -> Result<Response, Refusal> {
    let mount = command.mount(site)?;
    if !command.principal.may_feed(&mount.path) {
        return Err(Refusal::unauthorized());
    }
    set(site, &mount, &command.principal, command.visitor.client, &command.parameters)
}

/// SHOUTcast's `/admin.cgi?pass=&mode=updinfo&song=`: the password leads to the mount.
pub(crate) async fn shoutcast(State(site): State<Arc<Site>>, request: Request) -> Response {
    match shoutcast_update(&site, request).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response_for_icecast(),
    }
}

async fn shoutcast_update(site: &Arc<Site>, request: Request) -> Result<Response, Refusal> {
    let visitor = Visitor::of(&request);
    let (head, body) = request.into_parts();
    let mut parameters = Parameters::default();
    parameters.read(head.uri.query().unwrap_or_default().as_bytes());
    if head.method == Method::POST {
        parameters.read(&form(body).await?);
    }
    let line = parameters.text("pass").ok_or(Refusal::Unauthorized)?;
    let line = Credentials { user: "source".to_owned(), secret: Secret::new(line) };
    let named = parameters.text("mount");
    let places = door::shoutcast_logins(&line).into_iter().filter_map(|login| {
        let mount = mount_of(site, named.as_deref().or(login.mount.as_deref()))?;
        Some((login.credentials(), mount))
    });
    let (readings, mounts): (Vec<_>, Vec<_>) = places.unzip();
    if readings.is_empty() {
        return Err(Refusal::Unauthorized);
    }
    let paths: Vec<_> = mounts.iter().map(|mount| mount.path.clone()).collect();
    let feeds = move |index: usize, who: &Principal| {
        paths.get(index).is_some_and(|path| who.may_feed(path))
    };
    let (index, principal) = let_in_as(site, readings, visitor, feeds).await?;
    let mount = mounts.get(index).ok_or(Refusal::Unauthorized)?;
    set(site, mount, &principal, visitor.client, &parameters)
}

/// The mount of this name; without a name, the one that a bare password reaches.
fn mount_of(site: &Site, name: Option<&str>) -> Option<Mount> {
    match name {
        Some(name) => {
            let lineup = site.station().lineup();
            lineup.mounts().iter().find(|mount| mount.path.as_str() == name).cloned()
        }
        None => site.default_mount(),
    }
}

fn set(
    site: &Arc<Site>,
    mount: &Mount,
    who: &Principal,
    from: IpAddr,
    parameters: &Parameters,
) -> Result<Response, Refusal> {
    let mode = parameters.text("mode").ok_or(Refusal::bad("Missing parameter"))?;
    if mode != "updinfo" {
        return Ok(xml::message("No such action", false));
    }
    let station = site.station();
    let admin = who.may_administer();
    let source = station.air().status(&mount.path).and_then(|status| status.source);
    // Only who sends the audio may say what it is; administrators may always.
    match source {
        None if !admin => return Err(Refusal::bad("Source does not exist")),
        Some(source) if !admin && source.address != from => {
            tracing::info!(mount = %mount.path, peer = %from, "title from another address refused");
            return Ok(xml::message("Mountpoint will not accept URL updates", true));
        }
        _ => {}
    }
    let title = RawTitle {
        fields: parameters.all_of(FIELDS),
        charset: parameters.text("charset").filter(|charset| !charset.is_empty()),
        source: "admin",
    };
    if title.fields.is_empty() {
        return Err(Refusal::bad("Missing parameter"));
    }
    match station.air().set_title(&mount.path, title) {
        Ok(()) => Ok(xml::message("Metadata update successful", true)),
        Err(Refused::NoTitles) => Ok(xml::message("Mountpoint will not accept URL updates", true)),
        Err(_) => Err(Refusal::bad("Source does not exist")),
    }
}

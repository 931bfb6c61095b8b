//! `/admin`: Icecast 2.4's administration, for the tools that know it.

mod clients;
mod command;
mod metadata;
mod mounts;
mod origin;
mod stats;
mod xml;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::any;

pub(crate) use command::is_administrator;
pub(crate) use stats::status_json;

use crate::admin::command::{Command, Refusal};
use crate::site::Site;

/// Commands that change nothing: a link may lead to them.
const READ_ONLY: &[&str] =
    &["", "stats", "listmounts", "listclients", "streamlist", "streamlist.txt"];

/// Everything below `/admin`, and SHOUTcast's `/admin.cgi`.
pub(crate) fn router() -> Router<Arc<Site>> {
    Router::new()
        .route("/admin", any(run))
        .route("/admin/", any(run))
        .route("/admin/{*name}", any(run))
        .route("/admin.cgi", any(metadata::shoutcast))
}

/// Runs the command that the path names. `.xsl` and `.xml` twins are the same command.
async fn run(State(site): State<Arc<Site>>, request: axum::extract::Request) -> Response {
    match dispatch(&site, request).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response_for_icecast(),
    }
}

async fn dispatch(site: &Arc<Site>, request: axum::extract::Request) -> Result<Response, Refusal> {
    let name = request.uri().path().trim_start_matches("/admin").trim_matches('/').to_owned();
    let name = name.trim_end_matches(".xsl").trim_end_matches(".xml");
    // Told before anything is read or checked: sources ask it to learn what they may do (`!POKE`).
    let command = Command::read(site, request, !READ_ONLY.contains(&name)).await?;
    match name {
        "metadata" | "updatemetadata" => metadata::update(site, &command),
        "streamlist" | "streamlist.txt" => mounts::stream_list(site, &command),
        _ if !command.principal.may_administer() => Err(Refusal::unauthorized()),
        "" | "stats" => stats::xml(site, &command),
        "listmounts" => mounts::list(site),
        "listclients" => clients::list(site, &command),
        "moveclients" => clients::move_all(site, &command),
        "killclient" => clients::kill(site, &command),
        "killsource" => mounts::kill_source(site, &command),
        "fallbacks" | "fallback" => mounts::fallback(site, &command).await,
        _ => Err(Refusal::bad("Unrecognised command")),
    }
}

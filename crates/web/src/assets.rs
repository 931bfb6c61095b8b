//! The files that are part of the program.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::error;
use crate::reply::{Document, policy_hash};
use crate::site::Site;

/// The page's styles: they stand in the page, named in its policy by their hash.
pub(crate) const STYLE: &str = include_str!("../assets/band.css");

const PLAYER: &str = include_str!("../assets/player.js");
const ICON: &str = include_str!("../assets/icon.svg");

/// The icon as it stands in the page: one request less.
pub(crate) fn icon_in_page() -> String {
    format!("data:image/svg+xml,{}", utf8_percent_encode(ICON.trim(), IN_DATA))
}

/// What a `data:` URL in an attribute can't hold as it is.
const IN_DATA: &AsciiSet = &CONTROLS.add(b'"').add(b'#').add(b'%').add(b'<').add(b'>');

/// The files, compressed once.
#[derive(Debug)]
pub(crate) struct Assets {
    player: Document,
    icon: Document,
    player_name: String,
    style_hash: String,
}

impl Assets {
    pub(crate) fn new() -> Self {
        let player = Document::new("text/javascript; charset=utf-8", PLAYER);
        Self {
            player_name: format!("player-{}.js", player.tag()),
            player,
            icon: Document::new("image/svg+xml", ICON),
            style_hash: policy_hash(STYLE.as_bytes()),
        }
    }

    /// Where the player's script is: its content is part of its name.
    pub(crate) fn player_path(&self) -> String {
        format!("/assets/{}", self.player_name)
    }

    /// The style's hash, as a content security policy wants it.
    pub(crate) fn style_hash(&self) -> &str {
        &self.style_hash
    }
}

/// A file under `/assets`. Its name changes with its content, so that it may be kept for ever.
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    asked: HeaderMap,
) -> Response {
    if name != site.assets.player_name {
        return error::missing().into_response();
    }
    let mut response = site.assets.player.answer(&asked);
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    response
}

pub(crate) async fn icon(State(site): State<Arc<Site>>, asked: HeaderMap) -> Response {
    let mut response = site.assets.icon.answer(&asked);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    response
}

pub(crate) async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /admin/\nDisallow: /api/\nDisallow: /events\n"
}

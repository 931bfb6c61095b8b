//! What is said when something can't be had: pages for people, problem+json for programs.

use askama::Template;
use axum::Json;
use axum::extract::Request;
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

/// An answer that is no success. Below `/api` it is told as problem+json (RFC 9457), elsewhere as
/// a short page.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    pub(crate) detail: String,
    pub(crate) json: bool,
}

impl Trouble {
    /// A problem of the API.
    pub(crate) fn api(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, title, detail: detail.into(), json: true }
    }
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage<'a> {
    title: &'a str,
    detail: &'a str,
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let Self { status, title, detail, json } = self;
        if json {
            let body = json!({ "title": title, "status": status.as_u16(), "detail": detail });
            let kind = [(header::CONTENT_TYPE, "application/problem+json")];
            return (status, kind, Json(body).into_response().into_body()).into_response();
        }
        match (TroublePage { title, detail: &detail }).render() {
            Ok(page) => (status, Html(page)).into_response(),
            Err(_) => (status, title).into_response(),
        }
    }
}

fn for_programs(uri: &Uri) -> bool {
    uri.path() == "/api" || uri.path().starts_with("/api/")
}

/// There is no such page.
pub(crate) fn missing() -> Trouble {
    Trouble {
        status: StatusCode::NOT_FOUND,
        title: "Not found",
        detail: "There is nothing at this address.".to_owned(),
        json: false,
    }
}

pub(crate) async fn not_found(request: Request) -> Trouble {
    Trouble { json: for_programs(request.uri()), ..missing() }
}

pub(crate) async fn method_not_allowed(request: Request) -> Trouble {
    Trouble {
        status: StatusCode::METHOD_NOT_ALLOWED,
        title: "Not possible here",
        detail: format!("{} can't be done at this address.", request.method()),
        json: for_programs(request.uri()),
    }
}

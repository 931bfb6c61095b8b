//! The home page.

use crate::rig::{Air, Rig};

#[tokio::test(flavor = "multi_thread")]
async fn names_every_stream_with_its_plain_links() {
    let rig = Rig::start(&[("news", Air::Silent), ("music", Air::Silent)]).await;
    let page = rig.get("/").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let html = page.body();
    for part in [
        "Available on-air streams",
        "NEWS",
        "MUSIC",
        "Play live",
        "href=\"/news.mp3\"",
        "href=\"/music.mp3\"",
        "href=\"/news.mp3.m3u\"",
        "<audio controls preload=\"none\" src=\"/news.mp3\" aria-label=\"NEWS, live\">",
        "Open in another player",
        "Silent now",
    ] {
        assert!(html.contains(part), "{part} is missing");
    }
    assert!(!html.contains(">0:00"), "no empty clock");
    assert!(html.find("</main>") < html.find("id=\"player\""), "the player comes after the text");
}

#[tokio::test(flavor = "multi_thread")]
async fn escapes_what_stations_are_called() {
    let rig = Rig::start(&[("news", Air::Silent)]).await;
    let html = rig.get("/").await.body();
    assert!(!html.contains("<Public>"));
    assert!(html.contains("Kestrel &#60;Public&#62; Radio"));
}

#[tokio::test(flavor = "multi_thread")]
async fn allows_only_its_own_scripts_and_styles_and_sets_no_cookie() {
    let rig = Rig::start(&[("news", Air::Silent)]).await;
    let page = rig.get("/").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'"));
    assert!(!policy.contains("unsafe"));
    assert!(page.header("set-cookie").is_none());
    // The style's hash in the policy is the hash of the style in the page.
    let html = page.body();
    let style = html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let digest = ring::digest::digest(&ring::digest::SHA256, style.as_bytes());
    let hash = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, digest);
    assert!(policy.contains(&hash));
    assert!(!html.contains("style=\""), "a style attribute would be refused by the policy");
}

#[tokio::test(flavor = "multi_thread")]
async fn stays_within_its_budget_and_is_not_sent_twice() {
    let rig = Rig::start(&[("news", Air::Looped), ("music", Air::Looped)]).await;
    rig.audible().await;
    let _sources = [rig.source("/news.mp3").await, rig.source("/music.mp3").await];
    for number in 0..20 {
        for mount in ["news", "music"] {
            let title = format!("The+Long+Wave+Goodbye+{number}&artist=Alder+Falls+Ensemble");
            let set = format!("/admin/metadata?mount=/{mount}.mp3&mode=updinfo&title={title}");
            rig.get_as("admin:boss", &set).await;
        }
    }
    rig.until(async || rig.get("/").await.body().contains("Goodbye 19")).await;
    let page = rig.ask("GET", "/", &[("Accept-Encoding", "gzip")]).await;
    assert_eq!(page.header("content-encoding"), Some("gzip"));
    let html = rig.get("/").await.body();
    let script = html.split("<script src=\"").nth(1).unwrap().split('"').next().unwrap();
    let script = rig.ask("GET", script, &[("Accept-Encoding", "gzip")]).await;
    assert_eq!(script.status, 200);
    assert!(script.header("cache-control").unwrap().contains("immutable"));
    assert!(script.bytes.len() <= 8 * 1024, "the script has {} bytes", script.bytes.len());
    let all = page.bytes.len() + script.bytes.len();
    assert!(all <= 20 * 1024, "page and script have {all} bytes");

    // The page changes at the full minute; but not twice in a row.
    rig.until(async || {
        let page = rig.get("/").await;
        let tag = page.header("etag").unwrap();
        let again = rig.ask("GET", "/", &[("If-None-Match", tag)]).await;
        again.status == 304 && again.bytes.is_empty() && again.header("etag") == Some(tag)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn begins_with_the_first_stream_that_is_heard() {
    let rig = Rig::start(&[("news", Air::Silent), ("music", Air::Looped)]).await;
    rig.station_audible("/music.mp3").await;
    rig.until(async || {
        let html = rig.get("/").await.body();
        let lead = html.split("class=\"stream lead\"").nth(1).unwrap();
        lead.starts_with(" data-stream=\"kstl/music\" data-name=\"MUSIC\" data-air=\"loop\"")
    })
    .await;
    let html = rig.get("/").await.body();
    assert!(html.contains("Playing a recording") && html.contains("Silent now"));
    assert!(html.contains("On tape since "), "{html}");
    assert!(html.contains("data-fm=\"90.7 FM\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn says_what_is_not_there_in_words_that_fit_the_asker() {
    let rig = Rig::start(&[("news", Air::Silent)]).await;
    let page = rig.get("/nothing-here").await;
    assert_eq!(page.status, 404);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    let problem = rig.get("/api/nothing-here").await;
    assert_eq!(problem.status, 404);
    assert_eq!(problem.header("content-type"), Some("application/problem+json"));
    assert_eq!(problem.json()["status"], 404);
    let wrong = rig.send("POST", "/", &[], "a=b").await;
    assert_eq!(wrong.status, 405);
    let map = rig.get("/api/listen/nobody-knows/map").await;
    assert_eq!(map.status, 404);
    assert_eq!(map.json()["title"], "No such player");
}

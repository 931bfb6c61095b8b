//! `/events`.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use lineup::Fallback;
use web::FrontSettings;

use crate::rig::{Air, PATIENCE, Rig, door_settings, lineup_where, path};

async fn follow(rig: &Rig) -> TcpStream {
    let mut socket = TcpStream::connect(rig.address).await.unwrap();
    socket.write_all(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    socket
}

/// Reads until `wanted` came; what was read.
async fn read_until(socket: &mut TcpStream, wanted: &str) -> String {
    let mut all = Vec::new();
    let read = async {
        loop {
            let text = String::from_utf8_lossy(&all).into_owned();
            if text.contains(wanted) {
                return text;
            }
            let mut piece = [0; 4096];
            let n = socket.read(&mut piece).await.unwrap();
            assert!(n > 0, "ended before {wanted} came:\n{text}");
            all.extend_from_slice(&piece[..n]);
        }
    };
    timeout(PATIENCE, read).await.unwrap_or_else(|_| panic!("{wanted} never came"))
}

/// The data of the next event of this kind.
async fn next_event(socket: &mut TcpStream, kind: &str) -> serde_json::Value {
    let all = read_until(socket, &format!("event: {kind}\n")).await;
    let (_, mut event) = all
        .split_once(&format!("event: {kind}\ndata: "))
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    if !event.contains("\n\n") {
        event += &read_until(socket, "\n\n").await;
    }
    serde_json::from_str(event.split("\n\n").next().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tells_how_it_stands_and_then_what_changes_with_its_time() {
    let rig = Rig::start(&[("news", Air::Looped)]).await;
    let _source = rig.source("/news.mp3").await;
    let mut socket = follow(&rig).await;
    let first = read_until(&mut socket, "\"audible\":true").await;
    assert!(first.to_lowercase().contains("content-type: text/event-stream"));
    assert!(first.contains("event: clock\ndata: {\"now\":"));

    let set = "/admin/metadata?mount=/news.mp3&mode=updinfo&artist=Reed&title=Line%0ATwo";
    rig.get_as("admin:boss", set).await;
    let event = next_event(&mut socket, "playing").await;
    assert!(event.to_string().len() < 300);
    assert_eq!(event["station"], "kstl");
    assert_eq!(event["stream"], "news");
    assert_eq!(event["artist"], "Reed");
    assert!(event["at"].as_i64().unwrap() > 1_000_000_000_000_000);

    assert_eq!(event["title"], "Line Two");

    // Whoever comes later is told the same.
    let mut later = follow(&rig).await;
    read_until(&mut later, "\"artist\":\"Reed\"").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_the_air_is_told_as_it_changes() {
    let lineup = lineup_where(
        &[("news", Air::Silent), ("music", Air::Looped), ("talk", Air::Silent)],
        |mount| {
            if mount.path.as_str() == "/news.mp3" {
                mount.fallback = vec![Fallback::Mount(path("/music.mp3"))];
            }
        },
    );
    let rig = Rig::with_lineup(lineup, door_settings(), FrontSettings::default()).await;
    rig.station_audible("/news.mp3").await;
    let mut socket = follow(&rig).await;
    let first = read_until(&mut socket, "\"stream\":\"talk\"").await;
    let of = |stream: &str| {
        let event = first.split("event: air\ndata: ").find(|it| it.contains(stream)).unwrap();
        serde_json::from_str::<serde_json::Value>(event.split("\n\n").next().unwrap()).unwrap()
    };
    let news = of("\"news\"");
    assert_eq!((&news["on_air"], &news["carrying"]), (&"stream".into(), &"MUSIC".into()));
    assert_eq!((&news["says"], &news["audible"]), (&"Carrying MUSIC".into(), &true.into()));
    assert_eq!(of("\"music\"")["on_air"], "loop");
    assert_eq!(of("\"talk\"")["on_air"], "nothing");
    assert!(rig.get("/").await.body().contains("<p class=\"air\">Carrying MUSIC</p>"));

    // Titles that come more often than it is looked keep nobody from being told.
    let _talk = rig.source("/talk.mp3").await;
    let titles = async {
        for number in 0.. {
            let target = format!("/admin/metadata?mount=/talk.mp3&mode=updinfo&song=No+{number}");
            rig.get_as("admin:boss", &target).await;
        }
    };
    let told = async {
        read_until(&mut socket, "No 3").await;
        let source = rig.source("/music.mp3").await;
        read_until(&mut socket, "\"on_air\":\"source\"").await;
        drop(source);
        read_until(&mut socket, "\"on_air\":\"loop\"").await;
    };
    tokio::select! { () = titles => {}, () = told => {} }
    let now = rig.get("/api/now").await.json();
    assert_eq!(now["streams"][0]["carrying"], "MUSIC");
    assert_eq!(now["streams"][0]["says"], "Carrying MUSIC");
    assert_eq!(now["streams"][2]["on_air"], "source");
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_are_not_listed_stay_unnamed() {
    let streams = [("news", Air::Looped), ("secret", Air::Looped)];
    let lineup = lineup_where(&streams, |mount| mount.listed = mount.path.as_str() == "/news.mp3");
    let rig = Rig::with_lineup(lineup, door_settings(), FrontSettings::default()).await;
    rig.station_audible("/secret.mp3").await;
    let mut socket = follow(&rig).await;
    let mut all = read_until(&mut socket, "event: air").await;
    let _sources = [rig.source("/secret.mp3").await, rig.source("/news.mp3").await];
    for mount in ["secret", "news"] {
        let target = format!("/admin/metadata?mount=/{mount}.mp3&mode=updinfo&song=From+{mount}");
        assert!(rig.get_as("admin:boss", &target).await.body().contains("successful"));
    }
    all += &read_until(&mut socket, "From news").await;
    assert!(!all.contains("secret"), "{all}");
    for target in ["/health", "/metrics", "/api/now", "/", "/status-json.xsl"] {
        let reply = rig.get(target).await;
        assert!(!reply.body().contains("secret"), "{target}: {}", reply.body());
    }
    for target in ["/health", "/metrics"] {
        assert!(rig.get_as("admin:boss", target).await.body().contains("/secret.mp3"), "{target}");
        assert_eq!(rig.get_as("admin:guess", target).await.status, 401, "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_when_the_station_stops() {
    let rig = Rig::start(&[("news", Air::Silent)]).await;
    let mut socket = follow(&rig).await;
    read_until(&mut socket, "event: clock").await;
    rig.stop();
    let mut rest = Vec::new();
    timeout(PATIENCE, socket.read_to_end(&mut rest)).await.unwrap().unwrap();
}

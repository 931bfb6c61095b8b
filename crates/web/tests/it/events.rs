//! `/events`.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::rig::{Air, PATIENCE, Rig};

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
    let change = read_until(&mut socket, "event: playing").await;
    let change = change + &read_until(&mut socket, "").await;
    let event =
        change.split("event: playing\ndata: ").nth(1).unwrap().split("\n\n").next().unwrap();
    assert!(event.len() < 300);
    let event: serde_json::Value = serde_json::from_str(event).unwrap();
    assert_eq!(event["station"], "kstl");
    assert_eq!(event["stream"], "news");
    assert_eq!(event["artist"], "Reed");
    assert!(event["at"].as_i64().unwrap() > 1_000_000_000_000_000);

    // Whoever comes later is told the same.
    let mut later = follow(&rig).await;
    read_until(&mut later, "\"artist\":\"Reed\"").await;
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

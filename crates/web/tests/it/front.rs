//! Which room a connection is for.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::rig::{Air, PATIENCE, Reply, Rig, door_settings};

#[tokio::test(flavor = "multi_thread")]
async fn one_kept_connection_asks_for_the_page_and_then_listens() {
    let rig = Rig::start(&[("news", Air::Looped)]).await;
    rig.audible().await;
    let mut socket = TcpStream::connect(rig.address).await.unwrap();
    for target in ["/", "/api/now", "/nothing"] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let reply = read_reply(&mut socket).await;
        assert_eq!(reply.status, if target == "/nothing" { 404 } else { 200 });
    }
    socket.write_all(b"GET /news.mp3 HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut audio = vec![0; 4096];
    timeout(PATIENCE, socket.read_exact(&mut audio)).await.unwrap().unwrap();
    let head = String::from_utf8_lossy(&audio);
    assert!(head.contains("200 OK") && head.to_lowercase().contains("audio/mpeg"), "{head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_told_so() {
    let rig = Rig::start(&[("news", Air::Silent)]).await;
    for (sent, status) in [
        (b"\x00\x01\x02garbage\r\n\r\n".to_vec(), 400),
        (format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(20_000)).into_bytes(), 431),
    ] {
        let mut socket = TcpStream::connect(rig.address).await.unwrap();
        socket.write_all(&sent).await.unwrap();
        let mut all = Vec::new();
        timeout(PATIENCE, socket.read_to_end(&mut all)).await.unwrap().unwrap();
        assert_eq!(Reply::read(&all).status, status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_connections_than_allowed_are_turned_away() {
    let rig = Rig::start_with(&[("news", Air::Silent)], door_settings(), 2).await;
    let held = [
        TcpStream::connect(rig.address).await.unwrap(),
        TcpStream::connect(rig.address).await.unwrap(),
    ];
    // Both are received before the third is, in order.
    let mut third = TcpStream::connect(rig.address).await.unwrap();
    let mut all = Vec::new();
    timeout(PATIENCE, third.read_to_end(&mut all)).await.unwrap().unwrap();
    assert_eq!(Reply::read(&all).status, 503);
    drop(held);
    rig.until(async || {
        let mut socket = TcpStream::connect(rig.address).await.unwrap();
        let _ = socket.write_all(b"GET /api/now HTTP/1.1\r\nConnection: close\r\n\r\n").await;
        let mut all = Vec::new();
        let _ = timeout(PATIENCE, socket.read_to_end(&mut all)).await.unwrap();
        all.starts_with(b"HTTP/1.1 200")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn options_are_told_everywhere() {
    let rig = Rig::start(&[("news", Air::Silent)]).await;
    for target in ["*", "/", "/admin/metadata"] {
        let reply = rig.ask("OPTIONS", target, &[]).await;
        assert_eq!(reply.status, 204, "{target}");
        assert!(reply.header("allow").is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn playlists_lead_back_to_where_they_were_asked_for() {
    let rig = Rig::start(&[("news", Air::Silent)]).await;
    for (ending, kind) in
        [("m3u", "audio/x-mpegurl"), ("pls", "audio/x-scpls"), ("xspf", "application/xspf+xml")]
    {
        let list = rig.get(&format!("/news.mp3.{ending}")).await;
        assert_eq!(list.status, 200);
        assert!(list.header("content-type").unwrap().starts_with(kind));
        assert!(list.body().contains("http://radio.example:8000/news.mp3"), "{}", list.body());
    }
    assert_eq!(rig.get("/other.mp3.m3u").await.status, 404);
}

/// Reads one reply with a length from a connection that stays open.
async fn read_reply(socket: &mut TcpStream) -> Reply {
    let mut all = Vec::new();
    let read = async {
        loop {
            let mut byte = [0];
            socket.read_exact(&mut byte).await.unwrap();
            all.push(byte[0]);
            if all.ends_with(b"\r\n\r\n") {
                break;
            }
        }
        let length: usize =
            Reply::read(&all).header("content-length").expect("a length").parse().unwrap();
        let mut body = vec![0; length];
        socket.read_exact(&mut body).await.unwrap();
        all.extend_from_slice(&body);
        Reply::read(&all)
    };
    timeout(PATIENCE, read).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_refused_on_a_kept_connection_may_ask_again() {
    let rig = Rig::start(&[("news", Air::Silent)]).await;
    let mut socket = TcpStream::connect(rig.address).await.unwrap();
    // As libshout does: once without credentials, to learn what may be done.
    let probe = b"SOURCE /news.mp3 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\
                  Connection: Keep-Alive\r\nContent-Type: audio/mpeg\r\n\r\n";
    socket.write_all(probe).await.unwrap();
    let refused = read_reply(&mut socket).await;
    assert_eq!(refused.status, 401);
    assert!(refused.header("allow").unwrap().contains("PUT"));
    let login = crate::rig::basic("source:hackme");
    let put = format!(
        "PUT /news.mp3 HTTP/1.1\r\nHost: x\r\nAuthorization: {login}\r\n\
         Content-Type: audio/mpeg\r\nExpect: 100-continue\r\n\r\n"
    );
    socket.write_all(put.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    timeout(PATIENCE, socket.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100");
    rig.until(async || {
        let status = rig.station.deck_status(&crate::rig::path("/news.mp3"));
        status.is_some_and(|it| it.source.is_some())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shoutcast_password_reaches_the_first_mount() {
    let door = door::DoorSettings { shoutcast: true, ..door_settings() };
    let rig = Rig::start_with(&[("news", Air::Silent)], door, 100).await;
    let mut socket = TcpStream::connect(rig.address).await.unwrap();
    socket.write_all(b"hackme\r\n").await.unwrap();
    let mut answer = [0; 5];
    timeout(PATIENCE, socket.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"OK2\r\n");
    socket.write_all(b"icy-name: X\r\ncontent-type: audio/mpeg\r\n\r\n").await.unwrap();
    rig.until(async || {
        let status = rig.station.deck_status(&crate::rig::path("/news.mp3"));
        status.is_some_and(|it| it.source.is_some())
    })
    .await;
    // Its titles come by the other of the two protocols, to the same mount.
    let title = rig.get("/admin.cgi?pass=hackme&mode=updinfo&song=Over+the+Air").await;
    assert!(title.body().contains("Metadata update successful"), "{}", title.body());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mount_says_what_can_be_done_with_it() {
    let rig = Rig::start(&[("news", Air::Silent)]).await;
    let reply = rig.send("POST", "/news.mp3", &[], "a=b").await;
    assert_eq!(reply.status, 405);
    assert!(reply.header("allow").unwrap().contains("PUT"));
}

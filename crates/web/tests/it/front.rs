//! Which room a connection is for.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use web::FrontSettings;

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
    let limits =
        FrontSettings { max_connections: 2, kept_for_sources: 0, ..FrontSettings::default() };
    let rig = Rig::start_with(&[("news", Air::Silent)], door_settings(), limits).await;
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
async fn all_ports_share_one_bound() {
    let limits =
        FrontSettings { max_connections: 1, kept_for_sources: 0, ..FrontSettings::default() };
    let rig = Rig::start_with(&[("news", Air::Silent)], door_settings(), limits).await;
    let mut held = TcpStream::connect(rig.second_address).await.unwrap();
    ask_and_stay(&mut held, "").await;
    assert_eq!(rig.say("").await.status, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_house_still_lets_an_encoder_in() {
    let limits =
        FrontSettings { max_connections: 1, kept_for_sources: 8, ..FrontSettings::default() };
    let rig = Rig::start_with(&[("news", Air::Silent)], door_settings(), limits).await;
    let mut held = TcpStream::connect(rig.address).await.unwrap();
    ask_and_stay(&mut held, "").await;
    for target in ["/", "/news.mp3"] {
        assert_eq!(rig.get(target).await.status, 503, "{target}");
    }
    let _source = rig.source("/news.mp3").await;
    // Whoever was there before keeps their place.
    ask_and_stay(&mut held, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_cannot_take_all_places() {
    let limits = FrontSettings { max_per_address: 2, ..FrontSettings::default() };
    let door = door::DoorSettings {
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        ..door_settings()
    };
    let rig = Rig::start_with(&[("news", Air::Silent)], door, limits).await;
    let proxied = |client: &str| {
        let family = if client.contains(':') { "TCP6" } else { "TCP4" };
        let here = if client.contains(':') { "::1" } else { "127.0.0.1" };
        format!("PROXY {family} {client} {here} 4000 8000\r\n")
    };
    let status = async |client: &str| {
        let request = "GET /api/now HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        rig.say(&(proxied(client) + request)).await.status
    };
    for [one, same, other] in [
        ["203.0.113.5", "203.0.113.5", "203.0.113.6"],
        // A /64 is one household's, or one server's.
        ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"],
    ] {
        let mut held = Vec::new();
        for client in [one, same] {
            let mut socket = TcpStream::connect(rig.address).await.unwrap();
            ask_and_stay(&mut socket, &proxied(client)).await;
            held.push(socket);
        }
        assert_eq!(status(same).await, 503);
        assert_eq!(status(other).await, 200);
        held.pop();
        rig.until(async || status(one).await == 200).await;
    }
    // A proxy's kept connection is whoever's it brings.
    let mut socket = TcpStream::connect(rig.address).await.unwrap();
    for client in ["198.51.100.1", "198.51.100.2", "198.51.100.3"] {
        let request =
            format!("GET /api/now HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {client}\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(read_reply(&mut socket).await.status, 200);
    }
}

/// Asks for something on a connection that stays open.
async fn ask_and_stay(socket: &mut TcpStream, before: &str) {
    let request = format!("{before}GET /api/now HTTP/1.1\r\nHost: x\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(read_reply(socket).await.status, 200);
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
    let rig = Rig::start_with(&[("news", Air::Silent)], door, FrontSettings::default()).await;
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

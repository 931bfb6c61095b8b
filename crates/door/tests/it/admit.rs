use std::net::IpAddr;

use door::{DoorError, DoorSettings, Opening};
use ipnet::IpNet;

use crate::pair;

fn trusting(nets: &[&str]) -> DoorSettings {
    let trusted_proxies = nets.iter().map(|net| net.parse::<IpNet>().unwrap()).collect();
    DoorSettings { trusted_proxies, ..DoorSettings::default() }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_trusted_proxy_says_whom_it_speaks_for() {
    let v2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x09\xc0\0\x02\x01\xc3\x50\x1f\x40";
    for header in [&b"PROXY TCP4 192.0.2.9 192.0.2.1 50000 8000\r\n"[..], v2] {
        let opening = [header, b"GET /a HTTP/1.1\r\n\r\n"].concat();
        let (_client, conn) = pair::received(&trusting(&["127.0.0.0/8"]), &opening).await;
        let mut conn = conn.unwrap();
        assert_eq!(conn.peer().client, ip("192.0.2.9"));
        assert_eq!(conn.peer().socket.ip(), ip("127.0.0.1"));
        assert_eq!(pair::head(&mut conn).await.path, "/a");
    }
}

#[tokio::test]
async fn a_stranger_can_not_say_who_he_is() {
    let opening = b"PROXY TCP4 192.0.2.9 192.0.2.1 50000 8000\r\nGET / HTTP/1.1\r\n\r\n";
    let (_client, conn) = pair::received(&trusting(&["10.0.0.0/8"]), opening).await;
    let mut conn = conn.unwrap();
    assert_eq!(conn.peer().client, ip("127.0.0.1"));
    let refused = conn.read_head(&DoorSettings::default()).await;
    assert!(matches!(refused, Err(DoorError::Head(_))), "{refused:?}");
}

#[tokio::test]
async fn a_trusted_proxy_may_also_send_plain_requests() {
    for opening in
        ["PUT /a HTTP/1.1\r\n\r\n", "\r\nGET /a HTTP/1.1\r\n\r\n", "PROPFIND /a HTTP/1.1\r\n\r\n"]
    {
        let (_client, conn) =
            pair::received(&trusting(&["127.0.0.1/32"]), opening.as_bytes()).await;
        assert_eq!(pair::head(&mut conn.unwrap()).await.path, "/a");
    }
    // A health check that only connects.
    let (client, (socket, from)) = pair::sockets().await;
    drop(client);
    let settings = trusting(&["127.0.0.1/32"]);
    let mut conn = door::admit(socket, from, &settings).await.unwrap();
    assert!(conn.read_head(&settings).await.unwrap().is_none());
}

#[tokio::test]
async fn a_broken_proxy_header_is_refused_and_half_of_one_waited_for() {
    let settings = trusting(&["127.0.0.1/32"]);
    let (_client, conn) = pair::received(&settings, b"PROXY TCP4 nonsense\r\n").await;
    assert!(matches!(conn, Err(DoorError::Proxy(_))), "{conn:?}");
    let settings = DoorSettings { patience: pair::impatient().patience, ..settings };
    let (_client, conn) = pair::received(&settings, b"PROXY TCP4 192.0.2.9").await;
    assert!(matches!(conn, Err(DoorError::TimedOut)), "{conn:?}");
}

#[tokio::test]
async fn the_client_is_the_last_hop_that_is_not_trusted() {
    let settings = trusting(&["127.0.0.0/8", "10.0.0.0/8", "2001:db8:1::/48"]);
    for (fields, client) in [
        ("", "127.0.0.1"),
        ("X-Forwarded-For: 192.0.2.9", "192.0.2.9"),
        ("X-Forwarded-For: 203.0.113.66, 192.0.2.9, 10.1.2.3", "192.0.2.9"),
        ("X-Forwarded-For: 203.0.113.66\r\nX-Forwarded-For: 192.0.2.9", "192.0.2.9"),
        ("X-Forwarded-For: 10.0.0.1, 10.0.0.2", "10.0.0.1"),
        ("X-Forwarded-For: 203.0.113.66, unknown, 10.0.0.2", "10.0.0.2"),
        ("X-Forwarded-For: garbage", "127.0.0.1"),
        ("X-Forwarded-For: 192.0.2.9:4711", "192.0.2.9"),
        ("X-Forwarded-For: 2001:db8::9", "2001:db8::9"),
        ("X-Forwarded-For: 203.0.113.66, [2001:db8::9]:4711, 2001:db8:1::7", "2001:db8::9"),
        ("X-Forwarded-For: ::ffff:192.0.2.9", "192.0.2.9"),
        ("Forwarded: for=192.0.2.9;proto=https", "192.0.2.9"),
        ("Forwarded: for=203.0.113.66, proto=http; For=\"[2001:db8::9]:80\"; by=x", "2001:db8::9"),
        ("Forwarded: for=_hidden", "127.0.0.1"),
        // A proxy that knows only the first passes on the second as the client made it up.
        ("Forwarded: for=203.0.113.66\r\nX-Forwarded-For: 192.0.2.9", "192.0.2.9"),
    ] {
        let opening = format!(
            "GET / HTTP/1.1\r\n{fields}{}\r\n",
            if fields.is_empty() { "" } else { "\r\n" }
        );
        let (_client, conn) = pair::received(&settings, opening.as_bytes()).await;
        let mut conn = conn.unwrap();
        let Ok(Some(Opening::Request(head))) = conn.read_head(&settings).await else { panic!() };
        assert_eq!(conn.client(&head, &settings), ip(client), "{fields}");
        // Nobody else is believed.
        assert_eq!(conn.client(&head, &DoorSettings::default()), ip("127.0.0.1"), "{fields}");
    }
}

#[tokio::test]
async fn each_request_of_a_proxys_connection_has_its_own_client() {
    let settings = trusting(&["127.0.0.0/8"]);
    let opening = "GET /a HTTP/1.1\r\nX-Forwarded-For: 192.0.2.9\r\n\r\n\
        GET /b HTTP/1.1\r\nX-Forwarded-For: 192.0.2.10\r\nX-Forwarded-Proto: https\r\n\r\n\
        GET /c HTTP/1.1\r\n\r\n";
    let (_client, conn) = pair::received(&settings, opening.as_bytes()).await;
    let mut conn = conn.unwrap();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let idle = std::time::Duration::from_secs(60);
        let head = conn.next_head(&settings, idle).await.unwrap().unwrap();
        seen.push((conn.peer().client.to_string(), conn.is_secure(&head, &settings)));
        // Whoever is not trusted can't say that he came by TLS.
        assert!(!conn.is_secure(&head, &DoorSettings::default()));
    }
    let seen: Vec<_> = seen.iter().map(|(client, secure)| (client.as_str(), *secure)).collect();
    assert_eq!(seen, [("192.0.2.9", false), ("192.0.2.10", true), ("127.0.0.1", false)]);
}

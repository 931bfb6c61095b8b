use std::convert::Infallible;
use std::io;

use bytes::Bytes;
use door::{Conn, DoorSettings, RequestHead, answer};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::pair;

/// Answers with method, path, and the length of the body that came.
async fn echo(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let text = match parts.uri.path() {
        "/unread" => "unread".to_owned(),
        "/large" => "x".repeat(8 << 20),
        _ => match body.collect().await {
            Ok(body) => format!("[{} {} {}]", parts.method, parts.uri, body.to_bytes().len()),
            Err(_) => "[broken]".to_owned(),
        },
    };
    Ok(Response::new(Full::new(text.into())))
}

/// Answers requests until one comes for a mount: that one's head and the connection.
async fn serve(mut conn: Conn) -> io::Result<Option<(Conn, RequestHead)>> {
    let settings = DoorSettings::default();
    let mut head = pair::head(&mut conn).await;
    while !head.path.ends_with(".mp3") {
        let Some(kept) = answer(conn, &head, service_fn(echo)).await? else { return Ok(None) };
        conn = kept;
        match conn.next_head(&settings, settings.patience).await.map_err(io::Error::other)? {
            Some(next) => head = next,
            None => return Ok(None),
        }
    }
    Ok(Some((conn, head)))
}

/// Reads one reply off a kept connection: its head and its body.
async fn reply(client: &mut TcpStream) -> (String, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    client.read_exact(&mut body).await.unwrap();
    (head, String::from_utf8(body).unwrap())
}

#[tokio::test]
async fn a_connection_that_asked_for_pages_may_become_a_listener() {
    let (mut client, conn) = pair::plain(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let ask = async {
        let (head, body) = reply(&mut client).await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(!head.to_ascii_lowercase().contains("connection: close"), "{head}");
        assert_eq!(body, "[GET / 0]");
        client.write_all(b"GET /?again HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        assert_eq!(reply(&mut client).await.1, "[GET /?again 0]");
        client.write_all(b"GET /news.mp3 HTTP/1.1\r\nIcy-MetaData: 1\r\n\r\n").await.unwrap();
    };
    let ((), served) = tokio::join!(ask, serve(conn));
    let (mut conn, head) = served.unwrap().unwrap();
    assert_eq!(head.path, "/news.mp3");
    assert_eq!(head.headers.get("icy-metadata"), Some("1"));
    conn.write_all(b"audio").await.unwrap();
    let mut audio = [0; 5];
    client.read_exact(&mut audio).await.unwrap();
    assert_eq!(&audio, b"audio");
}

#[tokio::test]
async fn requests_that_are_sent_at_once_are_answered_in_order() {
    let opening = b"GET /1 HTTP/1.1\r\n\r\n\
        POST /2 HTTP/1.1\r\nContent-Length: 5\r\n\r\nGET /\
        POST /3 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nGET\r\n04\r\n /x \r\n0\r\nT: x\r\n\r\n\
        HEAD /4 HTTP/1.1\r\n\r\n\
        GET /5?a=b c HTTP/1.1\r\r\n\r\r\n\
        SOURCE /news.mp3 HTTP/1.0\n\naudio";
    let (client, conn) = pair::plain(opening).await;
    let (mut conn, head) = serve(conn).await.unwrap().unwrap();
    assert_eq!((head.method, head.path.as_str()), (door::Method::Source, "/news.mp3"));
    let mut audio = [0; 5];
    conn.read_exact(&mut audio).await.unwrap();
    assert_eq!(&audio, b"audio");
    drop(conn);
    let text = pair::rest(client).await;
    let bodies: Vec<&str> = text
        .split("\r\n\r\n")
        .filter_map(|part| part.split_once(']'))
        .map(|(body, _)| body)
        .collect();
    assert_eq!(bodies, ["[GET /1 0", "[POST /2 5", "[POST /3 7", "[GET /5?a=b%20c 0"]);
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 5, "{text}");
}

#[tokio::test]
async fn a_reply_to_a_slow_reader_is_whole_before_the_connection_is_given_on() {
    let opening = b"GET /large HTTP/1.1\r\n\r\nGET /news.mp3 HTTP/1.1\r\n\r\n";
    let (mut client, conn) = pair::plain(opening).await;
    let read = async {
        let (mut got, mut piece) = (0_usize, [0; 10_000]);
        while got < 8 << 20 {
            got += client.read(&mut piece).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let ((), served) = tokio::join!(read, serve(conn));
    assert_eq!(served.unwrap().unwrap().1.path, "/news.mp3");
}

#[tokio::test]
async fn connections_end_where_the_dialect_says() {
    for opening in [
        "GET /a HTTP/1.0\r\n\r\nGET /news.mp3 HTTP/1.1\r\n\r\n",
        "GET /a HTTP/1.1\r\nConnection: close\r\n\r\nGET /news.mp3 HTTP/1.1\r\n\r\n",
    ] {
        let (client, conn) = pair::plain(opening.as_bytes()).await;
        let (served, text) = tokio::join!(serve(conn), pair::rest(client));
        assert!(served.unwrap().is_none());
        assert!(text.contains("[GET /a 0]"), "{text}");
    }
    let opening =
        b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /news.mp3 HTTP/1.1\r\n\r\n";
    let (_client, conn) = pair::plain(opening).await;
    assert!(serve(conn).await.unwrap().is_some());
}

#[tokio::test]
async fn a_body_that_is_not_read_is_never_taken_for_a_request() {
    let opening = b"POST /unread HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n";
    let (mut client, conn) = pair::plain(opening).await;
    let send = async {
        let _ = client.write_all(b"GET /news.mp3 HTTP/1.1\r\n\r\n").await;
        pair::rest(client).await
    };
    let (served, text) = tokio::join!(serve(conn), send);
    assert!(!matches!(served, Ok(Some(_))), "{served:?}");
    assert!(text.ends_with("unread"), "{text}");
    // A short one that is there already may be passed over.
    let opening =
        b"POST /unread HTTP/1.1\r\nContent-Length: 4\r\n\r\nGET GET /news.mp3 HTTP/1.1\r\n\r\n";
    let (_client, conn) = pair::plain(opening).await;
    let served = serve(conn).await.unwrap();
    assert!(served.is_none_or(|(_, head)| head.path == "/news.mp3"));
}

#[tokio::test]
async fn broken_bodies_end_the_connection() {
    for body in ["zz\r\n", "5\r\nhelloX", "5\r\nhel"] {
        let opening = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        let (mut client, conn) = pair::plain(opening.as_bytes()).await;
        client.shutdown().await.unwrap();
        let (served, _) = tokio::join!(serve(conn), pair::rest(client));
        assert!(!matches!(served, Ok(Some(_))), "{served:?}");
    }
}

#[tokio::test]
async fn who_waits_to_be_asked_for_a_body_is_asked() {
    let opening = "POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    let (mut client, conn) = pair::plain(opening.as_bytes()).await;
    let send = async {
        let mut asked = [0; 25];
        client.read_exact(&mut asked).await.unwrap();
        assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
        client.write_all(b"ok").await.unwrap();
        assert_eq!(reply(&mut client).await.1, "[POST /a 2]");
        client.shutdown().await.unwrap();
    };
    let (served, ()) = tokio::join!(serve(conn), send);
    assert!(served.unwrap().is_none());
}

#[tokio::test]
async fn an_upgrade_that_nobody_offers_changes_nothing() {
    let opening = b"GET /a HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: TLS/1.0\r\n\r\n\
        OPTIONS * HTTP/1.1\r\n\r\nGET /news.mp3 HTTP/1.1\r\n\r\n";
    let (client, conn) = pair::plain(opening).await;
    assert!(serve(conn).await.unwrap().is_some());
    let text = pair::rest(client).await;
    assert!(text.contains("[GET /a 0]") && text.contains("[OPTIONS * 0]"), "{text}");
}

#[tokio::test]
async fn a_connection_may_be_served_in_a_task_of_its_own() {
    let (client, conn) = pair::plain(b"GET / HTTP/1.1\r\n\r\n").await;
    let task = tokio::spawn(serve(conn));
    drop(client);
    assert!(!matches!(task.await.unwrap(), Ok(Some(_))));
}

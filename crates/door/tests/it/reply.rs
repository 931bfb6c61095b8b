use door::{Reply, RequestHead, parse};
use tokio::io::AsyncWriteExt as _;

use crate::pair;

fn head(text: &str) -> RequestHead {
    match parse(text.as_bytes(), false) {
        Ok(Some((door::Opening::Request(head), _))) => head,
        other => panic!("{other:?}"),
    }
}

fn sent(reply: &Reply, to: &str, close: bool) -> String {
    String::from_utf8(reply.to_bytes_for(&head(to), close)).unwrap()
}

#[test]
fn replies_speak_the_dialect_of_the_request() {
    let reply = Reply::text(403, "Forbidden", "Mountpoint in use");
    assert_eq!(
        sent(&reply, "SOURCE /a ICE/1.0\n\n", true),
        "HTTP/1.0 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: 17\r\nConnection: Close\r\n\r\nMountpoint in use"
    );
    assert!(sent(&reply, "PUT /a HTTP/1.1\n\n", false).starts_with("HTTP/1.1 403 Forbidden\r\n"));
    let to_head = sent(&reply, "HEAD /a HTTP/1.1\n\n", false);
    assert!(
        to_head.contains("Content-Length: 17\r\n") && to_head.ends_with("\r\n\r\n"),
        "{to_head}"
    );
    let options = sent(&Reply::options(), "OPTIONS * HTTP/1.1\n\n", false);
    assert!(options.starts_with("HTTP/1.1 204 No Content\r\nAllow: GET"), "{options}");
    assert!(!options.contains("Content-Length"), "{options}");
    assert!(sent(&Reply::empty(404), "GET /a HTTP/1.0\n\n", true).contains("404 Not Found"));
}

#[test]
fn nothing_can_be_smuggled_into_a_header() {
    let reply = Reply::empty(302).header("Location", "/a\r\nSet-Cookie: x=1\0");
    let text = sent(&reply, "GET / HTTP/1.1\n\n", true);
    assert!(text.contains("Location: /aSet-Cookie: x=1\r\n"), "{text}");
}

/// libshout: a `SOURCE` without credentials on a kept connection; then `PUT` on the same one.
#[tokio::test]
async fn libshout_is_told_what_it_may_use_and_comes_again_on_the_same_connection() {
    let ask = b"SOURCE /a HTTP/1.0\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n";
    let (mut client, mut conn) = pair::plain(ask).await;
    let head = pair::head(&mut conn).await;
    let mut conn = conn.reply(&head, &Reply::unauthorized("log in\n")).await.unwrap().unwrap();
    client.write_all(b"PUT /a HTTP/1.1\r\nExpect: 100-continue\r\n\r\n").await.unwrap();
    let head = pair::head(&mut conn).await;
    assert!(head.expects_continue());
    let no = Reply::unauthorized("no\n");
    let (closed, text) = tokio::join!(conn.reply(&head, &no), pair::rest(client));
    assert!(closed.unwrap().is_none());
    let (first, second) = text.split_once("log in\n").unwrap();
    assert!(first.starts_with("HTTP/1.0 401 Unauthorized\r\n"), "{first}");
    assert!(first.contains("Allow: GET, HEAD, OPTIONS, PUT, SOURCE\r\n"), "{first}");
    assert!(first.contains("WWW-Authenticate: Basic realm="), "{first}");
    assert!(first.contains("Content-Length: 7\r\nConnection: Keep-Alive\r\n"), "{first}");
    assert!(second.starts_with("HTTP/1.1 401") && second.contains("Connection: Close"), "{second}");
}

#[tokio::test]
async fn a_request_with_an_unread_body_is_followed_by_nothing() {
    for fields in ["Content-Length: 100\r\n", "Transfer-Encoding: chunked\r\n"] {
        let (client, mut conn) =
            pair::plain(format!("POST /a HTTP/1.1\r\n{fields}\r\n").as_bytes()).await;
        let head = pair::head(&mut conn).await;
        let no = Reply::empty(405);
        let (closed, text) = tokio::join!(conn.reply(&head, &no), pair::rest(client));
        assert!(closed.unwrap().is_none());
        assert!(text.contains("Connection: Close"), "{text}");
    }
}

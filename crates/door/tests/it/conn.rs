use std::time::Duration;

use access::Secret;
use door::{DoorError, DoorSettings, HeadError, Opening};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::pair::{self, impatient};

#[tokio::test]
async fn bytes_behind_a_head_are_the_next_to_be_read() {
    let (mut client, mut conn) = pair::plain(b"SOURCE /a ICE/1.0\r\n\r\naudio").await;
    assert_eq!(pair::head(&mut conn).await.path, "/a");
    client.write_all(b" and more").await.unwrap();
    client.shutdown().await.unwrap();
    let mut audio = Vec::new();
    conn.read_to_end(&mut audio).await.unwrap();
    assert_eq!(audio, b"audio and more");
}

#[tokio::test]
async fn a_head_may_come_in_any_pieces_and_others_follow() {
    let (mut client, mut conn) = pair::plain(b"").await;
    let send = async {
        for byte in b"\r\nGET /a HTTP/1.1\r\nA: b\r\n\r\n\r\nGET /b HTTP/1.1\r\n\r\n" {
            client.write_all(&[*byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let read = async {
        assert_eq!(pair::head(&mut conn).await.path, "/a");
        assert_eq!(pair::head(&mut conn).await.path, "/b");
    };
    tokio::join!(send, read);
    drop(client);
    assert!(conn.read_head(&DoorSettings::default()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_wait_that_is_cancelled_loses_nothing() {
    let (mut client, mut conn) = pair::plain(b"GET /a HT").await;
    let settings = DoorSettings::default();
    for byte in b"TP/1.1\r\n\r\n" {
        let some = tokio::time::timeout(Duration::from_millis(2), conn.read_head(&settings)).await;
        assert!(some.is_err());
        client.write_all(&[*byte]).await.unwrap();
    }
    assert_eq!(pair::head(&mut conn).await.path, "/a");
}

#[tokio::test]
async fn silence_half_a_head_and_a_byte_at_a_time_are_borne_only_so_long() {
    for opening in [&b""[..], b"GET / HTTP/1.1\r\nHost"] {
        let (client, mut conn) = pair::plain(opening).await;
        let read = conn.read_head(&impatient()).await;
        assert!(matches!(read, Err(DoorError::TimedOut)), "{read:?}");
        drop(client);
    }
    // The patience is for the whole head, not for each byte of it.
    let (mut client, mut conn) = pair::plain(b"GET / HTTP/1.1\r\nA: ").await;
    let dribble = async {
        let mut beat = tokio::time::interval(Duration::from_millis(5));
        loop {
            client.write_all(b"x").await.unwrap();
            beat.tick().await;
        }
    };
    let settings = impatient();
    let read = tokio::select! {
        read = conn.read_head(&settings) => read,
        () = dribble => unreachable!(),
    };
    assert!(matches!(read, Err(DoorError::TimedOut)), "{read:?}");
}

#[tokio::test]
async fn a_head_without_end_is_refused_early() {
    let (mut client, mut conn) = pair::plain(b"GET / HTTP/1.1\r\n").await;
    let flood = async {
        let mut sent = 0_u64;
        while client.write_all(&[b'x'; 4096]).await.is_ok() && sent < 1 << 30 {
            sent += 4096;
        }
        sent
    };
    let read = async {
        let read = conn.read_head(&DoorSettings::default()).await;
        assert!(matches!(read, Err(DoorError::Head(HeadError::TooLong))), "{read:?}");
        drop(conn);
    };
    let (sent, ()) = tokio::join!(flood, read);
    assert!(sent < 1 << 28, "{sent}");
}

#[tokio::test]
async fn a_peer_that_closes_is_told_from_one_that_breaks_off() {
    let (client, mut conn) = pair::plain(b"").await;
    drop(client);
    assert!(conn.read_head(&DoorSettings::default()).await.unwrap().is_none());
    let (client, mut conn) = pair::plain(b"GET / HT").await;
    drop(client);
    let read = conn.read_head(&DoorSettings::default()).await;
    assert!(matches!(read, Err(DoorError::Io(_))), "{read:?}");
}

#[tokio::test]
async fn a_kept_connection_is_waited_on_for_its_idle_time() {
    let settings = DoorSettings::default();
    let (mut client, mut conn) = pair::plain(b"").await;
    assert!(conn.next_head(&settings, Duration::from_millis(20)).await.unwrap().is_none());
    client.write_all(b"GET /b HTTP/1.1\r\n\r\n").await.unwrap();
    let next = conn.next_head(&settings, Duration::from_secs(60)).await.unwrap();
    assert_eq!(next.unwrap().path, "/b");
    // Once a head has begun, patience holds and not the idle time.
    client.write_all(b"GET /b HT").await.unwrap();
    let next = conn.next_head(&impatient(), Duration::from_secs(60)).await;
    assert!(matches!(next, Err(DoorError::TimedOut)), "{next:?}");
}

#[tokio::test]
async fn a_shoutcast_source_sends_its_password_first() {
    let settings = DoorSettings { shoutcast: true, ..DoorSettings::default() };
    let (mut client, conn) = pair::received(&settings, b"hackme\r\n").await;
    let mut conn = conn.unwrap();
    let Ok(Some(Opening::Shoutcast(line))) = conn.read_head(&settings).await else { panic!() };
    assert_eq!(line.secret, Secret::new("hackme"));
    client.write_all(b"icy-name:Kestrel\r\nicy-br:128\r\n\r\naudio").await.unwrap();
    let fields = conn.read_fields(&settings).await.unwrap();
    assert_eq!(fields.get("icy-name"), Some("Kestrel"));
    let mut audio = [0; 5];
    conn.read_exact(&mut audio).await.unwrap();
    assert_eq!(&audio, b"audio");
}

#[tokio::test]
async fn who_is_sent_away_gets_the_reply_even_while_sending() {
    let (mut client, conn) = pair::plain(b"").await;
    let serve = async {
        let mut conn = conn;
        conn.write_all(b"HTTP/1.0 401 Unauthorized\r\n\r\n").await.unwrap();
        conn.close().await;
    };
    let send = async {
        // Audio that nobody will read, some of it sent after the reply.
        let _ = client.write_all(&[0; 100_000]).await;
        let reply = pair::rest(client).await;
        assert!(reply.starts_with("HTTP/1.0 401"), "{reply}");
    };
    tokio::join!(serve, send);
}

use door::{Body, BodyError, ChunkedDecoder};
use proptest::prelude::*;
use tokio::io::AsyncWriteExt as _;

use crate::pair;

/// Decodes `bytes` cut into pieces of these lengths; what it carries, and what is behind it.
fn decode(bytes: &[u8], cuts: &[usize]) -> Result<(Vec<u8>, Vec<u8>, bool), BodyError> {
    let (mut decoder, mut data, mut behind) = (ChunkedDecoder::new(), Vec::new(), Vec::new());
    let mut rest = bytes;
    let mut cuts = cuts.iter().cycle();
    while !rest.is_empty() {
        let n = cuts.next().map_or(rest.len(), |n| (*n).clamp(1, rest.len()));
        let taken = decoder.take(&rest[..n], |piece| data.extend_from_slice(piece))?;
        assert!(taken == n || decoder.is_done());
        behind.extend_from_slice(&rest[taken..n]);
        rest = &rest[n..];
    }
    Ok((data, behind, decoder.is_done()))
}

#[test]
fn chunks_are_taken_apart() {
    for (bytes, data, behind) in [
        (&b"0\r\n\r\n"[..], &b""[..], &b""[..]),
        (b"5\r\nhello\r\n0\r\n\r\nGET", b"hello", b"GET"),
        (
            b"005;a=b;c=\"d\"\r\nhello\r\nA \r\n0123456789\r\n0;x\r\nTrailer: x\r\nB: y\r\n\r\nx",
            b"hello0123456789",
            b"x",
        ),
    ] {
        let (got, rest, done) = decode(bytes, &[]).unwrap();
        assert!(done);
        assert_eq!((&got[..], &rest[..]), (data, behind));
    }
}

#[test]
fn broken_chunks_are_refused() {
    let long_line = format!("5;{}\r\n", "x".repeat(2000));
    let long_trailers = format!("0\r\n{}", "a: b\r\n".repeat(2000));
    for bytes in [
        "\r\n",
        "x\r\n",
        "-5\r\n",
        ";\r\n",
        "5x\r\n",
        "0x5\r\n",
        "5\rx",
        // What may end a line for a proxy, and not for us, hides a request in a body.
        "5\nhello\r\n0\r\n\r\n",
        "5;a\nhello\r\n0\r\n\r\n",
        "5;a\n\r\nhello",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r\r\n",
        "0\n\r\n",
        "0\r\n\n",
        "0\r\na: b\n\r\n",
        "0\r\na: b\r\r\n\r\n",
        "5\r\nhelloX",
        "5\r\nhello\rX",
        "5\r\nhello0\r\n",
        "ffffffffffffffff\r\n",
        "5;a\rb\r\n",
        &long_line,
        &long_trailers,
    ] {
        let refused = decode(bytes.as_bytes(), &[]);
        assert!(matches!(refused, Err(BodyError::Malformed(_))), "{bytes:?} {refused:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn it_does_not_matter_how_chunks_are_cut(
        chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..50), 0..8),
        cuts in proptest::collection::vec(1usize..20, 1..10),
        extension in "(;[a-z=]{0,9})?",
        trailer in "(X-[a-z]{1,5}: [a-z]{0,9}\r\n){0,3}",
        behind in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut bytes = Vec::new();
        for chunk in &chunks {
            bytes.extend(format!("{:X}{extension}\r\n", chunk.len()).into_bytes());
            bytes.extend(chunk);
            bytes.extend(b"\r\n");
        }
        bytes.extend(format!("0{extension}\r\n{trailer}\r\n").into_bytes());
        bytes.extend(&behind);
        let (data, rest, done) = decode(&bytes, &cuts).unwrap();
        prop_assert!(done);
        prop_assert_eq!(data, chunks.concat());
        prop_assert_eq!(rest, behind);
    }

    #[test]
    fn any_bytes_are_decoded_alike_however_they_are_cut(
        bytes in proptest::collection::vec(prop_oneof![
            any::<u8>(), Just(b'\n'), Just(b'\r'), Just(b'1'), Just(b'0'), Just(b';')
        ], 0..120),
        cuts in proptest::collection::vec(1usize..9, 1..10),
    ) {
        match (decode(&bytes, &[]), decode(&bytes, &cuts)) {
            (Ok(whole), Ok(cut)) => prop_assert_eq!(whole, cut),
            (Err(_), Err(_)) => {}
            other => prop_assert!(false, "{:?}", other),
        }
    }
}

#[tokio::test]
async fn a_source_is_read_however_it_frames_its_audio() {
    for (fields, sent) in [
        ("", &b"audio that goes on"[..]),
        ("Transfer-Encoding: chunked\r\n", b"5\r\naudio\r\nd;x\r\n that goes on\r\n0\r\n\r\n"),
        ("Content-Length: 18\r\n", b"audio that goes onX"),
    ] {
        let (mut client, mut conn) =
            pair::plain(format!("PUT /a HTTP/1.1\r\n{fields}\r\n").as_bytes()).await;
        let head = pair::head(&mut conn).await;
        let mut body = Body::of(&head);
        let send = async {
            for byte in sent {
                client.write_all(&[*byte]).await.unwrap();
            }
            client.shutdown().await.unwrap();
        };
        let read = async {
            let mut audio = Vec::new();
            while let Some(piece) = conn.read_piece(&mut body).await.unwrap() {
                assert!(!piece.is_empty());
                audio.extend(piece);
            }
            audio
        };
        let ((), audio) = tokio::join!(send, read);
        assert_eq!(audio, b"audio that goes on", "{fields}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error() {
    for fields in ["Transfer-Encoding: chunked", "Content-Length: 100"] {
        let opening = format!("PUT /a HTTP/1.1\r\n{fields}\r\n\r\n20\r\nabc");
        let (client, mut conn) = pair::plain(opening.as_bytes()).await;
        let head = pair::head(&mut conn).await;
        drop(client);
        let mut body = Body::of(&head);
        assert!(conn.read_piece(&mut body).await.unwrap().is_some());
        let broken = conn.read_piece(&mut body).await;
        assert!(matches!(broken, Err(BodyError::Io(_))), "{broken:?}");
    }
}

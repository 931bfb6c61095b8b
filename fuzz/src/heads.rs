//! The front door's readers.

use door::{HEAD_LIMIT, Opening, RequestHead};

/// A request head. The first byte's lowest bit says whether the port takes SHOUTcast passwords.
pub fn head(data: &[u8]) {
    let Some((&first, bytes)) = data.split_first() else { return };
    let shoutcast = first & 1 == 1;
    let Ok(Some((opening, length))) = door::parse(bytes, shoutcast) else { return };
    assert!(0 < length && length <= bytes.len().min(HEAD_LIMIT));

    // What follows a head is not part of it, and it is whole with its last byte.
    let alone = door::parse(&bytes[..length], shoutcast);
    assert!(matches!(alone, Ok(Some((_, again))) if again == length));
    for early in [length - 1, length / 2] {
        let part = door::parse(&bytes[..early], shoutcast);
        assert!(!matches!(part, Ok(Some((_, whole))) if whole > early));
        assert!(part.is_ok(), "a part of what is read is refused: {part:?}");
    }

    match opening {
        Opening::Request(head) => request(&head),
        Opening::Shoutcast(line) => {
            door::is_poke(&line);
            assert!(!door::shoutcast_logins(&line).is_empty());
        }
    }
}

fn request(head: &RequestHead) {
    assert!(head.path.starts_with('/') || head.path == "*", "{:?}", head.path);
    head.credentials();
    head.ice_password();
    head.keep_alive();
    head.expects_continue();
    head.query_value("mount");
    head.query_bytes("song");
    assert!(!format!("{head:?}").contains(['\r', '\n']));
    assert!(!head.redacted_target().contains(|c: char| c.is_control()));

    // Another reader of what is passed on must read what was read here.
    let canonical = head.canonical();
    let (again, length) = match door::parse(&canonical, false) {
        Ok(Some((Opening::Request(again), length))) => (again, length),
        // Escaped and spelled out, it may be longer than a head may be.
        _ if canonical.len() >= HEAD_LIMIT => return,
        other => panic!("{:?} is not read again: {other:?}", String::from_utf8_lossy(&canonical)),
    };
    assert_eq!(length, canonical.len());
    assert_eq!(again.method, head.method);
    assert_eq!(again.path, head.path);
    assert_eq!(again.query, head.query);
    assert_eq!(again.body(), head.body());
    assert_eq!(again.headers, head.headers);
}

/// The header block of a SHOUTcast v1 source.
pub fn fields(data: &[u8]) {
    let Ok(Some((headers, length))) = door::parse_fields(data) else { return };
    assert!(0 < length && length <= data.len().min(HEAD_LIMIT));
    let alone = door::parse_fields(&data[..length]);
    assert!(matches!(alone, Ok(Some((again, whole))) if whole == length && again == headers));
    for (name, value) in headers.iter() {
        assert!(!name.is_empty());
        assert!(!value.contains(['\r', '\n', '\0']), "{value:?}");
    }
}

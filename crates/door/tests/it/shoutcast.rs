use access::{Credentials, Secret};
use door::{Opening, is_poke, parse, parse_fields, shoutcast_logins};

fn line(bytes: &[u8]) -> (Credentials, usize) {
    match parse(bytes, true) {
        Ok(Some((Opening::Shoutcast(line), length))) => (line, length),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_password_line_is_told_from_a_request_where_it_is_taken() {
    for end in ["\n", "\r\n", "\r\r\n"] {
        let bytes = format!("hack me{end}icy-name:x\r\n");
        let (password, length) = line(bytes.as_bytes());
        assert_eq!(password.secret.expose(), "hack me");
        assert_eq!(password.user, "source");
        assert_eq!(&bytes[length..], "icy-name:x\r\n");
        assert!(parse(bytes.as_bytes(), false).is_err());
    }
    assert!(matches!(parse(b"hackme", true), Ok(None)));
    assert_eq!(line(b"h\xe4ckme\n").0.secret.expose(), "häckme");
    assert!(matches!(
        parse(b"GET /admin.cgi HTTP/1.0\n\n", true),
        Ok(Some((Opening::Request(_), 25)))
    ));
    // A request that is broken is not a password.
    assert!(parse(b"GET /%zz HTTP/1.0\n\n", true).is_err());
    assert!(is_poke(&line(b"!POKE\n").0));
    assert!(!is_poke(&line(b"hackme\n").0));
}

#[test]
fn a_password_line_is_read_in_every_way_that_it_may_be_meant() {
    let read = |line: &str| -> Vec<String> {
        let line = Credentials { user: "source".to_owned(), secret: Secret::new(line) };
        shoutcast_logins(&line)
            .iter()
            .map(|login| {
                let mount = login.mount.as_deref().unwrap_or("-");
                format!("{mount} {} {}", login.user, login.credentials().secret.expose())
            })
            .collect()
    };
    assert_eq!(read("hackme"), ["- source hackme"]);
    assert_eq!(read("/news.mp3:hackme"), ["/news.mp3 source hackme", "- source /news.mp3:hackme"]);
    assert_eq!(read("kim:hackme"), ["/kim source hackme", "- kim hackme", "- source kim:hackme"]);
    assert_eq!(read("hackme:#2"), ["- source hackme", "- source hackme:#2"]);
}

#[test]
fn the_fields_behind_a_password_are_read_up_to_the_empty_line() {
    let bytes = b"icy-name:Kestrel\r\nicy-genre: News\r\njunk\r\nicy-br:128\r\n\r\n\xff\xfb";
    let (fields, length) = parse_fields(bytes).unwrap().unwrap();
    assert_eq!(fields.get("icy-name"), Some("Kestrel"));
    assert_eq!(fields.get("icy-br"), Some("128"));
    assert_eq!(fields.iter().count(), 3);
    assert_eq!(&bytes[length..], b"\xff\xfb");
    for cut in 0..length {
        assert!(matches!(parse_fields(&bytes[..cut]), Ok(None)), "{cut}");
    }
    assert!(parse_fields(&[b'x'; 9000]).is_err());
    assert!(parse_fields("a:b\n".repeat(101).as_bytes()).is_err());
}

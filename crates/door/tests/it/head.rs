use door::{BodyLength, HEAD_LIMIT, HeadError, Method, Opening, RequestHead, Version, parse};
use proptest::prelude::*;

fn request(bytes: impl AsRef<[u8]>) -> RequestHead {
    let bytes = bytes.as_ref();
    match parse(bytes, false) {
        Ok(Some((Opening::Request(head), length))) => {
            assert_eq!(length, bytes.len());
            head
        }
        other => panic!("{}: {other:?}", String::from_utf8_lossy(bytes)),
    }
}

fn refused(bytes: impl AsRef<[u8]>) -> HeadError {
    match parse(bytes.as_ref(), false) {
        Err(error) => error,
        other => panic!("{}: {other:?}", String::from_utf8_lossy(bytes.as_ref())),
    }
}

#[test]
fn every_dialect_is_read() {
    for (line, method, version) in [
        ("GET /news.mp3 HTTP/1.1", Method::Get, Version::Http11),
        ("HEAD /news.mp3 HTTP/1.0", Method::Head, Version::Http10),
        ("OPTIONS /news.mp3 HTTP/1.1", Method::Options, Version::Http11),
        ("POST /news.mp3 HTTP/1.1", Method::Post, Version::Http11),
        ("PUT /news.mp3 HTTP/1.1", Method::Put, Version::Http11),
        ("SOURCE /news.mp3 HTTP/1.0", Method::Source, Version::Http10),
        ("SOURCE /news.mp3 HTTP/1.1", Method::Source, Version::Http11),
        ("SOURCE /news.mp3 ICE/1.0", Method::Source, Version::Ice10),
        ("STATS /news.mp3 HTTP/1.0", Method::Other("STATS".to_owned()), Version::Http10),
        ("GET /news.mp3 HTTP/1.2", Method::Get, Version::Http11),
    ] {
        for end in ["\n", "\r\n", "\r\r\n"] {
            let head = request(format!("{line}{end}Host: a{end}ice-name:  News {end}{end}"));
            assert_eq!((&head.method, head.version), (&method, version), "{line:?} {end:?}");
            assert_eq!(head.path, "/news.mp3");
            assert_eq!(head.headers.get("ICE-Name"), Some("News"), "{line:?} {end:?}");
        }
    }
}

#[test]
fn the_end_of_the_head_may_be_written_otherwise_than_its_lines() {
    let bytes = b"SOURCE /a ICE/1.0\r\nicy-name:x\r\r\n\r\r\n\xff\xfb\x90\x64";
    let (_, length) = parse(bytes, false).unwrap().unwrap();
    assert_eq!(&bytes[length..], b"\xff\xfb\x90\x64", "audio behind the head is nobody's header");
    let (_, length) = parse(b"GET / HTTP/1.0\n\n\n", false).unwrap().unwrap();
    assert_eq!(length, 16);
}

#[test]
fn empty_lines_before_a_request_are_passed_over() {
    let head = request("\r\n\n\r\nGET / HTTP/1.1\r\n\r\n");
    assert_eq!(&head.raw[..], b"GET / HTTP/1.1\r\n\r\n");
}

#[test]
fn targets_are_taken_apart() {
    for (target, path, query, host) in [
        ("/", "/", "", None),
        ("/a%20b/%c3%a4?x=%41&y", "/a b/ä", "x=%41&y", None),
        ("/caf%e9", "/café", "", None),
        ("/a?b?c", "/a", "b?c", None),
        ("//a", "//a", "", None),
        ("/a%2fb", "/a/b", "", None),
        ("http://radio.example:8000/x?y", "/x", "y", Some("radio.example:8000")),
        ("HTTPS://radio.example", "/", "", Some("radio.example")),
        ("http://[2001:db8::1]:80?q", "/", "q", Some("[2001:db8::1]:80")),
        ("/redirect?to=http://a/b", "/redirect", "to=http://a/b", None),
        (
            "/admin.cgi?mode=updinfo&song=A - B's \"C\"",
            "/admin.cgi",
            "mode=updinfo&song=A%20-%20B's%20%22C%22",
            None,
        ),
    ] {
        let head = request(format!("GET {target} HTTP/1.1\r\nHost: other.example\r\n\r\n"));
        assert_eq!((head.path.as_str(), head.query.as_str()), (path, query), "{target}");
        assert_eq!(head.headers.get("host"), Some(host.unwrap_or("other.example")), "{target}");
        assert_eq!(head.headers.all("host").count(), 1, "{target}");
    }
    assert_eq!(request("OPTIONS * HTTP/1.1\r\n\r\n").path, "*");
    let head = request(b"GET /admin.cgi?song=Beyonc\xe9 HTTP/1.0\n\n");
    assert_eq!(head.query, "song=Beyonc%E9");
    assert_eq!(head.query_value("song").as_deref(), Some("Beyoncé"));
    assert_eq!(head.query_bytes("song").as_deref(), Some(&b"Beyonc\xe9"[..]));
}

#[test]
fn what_two_readers_could_read_in_two_ways_is_refused() {
    for head in [
        "GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 5, 5\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: +5\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 0x5\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length:\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nTransfer-Encoding: \x0bchunked\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length : 5\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n",
        "GET / HTTP/1.1\r\n A: b\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\n: no name\r\n\r\n",
        "GET /%zz HTTP/1.1\r\n\r\n",
        "GET /% HTTP/1.1\r\n\r\n",
        "GET /%4 HTTP/1.1\r\n\r\n",
        "GET /%00 HTTP/1.1\r\n\r\n",
        "GET /a%0d%0ab HTTP/1.1\r\n\r\n",
        "GET /a b HTTP/1.1\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "GET news.mp3 HTTP/1.1\r\n\r\n",
        "GET * HTTP/1.1\r\n\r\n",
        "GET ftp://host/x HTTP/1.1\r\n\r\n",
        "GET http:///x HTTP/1.1\r\n\r\n",
        "GET http://a@b/x HTTP/1.1\r\n\r\n",
        "CONNECT host:443 HTTP/1.1\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /\r\n\r\n",
        "hello\r\n",
        "(GET) / HTTP/1.0\r\n\r\n",
        "\x16\x03\x01",
        "\0",
    ] {
        assert!(matches!(refused(head), HeadError::Malformed(_)), "{head:?}");
    }
}

#[test]
fn a_protocol_that_is_neither_http_nor_ice_is_refused() {
    for protocol in
        ["FTP/1.0", "ICY/1.0", "HTTPS/1.1", "http/1.1", "HTTP", "HTTP/", "HTTP/11", "ICE/2.0"]
    {
        let refused = refused(format!("SOURCE /a {protocol}\r\n\r\n"));
        assert!(matches!(refused, HeadError::Malformed(_)), "{protocol}");
    }
}

#[test]
fn a_head_is_bounded_in_bytes_and_fields() {
    let fields = |n: usize| format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(n));
    assert_eq!(request(fields(100)).headers.iter().count(), 100);
    assert!(matches!(refused(fields(101)), HeadError::Malformed(_)));

    let of_length = |n: usize| {
        let frame = "GET / HTTP/1.1\r\na: \r\n\r\n".len();
        format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "x".repeat(n - frame))
    };
    request(of_length(HEAD_LIMIT));
    assert_eq!(refused(of_length(HEAD_LIMIT + 1)), HeadError::TooLong);
    assert_eq!(refused("\n".repeat(HEAD_LIMIT)), HeadError::TooLong);
    assert_eq!(refused("x".repeat(HEAD_LIMIT)), HeadError::TooLong);
    assert!(matches!(parse("x".repeat(HEAD_LIMIT - 1).as_bytes(), false), Ok(None)));
    assert!(matches!(parse("x".repeat(HEAD_LIMIT).as_bytes(), true), Err(HeadError::TooLong)));
}

#[test]
fn headers_are_utf8_or_else_windows_1252() {
    let head =
        request(b"PUT / HTTP/1.1\r\nice-name: Caf\xe9 \x93x\x94\r\nice-genre: Caf\xc3\xa9\r\n\r\n");
    assert_eq!(head.headers.get("ice-name"), Some("Café “x”"));
    assert_eq!(head.headers.get("ice-genre"), Some("Café"));
}

#[test]
fn body_lengths_are_told() {
    let of = |fields: &str| request(format!("PUT /a HTTP/1.1\r\n{fields}\r\n")).body();
    assert_eq!(of(""), BodyLength::Empty);
    assert_eq!(of("Content-Length: 0\r\n"), BodyLength::Empty);
    assert_eq!(of("content-length: 123\r\n"), BodyLength::Exact(123));
    assert_eq!(of("Transfer-Encoding: Chunked\r\n"), BodyLength::Chunked);
    assert_eq!(of("Transfer-Encoding: identity\r\n"), BodyLength::Empty);
}

#[test]
fn connections_are_kept_as_each_dialect_says() {
    let kept = |text: &str| request(text.replace('|', "\r\n") + "\r\n\r\n").keep_alive();
    assert!(kept("GET / HTTP/1.1"));
    assert!(kept("GET / HTTP/1.1|Connection: Upgrade"));
    assert!(!kept("GET / HTTP/1.1|Connection: Upgrade, Close"));
    assert!(!kept("GET / HTTP/1.1|Connection: upgrade|Connection: close"));
    assert!(!kept("GET / HTTP/1.0"));
    assert!(kept("GET / HTTP/1.0|Connection: keep-alive"));
    assert!(kept("SOURCE / ICE/1.0|Connection: Keep-Alive|Content-Length: 0"));
    assert!(!kept("PUT / HTTP/1.0|Connection: keep-alive|Transfer-Encoding: chunked"));
    let head = request("PUT / HTTP/1.1\r\nExpect: 100-Continue\r\n\r\n");
    assert!(head.expects_continue());
}

#[test]
fn credentials_are_read_as_encoders_send_them() {
    let shown = |fields: &str| {
        let head = request(format!("SOURCE /a HTTP/1.0\r\n{fields}\r\n\r\n"));
        head.credentials().map(|own| format!("{}:{}", own.user, own.secret.expose()))
    };
    // base64 of source:hackme, :hackme, söurce:hä (UTF-8, then Latin-1), a:b:c
    assert_eq!(shown("Authorization: Basic c291cmNlOmhhY2ttZQ==").unwrap(), "source:hackme");
    assert_eq!(shown("authorization: basic  c291cmNlOmhhY2ttZQ").unwrap(), "source:hackme");
    assert_eq!(shown("Authorization: Basic OmhhY2ttZQ==").unwrap(), "source:hackme");
    assert_eq!(shown("Authorization: Basic c8O2dXJjZTpow6Q=").unwrap(), "söurce:hä");
    assert_eq!(shown("Authorization: Basic c/Z1cmNlOmjk").unwrap(), "söurce:hä");
    assert_eq!(shown("Authorization: Basic YTpiOmM=").unwrap(), "a:b:c");
    // One in a header of its own only where it is asked for.
    assert_eq!(shown("ice-password: hackme"), None);
    let own = request("SOURCE /a ICE/1.0\r\nice-password: hackme\r\n\r\n").ice_password();
    let own = own.unwrap();
    assert_eq!((own.user.as_str(), own.secret.expose()), ("source", "hackme"));
    assert_eq!(shown("Authorization: Basic !!!"), None);
    assert_eq!(shown("Authorization: Basic"), None);
    assert_eq!(shown("Authorization: Bearer c291cmNlOmhhY2ttZQ=="), None);
    assert_eq!(shown("Authorization: Basic c291cmNl"), None);
    assert_eq!(shown("Accept: */*"), None);
    // Those in the query are none of HTTP's.
    let head = request("GET /admin.cgi?pass=h%61ckme+1&mode=updinfo HTTP/1.0\r\n\r\n");
    assert!(head.credentials().is_none());
}

#[test]
fn no_secret_is_shown() {
    let head = request(
        "GET /a%20b?x=1&pass=hackme&song=A&PASSWORD=hackme&access_token=hackme&key=hackme&\
         p%61ss=hackme&sid=42 HTTP/1.1\r\nAuthorization: Basic hackme\r\nCookie: hackme\r\n\
         Ice-Password: hackme\r\nUser-Agent: butt\r\n\r\n",
    );
    let target = head.redacted_target();
    assert_eq!(
        target,
        "/a%20b?x=1&pass=***&song=A&PASSWORD=***&access_token=***&key=***&p%61ss=***&sid=42"
    );
    let shown = format!("{head:?} {:?} {:?}", head.headers, Opening::Request(head.clone()));
    assert!(!shown.contains("hackme"), "{shown}");
    assert!(shown.contains("butt") && shown.contains("song=A"), "{shown}");
    let Ok(Some((line, _))) = parse(b"hackme\n", true) else { panic!() };
    assert!(!format!("{line:?}").contains("hackme"));
}

#[test]
fn query_values_are_decoded() {
    let head = request("GET /?a=1&b=x+y%2Bz&a=2&c&d=%&e%20f=%C3%A4 HTTP/1.1\r\n\r\n");
    let value = |name| head.query_value(name);
    assert_eq!(value("a").as_deref(), Some("1"));
    assert_eq!(value("b").as_deref(), Some("x y+z"));
    assert_eq!(value("c").as_deref(), Some(""));
    assert_eq!(value("d").as_deref(), Some("%"));
    assert_eq!(value("e f").as_deref(), Some("ä"));
    assert_eq!(value("f"), None);
}

/// Heads that are whole, of many forms.
fn heads() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just("GET / HTTP/1.1".to_owned()),
        Just("SOURCE /news.mp3 ICE/1.0".to_owned()),
        "(PUT|POST|HEAD|STATS) /[a-z/.]{0,12}(%20)?(\\?[a-z0-9=&+ %]{0,20})? HTTP/1\\.[01]",
        "GET http://[a-z.]{1,9}(:80)?(/[a-z]{0,5})? HTTP/1\\.1",
    ];
    let field = "[a-zA-Z-]{1,10}:[ \t]{0,2}[ -~é]{0,20}";
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\r\r\n")];
    let fields = proptest::collection::vec((field, end.clone()), 0..6);
    (line, end.clone(), fields, end, proptest::collection::vec(any::<u8>(), 0..8)).prop_map(
        |(line, first, fields, last, behind)| {
            let mut head = line + first;
            for (field, end) in fields {
                if !field.to_ascii_lowercase().starts_with("host") {
                    head += &field;
                    head += end;
                }
            }
            head += last;
            [head.into_bytes(), behind].concat()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn it_does_not_matter_how_a_head_is_cut(bytes in heads()) {
        let (whole, length) = parse(&bytes, false).unwrap().unwrap();
        for cut in 0..length {
            prop_assert!(matches!(parse(&bytes[..cut], false), Ok(None)), "cut at {}", cut);
        }
        let (again, same) = parse(&bytes[..length], false).unwrap().unwrap();
        prop_assert_eq!(same, length);
        let (Opening::Request(whole), Opening::Request(again)) = (whole, again) else { panic!() };
        prop_assert_eq!((&whole.path, &whole.query), (&again.path, &again.query));
        prop_assert_eq!(&whole.headers, &again.headers);
        prop_assert_eq!(&whole.raw[..], &again.raw[..]);
    }

    #[test]
    fn the_canonical_form_is_the_same_request(bytes in heads()) {
        let Ok(Some((Opening::Request(head), _))) = parse(&bytes, false) else { panic!() };
        let canonical = head.canonical();
        let same = request(&canonical);
        prop_assert_eq!(&same.method, &head.method);
        prop_assert_eq!((&same.path, &same.query), (&head.path, &head.query));
        prop_assert_eq!(&same.headers, &head.headers);
        prop_assert_eq!(same.keep_alive(), head.keep_alive());
        prop_assert_eq!(&same.canonical(), &canonical);
        // And the HTTP stack can read it.
        let line = canonical.split(|&b| b == b'\n').next().unwrap();
        let target = std::str::from_utf8(line).unwrap().split(' ').nth(1).unwrap();
        prop_assert!(target.parse::<http::Uri>().is_ok(), "{}", target);
    }

    #[test]
    fn garbage_is_answered_and_stays_refused(
        bytes in proptest::collection::vec(prop_oneof![
            any::<u8>(), Just(b'\n'), Just(b'\r'), Just(b' '), Just(b':'), Just(b'%'), Just(b'/')
        ], 0..200),
        behind in proptest::collection::vec(any::<u8>(), 0..50),
        shoutcast: bool,
        start in prop_oneof![Just(""), Just("GET /"), Just("GET / HTTP/1.1\r\n")],
    ) {
        let bytes = [start.as_bytes(), &bytes].concat();
        let more = [&bytes[..], &behind].concat();
        match parse(&bytes, shoutcast) {
            Ok(Some((_, length))) => {
                prop_assert!(length <= bytes.len());
                prop_assert!(matches!(parse(&more, shoutcast), Ok(Some((_, same))) if same == length));
            }
            Ok(None) => {}
            Err(error) => {
                // What can't be mended is refused whatever follows.
                prop_assert!(parse(&more, shoutcast) .is_err(), "{:?}", error);
            }
        }
    }
}

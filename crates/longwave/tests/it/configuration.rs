//! Right and wrong configurations.

use std::path::Path;
use std::time::Duration;

use longwave::config;

const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$gXpTe3x+AtrGmO3bnMu1ww$nZ1cj3w2A0rss/5MOxAMcRV8xkzWVZe0ljvK+t3u0M8";

/// A small configuration that is right. Each test of a mistake changes one line.
fn right() -> String {
    format!(
        r#"data_dir = "data"

[server]
listen = ["127.0.0.1:0"]
patience = "15s"

[tape]
max_size = "20 GiB"

[[station]]
id = "kstl"
name = "Kestrel Public Radio"
time_zone = "America/Denver"

[[station.stream]]
id = "news"
name = "News"

[[station.stream.rendition]]
id = "mp3"
codec = "mp3"

[[station.stream.rendition.mount]]
path = "/news.mp3"
burst = "6s"
fallback = [{{ builtin = "news" }}]

[[station.stream.rendition]]
id = "extra"
codec = "mp3"

[[station.stream.rendition.mount]]
path = "/extra.mp3"
fallback = [{{ mount = "/news.mp3" }}]

[[user]]
name = "source"
password = "{HASH}"
may = ["source /news.mp3", "relay"]
"#
    )
}

/// What is said of a configuration with one line changed.
fn said_of(line: &str, changed: &str) -> String {
    let text = right();
    assert!(text.contains(line), "`{line}` is not in the configuration");
    match config::check(Path::new("longwave.toml"), &text.replacen(line, changed, 1)) {
        Ok(_) => "nothing is wrong".to_owned(),
        Err(mistakes) => mistakes.to_string(),
    }
}

#[test]
fn a_right_configuration_is_taken() {
    let plan = config::check(Path::new("/etc/longwave.toml"), &right()).unwrap();
    assert_eq!(plan.dir, Path::new("/etc/data"));
    assert_eq!(plan.retention.max_bytes, 20 << 30);
    assert_eq!(plan.door.patience, Duration::from_secs(15));
    assert_eq!(plan.lineup.mounts().len(), 2);
    assert_eq!(plan.grants.len(), 1);
    assert!(plan.may_be_fed(&plan.lineup.mounts()[0].path));
    assert!(!plan.may_be_fed(&plan.lineup.mounts()[1].path));
}

#[test]
fn mistakes_are_told_with_file_line_and_reason() {
    let cases = [
        // Not TOML, or not these keys.
        ("[tape]", "[tape", "longwave.toml:7:6: "),
        (
            "data_dir",
            "datadir",
            "longwave.toml:1:1: unknown field `datadir`, expected one of `data_dir`",
        ),
        ("patience =", "patients =", "longwave.toml:5:1: unknown field `patients`"),
        ("id = \"kstl\"\n", "", "longwave.toml:10:1: missing field `id`"),
        ("data_dir = \"data\"", "data_dir = 1", "longwave.toml:1:12: invalid type: integer `1`"),
        // Values.
        ("\"127.0.0.1:0\"", "\"localhost\"", "longwave.toml:4:11: invalid socket address syntax"),
        ("[\"127.0.0.1:0\"]", "[]", "longwave.toml:4:10: at least one address is needed"),
        (
            "\"15s\"",
            "\"soon\"",
            "longwave.toml:5:12: invalid value: string \"soon\", expected a length of time in quotes",
        ),
        (
            "codec = \"mp3\"",
            "codec = \"mp3\"\nsample_rate = 48000",
            "longwave.toml:27:13: can't fall back to built-in news: at 44100 Hz and 2 channels it is not what the",
        ),
        (
            "codec = \"mp3\"",
            "codec = \"mp3\"\nsample_rate = 44",
            "longwave.toml:22:15: samples per second, from 8000",
        ),
        (
            "codec = \"mp3\"",
            "codec = \"mp3\"\nchannels = 0",
            "longwave.toml:22:12: from 1 to 8 channels",
        ),
        ("\"15s\"", "\"0s\"", "longwave.toml:5:12: this can't be no time at all"),
        ("\"15s\"", "\"-1s\"", "longwave.toml:5:12: invalid value: string \"-1s\""),
        (
            "\"20 GiB\"",
            "\"20\"",
            "longwave.toml:8:12: invalid value: string \"20\", expected a whole number of bytes",
        ),
        ("\"20 GiB\"", "\"20 KiB\"", "longwave.toml:8:12: a tape needs at least 1 MiB"),
        (
            "America/Denver",
            "America/Alder_Falls",
            "longwave.toml:13:13: `America/Alder_Falls` is no time zone",
        ),
        (
            "\"kstl\"",
            "\"KSTL\"",
            "longwave.toml:11:6: `KSTL` can't be used: a name has only lower-case",
        ),
        (
            "codec = \"mp3\"",
            "codec = \"mp4\"",
            "longwave.toml:21:9: unknown variant `mp4`, expected one of `mp3`",
        ),
        ("burst = \"6s\"", "burst = \"2m\"", "longwave.toml:25:9: a burst is at most 60s long"),
        ("burst = \"6s\"", "icy_interval = 7", "longwave.toml:25:16: 0 (never), or from 256"),
        (
            "burst = \"6s\"",
            "listener_auth = \"/who\"",
            "longwave.toml:25:17: `/who` is no address that begins with http:// or https://",
        ),
        // Mounts and names.
        (
            "\"/news.mp3\"\n",
            "\"news.mp3\"\n",
            "longwave.toml:24:8: `news.mp3` can't be used: a mount starts with `/`",
        ),
        (
            "\"/news.mp3\"\n",
            "\"/admin/x\"\n",
            "longwave.toml:24:8: `/admin/x` can't be used: this path belongs",
        ),
        (
            "\"/extra.mp3\"",
            "\"/news.mp3\"",
            "longwave.toml:33:8: mount `/news.mp3` is declared twice",
        ),
        // Fallbacks.
        (
            "builtin = \"news\"",
            "file = \"none.mp3\"",
            "longwave.toml:26:13: can't fall back to none.mp3: No such file",
        ),
        (
            "builtin = \"news\"",
            "builtin = \"jazz\"",
            "longwave.toml:26:13: can't fall back to built-in jazz: the program has only",
        ),
        ("builtin = \"news\"", "builtin = \"news\", x = 1", "longwave.toml:26:13: "),
        (
            "codec = \"mp3\"",
            "codec = \"ogg\"",
            "longwave.toml:26:13: can't fall back to built-in news: the program's own sounds are MP3",
        ),
        (
            "mount = \"/news.mp3\"",
            "mount = \"/gone.mp3\"",
            "longwave.toml:34:13: mount `/extra.mp3` refers to mount `/gone.mp3`, which is not declared",
        ),
        (
            "mount = \"/news.mp3\"",
            "mount = \"/extra.mp3\"",
            "longwave.toml:34:13: mount `/extra.mp3` can't fall back to",
        ),
        ("name = \"News\"", "name = \" \"", "longwave.toml:16:6: stream `news`: it has no name"),
        (
            "name = \"Kestrel Public Radio\"",
            "name = \"K\"\nhosts = [\"k.example\", \"K.example\"]",
            "longwave.toml:13:23: host `k.example` is declared twice",
        ),
        (
            "burst = \"6s\"",
            "max_lag = \"2s\"",
            "longwave.toml:24:8: mount `/news.mp3`: its longest lag",
        ),
        // Users.
        ("\"$argon2id$", "\"hackme$", "longwave.toml:38:12: "),
        (
            "name = \"source\"",
            "name = \"so:urce\"",
            "longwave.toml:37:8: a user's name isn't empty and has no colon",
        ),
        (
            "source /news.mp3",
            "source /talk.mp3",
            "longwave.toml:39:8: there is no mount `/talk.mp3`",
        ),
        (
            "\"relay\"",
            "\"everything\"",
            "longwave.toml:39:28: `everything` is no right: `source /mount`",
        ),
        (
            "[\"source /news.mp3\", \"relay\"]",
            "[]",
            "longwave.toml:37:8: user `source` may do nothing",
        ),
    ];
    let mut wrong = Vec::new();
    for (line, changed, expected) in cases {
        let said = said_of(line, changed);
        if !said.starts_with(expected) {
            wrong.push(format!("{line} → {changed}\n  expected {expected}\n  said {said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_mistakes_are_told_at_once_in_order_with_their_lines() {
    let text = right()
        .replace("\"15s\"", "\"0s\"")
        .replace("America/Denver", "Mars/Olympus")
        .replace("builtin = \"news\"", "builtin = \"jazz\"");
    let said = config::check(Path::new("my.toml"), &text).unwrap_err().to_string();
    assert_eq!(
        said,
        "\
my.toml:5:12: this can't be no time at all
  patience = \"0s\"
my.toml:13:13: `Mars/Olympus` is no time zone; one is `America/Denver`
  time_zone = \"Mars/Olympus\"
my.toml:26:13: can't fall back to built-in jazz: the program has only these sounds: `news`, `music`, `standby`
  fallback = [{ builtin = \"jazz\" }]"
    );
}

#[test]
fn certificates_are_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("longwave.toml");
    let with = |certificate: &str, key: &str| {
        let tls =
            format!("[[server.tls]]\ncertificate = \"{certificate}\"\nkey = \"{key}\"\n\n[tape]");
        config::check(&file, &right().replace("[tape]", &tls))
    };
    let made = |name: &str| {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(dir.path().join(format!("{name}.pem")), made.cert.pem()).unwrap();
        std::fs::write(dir.path().join(format!("{name}.key")), made.signing_key.serialize_pem())
            .unwrap();
    };
    made("one");
    made("two");
    assert!(with("one.pem", "one.key").unwrap().door.tls.is_some());
    for (certificate, key, line, reason) in [
        ("none.pem", "one.key", ":8:15: ", "none.pem: No such file"),
        ("two.key", "one.key", ":8:15: ", "two.key: there is no PEM certificate"),
        ("one.pem", "none.key", ":9:7: ", "none.key: No such file"),
        ("one.pem", "two.pem", ":9:7: ", "two.pem: there is no unencrypted PEM private key"),
        ("one.pem", "two.key", ":9:7: ", "two.key: this is not the key of the certificate"),
    ] {
        let said = with(certificate, key).unwrap_err().to_string();
        assert!(said.contains(line) && said.contains(reason), "{certificate} {key}: {said}");
    }
}

#[test]
fn no_text_makes_the_reader_panic() {
    let text = right();
    for (at, _) in text.char_indices() {
        let _ = config::check(Path::new("x.toml"), &text[..at]).map_err(|said| said.to_string());
        let odd = format!("{}\u{fffd}{}", &text[..at], &text[at..]);
        let _ = config::check(Path::new("x.toml"), &odd).map_err(|said| said.to_string());
    }
}

/// The repository's example is what the types say, and is right.
#[test]
fn the_example_is_up_to_date_and_right() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../longwave.example.toml");
    let generated = config::example();
    if std::env::var_os("UPDATE_EXAMPLE").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        committed, generated,
        "longwave.example.toml is old: run UPDATE_EXAMPLE=1 cargo test -p longwave example"
    );
    config::check(&path, &committed).unwrap();
}

/// What the example says holds anyway, does: setting it changes nothing.
#[test]
fn the_defaults_that_the_example_shows_hold() {
    let generated = config::example();
    let file = Path::new("longwave.toml");
    let bare = config::check(file, &generated).unwrap();
    let mut defaults_set = String::new();
    for line in generated.lines() {
        let set = line.strip_prefix("# ").filter(|line| is_a_default(line));
        defaults_set.push_str(set.unwrap_or(line));
        defaults_set.push('\n');
    }
    assert_ne!(defaults_set, generated);
    let set = config::check(file, &defaults_set).unwrap();
    assert_eq!(format!("{set:?}"), format!("{bare:?}"));
}

/// Is a line of a comment a setting with the value that it has anyway, and not an example?
fn is_a_default(line: &str) -> bool {
    const EXAMPLES: [&str; 17] = [
        "public_url",
        "certificate",
        "key",
        "max",
        "call_sign",
        "city",
        "frequencies",
        "bitrate",
        "sample_rate",
        "channels",
        "max_listeners",
        "max_per_address",
        "max_duration",
        "listener_auth",
        "charset",
        "relay",
        // Said of what is logged only if it is set; `info` holds anyway.
        "level",
    ];
    line.split_once(" = ").is_some_and(|(key, _)| {
        key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
            && !EXAMPLES.contains(&key)
            && key != "format"
    })
}

/// Files are read when the configuration is: what can't be looped, or not one after the other, is
/// refused.
#[test]
fn fallback_files_are_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("longwave.toml");
    let with = |chain: &str| {
        let text = right().replace("[{ builtin = \"news\" }]", chain);
        config::check(&file, &text).map(drop).map_err(|said| said.to_string())
    };
    // A second of 44.1 kHz frames, stereo; and of 48 kHz, mono. All of them silent.
    let frames = |head: [u8; 4], bytes: usize| {
        let mut frame = head.to_vec();
        frame.resize(bytes, 0);
        frame.repeat(40)
    };
    std::fs::write(dir.path().join("stereo.mp3"), frames([0xFF, 0xFB, 0x90, 0x00], 417)).unwrap();
    std::fs::write(dir.path().join("mono.mp3"), frames([0xFF, 0xFB, 0x94, 0xC0], 384)).unwrap();
    std::fs::write(dir.path().join("page.html"), "<p>Back soon</p>").unwrap();

    assert_eq!(with("[{ file = \"stereo.mp3\" }, { builtin = \"news\" }]"), Ok(()));
    assert_eq!(with("[{ file = \"mono.mp3\" }]"), Ok(()));
    let mixed = with("[{ file = \"mono.mp3\" }, { builtin = \"news\" }]").unwrap_err();
    assert!(mixed.contains(":26:36: ") && mixed.contains("at 44100 Hz and 2 channels"), "{mixed}");
    let page = with("[{ file = \"page.html\" }]").unwrap_err();
    assert!(page.contains(":26:13: ") && page.contains("there is no sound"), "{page}");
}

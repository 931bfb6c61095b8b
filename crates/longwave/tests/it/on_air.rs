//! Stations on the air: the demo, and one of a configuration.

use std::io::{Read as _, Write as _};
use std::path::Path;

use crate::rig::{Get, Running, longwave, mp3_frames};
use crate::sealed::{Sealed, new_certificate, service};

fn serve(dir: &Path) -> (Running, std::net::SocketAddr) {
    let station = Running::start(&["serve"], dir);
    let address = station.address_after("address=");
    (station, address)
}

fn write_config(dir: &Path) {
    assert!(longwave(&["init"], dir).status.success());
    change_config(dir, "# listen = [\"127.0.0.1:8000\"]", "listen = [\"127.0.0.1:0\"]");
}

fn change_config(dir: &Path, from: &str, to: &str) {
    let file = dir.join("longwave.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "`{from}` is not in the configuration");
    std::fs::write(file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn the_demo_gives_audio_on_both_streams() {
    let dir = tempfile::tempdir().unwrap();
    let mut demo = Running::start(
        &["demo", "--port", "0", "--dir", "data", "--source-password", "p"],
        dir.path(),
    );
    let address = demo.address_after("Home page   http://");
    assert!(demo.wait_for("icecast://").contains("icecast://source:p@127.0.0.1:"));
    for path in ["/news.mp3", "/music.mp3"] {
        let mut heard = Get::new(address, path);
        assert_eq!(heard.status, 200, "{}", heard.head);
        assert!(heard.head.to_ascii_lowercase().contains("content-type: audio/mpeg"));
        assert!(mp3_frames(&heard.bytes(10_000)) > 20);
    }
    let home = Get::new(address, "/");
    assert_eq!(home.status, 200);
    let page = home.text();
    assert!(page.contains("Kestrel Public Radio") && page.contains("/music.mp3"));
    // The level is known: what the decoder thinks of single frames is nobody's business.
    let mut health = serde_json::Value::Null;
    while health["streams"][0]["level"].is_null() {
        health = serde_json::from_str(&Get::new(address, "/health").text()).unwrap();
    }

    demo.signal("INT");
    assert_eq!(demo.ended(), Some(0));
    let noise: Vec<String> = demo.rest().into_iter().filter(|line| line.contains("mpa")).collect();
    assert!(noise.is_empty(), "{noise:?}");
}

#[test]
fn a_written_configuration_serves_and_stops_gracefully() {
    let dir = tempfile::tempdir().unwrap();
    write_config(dir.path());
    let (mut station, address) = serve(dir.path());
    let mut heard = Get::new(address, "/news.mp3");
    assert_eq!(heard.status, 200);
    assert!(mp3_frames(&heard.bytes(10_000)) > 10);

    station.signal("TERM");
    assert_eq!(station.ended(), Some(0));
    // The listener's connection ends; it doesn't hang.
    heard.rest();
    assert!(!dir.path().join("longwave-data/longwave.pid").exists());
}

#[test]
fn logs_can_be_read_by_programs() {
    let dir = tempfile::tempdir().unwrap();
    write_config(dir.path());
    let station = Running::start(&["--log-format", "json", "serve"], dir.path());
    let line: serde_json::Value = serde_json::from_str(&station.wait_for("listening")).unwrap();
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["message"], "listening");
    assert!(line["address"].as_str().unwrap().starts_with("127.0.0.1:"));
}

#[test]
fn a_second_station_on_the_same_data_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    write_config(dir.path());
    let (_station, _) = serve(dir.path());
    let second = longwave(&["serve"], dir.path());
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("already runs a station"), "{said}");
}

#[test]
fn an_address_in_use_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let dir = tempfile::tempdir().unwrap();
    let out = longwave(&["demo", "--dir", "data", "--port", &port], dir.path());
    assert_eq!(out.status.code(), Some(1));
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains(&port) && said.contains("--port"), "{said}");
}

#[test]
fn reload_adds_and_removes_mounts_without_dropping_a_listener() {
    let dir = tempfile::tempdir().unwrap();
    write_config(dir.path());
    let (station, address) = serve(dir.path());
    let mut listener = Get::new(address, "/news.mp3");
    listener.bytes(6_000);
    assert_eq!(Get::new(address, "/second.mp3").status, 404);

    // A station's tables stand before the users'.
    let mount = "[[station.stream.rendition.mount]]\npath = \"/second.mp3\"\n\n# Somebody who may";
    change_config(dir.path(), "# Somebody who may", mount);
    assert!(longwave(&["reload"], dir.path()).status.success());
    station.wait_for("reloaded");
    assert_eq!(Get::new(address, "/second.mp3").status, 200);

    // A wrong file changes nothing.
    change_config(dir.path(), "id = \"kstl\"", "id = \"KSTL\"");
    assert_eq!(longwave(&["reload"], dir.path()).status.code(), Some(3));
    station.signal("HUP");
    station.wait_for("not reloaded");
    assert_eq!(Get::new(address, "/second.mp3").status, 200);

    change_config(dir.path(), "id = \"KSTL\"", "id = \"kstl\"");
    change_config(dir.path(), "/second.mp3", "/third.mp3");
    change_config(dir.path(), "# threads = 1", "threads = 2");
    let out = longwave(&["reload"], dir.path());
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success() && said.contains("2 mounts are on the air"), "{said}");
    assert!(said.contains("`listeners` is not as it was at the start"), "{said}");
    station.wait_for("reloaded");
    assert_eq!(Get::new(address, "/second.mp3").status, 404);
    assert_eq!(Get::new(address, "/third.mp3").status, 200);

    // All the while, the listener listened: more than can have been on its way.
    let more = listener.bytes(30_000);
    assert!(mp3_frames(&more) > 60);
}

#[test]
fn reload_takes_up_a_renewed_certificate_while_listeners_go_on() {
    let dir = tempfile::tempdir().unwrap();
    write_config(dir.path());
    let first = new_certificate(dir.path());
    change_config(
        dir.path(),
        "[listeners]",
        "[[server.tls]]\ncertificate = \"one.pem\"\nkey = \"one.key\"\n\n[listeners]",
    );
    let (_station, address) = serve(dir.path());
    let mut listener = Get::new(address, "/news.mp3");
    listener.bytes(6_000);
    let mut sealed = Sealed::get(address, &first, "/news.mp3").unwrap();
    sealed.bytes(6_000).unwrap();

    let second = new_certificate(dir.path());
    assert!(Sealed::get(address, &second, "/").is_err(), "the certificate is taken up too early");
    assert!(longwave(&["reload"], dir.path()).status.success());
    Sealed::get(address, &second, "/").unwrap();
    assert!(Sealed::get(address, &first, "/").is_err());

    sealed.bytes(16_000).unwrap();
    listener.bytes(16_000);
}

#[test]
fn a_span_is_withheld_from_the_running_station_and_given_back() {
    let dir = tempfile::tempdir().unwrap();
    write_config(dir.path());
    let (_station, address) = serve(dir.path());
    let mut heard = Get::new(address, "/news.mp3");
    heard.bytes(24_000);
    let again = || Get::new(address, "/news.mp3?from=-2");
    assert_eq!(again().status, 200);

    let decide = |policy: &str| {
        let out = longwave(
            &[
                "tape",
                "withhold",
                "news",
                "--from",
                "-3600",
                "--to",
                "2100-01-01T00:00:00Z",
                "--policy",
                policy,
                "--who",
                "the editor",
                "--why",
                "a test",
            ],
            dir.path(),
        );
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    };
    decide("live-only");
    assert!(matches!(again().status, 400..=499));
    // Whoever listens live goes on.
    heard.bytes(16_000);
    decide("public");
    assert_eq!(again().status, 200);
}

#[test]
fn a_span_is_withheld_while_no_station_runs_and_nothing_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data/tape/kstl/news/mp3");
    // Older than what a station keeps, by any count.
    record_hours(&folder, 30);
    let files = || {
        let mut files: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        files.sort();
        files
    };
    let before = files();
    assert!(before.len() > 60);
    let withhold = "tape withhold --dir data news --from 2026-01-02T03:00:00Z \
                    --to 2026-01-02T04:00:00Z --who editor --why test";
    let out = longwave(&withhold.split_whitespace().collect::<Vec<_>>(), dir.path());
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let mut after = files();
    after.retain(|name| name != "policy.jsonl");
    assert_eq!(after, before);

    let cut = "tape cut --dir data news -o cut.mp3 --from 2026-01-02T03:00:00Z --to ";
    let cut = |to: &str| {
        let arguments = format!("{cut}{to}");
        longwave(&arguments.split_whitespace().collect::<Vec<_>>(), dir.path())
    };
    let refused = cut("2026-01-02T04:00:00Z");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("withheld"), "{said}");
    assert!(said.contains("--archive"), "{said}");
    assert!(cut("2026-01-02T04:00:10Z").status.success());
    let listed = longwave(&["tape", "ls", "--dir", "data"], dir.path());
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("withheld: 2026-01-02"), "{listed}");
}

#[test]
fn what_is_withheld_from_a_stream_is_withheld_from_all_its_renditions() {
    let dir = tempfile::tempdir().unwrap();
    let tape = |name: &str| dir.path().join("data/tape/kstl").join(name);
    for name in ["news/mp3", "news/low", "music/mp3"] {
        record_hours(&tape(name), 1);
    }
    let withhold = |name: &str| {
        let arguments = format!(
            "tape withhold --dir data {name} --from 2026-01-02T00:10:00Z \
             --to 2026-01-02T00:20:00Z --who editor --why test"
        );
        longwave(&arguments.split_whitespace().collect::<Vec<_>>(), dir.path())
    };
    let is_decided = |name: &str| tape(name).join("policy.jsonl").exists();
    let all = withhold("kstl");
    assert!(!all.status.success(), "two streams are meant");
    assert!(String::from_utf8_lossy(&all.stderr).contains("kstl/music/mp3"));
    assert!(!is_decided("news/mp3"));
    assert!(withhold("news").status.success());
    assert!(is_decided("news/mp3") && is_decided("news/low") && !is_decided("music/mp3"));
    assert!(withhold("music/mp3").status.success());
    assert!(is_decided("music/mp3"));
}

/// A tape with some whole hours of 32 kHz mono in eight bits of rate a second.
fn record_hours(folder: &Path, hours: u64) {
    let start = airtime::ProgrammeTime::parse_rfc3339("2026-01-02T00:00:00Z").unwrap();
    let clock = std::sync::Arc::new(airtime::SimulatedClock::starting_at(start));
    let options = tape::TapeOptions { dir: Some(folder.to_owned()), ..Default::default() };
    let (tape, mut appender) = tape::Tape::open(options, clock).unwrap();
    let format = codec::Format { codec: codec::Codec::Mp3, sample_rate: 8000, channels: 1 };
    let epoch = tape::Epoch::new(format, []);
    appender.begin(epoch, tape::Discontinuity::Start);
    // MPEG-2.5 layer III, 8 kbit/s: 72 bytes, 72 ms.
    let mut frame = vec![0; 72];
    frame[..4].copy_from_slice(&[0xff, 0xe3, 0x18, 0xc0]);
    let frame = codec::Packet { bytes: frame.into(), samples: 576, entry: true, reservoir: 0 };
    for n in 0..hours * 50_000 {
        assert!(
            appender.append(&frame, start.saturating_add(std::time::Duration::from_millis(n * 72)))
        );
        if n % 2000 == 0 {
            assert!(tape.settle(crate::rig::PATIENCE));
        }
    }
    drop(appender);
    assert!(tape.close());
}

#[test]
fn what_was_aired_survives_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    write_config(dir.path());
    let (mut station, address) = serve(dir.path());
    Get::new(address, "/news.mp3").bytes(24_000);
    station.signal("KILL");
    assert_eq!(station.ended(), None);

    let out = longwave(&["tape", "ls"], dir.path());
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success() && said.starts_with("kstl/news/mp3  20"), "{said}");

    let (_station, address) = serve(dir.path());
    let mut again = Get::new(address, "/news.mp3?from=-3");
    assert_eq!(again.status, 200, "{}", again.head);
    assert!(mp3_frames(&again.bytes(10_000)) > 10);
}

#[test]
fn a_cut_is_a_file_of_whole_frames() {
    let dir = tempfile::tempdir().unwrap();
    write_config(dir.path());
    let (mut station, address) = serve(dir.path());
    Get::new(address, "/news.mp3").bytes(24_000);
    station.signal("TERM");
    assert_eq!(station.ended(), Some(0));

    let cut = ["tape", "cut", "news", "--from", "-3600", "--to", "2100-01-01T00:00:00Z"];
    let out = longwave(&[&cut[..], &["-o", "cut.mp3"]].concat(), dir.path());
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let bytes = std::fs::read(dir.path().join("cut.mp3")).unwrap();
    assert!(mp3_frames(&bytes) > 60);
    // A file that is there is not overwritten, and nothing is left where there is nothing to cut.
    let again = longwave(&[&cut[..], &["-o", "cut.mp3"]].concat(), dir.path());
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(std::fs::read(dir.path().join("cut.mp3")).unwrap(), bytes);
    let nothing = ["tape", "cut", "news", "--from", "2001-01-01T00:00:00Z"];
    let to = ["--to", "2001-01-01T01:00:00Z", "-o", "none.mp3"];
    let none = longwave(&[&nothing[..], &to].concat(), dir.path());
    assert_eq!(none.status.code(), Some(1));
    assert!(!dir.path().join("none.mp3").exists());

    let check = longwave(&["tape", "check"], dir.path());
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}

#[test]
fn shoutcast_sources_come_in_on_a_port_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    write_config(dir.path());
    change_config(dir.path(), "# shoutcast = false", "shoutcast = true");
    let station = Running::start(&["serve"], dir.path());
    let listeners = station.address_after("address=");
    let sources = station.address_after("address=");
    let greeted = |address, line: &str| {
        let mut socket = std::net::TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(crate::rig::PATIENCE)).unwrap();
        socket.write_all(line.as_bytes()).unwrap();
        let mut reply = [0; 7];
        socket.read_exact(&mut reply).unwrap();
        String::from_utf8(reply.to_vec()).unwrap()
    };
    assert_eq!(greeted(sources, "no such password\r\n"), "invalid");
    assert_ne!(greeted(listeners, "no such password\r\n\r\n"), "invalid");
}

#[test]
fn the_demo_ends_with_its_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let mut demo = Running::start(&["demo", "--port", "0", "--dir", "data"], dir.path());
    demo.wait_for("Stop with Ctrl-C");
    demo.signal("HUP");
    assert_eq!(demo.ended(), Some(0));
}

#[test]
fn listeners_are_asked_about_at_a_service_behind_tls() {
    let dir = tempfile::tempdir().unwrap();
    new_certificate(dir.path());
    let (port, asked) =
        service(dir.path(), "HTTP/1.1 200 OK\r\nicecast-auth-user: 1\r\nContent-Length: 0\r\n\r\n");
    write_config(dir.path());
    change_config(
        dir.path(),
        "path = \"/news.mp3\"",
        &format!("path = \"/news.mp3\"\nlistener_auth = \"https://localhost:{port}/ask\""),
    );
    let trusted = dir.path().join("one.pem");
    let station = Running::start_with(
        &["serve"],
        dir.path(),
        &[("SSL_CERT_FILE", trusted.to_str().unwrap())],
    );
    let address = station.address_after("address=");
    let mut heard = Get::new(address, "/news.mp3?member=7");
    assert_eq!(heard.status, 200, "{}", heard.head);
    assert!(mp3_frames(&heard.bytes(10_000)) > 10);
    let form = asked.recv_timeout(crate::rig::PATIENCE).unwrap();
    assert!(form.starts_with("action=listener_add&"), "{form}");
    assert!(form.contains("mount=%2Fnews.mp3%3Fmember%3D7"), "{form}");
    drop(station);

    // One that nobody vouches for is not believed.
    let station = Running::start(&["serve"], dir.path());
    let address = station.address_after("address=");
    assert_eq!(Get::new(address, "/news.mp3").status, 503);
}

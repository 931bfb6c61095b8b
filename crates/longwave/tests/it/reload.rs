//! Another lineup while people listen: nobody whose mount stays is dropped, nor left in silence.

use std::path::Path;

use crate::rig::{Get, Running, longwave, mp3_frames};

/// A station of which only this is said of the renditions.
fn configuration(renditions: &str) -> String {
    let hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$8xqWwgAqbUWbgwvkQhrUhQ";
    format!(
        "[server]\nlisten = [\"127.0.0.1:0\"]\n\
         [[station]]\nid = \"kstl\"\nname = \"Kestrel Public Radio\"\n\
         [[station.stream]]\nid = \"news\"\nname = \"News\"\n{renditions}\n\
         [[user]]\nname = \"source\"\npassword = \"{hash}\"\nmay = [\"source *\"]\n"
    )
}

/// A rendition and its mounts, each with what is written of it.
fn rendition(id: &str, mounts: &[(&str, &str)]) -> String {
    let mut text = format!("[[station.stream.rendition]]\nid = \"{id}\"\ncodec = \"mp3\"\n");
    for (path, rules) in mounts {
        text.push_str(&format!("[[station.stream.rendition.mount]]\npath = \"{path}\"\n{rules}\n"));
    }
    text
}

const LOOPED: &str = "fallback = [{ builtin = \"news\" }]";

fn write(dir: &Path, renditions: &str) {
    std::fs::write(dir.join("longwave.toml"), configuration(renditions)).unwrap();
}

fn reload(dir: &Path, renditions: &str) {
    write(dir, renditions);
    let out = longwave(&["reload"], dir);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

fn serve(dir: &Path, renditions: &str) -> (Running, std::net::SocketAddr) {
    write(dir, renditions);
    let station = Running::start(&["serve"], dir);
    let address = station.address_after("address=");
    (station, address)
}

/// They hear more than can have been on its way: six seconds of burst, at 64 kbit/s.
fn assert_hears_on(listener: &mut Get) {
    assert!(mp3_frames(&listener.bytes(60_000)) > 100);
}

#[test]
fn who_listens_is_taken_along_where_the_mount_leads() {
    let dir = tempfile::tempdir().unwrap();
    let (_station, address) = serve(dir.path(), &rendition("old", &[("/news.mp3", LOOPED)]));
    let mut listener = Get::new(address, "/news.mp3");
    listener.bytes(6_000);
    reload(dir.path(), &rendition("new", &[("/news.mp3", LOOPED)]));
    assert_hears_on(&mut listener);
}

#[test]
fn another_mount_of_a_rendition_hears_on_when_the_first_goes() {
    let dir = tempfile::tempdir().unwrap();
    let both = rendition("mp3", &[("/news.mp3", LOOPED), ("/old-path.mp3", "")]);
    let (_station, address) = serve(dir.path(), &both);
    let mut listener = Get::new(address, "/old-path.mp3?sid=hears-it-all");
    listener.bytes(6_000);
    // The deck is the same by another name, and so is its tape.
    reload(dir.path(), &rendition("mp3", &[("/renamed.mp3", LOOPED), ("/old-path.mp3", "")]));
    assert_hears_on(&mut listener);
    assert_eq!(Get::new(address, "/news.mp3").status, 404);
    reload(dir.path(), &rendition("mp3", &[("/old-path.mp3", LOOPED)]));
    assert_hears_on(&mut listener);
    let map = Get::new(address, "/api/listen/hears-it-all/map").text();
    let map: serde_json::Value = serde_json::from_str(&map).unwrap();
    assert_eq!(map["entries"].as_array().unwrap().len(), 1, "something was left out: {map}");
}

#[test]
fn another_file_than_the_stations_own_is_not_taken_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let one = rendition("mp3", &[("/news.mp3", LOOPED)]);
    let (_station, _) = serve(dir.path(), &one);
    std::fs::write(dir.path().join("other.toml"), configuration(&one)).unwrap();
    let out = longwave(&["reload", "--config", "other.toml"], dir.path());
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(!out.status.success(), "{said}");
    assert!(said.contains("longwave.toml, not by") && said.contains("other.toml"), "{said}");
}

/// What `/health` says is on the air at each mount.
fn on_air(address: std::net::SocketAddr) -> Vec<(String, String)> {
    let health: serde_json::Value =
        serde_json::from_str(&Get::new(address, "/health").text()).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let streams = health["streams"].as_array().unwrap();
    streams.iter().map(|stream| (text(&stream["mount"]), text(&stream["on_air"]))).collect()
}

const MUSIC: &str = "fallback = [{ builtin = \"music\" }]";

/// Another stream after the first.
fn stream(id: &str, renditions: &str) -> String {
    format!("[[station.stream]]\nid = \"{id}\"\nname = \"{id}\"\n{renditions}")
}

#[test]
fn a_path_that_goes_to_another_stream_takes_nothing_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let (stays, goes) = (("/stays.mp3", LOOPED), ("/goes.mp3", ""));
    let (_station, address) = serve(dir.path(), &rendition("hi", &[stays, goes]));
    let mut listener = Get::new(address, "/stays.mp3");
    listener.bytes(6_000);
    // Before the stream that it was of, in order of names.
    let other = stream("a-new-one", &rendition("lo", &[("/goes.mp3", MUSIC)]));
    reload(dir.path(), &(rendition("hi", &[stays]) + &other));
    assert_hears_on(&mut listener);
    let expected = [("/stays.mp3", "loop news"), ("/goes.mp3", "loop music")];
    assert_eq!(on_air(address), expected.map(|(path, air)| (path.to_owned(), air.to_owned())));
}

#[test]
fn paths_can_be_exchanged() {
    let dir = tempfile::tempdir().unwrap();
    let streams = |news: &str, music: &str| {
        rendition("mp3", &[(news, LOOPED)]) + &stream("music", &rendition("mp3", &[(music, MUSIC)]))
    };
    let (_station, address) = serve(dir.path(), &streams("/a.mp3", "/b.mp3"));
    let mut listener = Get::new(address, "/a.mp3");
    listener.bytes(6_000);
    for (news, music) in [("/b.mp3", "/a.mp3"), ("/a.mp3", "/b.mp3")] {
        reload(dir.path(), &streams(news, music));
        let expected = [(news, "loop news"), (music, "loop music")];
        assert_eq!(on_air(address), expected.map(|(path, air)| (path.to_owned(), air.to_owned())));
        assert_hears_on(&mut listener);
    }
}

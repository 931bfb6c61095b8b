//! Players that people use, listening to a station.

use std::process::Command;

use crate::rig::{Listener, Rig};
use crate::sound::{assert_decodes, frames};

#[test]
fn ffprobe_knows_what_it_hears() {
    let rig = Rig::demo();
    let url = rig.url("/music.mp3");
    let arguments = [
        "-v",
        "error",
        "-show_entries",
        "stream=codec_name,sample_rate,channels:format_tags",
        "-of",
        "json",
        &url,
    ];
    let output = Command::new("ffprobe").args(arguments).output().unwrap();
    let seen: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(seen["streams"][0]["codec_name"], "mp3", "{seen}");
    assert_eq!(seen["streams"][0]["sample_rate"], "44100", "{seen}");
    let title = seen["format"]["tags"]["StreamTitle"].as_str().unwrap_or_default();
    assert!(!title.is_empty(), "ffprobe sees no title: {seen}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn mpv_plays() {
    let rig = Rig::demo();
    let out = rig.dir.path().join("heard.wav");
    let url = rig.url("/news.mp3");
    let file = format!("--ao-pcm-file={}", out.display());
    let arguments = ["--no-config", "--no-video", "--ao=pcm", "--length=3", &file, &url];
    let said = rig.run("mpv", &arguments).finish();
    let size = std::fs::metadata(&out).map(|file| file.len()).unwrap_or(0);
    // Two seconds of 44.1 kHz stereo at least.
    assert!(size > 2 * 44_100 * 4, "mpv played {size} bytes: {said}");
}

#[test]
fn decoders_find_no_fault_in_a_join() {
    let rig = Rig::demo();
    for attempt in 0..12 {
        let mount = ["/music.mp3", "/news.mp3"][attempt % 2];
        let mut listener = Listener::join(&rig, mount, "");
        listener.until("four seconds", |heard| frames(heard).len() > 160);
        let file = rig.dir.path().join(format!("joined-{attempt}.mp3"));
        std::fs::write(&file, frames(listener.heard()).concat()).unwrap();
        assert_decodes(&file);
    }
}

#[test]
fn a_join_begins_with_a_whole_frame() {
    let rig = Rig::demo();
    for _ in 0..20 {
        let mut listener = Listener::join(&rig, "/music.mp3", "");
        listener.until("a little", |heard| heard.len() > 4096);
        let first = &frames(listener.heard())[0];
        assert!(listener.heard().starts_with(first), "the first byte is no frame's");
    }
}

#[test]
fn one_connection_asks_for_the_page_and_then_the_stream() {
    let rig = Rig::demo();
    let (page, stream) = (rig.url("/"), rig.url("/news.mp3"));
    let out = rig.dir.path().join("stream.mp3");
    let output = Command::new("curl")
        .args([
            "-sS",
            "-v",
            // A station that has just begun has no burst to give yet.
            "--max-time",
            "6",
            "-o",
            "/dev/null",
            &page,
            "-o",
            out.to_str().unwrap(),
            &stream,
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("Re-using existing connection"), "curl connected anew: {said}");
    assert!(frames(&std::fs::read(out).unwrap()).len() > 100, "no stream after the page: {said}");
}

#[test]
fn liquidsoap_hears_what_is_on_the_air_with_its_titles() {
    let rig = Rig::demo();
    let (script, out) = (rig.dir.path().join("hear.liq"), rig.dir.path().join("heard.wav"));
    std::fs::write(
        &script,
        format!(
            "settings.init.allow_root.set(true)\n\
             s = input.http(\"{}\")\n\
             s.on_metadata(fun(m) -> print(\"heard: #{{m[\\\"title\\\"]}}\"))\n\
             output.file(fallible=true, %wav, \"{}\", s)\n",
            rig.url("/music.mp3"),
            out.display()
        ),
    )
    .unwrap();
    let mut liquidsoap = rig.run("liquidsoap", &[script.to_str().unwrap()]);
    // Three seconds of 44.1 kHz stereo.
    rig.until("liquidsoap has heard some seconds and a title", || {
        assert!(!liquidsoap.ended(), "liquidsoap gave up: {}", liquidsoap.log());
        let size = std::fs::metadata(&out).map(|file| file.len()).unwrap_or(0);
        let title = liquidsoap.log().lines().any(|line| {
            line.split_once("heard: ").is_some_and(|(_, title)| !title.trim().is_empty())
        });
        size > 3 * 44_100 * 4 && title
    });
    let sound = std::fs::read(&out).unwrap();
    let samples = sound[44..].chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]]));
    let loudest = samples.map(i16::unsigned_abs).max().unwrap();
    assert!(loudest > 500, "liquidsoap hears silence: {loudest}");
}

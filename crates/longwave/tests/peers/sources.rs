//! Encoders that people use, sending to a station.

use crate::rig::{Listener, PASSWORD, Rig};
use crate::sound::Sound;

/// Sends a file with ffmpeg in real time, takes over from the loop, and hands back at its end:
/// one listener hears it all.
fn ffmpeg_takes_over_and_hands_back(extra: &[&str]) {
    let rig = Rig::demo();
    let sound = Sound::mp3(rig.dir.path(), "take-over", 8);
    let mut listener = Listener::join(&rig, "/news.mp3", "");
    let mut arguments = vec!["-v", "error", "-nostdin", "-re", "-i", sound.file(), "-c", "copy"];
    arguments.extend([
        "-content_type",
        "audio/mpeg",
        "-f",
        "mp3",
        "-write_xing",
        "0",
        "-id3v2_version",
        "0",
    ]);
    arguments.extend(extra);
    let url = rig.icecast_url("/news.mp3");
    arguments.push(&url);
    let ffmpeg = rig.run("ffmpeg", &arguments);
    rig.until("ffmpeg is on the air", || rig.has_source("/news.mp3"));
    listener.until("half of what ffmpeg sends", |heard| sound.count(heard) > 150);
    let said = ffmpeg.finish();
    assert!(!said.to_lowercase().contains("error"), "ffmpeg complains: {said}");
    rig.until("the loop is back", || !rig.has_source("/news.mp3"));
    // The loop's frames after the source's last: the listener was not dropped.
    listener.until("two seconds of the loop after it", |heard| {
        let places = sound.places(heard);
        let last = places.iter().rposition(Option::is_some);
        last.is_some_and(|last| places.len() - last > 76)
    });
    sound.assert_whole(listener.heard());
    // 8 s are 306 frames. The first may have been silenced for want of a reservoir.
    sound.assert_heard_as_sent(rig.dir.path(), listener.heard());
    let count = sound.count(listener.heard());
    assert!(count >= 295, "only {count} of 306 frames were aired");
}

#[test]
fn ffmpeg_puts() {
    ffmpeg_takes_over_and_hands_back(&[]);
}

#[test]
fn ffmpeg_sends_as_a_legacy_source() {
    ffmpeg_takes_over_and_hands_back(&["-legacy_icecast", "1"]);
}

#[test]
fn ffmpeg_with_a_wrong_password_is_told_so() {
    let rig = Rig::demo();
    let sound = Sound::mp3(rig.dir.path(), "burglar", 2);
    let url = format!("icecast://source:guess@{}/news.mp3", rig.address);
    let arguments =
        ["-v", "error", "-nostdin", "-re", "-i", sound.file(), "-c", "copy", "-f", "mp3", &url];
    let said = rig.run("ffmpeg", &arguments).finish();
    assert!(said.contains("401"), "ffmpeg was not told: {said}");
    assert!(!rig.program.log().contains("guess"), "the password is in the log");
}

#[test]
fn liquidsoap_sends_with_titles() {
    let rig = Rig::demo();
    let sound = Sound::mp3(rig.dir.path(), "liquid", 30);
    let script = rig.dir.path().join("send.liq");
    let port = rig.address.port();
    std::fs::write(
        &script,
        format!(
            "settings.init.allow_root.set(true)\n\
             s = single(\"annotate:artist=\\\"Orla Venn\\\",title=\\\"Tide Tables\\\":{}\")\n\
             output.icecast(%mp3(bitrate=128, samplerate=44100, stereo=true), fallible=true, \
             host=\"127.0.0.1\", port={port}, password=\"{PASSWORD}\", mount=\"/music.mp3\", s)\n",
            sound.file()
        ),
    )
    .unwrap();
    let mut liquidsoap = rig.run("liquidsoap", &[script.to_str().unwrap()]);
    rig.until("liquidsoap is on the air", || {
        assert!(!liquidsoap.ended(), "liquidsoap gave up: {}", liquidsoap.log());
        rig.has_source("/music.mp3")
    });
    rig.until("its title is shown", || rig.page("/status-json.xsl").contains("Tide Tables"));
    let mut listener = Listener::join(&rig, "/music.mp3", "Icy-MetaData: 1\r\n");
    listener.until("the title", |heard| {
        String::from_utf8_lossy(heard).contains("StreamTitle='Orla Venn - Tide Tables';")
    });
}

#[test]
fn ezstream_sends() {
    let rig = Rig::demo();
    let sound = Sound::mp3(rig.dir.path(), "ezstream", 12);
    let config = rig.dir.path().join("ezstream.xml");
    let port = rig.address.port();
    std::fs::write(
        &config,
        format!(
            "<ezstream><servers><server><hostname>127.0.0.1</hostname><port>{port}</port>\
             <password>{PASSWORD}</password><tls>none</tls></server></servers>\
             <streams><stream><mountpoint>/news.mp3</mountpoint><format>MP3</format></stream></streams>\
             <intakes><intake><type>file</type><filename>{}</filename></intake></intakes></ezstream>",
            sound.file()
        ),
    )
    .unwrap();
    let mut listener = Listener::join(&rig, "/news.mp3", "");
    let ezstream = rig.run("ezstream", &["-v", "-c", config.to_str().unwrap()]);
    listener.until("what ezstream sends", |heard| {
        assert!(!heard.is_empty());
        sound.count(heard) > 200
    });
    sound.assert_whole(listener.heard());
    ezstream.kill();
}

/// Titles stand between the bytes of the audio, and not a sample of it is touched by one.
#[test]
fn a_title_that_changes_is_not_heard() {
    let rig = Rig::demo();
    let sound = Sound::mp3(rig.dir.path(), "titled", 16);
    let url = rig.icecast_url("/news.mp3");
    let arguments =
        ["-v", "error", "-nostdin", "-re", "-i", sound.file(), "-c", "copy", "-f", "mp3"];
    let plain = ["-write_xing", "0", "-id3v2_version", "0", "-content_type", "audio/mpeg", &url];
    let ffmpeg = rig.run("ffmpeg", &[&arguments[..], &plain[..]].concat());
    rig.until("ffmpeg is on the air", || rig.has_source("/news.mp3"));
    let mut listener = Listener::join(&rig, "/news.mp3", "Icy-MetaData: 1\r\n");
    let every = listener.icy_interval();
    let mut titles = ["Low Water", "High Water", "Slack"].into_iter();
    listener.until("twelve seconds and three titles", |heard| {
        let (audio, shown) = strip_titles(heard, every);
        // The next when the last has come.
        let told = shown.iter().filter(|title| title.contains("Water") || title.contains("Slack"));
        if told.count() + titles.len() == 3
            && let Some(title) = titles.next()
        {
            rig.set_title("/news.mp3", title);
        }
        titles.len() == 0
            && shown.iter().any(|it| it.contains("Slack"))
            && sound.count(&audio) > 300
    });
    let (audio, shown) = strip_titles(listener.heard(), every);
    let changes: Vec<&String> = shown.iter().filter(|title| !title.is_empty()).collect();
    assert!(changes.len() >= 3, "{shown:?}");
    sound.assert_whole(&audio);
    sound.assert_heard_as_sent(rig.dir.path(), &audio);
    ffmpeg.kill();
}

/// What a listener who asked for titles heard, and the titles.
fn strip_titles(heard: &[u8], every: usize) -> (Vec<u8>, Vec<String>) {
    let (mut audio, mut titles) = (Vec::new(), Vec::new());
    let mut rest = heard;
    while let Some((piece, behind)) = rest.split_at_checked(every) {
        audio.extend_from_slice(piece);
        let Some((length, behind)) = behind.split_first() else { return (audio, titles) };
        let Some((text, behind)) = behind.split_at_checked(usize::from(*length) * 16) else {
            return (audio, titles);
        };
        titles.push(String::from_utf8_lossy(text).trim_end_matches('\0').to_owned());
        rest = behind;
    }
    audio.extend_from_slice(rest);
    (audio, titles)
}

#[test]
fn ffmpeg_sends_by_tls() {
    let rig = Rig::sealed();
    let sound = Sound::mp3(rig.dir.path(), "sealed", 12);
    let url = rig.icecast_url("/relay.mp3");
    let arguments =
        ["-v", "error", "-nostdin", "-re", "-i", sound.file(), "-c", "copy", "-f", "mp3"];
    let plain = ["-write_xing", "0", "-id3v2_version", "0", "-content_type", "audio/mpeg"];
    let sealed = ["-tls", "1", &url];
    let _ffmpeg = rig.run("ffmpeg", &[&arguments[..], &plain[..], &sealed[..]].concat());
    rig.until("ffmpeg is on the air", || rig.has_source("/relay.mp3"));
    let mut listener = Listener::join(&rig, "/relay.mp3", "");
    listener.until("five seconds of it", |heard| sound.count(heard) > 190);
    sound.assert_whole(listener.heard());
    sound.assert_heard_as_sent(rig.dir.path(), listener.heard());
}

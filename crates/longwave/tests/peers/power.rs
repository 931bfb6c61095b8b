//! Power cuts and full disks.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use airtime::ProgrammeTime;

use crate::rig::{Listener, Rig};
use crate::sound::{Sound, frames};

/// The hour files of a rendition, oldest first.
fn hour_files(below: &Path, stream: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![below.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "mp3")
                && path.components().any(|part| part.as_os_str() == stream)
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The machine's time, as the station writes it.
fn now() -> ProgrammeTime {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    ProgrammeTime::from_micros(i64::try_from(now.as_micros()).unwrap())
}

#[test]
fn a_power_cut_costs_the_last_second_at_most() {
    let rig = Rig::demo();
    let sound = Sound::mp3(rig.dir.path(), "power", 30);
    let url = rig.icecast_url("/news.mp3");
    let arguments = [
        "-v",
        "error",
        "-nostdin",
        "-re",
        "-i",
        sound.file(),
        "-c",
        "copy",
        "-f",
        "mp3",
        "-write_xing",
        "0",
        "-id3v2_version",
        "0",
        "-content_type",
        "audio/mpeg",
        &url,
    ];
    let _ffmpeg = rig.run("ffmpeg", &arguments);
    rig.until("ffmpeg is on the air", || rig.has_source("/news.mp3"));
    let on_air = now();
    let mut listener = Listener::join(&rig, "/news.mp3", "");
    listener.until("ten seconds of ffmpeg", |heard| sound.count(heard) > 380);
    let heard = sound.places(listener.heard()).into_iter().flatten().next_back().unwrap();
    let dir = rig.kill();

    let kept: Vec<u8> = hour_files(&dir.path().join("data"), "news")
        .iter()
        .flat_map(|file| std::fs::read(file).unwrap())
        .collect();
    sound.assert_whole(&kept);
    let last = sound.places(&kept).into_iter().flatten().next_back().unwrap();
    // A second is 38.3 frames. What was heard was on the tape before.
    assert!(last + 39 >= heard, "frame {heard} was heard, but the tape ends at {last}");

    // The next start goes on from there, and what was aired can be heard again.
    let rig = Rig::demo_in(dir, "data", &[]);
    let mut again = Listener::join(&rig, &format!("/news.mp3?from={on_air}"), "");
    assert!(again.head.contains(" 200 "), "{}", again.head);
    let first = {
        again.until("something of ffmpeg", |heard| sound.count(heard) > 0);
        sound.places(again.heard()).into_iter().flatten().next().unwrap()
    };
    again.until("what ffmpeg sent", |heard| first + sound.count(heard) > last);
    sound.assert_whole(again.heard());
}

/// A file system of `kibibytes` in memory, taken down when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf, kibibytes: u32) -> Option<Self> {
        std::fs::create_dir_all(&at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={kibibytes}k"), "longwave-test"])
            .arg(&at)
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(at))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_costs_tape_and_never_air() {
    let dir = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(dir.path().join("small"), 400) else {
        // Only the superuser may mount; the continuous integration is.
        eprintln!("left out: a file system can't be mounted here");
        return;
    };
    let rig = Rig::demo_in(dir, "small/data", &[]);
    let mut listener = Listener::join(&rig, "/music.mp3", "");
    rig.until("the alarm", || rig.alarmed("tape-stopped"));
    let already = frames(listener.heard()).len();
    listener.until("five seconds more", |heard| frames(heard).len() > already + 200);
    assert!(rig.program.log().contains("tape-stopped"), "the log does not say what happened");
    // The session of the listener, too, is written down when there is room again.
    let filling = rig.dir.path().join("small/data/tape");
    for file in hour_files(&filling, "news") {
        std::fs::remove_file(file).unwrap();
    }
    drop(listener);
    let sessions = rig.dir.path().join("small/data/sessions");
    let ended = || {
        let files = std::fs::read_dir(&sessions).unwrap().map(|entry| entry.unwrap().path());
        let days = files.filter(|path| !path.to_string_lossy().contains("open-"));
        days.map(|path| std::fs::read_to_string(path).unwrap()).collect::<String>()
    };
    rig.until("the session is in the log", || {
        let _ = Listener::join(&rig, "/music.mp3", "");
        ended().lines().any(|line| line.contains("/music.mp3"))
    });
    for line in ended().lines().filter(|line| !line.is_empty()) {
        let session: Result<serde_json::Value, _> = serde_json::from_str(line);
        assert!(session.is_ok(), "this line can't be read: {line}");
    }
    rig.kill();
    drop(disk);
}

#[test]
fn a_station_stopped_by_a_signal_keeps_everything() {
    let rig = Rig::demo();
    let mut listener = Listener::join(&rig, "/music.mp3", "");
    listener.until("six seconds", |heard| frames(heard).len() > 230);
    let pid = rig.program.id();
    let heard = frames(listener.heard());
    assert!(Command::new("kill").args(["-TERM", &pid.to_string()]).status().unwrap().success());
    let Rig { program, dir, .. } = rig;
    let said = program.finish();
    assert!(!said.contains("panicked"), "{said}");
    let kept: Vec<u8> = hour_files(&dir.path().join("data"), "music")
        .iter()
        .flat_map(|file| std::fs::read(file).unwrap())
        .collect();
    let kept = frames(&kept);
    let last = heard.last().unwrap();
    assert!(kept.contains(last), "what was heard last is not on the tape");
    assert!(
        Duration::from_millis(26) * u32::try_from(kept.len()).unwrap() > Duration::from_secs(2)
    );
}

//! Sources that send frames, but no sound.

use std::process::Command;
use std::time::Duration;

use air::{DeckStatus, OnAir, SourceHandle};
use lineup::{Mount, OnSilence, SilencePolicy};

use crate::rig::{Rig, STEP, builtin, hello, mount, path, seconds};

const SPEECH: &str = "anoisesrc=c=pink:a=0.3:s=5:r=44100:d=8,tremolo=f=4:d=0.8";
/// Speech that is turned down: some -50 dB.
const QUIET: &str = "anoisesrc=c=pink:a=0.3:s=5:r=44100:d=8,tremolo=f=4:d=0.8,volume=-21.6dB";
const SILENCE: &str = "anullsrc=r=44100:cl=mono:d=8";

/// Eight seconds of sound as MP3 of 128 kbit/s.
pub(crate) fn made(source: &str) -> Vec<u8> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-f", "lavfi", "-i", source, "-ac", "2"])
        .args(["-c:a", "libmp3lame", "-b:a", "128k", "-write_xing", "0", "-id3v2_version", "0"])
        .args(["-f", "mp3", "pipe:1"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

struct Studio {
    rig: Rig,
    source: SourceHandle,
}

impl Studio {
    fn on(action: OnSilence, with_loop: bool) -> Self {
        let mut rig = Rig::new();
        let fallback = if with_loop { vec![builtin("news")] } else { Vec::new() };
        let mut mount = Mount { fallback, ..mount("/news.mp3") };
        mount.source.silence = SilencePolicy { action, ..SilencePolicy::default() };
        let loops = if with_loop { vec![made(SPEECH)] } else { Vec::new() };
        rig.add(mount, &loops);
        let source = rig.open();
        Self { rig, source }
    }

    /// Sends this sound, over and over, for so many seconds, and measures what is on the air.
    fn send(&self, sound: &[u8], length: f64) {
        let mut bytes = sound.iter().copied().cycle();
        self.rig.run_with(length, |rig| {
            let due: Vec<u8> =
                bytes.by_ref().take((16_000.0 * STEP.as_secs_f64()) as usize).collect();
            assert!(self.source.push(&due), "the source was let go");
            rig.air.measure();
        });
    }

    fn status(&self) -> DeckStatus {
        self.rig.air.status(&path("/news.mp3")).unwrap()
    }
}

#[test]
fn silence_raises_an_alarm_after_its_time_and_quiet_speech_does_not() {
    let studio = Studio::on(OnSilence::Alarm, true);
    studio.send(&made(QUIET), 60.0);
    let status = studio.status();
    assert_eq!(status.on_air, OnAir::Source);
    let level = status.level.unwrap();
    assert!((-59.0..-44.0).contains(&level.rms), "{level:?}");
    assert!(!status.silence && status.silent_since.is_none(), "{status:?}");

    let silence = made(SILENCE);
    let began = studio.rig.now();
    studio.send(&silence, 20.0);
    let status = studio.status();
    assert!(status.level.unwrap().rms < -80.0);
    // It went through the source's buffer of a second first.
    let since = status.silent_since.unwrap().since(began);
    assert!((seconds(0.5)..seconds(3.5)).contains(&since), "{since:?}");
    assert!(!status.silence, "it is borne for half a minute");
    studio.send(&silence, 15.0);
    let status = studio.status();
    assert!(status.silence && status.audible, "{status:?}");
    assert_eq!(status.on_air, OnAir::Source, "the station has not chosen to fall back");

    studio.send(&made(SPEECH), 4.0);
    let status = studio.status();
    assert!(!status.silence && status.silent_since.is_none(), "{status:?}");
}

#[test]
fn a_silent_source_is_passed_over_until_it_is_heard_again() {
    let studio = Studio::on(OnSilence::FallBack, true);
    let (speech, silence) = (made(SPEECH), made(SILENCE));
    studio.send(&speech, 10.0);
    for _ in 0..2 {
        studio.send(&silence, 29.0);
        assert_eq!(studio.status().on_air, OnAir::Source);
        studio.send(&silence, 6.0);
        for _ in 0..10 {
            // However long it lasts.
            studio.send(&silence, 10.0);
            let status = studio.status();
            assert_eq!(status.on_air, OnAir::Loop("news".to_owned()));
            assert!(status.silence && status.silent_since.is_none(), "{status:?}");
            assert!(status.is_heard(), "the loop is");
            let source = status.source.unwrap();
            assert!(source.passed_over);
            assert!(source.buffered < seconds(2.0), "{:?} are kept", source.buffered);
        }
        // A click is no sound to come back for.
        studio.send(&speech, 0.3);
        studio.send(&silence, 6.0);
        assert_eq!(studio.status().on_air, OnAir::Loop("news".to_owned()));

        studio.send(&speech, 6.0);
        let status = studio.status();
        assert_eq!(status.on_air, OnAir::Source);
        assert!(!status.silence && !status.source.unwrap().passed_over);
    }
}

#[test]
fn silence_is_better_than_nothing() {
    let studio = Studio::on(OnSilence::FallBack, false);
    studio.send(&made(SILENCE), 90.0);
    let status = studio.status();
    assert_eq!(status.on_air, OnAir::Source);
    assert!(status.silence);
    studio.send(&made(SPEECH), 6.0);
    let status = studio.status();
    assert!(!status.silence, "{status:?}");
    assert_eq!(status.on_air, OnAir::Source);
}

#[test]
fn whoever_connects_anew_is_trusted_and_rules_may_change() {
    let mut studio = Studio::on(OnSilence::FallBack, true);
    let (speech, silence) = (made(SPEECH), made(SILENCE));
    studio.send(&silence, 40.0);
    assert_eq!(studio.status().on_air, OnAir::Loop("news".to_owned()));
    studio.rig.run(2.5);
    studio.source = studio.rig.air.open(&path("/news.mp3"), hello("source", "127.0.0.1")).unwrap();
    studio.send(&speech, 3.0);
    assert_eq!(studio.status().on_air, OnAir::Source);

    studio.send(&silence, 40.0);
    assert_eq!(studio.status().on_air, OnAir::Loop("news".to_owned()));
    let mut rules = Mount { fallback: vec![builtin("news")], ..mount("/news.mp3") };
    rules.source.silence.action = OnSilence::Nothing;
    studio.rig.air.update(&rules);
    studio.send(&silence, 3.0);
    let status = studio.status();
    assert_eq!(status.on_air, OnAir::Source);
    assert!(!status.silence && status.level.is_none());
}

#[test]
fn a_silent_source_that_leaves_is_not_heard_once_more() {
    let studio = Studio::on(OnSilence::FallBack, true);
    studio.send(&made(SILENCE), 40.0);
    let Studio { rig, source } = studio;
    drop(source);
    rig.run_with(3.0, |rig| {
        let status = rig.air.status(&path("/news.mp3")).unwrap();
        assert_eq!(status.on_air, OnAir::Loop("news".to_owned()));
    });
}

#[test]
fn a_loop_of_silence_is_told_as_well() {
    let mut rig = Rig::new();
    let mut mount = Mount { fallback: vec![builtin("news")], ..mount("/news.mp3") };
    mount.source.silence.after = Duration::from_secs(10);
    rig.add(mount, &[made(SILENCE)]);
    rig.run_with(15.0, |rig| rig.air.measure());
    let status = rig.air.status(&path("/news.mp3")).unwrap();
    assert!(status.audible && status.silence && !status.is_heard(), "{status:?}");
}

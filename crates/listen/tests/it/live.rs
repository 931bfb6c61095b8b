//! Listening on: slow listeners, moving, letting go.

use std::io::Write as _;
use std::time::Duration;

use airtime::Clock as _;
use codec::{Codec, Format};
use lineup::MountPath;
use tape::{Discontinuity, Epoch};

use crate::studio::{FRAME, Plan, START, Studio, frame, number, numbers, path, setup};

/// Frame numbers in order, with the places where some are left out. Panics if any frame is cut.
fn gaps(audio: &[u8]) -> Vec<(u64, u64)> {
    let heard = numbers(audio);
    let pairs = heard.windows(2).filter(|pair| pair[1] != pair[0] + 1);
    pairs.map(|pair| (pair[0], pair[1])).collect()
}

#[test]
fn who_does_not_read_skips_to_the_head_at_a_whole_frame_and_slows_nobody() {
    let mut plan = Plan::new();
    plan.mount.max_lag = Duration::from_secs(20);
    let mut studio = plan.open();
    studio.air(Duration::from_secs(20));
    let mut stuck = studio.ask("/news.mp3", "");
    let mut other = studio.ask("/news.mp3", "");
    // A loopback socket swallows megabytes before it is full.
    while studio.listen.counts(&path()).skips < 2 {
        assert!(studio.frames < 60_000, "never skipped");
        studio.air(Duration::from_secs(2));
        other.rest();
    }
    assert!(gaps(other.body()).is_empty(), "the other listener lost something");
    let head = studio.clock.now().as_micros() - START;
    let behind = head / 24_000 - *numbers(other.body()).last().unwrap() as i64;
    assert!(behind < 150, "the other listener is {behind} frames behind");

    let lag = studio.listen.seats(&path())[0].lag;
    assert!(lag <= Duration::from_secs(30), "{lag:?} behind");
    // Now the stuck one reads again: what they get is whole frames, with leaps, up to the head.
    let reached = studio.frames;
    studio.hear(&mut stuck, |ear| {
        let body = ear.body();
        let last = body.len() / FRAME;
        last > 0 && number(&body[(last - 1) * FRAME..]) > reached
    });
    let leaps = gaps(stuck.body());
    assert!(!leaps.is_empty());
    assert!(leaps.iter().all(|(from, to)| to > from));
    assert_eq!(studio.listen.counts(&path()).listeners, 2);
}

#[test]
fn titles_stay_in_their_places_through_partial_writes() {
    let mut plan = Plan::new();
    plan.mount.icy_interval = 500;
    let mut studio = plan.open();
    studio.title(0.0, "One");
    studio.air(Duration::from_secs(20));
    let mut stuck = studio.ask("/news.mp3", "Icy-MetaData: 1\r\n");
    while studio.listen.counts(&path()).skips < 3 {
        assert!(studio.frames < 100_000, "never skipped");
        studio.air(Duration::from_secs(10));
        studio.title(studio.frames as f64 * 0.024, &format!("Title {}", studio.frames));
    }
    // All that is on the way, and some more from the head.
    stuck.rest();
    let reached = stuck.got.len();
    studio.hear(&mut stuck, |ear| ear.got.len() > reached + 1000 * FRAME);
    // Panics if any title is out of its place.
    assert!(!gaps(&audio_of(stuck.body(), 500)).is_empty());
}

fn audio_of(body: &[u8], interval: usize) -> Vec<u8> {
    let (mut audio, mut rest) = (Vec::new(), body);
    while rest.len() > interval {
        let length = usize::from(rest[interval]) * 16;
        if rest.len() < interval + 1 + length {
            break;
        }
        audio.extend_from_slice(&rest[..interval]);
        rest = &rest[interval + 1 + length..];
    }
    audio
}

#[test]
fn who_leaves_is_noticed_also_when_nothing_is_on_the_air() {
    let mut studio = Studio::new();
    studio.air(Duration::from_secs(10));
    let mut ear = studio.ask("/news.mp3", "");
    studio.hear(&mut ear, |ear| ear.body().len() > 200 * FRAME);
    ear.rest();
    drop(ear);
    for _ in 0..400 {
        studio.clock.advance(Duration::from_millis(50));
        std::thread::yield_now();
        if studio.listen.counts(&path()).listeners == 0 {
            return;
        }
    }
    // Silence may outlast the steps above where the pump's thread got no turn.
    studio.until(|studio| studio.listen.counts(&path()).listeners == 0);
}

#[test]
fn one_listener_can_be_let_go() {
    let mut studio = Studio::new();
    studio.air(Duration::from_secs(10));
    let mut one = studio.ask("/news.mp3", "User-Agent: Test/1\r\n");
    let mut two = studio.ask("/news.mp3", "User-Agent: Test/2\r\n");
    let seats = studio.listen.seats(&path());
    assert_eq!(seats.len(), 2);
    assert_eq!(seats[0].agent.as_deref(), Some("Test/1"));
    assert!(studio.listen.kill(seats[0].id));
    assert!(!studio.listen.kill(seats[0].id));
    while !one.ended {
        one.read();
    }
    // What they were sent ends with a whole frame.
    assert_eq!(one.body().len() % FRAME, 0);
    studio.hear(&mut two, |ear| ear.body().len() > 600 * FRAME);
    assert_eq!(studio.listen.counts(&path()).listeners, 1);
}

#[test]
fn everybody_can_be_moved_and_a_removed_mount_lets_go() {
    let mut studio = Studio::new();
    studio.air(Duration::from_secs(10));
    let music = MountPath::new("/music.mp3").unwrap();
    let mut mount = Plan::new().mount;
    mount.path = music.clone();
    mount.max_listeners = Some(1);
    let (tape, events) = (studio.tape.clone(), studio.events.clone());
    studio.listen.set_mount(setup(mount, Duration::ZERO, &tape, &events));
    let mut ears: Vec<_> = (0..5).map(|_| studio.ask("/news.mp3", "")).collect();
    assert_eq!(studio.listen.move_all(&path(), &music), Some(5));
    assert_eq!(studio.listen.counts(&path()).listeners, 0);
    assert_eq!(studio.listen.counts(&music).listeners, 5);
    assert_eq!(studio.listen.seats(&music).len(), 5);
    for ear in &mut ears {
        studio.hear(ear, |ear| ear.body().len() > 400 * FRAME);
        assert!(gaps(ear.body()).len() <= 1);
    }
    assert_eq!(studio.listen.move_all(&path(), &MountPath::new("/no.mp3").unwrap()), None);
    studio.listen.remove_mount(&music);
    for ear in &mut ears {
        while !ear.ended {
            ear.read();
        }
    }
    assert_eq!(studio.listen.counts(&music).listeners, 0);
    let mut late = studio.ask("/music.mp3", "");
    late.rest();
    assert!(late.head().unwrap().starts_with("HTTP/1.1 404"));
}

#[test]
fn a_changed_mount_drops_nobody() {
    let mut studio = Studio::new();
    studio.air(Duration::from_secs(10));
    let mut ear = studio.ask("/news.mp3", "");
    let mut mount = Plan::new().mount;
    mount.max_listeners = Some(1);
    let (tape, events) = (studio.tape.clone(), studio.events.clone());
    studio.listen.set_mount(setup(mount, Duration::ZERO, &tape, &events));
    studio.hear(&mut ear, |ear| ear.body().len() > 600 * FRAME);
    assert!(gaps(ear.body()).is_empty());
    let mut second = studio.ask("/news.mp3", "");
    second.rest();
    assert!(second.head().unwrap().starts_with("HTTP/1.1 403"));
}

#[test]
fn a_mount_that_leads_elsewhere_takes_its_listeners_along() {
    let mut studio = Studio::new();
    studio.air(Duration::from_secs(10));
    let mut ear = studio.ask("/news.mp3", "");
    studio.hear(&mut ear, |ear| ear.body().len() > 200 * FRAME);
    // Another studio's tape, at the same time but with other sound.
    let mut other = Studio::new();
    other.frames = 1_000_000;
    other.air(Duration::from_secs(60));
    let mut mount = Plan::new().mount;
    mount.rendition = lineup::RenditionId::new("mp3-192").unwrap();
    studio.listen.set_mount(setup(mount, Duration::ZERO, &other.tape, &other.events));
    studio.hear(&mut ear, |ear| {
        other.air(Duration::from_millis(240));
        numbers(ear.body()).last().is_some_and(|n| *n > 1_000_100)
    });
    let leaps = gaps(ear.body());
    assert!(leaps.len() == 1 && leaps[0].1 > 1_000_000, "{leaps:?}");
    assert_eq!(studio.listen.counts(&path()).listeners, 1);
}

#[test]
fn headers_come_first_and_again_where_another_chain_begins() {
    let mut studio = Studio::new();
    let format = Format { codec: Codec::WebM, sample_rate: 48_000, channels: 2 };
    let epoch = |name: &str| Epoch::new(format, name.as_bytes());
    studio.appender.begin(epoch("<one>"), Discontinuity::Format);
    studio.air(Duration::from_secs(10));
    let mut ear = studio.ask("/news.mp3", "Icy-MetaData: 1\r\n");
    studio.hear(&mut ear, |ear| ear.body().len() > 200 * FRAME);
    assert_eq!(ear.header("Content-Type").as_deref(), Some("audio/webm"));
    assert_eq!(ear.header("icy-metaint"), None, "titles are inside of such a stream");
    let switch = studio.frames;
    studio.appender.begin(epoch("<two>"), Discontinuity::Splice);
    studio.hear(&mut ear, |ear| ear.body().len() > 800 * FRAME);
    let again = studio.frames;
    // The very same headers: a file that begins anew.
    studio.appender.begin(epoch("<two>"), Discontinuity::Splice);
    studio.hear(&mut ear, |ear| ear.body().len() > 1600 * FRAME);
    let body = ear.body();
    let place = |n: u64| {
        let bytes = frame(n);
        body.windows(FRAME).step_by(1).position(|at| at == bytes)
    };
    assert!(body.starts_with(b"<one>"));
    let first = number(&body[5..]);
    let two = place(switch).unwrap();
    assert_eq!(&body[two - 5..two], b"<two>");
    assert_eq!((two - 10) / FRAME, (switch - first) as usize);
    let anew = place(again).unwrap();
    assert_eq!(&body[anew - 5..anew], b"<two>");
    let headers = body.windows(5).filter(|at| *at == b"<one>" || *at == b"<two>").count();
    assert_eq!(headers, 3);
}

#[test]
fn two_thousand_listeners_hear_the_same() {
    let mut studio = Studio::new();
    studio.air(Duration::from_secs(10));
    let mut ears: Vec<_> = (0..2000).map(|_| studio.ask("/news.mp3", "")).collect();
    assert_eq!(studio.listen.counts(&path()).listeners, 2000);
    let enough = 450 * FRAME;
    for ear in &mut ears {
        studio.hear(ear, |ear| ear.body().len() >= enough);
        assert!(gaps(ear.body()).is_empty());
        ear.got = Vec::new();
    }
    drop(ears);
    studio.until(|studio| studio.listen.counts(&path()).listeners == 0);
    assert_eq!(studio.listen.counts(&path()).peak, 2000);
}

#[test]
fn a_stopped_house_lets_everybody_go_and_nobody_in() {
    let mut studio = Studio::new();
    studio.air(Duration::from_secs(10));
    let mut ear = studio.ask("/news.mp3", "");
    studio.listen.stop();
    while !ear.ended {
        ear.read();
    }
    assert_eq!(numbers(ear.body()).len() * FRAME, ear.body().len());
    let mut late = studio.ask("/news.mp3", "");
    late.rest();
    assert!(late.head().unwrap().starts_with("HTTP/1.1 404"));
}

#[test]
fn who_leaves_a_silent_mount_is_missed_whatever_they_sent_before() {
    let mut studio = Studio::new();
    studio.air(Duration::from_secs(10));
    let mut ear = studio.ask("/news.mp3", "");
    studio.hear(&mut ear, |ear| ear.body().len() > FRAME);
    ear.socket.write_all(b"GET /another.mp3 HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(studio.listen.counts(&path()).listeners, 1);
    ear.socket.shutdown(std::net::Shutdown::Write).unwrap();
    studio.pass_in_silence(|studio| studio.listen.counts(&path()).listeners == 0);
}

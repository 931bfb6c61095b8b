//! A station's air in a test.

use std::sync::Arc;
use std::time::Duration;

use access::{Principal, Scope};
use air::{Air, DeckSetup, OnAir, SourceHandle, SourceHello, Title};
use airtime::{Clock as _, ProgrammeTime, SimulatedClock, Span};
use bytes::Bytes;
use codec::Codec;
use lineup::{
    BurstLength, Fallback, Mount, MountPath, RenditionId, SourcePolicy, StationId, StreamId,
};
use tape::{Block, Event, EventLog, Read, Tape, TapeOptions};

/// One MPEG-1 layer III frame at 128 kbit/s and 48 kHz: 384 bytes, 24 ms.
pub(crate) const FRAME: usize = 384;
pub(crate) const FRAME_TIME: Duration = Duration::from_millis(24);
/// Bytes a second.
pub(crate) const RATE: usize = 16_000;
/// How often the air is advanced.
pub(crate) const STEP: Duration = Duration::from_millis(20);

/// 2026-11-24T05:30:00Z, the beginning of every test.
pub(crate) const START: i64 = 1_795_498_200_000_000;

pub(crate) fn path(name: &str) -> MountPath {
    MountPath::new(name).unwrap()
}

pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// Frame `n` of `voice`: a header that is one, voice and number, and a pattern. It leans on no
/// other frame, and decodes to silence.
pub(crate) fn frame(voice: u8, n: u32) -> Vec<u8> {
    let mut frame = vec![0xff, 0xfb, 0x94, 0x00];
    frame.resize(36, 0);
    frame.push(voice);
    frame.extend(n.to_be_bytes());
    frame.resize_with(FRAME, || (n % 251) as u8);
    frame
}

/// Frames `from..` of `voice`, so many seconds of them.
pub(crate) fn audio(voice: u8, from: u32, length: f64) -> Vec<u8> {
    let frames = (length / FRAME_TIME.as_secs_f64()).round() as u32;
    (from..from + frames).flat_map(|n| frame(voice, n)).collect()
}

/// A frame as it was found on a tape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) voice: u8,
    pub(crate) n: u32,
    pub(crate) at: ProgrammeTime,
    /// It begins an unbroken run.
    pub(crate) begins: bool,
}

/// The frames of a block; panics unless all are whole and as they were made.
fn frames(block: &Block) -> Vec<Found> {
    assert_eq!(block.bytes.len() % FRAME, 0, "a block of broken frames");
    let frames = block.bytes.chunks_exact(FRAME).enumerate();
    frames
        .map(|(index, bytes)| {
            let voice = bytes[36];
            let n = u32::from_be_bytes(bytes[37..41].try_into().unwrap());
            assert_eq!(bytes, frame(voice, n), "not a frame that was sent");
            let at = block.first.saturating_add(FRAME_TIME * u32::try_from(index).unwrap());
            Found { voice, n, at, begins: index == 0 && block.discontinuity }
        })
        .collect()
}

pub(crate) struct Rig {
    pub(crate) clock: Arc<SimulatedClock>,
    pub(crate) air: Air,
    dir: tempfile::TempDir,
    tapes: Vec<(MountPath, Tape, EventLog)>,
}

/// The declaration of a mount, to be changed before it is added.
pub(crate) fn mount(name: &str) -> Mount {
    Mount {
        path: path(name),
        station: StationId::new("kstl").unwrap(),
        stream: StreamId::new(name.trim_matches('/').split('.').next().unwrap()).unwrap(),
        rendition: RenditionId::new("mp3-128").unwrap(),
        listed: true,
        burst: BurstLength::default(),
        icy_interval: 16_000,
        max_listeners: None,
        max_per_address: None,
        max_duration: None,
        max_lag: Duration::from_secs(20),
        listener_auth: None,
        source: SourcePolicy::default(),
        fallback: Vec::new(),
    }
}

pub(crate) fn builtin(name: &str) -> Fallback {
    Fallback::Builtin(name.to_owned())
}

pub(crate) fn hello(user: &str, address: &str) -> SourceHello {
    let principal = Principal { user: user.into(), scopes: Arc::from([Scope::AnySource]) };
    SourceHello::new(principal, address.parse().unwrap(), "audio/mpeg")
}

impl Rig {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(SimulatedClock::starting_at(ProgrammeTime::from_micros(START)));
        let air = Air::new(clock.clone());
        Self { clock, air, dir: tempfile::tempdir().unwrap(), tapes: Vec::new() }
    }

    /// A mount `/news.mp3` that falls back to eight seconds of loop.
    pub(crate) fn with_loop() -> Self {
        let mut rig = Self::new();
        rig.add(
            Mount { fallback: vec![builtin("news")], ..mount("/news.mp3") },
            &[audio(b'L', 0, 8.0)],
        );
        rig
    }

    /// A mount `/news.mp3` that falls back to nothing.
    pub(crate) fn bare() -> Self {
        let mut rig = Self::new();
        rig.add(mount("/news.mp3"), &[]);
        rig
    }

    pub(crate) fn add(&mut self, mount: Mount, loops: &[Vec<u8>]) {
        self.add_as(mount, loops, Codec::Mp3);
    }

    pub(crate) fn add_as(&mut self, mount: Mount, loops: &[Vec<u8>], codec: Codec) {
        let options =
            TapeOptions { dir: None, ring: Duration::from_secs(4000), ..TapeOptions::default() };
        let (tape, appender) = Tape::open(options, self.clock.clone()).unwrap();
        let dir = self.dir.path().join(mount.stream.as_str());
        let events = EventLog::open(&dir, self.clock.clone()).unwrap();
        self.tapes.push((mount.path.clone(), tape.clone(), events.clone()));
        let loops = loops.iter().map(|bytes| Bytes::from(bytes.clone())).collect();
        self.air.add(DeckSetup { mount, codec, tape, appender, events, loops });
    }

    pub(crate) fn now(&self) -> ProgrammeTime {
        self.clock.now()
    }

    /// Lets time pass, in steps.
    pub(crate) fn run(&self, length: f64) {
        self.run_with(length, |_| {});
    }

    /// Lets time pass, calling `each` before every step of the air.
    pub(crate) fn run_with(&self, length: f64, mut each: impl FnMut(&Self)) {
        let steps = (length / STEP.as_secs_f64()).round() as u32;
        for _ in 0..steps {
            self.clock.advance(STEP);
            each(self);
            self.air.step();
            for (path, tape, _) in &self.tapes {
                let head = tape.head().unwrap_or(ProgrammeTime::EPOCH);
                // Between marks the tape counts samples, which a fast source plays faster.
                let most = self.now().saturating_add(Duration::from_millis(1));
                assert!(head <= most, "the head of {path} passes now");
            }
        }
    }

    pub(crate) fn open(&self) -> SourceHandle {
        self.air.open(&path("/news.mp3"), hello("source", "127.0.0.1")).unwrap()
    }

    pub(crate) fn tape(&self, name: &str) -> &Tape {
        &self.tapes.iter().find(|(path, _, _)| path.as_str() == name).unwrap().1
    }

    pub(crate) fn blocks(&self, name: &str) -> Vec<Arc<Block>> {
        let tape = self.tape(name);
        let mut cursor = match tape.window().map(|window| tape.seek(window.from())) {
            Some(Ok(seek)) => seek.cursor,
            _ => tape.behind_head(Duration::from_secs(100_000)),
        };
        let mut found = Vec::new();
        loop {
            match tape.view().read(cursor) {
                Read::Block(block) => {
                    cursor = cursor.after(&block);
                    found.push(block);
                }
                Read::AtHead => return found,
                other => panic!("{other:?}"),
            }
        }
    }

    /// All frames on the tape of `/news.mp3` so far.
    pub(crate) fn found(&self) -> Vec<Found> {
        self.found_on("/news.mp3")
    }

    pub(crate) fn found_on(&self, name: &str) -> Vec<Found> {
        self.blocks(name).iter().flat_map(|block| frames(block)).collect()
    }

    /// The numbers of one voice's frames on the tape of `/news.mp3`, in order.
    pub(crate) fn numbers(&self, voice: u8) -> Vec<u32> {
        self.found().iter().filter(|it| it.voice == voice).map(|it| it.n).collect()
    }

    pub(crate) fn on_air(&self) -> OnAir {
        self.air.status(&path("/news.mp3")).unwrap().on_air
    }

    pub(crate) fn audible(&self) -> bool {
        self.air.status(&path("/news.mp3")).unwrap().audible
    }

    /// All events of a kind on the stream of `/news.mp3`, in order.
    pub(crate) fn events(&self, kind: &str) -> Vec<Event> {
        let (_, _, events) =
            self.tapes.iter().find(|(path, _, _)| path.as_str() == "/news.mp3").unwrap();
        let all =
            Span::new(ProgrammeTime::EPOCH, self.now().saturating_add(seconds(60.0))).unwrap();
        events.between(all).into_iter().filter(|event| event.kind == kind).collect()
    }

    /// What is said to play at `at` on `/news.mp3`, in one line.
    pub(crate) fn title_at(&self, at: ProgrammeTime) -> Option<Title> {
        let (_, _, events) =
            self.tapes.iter().find(|(path, _, _)| path.as_str() == "/news.mp3").unwrap();
        let event = events.latest(Title::KIND, at)?;
        Some(serde_json::from_value(event.payload).unwrap())
    }
}

/// Would the source be read on at once?
pub(crate) fn has_room(source: &SourceHandle) -> bool {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    std::pin::pin!(source.room()).poll(&mut context).is_ready()
}

/// Sends one voice's frames at a steady rate.
pub(crate) struct Speaker {
    pub(crate) handle: SourceHandle,
    voice: u8,
    /// Frames made.
    next: u32,
    ready: Vec<u8>,
    /// Bytes that are due, and not yet pushed.
    due: f64,
}

impl Speaker {
    pub(crate) fn new(handle: SourceHandle, voice: u8) -> Self {
        Self { handle, voice, next: 0, ready: Vec::new(), due: 0.0 }
    }

    /// Goes on with another frame than the next.
    pub(crate) fn from(mut self, next: u32) -> Self {
        self.next = next;
        self
    }

    /// Sends what is due after `time` at `speed` times real time; `false`: it was let go.
    pub(crate) fn send(&mut self, time: Duration, speed: f64) -> bool {
        self.due += time.as_secs_f64() * RATE as f64 * speed;
        let n = self.due as usize;
        self.due -= n as f64;
        self.send_bytes(n)
    }

    pub(crate) fn send_seconds(&mut self, length: f64) -> bool {
        self.send_bytes((length * RATE as f64) as usize)
    }

    pub(crate) fn send_bytes(&mut self, n: usize) -> bool {
        while self.ready.len() < n {
            self.ready.extend(frame(self.voice, self.next));
            self.next += 1;
        }
        let rest = self.ready.split_off(n);
        let bytes = std::mem::replace(&mut self.ready, rest);
        self.handle.push(&bytes)
    }

    /// The number of the frame that is made next.
    pub(crate) fn next(&self) -> u32 {
        self.next
    }
}

/// No frame twice, none missing, in order: as they were sent.
pub(crate) fn assert_in_order(numbers: &[u32]) {
    for pair in numbers.windows(2) {
        assert_eq!(pair[1], pair[0] + 1, "frames out of order, twice or missing");
    }
}

/// Every frame begins where the one before it ends, but for `tolerance`.
pub(crate) fn assert_no_hole(found: &[Found], tolerance: Duration) {
    for pair in found.windows(2) {
        let off = pair[1].at.micros_since(pair[0].at.saturating_add(FRAME_TIME)).abs();
        let tolerance = i64::try_from(tolerance.as_micros()).unwrap();
        assert!(off <= tolerance, "{off} µs between {:?} and {:?}", pair[0], pair[1]);
    }
}

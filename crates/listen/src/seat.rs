//! One listener.

use std::net::IpAddr;
use std::time::Duration;

use airtime::{Clock, Monotonic, ProgrammeTime, Span};
use lineup::{Mount, MountPath};
use serde::Serialize;
use tape::{Cursor, Read, Tape};
use tracing::info;

use crate::auth::Guest;
use crate::entrance::{ENOUGH, main_data};
use crate::line::Line;
use crate::mounted::Place;
use crate::run::{Run, RunEnd};
use crate::time_map::MapHandle;
use crate::weave::Weave;
use crate::{SessionId, SessionRecord};

/// A probe that stays this long is a listener.
const PROBE: Duration = Duration::from_secs(5);

/// The shortest time between two turns.
const SHORTEST: Duration = Duration::from_millis(250);

/// A listener who takes nothing is tried again after this long, then after twice as long, up to
/// the usual interval.
const RETRY: Duration = Duration::from_millis(250);

/// Audio that was not yet fetched from disk is asked for again after this long.
const FETCH: Duration = Duration::from_millis(100);

/// Stretches of the tape kept for one session; of more, the closest are joined.
const STRETCHES: usize = 64;

/// Two stretches less than this apart are one.
const STRETCH_GAP: Duration = Duration::from_millis(100);

/// How often an open session is written down: less than the 60 s that a crash may cost.
const CHECKPOINT: Duration = Duration::from_secs(45);

/// One listener.
#[derive(Clone, Debug, Serialize)]
pub struct SeatInfo {
    /// Its number, unique in this process.
    pub id: u64,
    /// Its session.
    pub session: SessionId,
    /// Its address.
    pub address: IpAddr,
    /// Its program.
    pub agent: Option<String>,
    /// Its user name, where listeners log in.
    pub user: Option<String>,
    /// Connected for so long.
    pub connected: Duration,
    /// Behind the head by so much.
    pub lag: Duration,
    /// Bytes sent.
    pub bytes: u64,
}

/// Who a listener is.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) id: u64,
    pub(crate) session: SessionId,
    pub(crate) address: IpAddr,
    pub(crate) agent: Option<Box<str>>,
    pub(crate) user: Option<Box<str>>,
    pub(crate) mount: MountPath,
    pub(crate) started: ProgrammeTime,
}

/// One listener: a socket and a place on the tape.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) who: Identity,
    pub(crate) place: Place,
    line: Line,
    weave: Weave,
    cursor: Cursor,
    /// What its decoder has to lean on, until that is enough.
    there: Option<usize>,
    /// Set for a listener who asked for a time: sent to at the pace of time.
    pace: Option<Pace>,
    joined: Monotonic,
    /// Let go then.
    until: Option<Monotonic>,
    /// The end of what was sent.
    at: Option<ProgrammeTime>,
    heard: Heard,
    bytes: u64,
    map: Option<MapHandle>,
    guest: Option<Box<Guest>>,
    /// Tries in a row at which nothing was taken.
    refusals: u8,
    skipped: bool,
    soon: Option<Duration>,
    looked: Monotonic,
    checkpoint: Monotonic,
}

#[derive(Debug)]
struct Pace {
    since: Monotonic,
    sent: Duration,
}

/// What a seat begins with.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) who: Identity,
    pub(crate) place: Place,
    pub(crate) line: Line,
    pub(crate) weave: Weave,
    pub(crate) cursor: Cursor,
    pub(crate) from_tape: bool,
    pub(crate) until: Option<Monotonic>,
    pub(crate) map: Option<MapHandle>,
    /// Whom to tell when it leaves.
    pub(crate) guest: Option<Box<Guest>>,
}

/// What a seat needs to know of its mount.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// How much may be sent ahead of real time.
    pub(crate) burst: Duration,
    /// A live listener who is further behind skips to the head.
    pub(crate) max_lag: Duration,
    /// How often a seat is sent to.
    pub(crate) interval: Duration,
}

impl Rules {
    /// The rules of `mount` where seats are sent to every `interval`, or more often where the
    /// burst is too short for that.
    pub(crate) fn of(mount: &Mount, interval: Duration) -> Self {
        let burst = mount.burst.get();
        let interval = interval.min((burst / 2).max(SHORTEST));
        Self { burst, max_lag: mount.max_lag, interval }
    }
}

/// What is to be done with a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Serve it again after this long.
    Again(Duration),
    /// It is gone, or its time is up.
    Gone,
}

impl Seat {
    pub(crate) fn new(opening: Opening, now: Monotonic) -> Self {
        let Opening { who, place, line, weave, cursor, from_tape, until, map, guest } = opening;
        Self {
            who,
            place,
            line,
            weave,
            cursor,
            there: Some(0),
            pace: from_tape.then_some(Pace { since: now, sent: Duration::ZERO }),
            joined: now,
            until,
            at: None,
            heard: Heard::default(),
            bytes: 0,
            map,
            guest,
            refusals: 0,
            skipped: false,
            soon: None,
            looked: now,
            checkpoint: now + CHECKPOINT,
        }
    }

    /// Set where its first turn must come soon.
    pub(crate) fn first_turn(&self) -> Option<Duration> {
        self.soon
    }

    /// Its first turn must come soon.
    pub(crate) fn set_first_turn(&mut self, after: Duration) {
        self.soon = Some(after);
    }

    /// Where its next block is.
    pub(crate) fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// What its decoder has to lean on; `None`: enough.
    pub(crate) fn there(&self) -> Option<usize> {
        self.there
    }

    pub(crate) fn has_titles(&self) -> bool {
        self.weave.has_titles()
    }

    /// How much may be sent to it now; `None`: all there is.
    pub(crate) fn allowance(&self, rules: &Rules, now: Monotonic) -> Option<Duration> {
        let pace = self.pace.as_ref()?;
        Some((rules.burst + now.saturating_sub(pace.since)).saturating_sub(pace.sent))
    }

    /// Sends what is due: `run` begins at this seat's cursor.
    pub(crate) fn serve(&mut self, run: &Run, tape: &Tape, rules: &Rules, now: Monotonic) -> Next {
        if self.until.is_some_and(|until| until <= now) {
            return Next::Gone;
        }
        if !self.place.is_shown() && now.saturating_sub(self.joined) >= PROBE {
            if self.line.is_closed() {
                return Next::Gone;
            }
            self.place.show();
            self.checkpoint = now;
        }
        let idle = run.blocks.is_empty() && !self.weave.is_midway() && !self.line.holds_back();
        if idle {
            return self.idle(run, rules, now);
        }
        let Ok(sent) = self.weave.send(&mut self.line, run) else { return Next::Gone };
        self.bytes += sent.bytes as u64;
        self.place.mounted().add_bytes(sent.bytes as u64);
        self.cursor = sent.cursor;
        if let Some(there) = run.there.filter(|_| sent.taken > 0) {
            let more: usize = run.blocks[..sent.taken].iter().map(|block| main_data(block)).sum();
            self.there = Some(there + more).filter(|there| *there < ENOUGH);
        }
        for block in &run.blocks[..sent.taken] {
            self.at = Some(block.end());
            self.heard.add(block.first, block.end());
            if let Some(map) = &self.map {
                map.add(block.first, block.duration);
            }
            if let Some(pace) = &mut self.pace {
                pace.sent += block.duration;
            }
        }
        if sent.blocked {
            if sent.bytes > 0 {
                self.refusals = 0;
            }
            self.refusals = self.refusals.saturating_add(1);
            self.skip(run, tape, rules);
            let doubled = RETRY * (1 << (self.refusals - 1).min(4));
            return Next::Again(doubled.min(rules.interval.max(RETRY)));
        }
        self.refusals = 0;
        Next::Again(match run.end {
            RunEnd::Fetching | RunEnd::Gap | RunEnd::Full => FETCH,
            RunEnd::Enough if self.pace.is_none() => FETCH,
            RunEnd::Enough | RunEnd::Head => rules.interval,
        })
    }

    /// Nothing was to be sent. Whoever has left is not noticed by sending then.
    fn idle(&mut self, run: &Run, rules: &Rules, now: Monotonic) -> Next {
        if now.saturating_sub(self.looked) >= Duration::from_secs(10) {
            self.looked = now;
            if self.line.is_closed() {
                return Next::Gone;
            }
        }
        Next::Again(if run.end == RunEnd::Fetching { FETCH } else { rules.interval })
    }

    /// A live listener who is too far behind goes on at the head, once the block that is midway
    /// is whole. Who asked for a time reads on where they are.
    fn skip(&mut self, run: &Run, tape: &Tape, rules: &Rules) {
        if self.pace.is_some() || self.lag(run.head) <= rules.max_lag {
            return;
        }
        let cursor = tape.behind_head(rules.burst.min(rules.max_lag / 2));
        if cursor != self.cursor {
            self.cursor = cursor;
            self.there = Some(0);
            self.at = match tape.view().read(cursor) {
                Read::Block(block) => Some(block.first),
                _ => run.head,
            };
            self.place.mounted().add_skip();
            if !self.skipped {
                self.skipped = true;
                info!(
                    seat = self.who.id,
                    mount = %self.who.mount,
                    address = %self.who.address,
                    "a slow listener skips to the head"
                );
            }
        }
    }

    pub(crate) fn lag(&self, head: Option<ProgrammeTime>) -> Duration {
        match (head, self.at) {
            (Some(head), Some(at)) => head.since(at),
            _ => Duration::ZERO,
        }
    }

    /// Goes on at another mount, at its head: another session.
    pub(crate) fn move_to(
        &mut self,
        place: Place,
        mount: MountPath,
        cursor: Cursor,
        clock: &dyn Clock,
    ) {
        self.who.started = clock.now();
        self.who.session = SessionId::new(self.who.started);
        self.heard = Heard::default();
        self.bytes = 0;
        self.checkpoint = clock.monotonic();
        self.place = place;
        self.who.mount = mount;
        self.cursor = cursor;
        self.there = Some(0);
        self.pace = None;
        self.at = None;
    }

    /// It is time to write the session down.
    pub(crate) fn checkpoint(&mut self, now: Monotonic) -> Option<SessionRecord> {
        if now < self.checkpoint {
            return None;
        }
        self.checkpoint = now + CHECKPOINT;
        self.place.is_shown().then(|| self.record(None))
    }

    /// The session as it is now, or as it `ended`.
    pub(crate) fn record(&self, ended: Option<ProgrammeTime>) -> SessionRecord {
        SessionRecord {
            id: self.who.session,
            mount: self.who.mount.clone(),
            address: Some(self.who.address),
            agent: self.who.agent.as_deref().map(str::to_owned),
            user: self.who.user.as_deref().map(str::to_owned),
            started: self.who.started,
            ended,
            heard: self.heard.spans(),
            joined: self.heard.joined,
            bytes: self.bytes,
        }
    }

    pub(crate) fn info(&self, head: Option<ProgrammeTime>, now: Monotonic) -> SeatInfo {
        SeatInfo {
            id: self.who.id,
            session: self.who.session,
            address: self.who.address,
            agent: self.who.agent.as_deref().map(str::to_owned),
            user: self.who.user.as_deref().map(str::to_owned),
            connected: now.saturating_sub(self.joined),
            lag: self.lag(head),
            bytes: self.bytes,
        }
    }

    /// Lets the listener go.
    pub(crate) fn close(&mut self, now: Monotonic) {
        self.weave.finish(&mut self.line, self.cursor);
        self.line.close();
        if let Some(map) = &self.map {
            map.leave(now);
        }
        if let Some(guest) = self.guest.take() {
            guest.left(now.saturating_sub(self.joined));
        }
    }
}

/// What of the tape was sent.
#[derive(Debug, Default)]
struct Heard {
    earlier: Vec<Span>,
    current: Option<(ProgrammeTime, ProgrammeTime)>,
    joined: bool,
}

impl Heard {
    fn add(&mut self, first: ProgrammeTime, end: ProgrammeTime) {
        match &mut self.current {
            Some((_, to))
                if to.micros_since(first).unsigned_abs() as u128 <= STRETCH_GAP.as_micros() =>
            {
                *to = end;
            }
            _ => {
                let before = self.current.replace((first, end));
                self.earlier.extend(before.and_then(|(from, to)| Span::new(from, to).ok()));
                if self.earlier.len() > STRETCHES {
                    self.join_closest();
                }
            }
        }
    }

    /// Makes one stretch of the two with the least between them.
    fn join_closest(&mut self) {
        let apart = |pair: &[Span]| pair[1].from().micros_since(pair[0].to()).unsigned_abs();
        let closest = self.earlier.windows(2).enumerate().min_by_key(|(_, pair)| apart(pair));
        let Some((at, pair)) = closest else { return };
        let (from, to) = (pair[0].from().min(pair[1].from()), pair[0].to().max(pair[1].to()));
        if let Ok(both) = Span::new(from, to) {
            self.earlier.splice(at..at + 2, [both]);
            self.joined = true;
        }
    }

    fn spans(&self) -> Vec<Span> {
        let current = self.current.and_then(|(from, to)| Span::new(from, to).ok());
        self.earlier.iter().copied().chain(current).collect()
    }
}

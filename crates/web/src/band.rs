//! The band: the last hour as a ruler whose right end is now.

use std::time::Duration;

use airtime::{ProgrammeTime, Span};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How much the band shows.
const LENGTH: Duration = Duration::from_secs(3600);
const MINUTE: i64 = 60_000_000;

/// A moment as a station's own clocks show it.
#[derive(Clone, Debug)]
pub(crate) struct LocalTime {
    at: ProgrammeTime,
    zone: TimeZone,
}

impl LocalTime {
    /// `at` in the IANA zone named; in UTC if this machine doesn't know the zone.
    pub(crate) fn of(at: ProgrammeTime, zone: &str) -> Self {
        Self { at, zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC) }
    }

    /// `10:42`
    pub(crate) fn clock(&self) -> String {
        self.format("%H:%M")
    }

    /// Another time by the same clock, with its day if it isn't the same: `24 Nov 10:42`.
    pub(crate) fn elsewhen(&self, at: ProgrammeTime) -> String {
        let other = Self { at, zone: self.zone.clone() };
        let same_day = other.format("%F") == self.format("%F");
        other.format(if same_day { "%H:%M" } else { "%-d %b %H:%M" })
    }

    /// `MST`
    pub(crate) fn zone_name(&self) -> String {
        self.format("%Z")
    }

    fn format(&self, how: &str) -> String {
        match Timestamp::from_microsecond(self.at.as_micros()) {
            Ok(stamp) => stamp.to_zoned_datetime(self.zone.clone()).strftime(how).to_string(),
            Err(_) => String::new(),
        }
    }
}

/// The ruler.
#[derive(Debug)]
pub(crate) struct Band {
    from: ProgrammeTime,
    to: ProgrammeTime,
    /// `10:42`, the station's own time.
    pub(crate) now: String,
    /// Its zone: `MST`.
    pub(crate) zone: String,
    /// The zone's IANA name, for the script that moves the ruler on.
    pub(crate) zone_id: String,
    /// Ticks, each minute, in per cent from the left; and how tall they are.
    pub(crate) ticks: Vec<Tick>,
    /// Quarters of an hour.
    pub(crate) labels: Vec<Label>,
}

/// One line of the ruler.
#[derive(Debug)]
pub(crate) struct Tick {
    pub(crate) x: String,
    pub(crate) height: u8,
}

/// One time on the ruler.
#[derive(Debug)]
pub(crate) struct Label {
    pub(crate) x: String,
    pub(crate) text: String,
}

impl Band {
    /// The hour that ends in the minute of `now`: the page stays the same for a minute.
    pub(crate) fn ending_at(now: &LocalTime) -> Self {
        let minute = now.at.as_micros().div_euclid(MINUTE) * MINUTE;
        let to = ProgrammeTime::from_micros(minute);
        let from = to.saturating_sub(LENGTH);
        let mut band = Self {
            from,
            to,
            now: now.clock(),
            zone: now.zone_name(),
            zone_id: now.zone.iana_name().unwrap_or("UTC").to_owned(),
            ticks: Vec::with_capacity(60),
            labels: Vec::new(),
        };
        for step in 0..60 {
            let at = ProgrammeTime::from_micros(from.as_micros().saturating_add(step * MINUTE));
            let Some(x) = band.place(at) else { continue };
            let of_hour = at.as_micros().div_euclid(MINUTE).rem_euclid(60);
            let height = if of_hour % 15 == 0 {
                22
            } else if of_hour % 5 == 0 {
                14
            } else {
                7
            };
            // Times next to the ends would run into the edge, or into "now".
            if of_hour % 15 == 0 && (3..50).contains(&step) {
                let local = LocalTime { at, zone: now.zone.clone() };
                band.labels.push(Label { x: x.clone(), text: local.clock() });
            }
            band.ticks.push(Tick { x, height });
        }
        // Four fit at some minutes: the script only moves what is there.
        band.labels.resize_with(4, || Label { x: "0".to_owned(), text: String::new() });
        band
    }

    /// The stretch that is shown.
    pub(crate) fn span(&self) -> Option<Span> {
        Span::new(self.from, self.to).ok()
    }

    /// Where `at` is, or the nearer end.
    pub(crate) fn place_within(&self, at: ProgrammeTime) -> String {
        self.place(at.clamp(self.from, self.to)).unwrap_or_default()
    }

    /// Where `at` is, in per cent from the left.
    pub(crate) fn place(&self, at: ProgrammeTime) -> Option<String> {
        if at < self.from || at > self.to {
            return None;
        }
        let whole = LENGTH.as_micros();
        let part = at.since(self.from).as_micros() * 10_000 / whole;
        Some(format!("{}.{:02}", part / 100, part % 100))
    }
}

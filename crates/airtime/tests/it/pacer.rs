//! The pacer: uneven arrivals in, a steady line out.

use std::time::Duration;

use airtime::{MediaOffset, Pacer, PacerSettings, ProgrammeTime};
use proptest::prelude::*;

use crate::noise::Noise;

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;

/// When a station began to listen to its source, microseconds.
const BEGIN: i64 = 1_795_516_200_000_000;

/// How deep the input's buffer is.
const BUFFER: i64 = 10 * SECOND;

/// A source whose clock is off, behind a network that delays.
struct Source {
    noise: Noise,
    /// How much faster than the programme clock it runs.
    skew_ppm: f64,
    /// The mean wait in queues, microseconds; in busy hours five times as much.
    wait: f64,
    /// Stalls come so often on average, microseconds, and last up to `stall`.
    stall_every: f64,
    stall: f64,

    made: i64,
    arrived: i64,
    stalled_until: f64,
    next_stall: f64,
    /// The way through the network, and when it changes.
    route: f64,
    next_route: f64,
}

/// So much had arrived at `at`, both in microseconds.
#[derive(Clone, Copy)]
struct Arrival {
    at: i64,
    total: i64,
}

impl Source {
    fn new(seed: u64, skew_ppm: f64) -> Self {
        let mut noise = Noise::seeded(seed);
        let stall_every = 600e6;
        let next_stall = noise.wait(stall_every);
        Self {
            noise,
            skew_ppm,
            wait: 8000.0,
            stall_every,
            stall: 8e6,
            made: 0,
            arrived: 0,
            stalled_until: 0.0,
            next_stall,
            route: 20_000.0,
            next_route: 0.0,
        }
    }

    /// When the source had made `media` of audio: the ideal line.
    fn ideal(&self, media: i64) -> f64 {
        media as f64 / (1.0 + self.skew_ppm * 1e-6)
    }

    /// The next lump: one to four frames of 24 ms, which come together.
    fn next(&mut self) -> Arrival {
        self.made += 24_000 * (1 + (self.noise.bits() % 4) as i64);
        let sent = self.ideal(self.made);
        while sent > self.next_stall {
            self.stalled_until = self.next_stall + self.noise.between(0.1, 1.0) * self.stall;
            self.next_stall = self.stalled_until + self.noise.wait(self.stall_every);
        }
        // Every few hours, another route that takes some milliseconds more or less: nobody at this
        // end can tell it from the source's clock.
        if sent > self.next_route {
            self.route = self.noise.between(16_000.0, 24_000.0);
            self.next_route = sent + self.noise.wait(4.0 * HOUR as f64);
        }
        let busy = (sent / HOUR as f64) as i64 % 24 >= 18;
        let mean = if busy { 5.0 * self.wait } else { self.wait };
        let waited = self.route + self.noise.wait(mean);
        // What was held up by a stall comes in one burst when it ends, and all stays in order.
        let at = (sent + waited).max(self.stalled_until) as i64;
        self.arrived = self.arrived.max(at);
        Arrival { at: self.arrived, total: self.made }
    }
}

struct Outcome {
    /// Root mean square distance of the air time from the source's own line, microseconds.
    rms: f64,
    worst: f64,
    lowest_level: i64,
    highest_level: i64,
}

/// Listens to `source` for `length`, and looks at what was aired after `settling`.
fn listen(source: &mut Source, length: i64, settling: i64) -> Outcome {
    let mut pacer = Pacer::new(PacerSettings::default());
    pacer.start(ProgrammeTime::from_micros(BEGIN + BUFFER), MediaOffset::default());
    let (mut lowest, mut highest) = (i64::MAX, i64::MIN);
    let (mut aired, mut before) = (BUFFER, 0);
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    let (mut least, mut most) = (f64::MAX, f64::MIN);
    let mut sample_at = settling;
    loop {
        let arrival = source.next();
        if arrival.total > length {
            break;
        }
        pacer.arrived(ProgrammeTime::from_micros(BEGIN + arrival.at), media(arrival.total));
        let air = pacer.air_time(media(arrival.total)).as_micros() - BEGIN;
        let made = arrival.total - before;
        // Steady: 500 ppm of at most 96 ms, and the rounding.
        assert!(((air - aired) - made).abs() <= made / 2000 + 2);
        highest = highest.max(air - arrival.at);
        // Just before this arrival, what had arrived earlier was all there was.
        lowest = lowest.min(aired - arrival.at);
        (aired, before) = (air, arrival.total);
        if arrival.total >= sample_at {
            sample_at = arrival.total + SECOND;
            let off = air as f64 - source.ideal(arrival.total) - BUFFER as f64;
            count += 1.0;
            sum += off;
            squares += off * off;
            (least, most) = (least.min(off), most.max(off));
        }
    }
    let mean: f64 = sum / count;
    Outcome {
        rms: (squares / count - mean * mean).max(0.0).sqrt(),
        worst: (most - mean).max(mean - least),
        lowest_level: lowest,
        highest_level: highest,
    }
}

fn media(micros: i64) -> MediaOffset {
    MediaOffset::from_micros(u64::try_from(micros).unwrap())
}

/// A simulated week, arrival by arrival.
fn week(seed: u64, skew_ppm: f64) {
    let outcome = listen(&mut Source::new(seed, skew_ppm), 7 * 24 * HOUR, 2 * HOUR);
    assert!(outcome.rms <= 5000.0, "{} us RMS", outcome.rms);
    assert!(outcome.worst <= 15_000.0, "{} us at worst", outcome.worst);
    assert!(outcome.lowest_level > 0, "the buffer ran dry: {} us", outcome.lowest_level);
    assert!(outcome.highest_level < BUFFER + SECOND / 4, "{} us", outcome.highest_level);
}

#[test]
fn a_source_100_ppm_fast_is_followed_for_a_week() {
    week(0x4b53_544c, 100.0);
}

#[test]
fn a_source_100_ppm_slow_is_followed_for_a_week() {
    week(0x9070_4d46, -100.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_source_is_followed(seed in any::<u64>(), skew in -300.0..300.0_f64) {
        let outcome = listen(&mut Source::new(seed, skew), 8 * HOUR, 3 * HOUR);
        prop_assert!(outcome.rms <= 5000.0, "{} us RMS", outcome.rms);
        prop_assert!(outcome.lowest_level > 0, "ran dry: {} us", outcome.lowest_level);
        prop_assert!(outcome.highest_level < BUFFER + SECOND / 2);
    }

    /// Whatever is asked, arrives or doesn't: later media airs later, and what had arrived keeps
    /// its time.
    #[test]
    fn the_line_is_monotone_and_keeps_its_word(
        seed in any::<u64>(),
        arrivals in prop::collection::vec((0_i64..30 * SECOND, 0_i64..30 * SECOND), 1..200),
    ) {
        let mut noise = Noise::seeded(seed);
        let mut pacer = Pacer::new(PacerSettings::default());
        pacer.start(ProgrammeTime::from_micros(BEGIN), MediaOffset::default());
        let (mut now, mut total) = (BEGIN, 0);
        for (pause, more) in arrivals {
            let asked = (noise.unit() * total as f64) as i64;
            // No further back than the buffer of any input is deep.
            let asked = asked.max(total - 60 * SECOND);
            let told = (pacer.air_time(media(asked)), pacer.air_time(media(total)));
            now += pause;
            total += more;
            pacer.arrived(ProgrammeTime::from_micros(now), media(total));
            let again = (pacer.air_time(media(asked)), pacer.air_time(media(total - more)));
            prop_assert_eq!(told, again);
            prop_assert!(pacer.air_time(media(total + 2)) > pacer.air_time(media(total)));
            prop_assert!(pacer.correction_ppm().abs() <= 500.0);
        }
    }
}

#[test]
fn the_first_audio_airs_when_it_was_told_to() {
    let mut pacer = Pacer::new(PacerSettings::default());
    pacer.arrived(ProgrammeTime::from_micros(BEGIN), media(30 * SECOND));
    pacer.start(ProgrammeTime::from_micros(BEGIN + 7), media(4 * SECOND));
    assert_eq!(pacer.air_time(media(4 * SECOND)).as_micros(), BEGIN + 7);
    assert_eq!(pacer.air_time(media(5 * SECOND)).as_micros(), BEGIN + 7 + SECOND);
    assert_eq!(pacer.air_time(media(3 * SECOND)).as_micros(), BEGIN + 7 - SECOND);
}

/// A relay sends half a minute at once and goes on in real time: the pace doesn't change.
#[test]
fn a_burst_at_the_start_fills_the_buffer_and_not_the_future() {
    let mut pacer = Pacer::new(PacerSettings::default());
    pacer.arrived(ProgrammeTime::from_micros(BEGIN), media(30 * SECOND));
    pacer.start(ProgrammeTime::from_micros(BEGIN), MediaOffset::default());
    for second in 1..7200 {
        let now = BEGIN + second * SECOND;
        pacer.arrived(ProgrammeTime::from_micros(now), media((30 + second) * SECOND));
    }
    assert!(pacer.correction_ppm().abs() < 0.5, "{}", pacer.correction_ppm());
}

/// Half a minute at once in the middle is kept as a fuller buffer, and the pace stays: at 500 ppm
/// it would take seventeen hours to come down.
#[test]
fn a_burst_in_the_middle_does_not_bend_the_pace_for_long() {
    let mut pacer = Pacer::new(PacerSettings::default());
    pacer.start(ProgrammeTime::from_micros(BEGIN + BUFFER), MediaOffset::default());
    for second in 1..7200 {
        let more = if second > 3600 { 30 } else { 0 };
        let now = BEGIN + second * SECOND;
        pacer.arrived(ProgrammeTime::from_micros(now), media((more + second) * SECOND));
    }
    assert!(pacer.correction_ppm().abs() < 0.5, "{}", pacer.correction_ppm());
}

/// A source that lost four seconds for good: the level comes back, slowly, and then the pace is
/// the source's again.
#[test]
fn a_level_that_was_lost_comes_back() {
    let settings =
        PacerSettings { time_constant: Duration::from_secs(100), ..PacerSettings::default() };
    let mut pacer = Pacer::new(settings);
    pacer.start(ProgrammeTime::from_micros(BEGIN + BUFFER), MediaOffset::default());
    let mut level = 0;
    for second in 1..20_000 {
        let lost = if second > 3600 { 4 } else { 0 };
        let (now, total) = (BEGIN + second * SECOND, media((second - lost) * SECOND));
        pacer.arrived(ProgrammeTime::from_micros(now), total);
        level = pacer.air_time(total).as_micros() - now;
        assert!(level > 5 * SECOND, "{level}");
    }
    assert!((level - BUFFER).abs() < 20_000, "{level}");
    assert!(pacer.correction_ppm().abs() < 20.0, "{}", pacer.correction_ppm());
}

#[test]
fn absurd_times_do_not_panic() {
    let ends = [i64::MIN, -1, 0, 1, i64::MAX];
    for at in ends {
        for now in ends {
            let mut pacer = Pacer::new(PacerSettings {
                max_correction_ppm: u32::MAX,
                time_constant: Duration::ZERO,
                window: Duration::ZERO,
            });
            pacer.start(ProgrammeTime::from_micros(at), MediaOffset::from_micros(u64::MAX));
            for total in [0, 1, 2, 1000, u64::MAX / 2, u64::MAX] {
                pacer.arrived(ProgrammeTime::from_micros(now), MediaOffset::from_micros(total));
                pacer.air_time(MediaOffset::from_micros(total));
            }
        }
    }
}

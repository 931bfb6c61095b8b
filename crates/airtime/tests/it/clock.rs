//! The clock's policy: follow the wall clock, never back, never faster than 500 ppm.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use airtime::{
    Clock, ProgrammeClock, ProgrammeTime, SimulatedClock, SimulatedSource, SystemClock, TimeSource,
};
use proptest::prelude::*;

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;

fn noon() -> ProgrammeTime {
    ProgrammeTime::parse_rfc3339("2026-11-24T12:00:00Z").unwrap()
}

fn started() -> ProgrammeClock<SimulatedSource> {
    ProgrammeClock::on(SimulatedSource::starting_at(noon()))
}

/// Lets `seconds` pass while the time is asked for ten times a second; each answer is checked
/// against the one before.
fn run(clock: &ProgrammeClock<SimulatedSource>, seconds: u64) {
    let mut before = clock.now();
    for _ in 0..seconds * 10 {
        clock.source().advance(Duration::from_millis(100));
        let now = clock.now();
        let gone = now.micros_since(before);
        assert!((99_949..=100_051).contains(&gone), "100 ms took {gone} us of programme time");
        before = now;
    }
}

/// Wall clock minus programme time, microseconds.
fn behind(clock: &ProgrammeClock<SimulatedSource>) -> i64 {
    let behind = clock.source().wall().micros_since(clock.now());
    let said = clock.status().behind_wall;
    assert!((said - behind).abs() <= 2, "status says {said}, it is {behind}");
    behind
}

#[test]
fn an_undisturbed_clock_is_the_wall_clock() {
    let clock = started();
    assert_eq!(clock.now(), noon());
    run(&clock, 3600);
    assert_eq!(clock.now(), noon().saturating_add(Duration::from_secs(3600)));
    assert_eq!(clock.status(), airtime::ClockStatus::default());
}

#[test]
fn a_small_error_is_slewed_away_and_is_no_step() {
    for error in [1_900_000, 300_000, -300_000, -1_900_000] {
        let clock = started();
        clock.source().step(error);
        run(&clock, 600);
        // 500 ppm for ten minutes is 300 ms.
        let left = (error.abs() - 300_000).max(0) * error.signum();
        assert!((behind(&clock) - left).abs() < 6000, "{error}: {}", behind(&clock));
        run(&clock, 3600);
        assert!(behind(&clock).abs() < 10, "{error}: {}", behind(&clock));
        let status = clock.status();
        assert_eq!((status.steps_forward, status.steps_back), (0, 0));
    }
}

#[test]
fn a_large_step_forward_is_followed_at_once() {
    for step in [2 * SECOND, 10 * SECOND, HOUR, 24 * 365 * HOUR] {
        let clock = started();
        run(&clock, 10);
        let before = clock.now();
        clock.source().step(step);
        clock.source().advance(Duration::from_millis(250));
        assert_eq!(clock.now().micros_since(before), step + 250_000);
        assert_eq!(clock.status().steps_forward, 1);
        run(&clock, 10);
        assert_eq!(behind(&clock), 0);
        assert_eq!(clock.status().steps_forward, 1);
        assert_eq!(clock.status().steps_back, 0);
    }
}

#[test]
fn a_large_step_back_is_never_followed_back() {
    let clock = started();
    run(&clock, 10);
    clock.source().step(-HOUR);
    let before = clock.now();
    run(&clock, 3600);
    // It went on at its own pace, less the slewing of 500 ppm.
    let gone = clock.now().micros_since(before);
    assert!((gone - (HOUR - HOUR / 2000)).abs() < 1000, "{gone}");
    let status = clock.status();
    assert_eq!((status.steps_forward, status.steps_back), (0, 1));
    // The clock is mended: this is no step of programme time.
    clock.source().step(HOUR);
    run(&clock, 3800);
    let status = clock.status();
    assert_eq!((status.steps_forward, status.steps_back), (0, 1));
    assert!(behind(&clock).abs() < 10, "{}", behind(&clock));
}

#[test]
fn each_step_back_is_counted_once() {
    let clock = started();
    for steps in 1..=5 {
        clock.source().step(-10 * SECOND);
        run(&clock, 60);
        assert_eq!(clock.status().steps_back, steps);
    }
}

#[test]
fn small_steps_back_that_add_up_are_one_step_back() {
    let clock = started();
    for _ in 0..3 {
        clock.source().step(-900_000);
        run(&clock, 1);
    }
    // The clocks hover about the limit: still one.
    for _ in 0..20 {
        clock.source().step(-10_000);
        run(&clock, 1);
        clock.source().step(10_000);
        run(&clock, 1);
    }
    assert_eq!(clock.status().steps_back, 1);
}

#[test]
fn a_leap_second_that_sets_the_clock_back_is_slewed() {
    let clock = ProgrammeClock::on(SimulatedSource::starting_at(
        ProgrammeTime::parse_rfc3339("2016-12-31T23:50:00Z").unwrap(),
    ));
    run(&clock, 600);
    clock.source().step(-SECOND);
    run(&clock, 2100);
    assert!(behind(&clock).abs() < 100, "{}", behind(&clock));
    assert_eq!(clock.status().steps_back, 0);
}

#[test]
fn a_leap_second_smeared_over_a_day_is_followed() {
    let clock = started();
    // 1 s in 24 h: 11.6 ppm; taken as twelve for a little less.
    clock.source().skew(-12);
    run(&clock, 3600);
    assert!(behind(&clock).abs() < 500, "{}", behind(&clock));
    clock.source().skew(0);
    run(&clock, 60);
    assert!(behind(&clock).abs() < 5, "{}", behind(&clock));
}

#[test]
fn a_wall_clock_faster_than_slewing_is_caught_up_with_by_steps() {
    let clock = started();
    clock.source().skew(2000);
    let mut worst = 0;
    for _ in 0..4 * 7200 {
        clock.source().advance(Duration::from_millis(250));
        worst = worst.max(clock.source().wall().micros_since(clock.now()));
    }
    assert!(worst <= 2 * SECOND, "{worst}");
    // It gains 1.5 ms a second beyond the slewing: two seconds in 1,333.
    assert!((4..=6).contains(&clock.status().steps_forward), "{:?}", clock.status());
}

#[test]
fn after_a_restart_it_goes_on_from_the_head() {
    let clock = started();
    let head = noon().saturating_add(Duration::from_secs(3600));
    clock.continue_from(head);
    assert_eq!(clock.now(), head);
    assert_eq!(clock.status().steps_back, 1);
    assert_eq!(behind(&clock), -3600 * SECOND, "as the alarm needs to know");
    run(&clock, 60);
    assert_eq!(clock.status().steps_back, 1);
    // Slewing back: 500 ppm.
    assert!((behind(&clock) - (-3600 * SECOND + 60 * 500)).abs() < 500, "{}", behind(&clock));

    // A head in the past changes nothing.
    let clock = started();
    clock.continue_from(noon().saturating_sub(Duration::from_secs(5)));
    assert_eq!(clock.now(), noon());
    assert_eq!(clock.status(), airtime::ClockStatus::default());

    // A head just ahead is met by slewing.
    let clock = started();
    clock.continue_from(noon().saturating_add(Duration::from_millis(400)));
    run(&clock, 900);
    assert!(behind(&clock).abs() < 10);
    assert_eq!(clock.status().steps_back, 0);
}

#[test]
fn a_clock_nobody_asked_for_long_does_not_overshoot() {
    let clock = started();
    clock.source().step(4000);
    clock.source().advance(Duration::from_millis(300));
    clock.now();
    clock.source().advance(Duration::from_secs(24 * 3600));
    assert!((0..=4000).contains(&behind(&clock)), "{}", behind(&clock));
}

#[test]
fn an_unsynchronised_clock_is_marked() {
    let clock = started();
    assert!(!clock.status().unsynchronised);
    clock.source().set_unsynchronised(Some(true));
    clock.source().advance(Duration::from_secs(1));
    assert!(clock.status().unsynchronised);
    clock.source().set_unsynchronised(Some(false));
    clock.source().advance(Duration::from_secs(1));
    assert!(!clock.status().unsynchronised);
}

#[test]
fn wall_clocks_at_the_ends_of_time_do_not_panic() {
    for wall in [i64::MIN, i64::MAX, 0, -1] {
        let clock =
            ProgrammeClock::on(SimulatedSource::starting_at(ProgrammeTime::from_micros(wall)));
        let before = clock.now();
        clock.source().step(i64::MAX);
        clock.source().advance(Duration::from_secs(3600));
        assert!(clock.now() >= before);
        clock.source().step(i64::MIN);
        clock.source().advance(Duration::from_secs(3600));
        let before = clock.now();
        clock.continue_from(ProgrammeTime::from_micros(i64::MAX));
        assert!(clock.now() >= before);
        clock.status();
    }
}

#[test]
fn the_machines_clock_never_runs_back_between_threads() {
    let clock = SystemClock::start();
    let newest = Arc::new(AtomicI64::new(i64::MIN));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (clock, newest) = (Arc::clone(&clock), Arc::clone(&newest));
            thread::spawn(move || {
                for _ in 0..20_000 {
                    let told = newest.load(Ordering::SeqCst);
                    let now = clock.now().as_micros();
                    assert!(now >= told, "{now} after {told}");
                    newest.fetch_max(now, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert!(clock.now() > noon().saturating_sub(Duration::from_secs(365 * 86_400)));
}

#[test]
fn a_sleeper_wakes_when_its_time_has_come() {
    let clock = Arc::new(started());
    let sleeper = {
        let clock = Arc::clone(&clock);
        thread::spawn(move || {
            clock.sleep(Duration::from_secs(5));
            clock.monotonic()
        })
    };
    while !sleeper.is_finished() {
        clock.source().advance(Duration::from_secs(1));
        thread::yield_now();
    }
    assert!(sleeper.join().unwrap() >= Duration::from_secs(5));
}

#[derive(Clone, Copy, Debug)]
enum Happening {
    Pass(u64),
    Step(i64),
    Skew(i64),
    Head(i64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => (1_u64..5_000_000).prop_map(Happening::Pass),
        1 => (-3 * SECOND..3 * SECOND).prop_map(Happening::Step),
        1 => (-2 * HOUR..2 * HOUR).prop_map(Happening::Step),
        2 => (-400_i64..400).prop_map(Happening::Skew),
        1 => (-3 * SECOND..3 * SECOND).prop_map(Happening::Head),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever happens to the wall clock: programme time never runs back, never differs in pace
    /// by more than 500 ppm but for a step forward, and meets the wall clock in the end.
    #[test]
    fn the_policy_holds(happenings in prop::collection::vec(happening(), 1..60)) {
        let clock = started();
        let source = clock.source();
        let (mut before, mut passed) = (clock.now(), 0);
        let mut steps = 0;
        for happening in happenings {
            match happening {
                Happening::Pass(micros) => {
                    source.advance(Duration::from_micros(micros));
                    passed = i64::try_from(micros).unwrap();
                }
                Happening::Step(micros) => source.step(micros),
                Happening::Skew(ppm) => source.skew(ppm),
                Happening::Head(micros) => {
                    let head = clock.now().as_micros() + micros;
                    clock.continue_from(ProgrammeTime::from_micros(head));
                    prop_assert!(clock.now().as_micros() >= head);
                    // To go on from a head is a jump that was asked for.
                    before = clock.now();
                    passed = 0;
                }
            }
            let now = clock.now();
            prop_assert!(now >= before, "{now} after {before}");
            let stepped = clock.status().steps_forward;
            if stepped == steps {
                // A comparison of the clocks slews for 250 ms at most, so this is a loose bound.
                let gone = now.micros_since(before);
                let bound = passed / 2000 + 2;
                prop_assert!((gone - passed).abs() <= bound, "{passed} us took {gone} us");
            }
            steps = stepped;
            // The time may go on within a step's detection: start over from what was told.
            before = clock.now();
            passed = 0;
        }

        source.skew(0);
        if behind(&clock).abs() < 2 * SECOND {
            for _ in 0..4 * 4100 {
                source.advance(Duration::from_millis(250));
                clock.now();
            }
            prop_assert!(behind(&clock).abs() < 10, "{}", behind(&clock));
        }
    }
}

#[test]
fn whether_the_clock_is_set_is_asked_once_a_second() {
    #[derive(Debug)]
    struct Asked(SimulatedSource, AtomicI64);
    impl TimeSource for Asked {
        fn wall(&self) -> ProgrammeTime {
            self.0.wall()
        }
        fn monotonic(&self) -> airtime::Monotonic {
            self.0.monotonic()
        }
        fn sleep(&self, duration: Duration) {
            self.0.sleep(duration);
        }
        fn unsynchronised(&self) -> Option<bool> {
            self.1.fetch_add(1, Ordering::Relaxed);
            None
        }
    }
    let clock = ProgrammeClock::on(Asked(SimulatedSource::starting_at(noon()), AtomicI64::new(0)));
    for _ in 0..400 {
        clock.status();
        clock.source().0.advance(Duration::from_millis(25));
    }
    assert_eq!(clock.source().1.load(Ordering::Relaxed), 10);
}

#[test]
fn a_simulated_clock_knows_who_sleeps_until_later() {
    let clock = Arc::new(SimulatedClock::starting_at(ProgrammeTime::from_micros(0)));
    let slept = |seconds| {
        let clock = clock.clone();
        std::thread::spawn(move || clock.sleep(Duration::from_secs(seconds)))
    };
    let (short, long) = (slept(1), slept(3));
    while clock.asleep() < 2 {
        std::thread::yield_now();
    }
    clock.advance(Duration::from_secs(2));
    assert_eq!(clock.asleep(), 1, "whoever is due is awake, scheduled or not");
    short.join().unwrap();
    clock.advance(Duration::from_secs(2));
    assert_eq!(clock.asleep(), 0);
    long.join().unwrap();
}

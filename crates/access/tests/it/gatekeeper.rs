use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use access::{Credentials, Denied, Gatekeeper, Grant, PasswordHash, Scope, Secret};
use airtime::{ProgrammeTime, SimulatedClock};
use lineup::MountPath;

/// A hash that is cheap to check (m=8 KiB), for tests that check often.
fn cheap(secret: &str) -> PasswordHash {
    made(secret, 8, 1)
}

fn made(secret: &str, kib: u32, passes: u32) -> PasswordHash {
    use argon2::password_hash::{PasswordHasher, phc};
    let params = argon2::Params::new(kib, passes, 1, None).unwrap();
    let hash: phc::PasswordHash =
        argon2::Argon2::from(params).hash_password(secret.as_bytes()).unwrap();
    PasswordHash::parse(&hash.to_string()).unwrap()
}

fn grant(user: &str, password: &str, scopes: &[Scope]) -> Grant {
    Grant { user: user.to_owned(), password: cheap(password), scopes: scopes.to_vec() }
}

fn show(user: &str, secret: &str) -> Credentials {
    Credentials { user: user.to_owned(), secret: Secret::new(secret) }
}

fn at(address: &str) -> IpAddr {
    address.parse().unwrap()
}

fn mount(path: &str) -> MountPath {
    MountPath::new(path).unwrap()
}

fn clock() -> Arc<SimulatedClock> {
    Arc::new(SimulatedClock::starting_at(ProgrammeTime::from_micros(1_780_000_000_000_000)))
}

fn house(clock: &Arc<SimulatedClock>) -> Gatekeeper {
    let grants = vec![
        grant("source", "news", &[Scope::Source(mount("/news.mp3"))]),
        grant("source", "music", &[Scope::Source(mount("/music.mp3"))]),
        grant("admin", "secret", &[Scope::Admin]),
    ];
    Gatekeeper::new(grants, clock.clone())
}

#[test]
fn one_user_name_may_stand_in_several_lines() {
    let clock = clock();
    let keeper = house(&clock);
    let (news, music) = (mount("/news.mp3"), mount("/music.mp3"));

    let who = keeper.check(&show("source", "news"), at("192.0.2.1")).unwrap();
    assert!(who.may_feed(&news) && !who.may_feed(&music) && !who.may_administer());
    let who = keeper.check(&show("source", "music"), at("192.0.2.1")).unwrap();
    assert!(who.may_feed(&music) && !who.may_feed(&news));
    let who = keeper.check(&show("admin", "secret"), at("192.0.2.1")).unwrap();
    assert!(who.may_feed(&music) && who.may_administer() && who.may_relay());

    for (user, secret) in
        [("source", "secret"), ("admin", "news"), ("Source", "news"), ("", ""), ("source", "")]
    {
        let denied = keeper.check(&show(user, secret), at("192.0.2.77"));
        clock.advance(Duration::from_secs(3600));
        assert_eq!(denied, Err(Denied::Wrong), "{user}:{secret}");
    }
}

#[test]
fn the_same_password_in_two_lines_grants_both() {
    let grants = vec![
        grant("source", "shared", &[Scope::Source(mount("/a"))]),
        grant("source", "shared", &[Scope::Source(mount("/b")), Scope::Relay]),
    ];
    let keeper = Gatekeeper::new(grants, clock());
    let who = keeper.check(&show("source", "shared"), at("192.0.2.1")).unwrap();
    assert!(who.may_feed(&mount("/a")) && who.may_feed(&mount("/b")) && who.may_relay());
}

#[test]
fn an_address_that_guesses_waits_longer_each_time_up_to_five_minutes() {
    let clock = clock();
    let keeper = house(&clock);
    let from = at("198.51.100.7");
    for _ in 0..5 {
        assert_eq!(keeper.check(&show("source", "guess"), from), Err(Denied::Wrong));
    }
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
        let wait = Duration::from_secs(seconds);
        assert_eq!(keeper.check(&show("source", "guess"), from), Err(Denied::Wait(wait)));
        // Asking meanwhile neither helps nor harms; the right password isn't even looked at.
        assert_eq!(keeper.check(&show("source", "news"), from), Err(Denied::Wait(wait)));
        clock.advance(wait - Duration::from_millis(1));
        let left = Duration::from_millis(1);
        assert_eq!(keeper.check(&show("source", "guess"), from), Err(Denied::Wait(left)));
        clock.advance(left);
        assert_eq!(keeper.check(&show("source", "guess"), from), Err(Denied::Wrong));
    }
    // Nobody else pays for it.
    assert!(keeper.check(&show("source", "news"), at("198.51.100.8")).is_ok());
    // A right password clears the address.
    clock.advance(Duration::from_secs(300));
    assert!(keeper.check(&show("source", "news"), from).is_ok());
    for _ in 0..4 {
        assert_eq!(keeper.check(&show("source", "guess"), from), Err(Denied::Wrong));
    }
    assert!(keeper.check(&show("source", "music"), from).is_ok());
}

#[test]
fn ipv6_waits_by_network_and_mapped_ipv4_by_address() {
    let keeper = house(&clock());
    for i in 0..5 {
        let from = at(&format!("2001:db8:1:2::{i}"));
        assert_eq!(keeper.check(&show("source", "guess"), from), Err(Denied::Wrong));
        let from = at(&format!("::ffff:192.0.2.{i}"));
        assert_eq!(keeper.check(&show("source", "guess"), from), Err(Denied::Wrong));
    }
    let refused = keeper.check(&show("source", "news"), at("2001:db8:1:2:ffff::1"));
    assert!(matches!(refused, Err(Denied::Wait(_))), "{refused:?}");
    assert!(keeper.check(&show("source", "news"), at("2001:db8:1:3::1")).is_ok());
    assert!(keeper.check(&show("source", "music"), at("::ffff:192.0.2.1")).is_ok());
    // The same machine, whether the socket says so in IPv4 or in IPv6.
    for _ in 0..5 {
        let _ = keeper.check(&show("source", "guess"), at("203.0.113.5"));
    }
    let refused = keeper.check(&show("source", "x"), at("::ffff:203.0.113.5"));
    assert!(matches!(refused, Err(Denied::Wait(_))), "{refused:?}");
}

#[test]
fn known_credentials_are_let_in_from_an_address_that_has_to_wait() {
    let clock = clock();
    let keeper = house(&clock);
    let office = at("203.0.113.9");
    assert!(keeper.check(&show("source", "news"), office).is_ok());
    for _ in 0..8 {
        let _ = keeper.check(&show("source", "guess"), office);
    }
    assert!(matches!(keeper.check(&show("source", "guess"), office), Err(Denied::Wait(_))));
    assert!(keeper.check(&show("source", "news"), office).is_ok());

    // Not known any more after five minutes; but an office that had a right password is never
    // made to wait for long, whatever its other encoder does.
    clock.advance(Duration::from_secs(301));
    for _ in 0..1_000 {
        match keeper.check(&show("source", "guess"), office) {
            Err(Denied::Wait(left)) => {
                assert!(left <= Duration::from_secs(10), "{left:?}");
                clock.advance(Duration::from_secs(1));
            }
            other => assert_eq!(other, Err(Denied::Wrong)),
        }
    }
    clock.advance(Duration::from_secs(10));
    assert!(keeper.check(&show("source", "news"), office).is_ok());
}

#[test]
fn a_new_guest_list_holds_at_once() {
    let keeper = house(&clock());
    let from = at("192.0.2.1");
    assert!(keeper.check(&show("source", "news"), from).is_ok());
    keeper.replace(vec![grant("source", "other", &[Scope::AnySource])]);
    assert_eq!(keeper.check(&show("source", "news"), from), Err(Denied::Wrong));
    let who = keeper.check(&show("source", "other"), from).unwrap();
    assert!(who.may_feed(&mount("/news.mp3")));
    keeper.replace(Vec::new());
    assert_eq!(keeper.check(&show("source", "other"), from), Err(Denied::Wrong));
}

#[test]
fn ten_thousand_guessing_addresses_are_bounded_and_the_newest_still_wait() {
    let clock = clock();
    let keeper = house(&clock);
    let guess = show("nobody", "guess");
    for i in 0..10_500_u32 {
        clock.advance(Duration::from_micros(1));
        let _ = keeper.check(&guess, IpAddr::V4((0x0a00_0000 + i).into()));
    }
    let last = at("192.0.2.200");
    for _ in 0..5 {
        let _ = keeper.check(&guess, last);
    }
    assert!(matches!(keeper.check(&guess, last), Err(Denied::Wait(_))));
    assert!(keeper.check(&show("source", "news"), at("192.0.2.201")).is_ok());
}

/// Thousands of wrong passwords from one address, all at once, beside a source whose credentials
/// are known and one whose are not.
#[test]
fn a_storm_of_wrong_passwords_costs_few_checks() {
    let clock = clock();
    let slow = Grant {
        user: "source".to_owned(),
        password: made("news", 16 * 1024, 2),
        scopes: vec![Scope::AnySource],
    };
    let keeper = Gatekeeper::new(vec![slow], clock);
    let mut counted = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..40)
            .map(|_| {
                scope.spawn(|| {
                    let mut wrong = 0;
                    for i in 0..100 {
                        let answer =
                            keeper.check(&show("source", &format!("{i}")), at("198.51.100.1"));
                        wrong += usize::from(answer == Err(Denied::Wrong));
                    }
                    wrong
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
    });
    // Five that are free, and the one that ran beside the fifth.
    assert!((5..=6).contains(&counted), "{counted}");
    assert!(keeper.check(&show("source", "news"), at("192.0.2.1")).is_ok());

    counted = 0;
    for i in 0..2_000 {
        let answer = keeper.check(&show("source", &format!("{i}")), at("198.51.100.1"));
        counted += usize::from(answer == Err(Denied::Wrong));
    }
    assert_eq!(counted, 0);
}

#[test]
fn the_line_is_bounded() {
    let slow = Grant {
        user: "source".to_owned(),
        password: made("news", 64 * 1024, 4),
        scopes: vec![Scope::AnySource],
    };
    let keeper = Gatekeeper::new(vec![slow], clock());
    let gate = std::sync::Barrier::new(120);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..120_u32)
            .map(|i| {
                let (keeper, gate) = (&keeper, &gate);
                scope.spawn(move || {
                    gate.wait();
                    keeper.check(&show("source", "news"), IpAddr::V4((0x0a00_0000 + i).into()))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let busy = answers.iter().filter(|answer| **answer == Err(Denied::Busy)).count();
    // All ask for the same: whoever is in line when the first is through is let in with them.
    assert!(busy >= 120 - 66 - 2, "{busy}");
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 120 - busy);
}

/// A /48 has 65,536 networks, each of them a stranger with five free guesses.
#[test]
fn strangers_that_fill_the_line_keep_nobody_out_who_is_known() {
    let clock = clock();
    let slow = Grant {
        user: "source".to_owned(),
        password: made("news", 16 * 1024, 2),
        scopes: vec![Scope::AnySource],
    };
    let keeper = Gatekeeper::new(vec![slow], clock.clone());
    let (studio, by_days) = (at("192.0.2.1"), at("192.0.2.2"));
    assert!(keeper.check(&show("source", "news"), studio).is_ok());
    keeper.vouch(by_days);
    let over = std::sync::atomic::AtomicBool::new(false);
    let (full, line) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        for thread in 0..120_u128 {
            let (keeper, over, full) = (&keeper, &over, full.clone());
            scope.spawn(move || {
                for i in 0.. {
                    let network = 0x2001_0db8 << 96 | (thread << 16 | i) << 64;
                    let answer = keeper
                        .check(&show("source", "guess"), std::net::Ipv6Addr::from(network).into());
                    if answer == Err(Denied::Busy) {
                        let _ = full.send(());
                        std::thread::yield_now();
                    }
                    if over.load(std::sync::atomic::Ordering::Relaxed) {
                        return;
                    }
                }
            });
        }
        line.recv().unwrap();
        let mut answers = Vec::new();
        for _ in 0..10 {
            // Not known by their credentials any more.
            clock.advance(Duration::from_secs(301));
            answers.push(keeper.check(&show("source", "news"), studio));
            answers.push(keeper.check(&show("source", "news"), by_days));
        }
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    });
}

#[test]
fn strangers_are_forgotten_before_whoever_had_a_right_password() {
    let clock = clock();
    let keeper = house(&clock);
    let studio = at("192.0.2.1");
    assert!(keeper.check(&show("source", "news"), studio).is_ok());
    for i in 0..20_000_u32 {
        clock.advance(Duration::from_millis(20));
        let _ = keeper.check(&show("source", "guess"), IpAddr::V4((0x0a00_0000 + i).into()));
    }
    for _ in 0..15 {
        if let Err(Denied::Wait(left)) = keeper.check(&show("source", "guess"), studio) {
            assert!(left <= Duration::from_secs(10), "{left:?}: it is a stranger now");
            clock.advance(left);
        }
    }
}

#[test]
fn a_line_that_can_be_read_in_several_ways_is_one_guess() {
    let clock = clock();
    let keeper = Gatekeeper::new(
        vec![
            grant("source", "a:b", &[Scope::Source(mount("/live"))]),
            grant("live", "pass", &[Scope::Source(mount("/news.mp3"))]),
        ],
        clock.clone(),
    );
    let from = at("192.0.2.1");
    let readings = [show("source", "b"), show("a", "b"), show("source", "a:b")];
    for _ in 0..20 {
        // Not from memory.
        clock.advance(Duration::from_secs(301));
        let (index, who) = keeper.check_readings(&readings, from, |_, _| true).unwrap();
        assert_eq!((index, &*who.user), (2, "source"));
    }
    // What is right but leads nowhere is no guess either.
    let readings = [show("source", "pass"), show("live", "pass")];
    for _ in 0..20 {
        clock.advance(Duration::from_secs(301));
        let nowhere = keeper.check_readings(&readings, from, |_, _| false);
        assert_eq!(nowhere, Err(Denied::Wrong));
    }
    // Nor does it cost a check each time.
    let slow =
        Grant { user: "live".to_owned(), password: made("pass", 64 * 1024, 4), scopes: vec![] };
    let patient = Gatekeeper::new(vec![slow], clock.clone());
    for _ in 0..500 {
        let nowhere = patient.check_readings(&[show("live", "pass")], from, |_, _| false);
        assert_eq!(nowhere, Err(Denied::Wrong));
    }
    let wrong = [show("source", "x"), show("y", "x"), show("source", "y:x")];
    let guesser = at("198.51.100.1");
    for _ in 0..5 {
        assert_eq!(keeper.check_readings(&wrong, guesser, |_, _| true), Err(Denied::Wrong));
    }
    let waits = keeper.check_readings(&wrong, guesser, |_, _| true);
    assert!(matches!(waits, Err(Denied::Wait(_))), "{waits:?}");
}

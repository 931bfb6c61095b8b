//! Times as people and programs write them.

use airtime::{MediaOffset, ProgrammeTime, Span};
use proptest::prelude::*;

fn parsed(text: &str) -> i64 {
    ProgrammeTime::parse_rfc3339(text).unwrap_or_else(|e| panic!("{e}")).as_micros()
}

#[test]
fn the_same_moment_in_every_spelling() {
    let moment = 1_795_516_200_250_000;
    for text in [
        "2026-11-24T10:30:00.25Z",
        "2026-11-24T10:30:00.250000z",
        "2026-11-24T10:30:00.25+00:00",
        "2026-11-24T05:30:00.25-05:00",
        "2026-11-24T16:00:00.25+05:30",
        "2026-11-24t05:30:00.25-05:00",
        "2026-11-24 05:30:00.25-05:00",
    ] {
        assert_eq!(parsed(text), moment, "{text}");
    }
}

#[test]
fn a_plus_that_a_query_string_made_a_space() {
    assert_eq!(parsed("2026-11-24T11:30:00 01:00"), parsed("2026-11-24T11:30:00+01:00"));
    assert_eq!(parsed("2026-11-24T16:00:00.5 05:30"), parsed("2026-11-24T16:00:00.5+05:30"));
}

#[test]
fn a_time_without_an_offset_is_nobodys_time() {
    for text in ["2026-11-24T05:30:00", "2026-11-24", "05:30", "2026-11-24T05:30"] {
        assert!(ProgrammeTime::parse_rfc3339(text).is_err(), "{text}");
    }
}

#[test]
fn what_is_no_time_is_refused() {
    for text in [
        "",
        " ",
        "+",
        "now",
        "-600",
        "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-11-24T24:00:01Z",
        "2026-11-24T05:60:00Z",
        "2026-11-24T05:30:00+99:00",
        "2026-11-24T05:30:00Z trailing",
        "2026-11-24T05:30:00 ",
        "2026-11-24T05:30:00  01:00",
        "99999-01-01T00:00:00Z",
    ] {
        assert!(ProgrammeTime::parse_rfc3339(text).is_err(), "{text:?}");
    }
}

#[test]
fn an_error_quotes_only_the_start_of_a_long_text() {
    let error = ProgrammeTime::parse_rfc3339(&"9".repeat(100_000)).unwrap_err();
    assert!(error.to_string().len() < 200);
}

/// RFC 3339 section 5.7 allows second 60; POSIX time has no such second, and it becomes the
/// last one before it.
#[test]
fn a_leap_second_is_read_as_the_second_before_it() {
    assert_eq!(parsed("2016-12-31T23:59:60Z"), parsed("2016-12-31T23:59:59Z"));
    assert_eq!(parsed("2017-01-01T00:00:00Z") - parsed("2016-12-31T23:59:60Z"), 1_000_000);
}

#[test]
fn both_nights_of_daylight_saving_change_are_told_apart_by_the_offset() {
    // 01:30 happens twice in New York on 1 November 2026.
    assert_eq!(
        parsed("2026-11-01T01:30:00-05:00") - parsed("2026-11-01T01:30:00-04:00"),
        3_600_000_000
    );
    // 01:59:59 and 03:00:00 are a second apart on 8 March 2026.
    assert_eq!(
        parsed("2026-03-08T03:00:00-04:00") - parsed("2026-03-08T01:59:59-05:00"),
        1_000_000
    );
}

proptest! {
    #[test]
    fn a_time_that_is_written_is_read_back(micros in -62_135_596_800_000_000_i64..253_000_000_000_000_000) {
        let time = ProgrammeTime::from_micros(micros);
        prop_assert_eq!(time.to_string().parse::<ProgrammeTime>().unwrap(), time);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}", digits in "[0-9T:Zz.+ -]{0,40}") {
        let _ = ProgrammeTime::parse_rfc3339(&text);
        let _ = ProgrammeTime::parse_rfc3339(&digits);
    }

    #[test]
    fn an_hour_holds_its_moments(micros in any::<i64>().prop_filter("far from the ends", |m| m.unsigned_abs() < 1 << 60)) {
        let time = ProgrammeTime::from_micros(micros);
        let hour = time.hour();
        prop_assert!(hour <= time);
        prop_assert!(time.micros_since(hour) < 3_600_000_000);
        prop_assert_eq!(hour.hour(), hour);
    }

    #[test]
    fn spans_are_half_open_and_never_empty(a in -100_i64..100, b in -100_i64..100, c in -100_i64..100, d in -100_i64..100) {
        let at = ProgrammeTime::from_micros;
        let one = Span::new(at(a), at(b));
        prop_assert_eq!(one.is_ok(), a < b);
        if let (Ok(one), Ok(other)) = (one, Span::new(at(c), at(d))) {
            let common = one.intersect(other);
            for moment in -100..100 {
                let moment = at(moment);
                let in_both = one.contains(moment) && other.contains(moment);
                prop_assert_eq!(in_both, common.is_some_and(|span| span.contains(moment)));
            }
            prop_assert!(!one.contains(one.to()));
            prop_assert!(one.contains(one.from()));
        }
    }
}

#[test]
fn a_time_is_a_bare_integer_in_json_like_text() {
    // Through serde's own token-free route: a transparent newtype deserialises from its content.
    use serde::Deserialize;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, I64Deserializer, U64Deserializer};
    let time: I64Deserializer<Error> = 1_795_516_200_250_000_i64.into_deserializer();
    assert_eq!(ProgrammeTime::deserialize(time).unwrap().as_micros(), 1_795_516_200_250_000);
    let offset: U64Deserializer<Error> = 7_u64.into_deserializer();
    assert_eq!(MediaOffset::deserialize(offset).unwrap(), MediaOffset::from_micros(7));
}

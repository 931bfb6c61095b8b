//! Dates and times as pages print them.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

use crate::model::Published;

/// Reads the date that stands somewhere in a line, with its time and zone if they follow:
/// `Published June 3, 2020 at 4:03 AM CDT`, `Aired March 3, 2021 - 20:00 ET`, `17 September 2024`,
/// `2024-09-17`. Months are English.
pub(crate) fn published(line: &str) -> Option<Published> {
    let words: Vec<&str> = line
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '|' | '•' | '·' | ';'))
        .filter(|word| !word.is_empty())
        .flat_map(apart)
        .collect();
    let (date, next) = (0..words.len()).find_map(|at| date_at(&words, at))?;
    let mut at = next;
    while words.get(at).is_some_and(|word| {
        matches!(word.to_lowercase().as_str(), "at" | "-" | "–" | "—" | "on" | "@" | "updated")
    }) {
        at += 1;
    }
    let Some((time, next)) = time_at(&words, at) else { return Some(Published::Day(date)) };
    let local = date.to_datetime(time);
    let zone = words.get(next).and_then(|word| zone(word.trim_end_matches(['.', ':']), local));
    Some(zone.map_or(Published::Local(local), |offset| Published::Moment(local, offset)))
}

/// A year and a time that a flattened page ran together: `20234:31`.
fn apart(word: &str) -> impl Iterator<Item = &str> {
    let fused = word.get(..4).zip(word.get(4..)).filter(|(year_word, time)| {
        time.starts_with(|c: char| c.is_ascii_digit())
            && year(year_word).is_some()
            && clock(split_half(&time.to_lowercase()).0).is_some()
    });
    let (first, second) = fused.map_or((word, None), |(year, time)| (year, Some(time)));
    std::iter::once(first).chain(second)
}

/// Whether a line says nothing but a date, apart from words such as `Published` or `Aired`.
pub(crate) fn is_dateline(line: &str) -> bool {
    const SAYS: &[&str] = &[
        "published",
        "posted",
        "aired",
        "updated",
        "at",
        "on",
        "date",
        "air",
        "airdate",
        "original",
        "last",
        "heard",
        "broadcast",
        "first",
        "by",
        "am",
        "pm",
        "a.m",
        "p.m",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "mon",
        "tue",
        "tues",
        "wed",
        "thu",
        "thurs",
        "fri",
        "sat",
        "sun",
        "the",
    ];
    let has_digits = line.len() <= 120 && line.bytes().any(|b| b.is_ascii_digit());
    if !has_digits || published(line).is_none() {
        return false;
    }
    line.split(|c: char| {
        c.is_whitespace() || matches!(c, ',' | '(' | ')' | '|' | '•' | '·' | '-' | '–' | '—' | '/')
    })
    .flat_map(apart)
    .map(|word| word.trim_matches(['.', ':']).to_lowercase())
    .filter(|word| !word.is_empty())
    .all(|word| {
        SAYS.contains(&word.as_str())
            || word.chars().all(|c| c.is_ascii_digit() || c == 't' || c == 'z')
            || ordinal(&word).is_some()
            || month(&word).is_some()
            || is_zone(&word.to_uppercase())
            || clock(split_half(&word).0).is_some()
    })
}

fn date_at(words: &[&str], at: usize) -> Option<(Date, usize)> {
    let word = words.get(at)?;
    let iso = word.len() == 10 && word.as_bytes().get(4) == Some(&b'-');
    if iso && let Ok(date) = word.parse::<Date>() {
        return Some((date, at + 1));
    }
    if let Some(month) = month(&word.to_lowercase()) {
        let day = ordinal(words.get(at + 1)?)?;
        let year = year(words.get(at + 2)?)?;
        return Some((Date::new(year, month, day).ok()?, at + 3));
    }
    let day = ordinal(word)?;
    let month = month(&words.get(at + 1)?.to_lowercase())?;
    let year = year(words.get(at + 2)?)?;
    Some((Date::new(year, month, day).ok()?, at + 3))
}

fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.trim_end_matches('.');
    if word.len() < 3 {
        return None;
    }
    let found = MONTHS.iter().position(|month| {
        *month == word || month.get(..3) == Some(word) || word == "sept" && *month == "september"
    })?;
    i8::try_from(found + 1).ok()
}

fn ordinal(word: &str) -> Option<i8> {
    let digits =
        word.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h', 'S', 'T', 'N', 'D', 'R', 'H']);
    digits.parse().ok().filter(|day| (1..=31).contains(day))
}

fn year(word: &str) -> Option<i16> {
    let word = word.trim_end_matches(['.', ':']);
    (word.len() == 4)
        .then(|| word.parse().ok())
        .flatten()
        .filter(|year| (1900..2200).contains(year))
}

fn time_at(words: &[&str], at: usize) -> Option<(Time, usize)> {
    let word = words.get(at)?.to_lowercase();
    let (clock_word, mut half) = split_half(&word);
    let (mut hour, minute, second) = clock(clock_word)?;
    let mut next = at + 1;
    if half.is_none()
        && let Some(following) = words.get(next).map(|word| word.to_lowercase())
        && let ("", Some(found)) = split_half(&following)
    {
        half = Some(found);
        next += 1;
    }
    match half {
        Some(Half::Morning) if hour == 12 => hour = 0,
        Some(Half::Afternoon) if hour < 12 => hour += 12,
        _ => {}
    }
    Some((Time::new(hour, minute, second, 0).ok()?, next))
}

#[derive(Clone, Copy)]
enum Half {
    Morning,
    Afternoon,
}

fn split_half(word: &str) -> (&str, Option<Half>) {
    for (ending, half) in [
        ("a.m.", Half::Morning),
        ("p.m.", Half::Afternoon),
        ("a.m", Half::Morning),
        ("p.m", Half::Afternoon),
        ("am", Half::Morning),
        ("pm", Half::Afternoon),
    ] {
        if let Some(rest) = word.strip_suffix(ending) {
            return (rest, Some(half));
        }
    }
    (word, None)
}

fn clock(word: &str) -> Option<(i8, i8, i8)> {
    let mut parts = word.split(':');
    let hour = parts.next()?.parse().ok()?;
    let minute = parts.next()?;
    let minute = (minute.len() == 2).then(|| minute.parse().ok()).flatten()?;
    let second = parts.next().map_or(Some(0), |second| second.parse().ok())?;
    (parts.next().is_none() && (0..24).contains(&hour)).then_some((hour, minute, second))
}

/// North America's zones by their printed names, and the few others that stations print.
const ZONES: &[(&str, Zone)] = &[
    ("EST", Zone::Fixed(-300)),
    ("EDT", Zone::Fixed(-240)),
    ("CST", Zone::Fixed(-360)),
    ("CDT", Zone::Fixed(-300)),
    ("MST", Zone::Fixed(-420)),
    ("MDT", Zone::Fixed(-360)),
    ("PST", Zone::Fixed(-480)),
    ("PDT", Zone::Fixed(-420)),
    ("AKST", Zone::Fixed(-540)),
    ("AKDT", Zone::Fixed(-480)),
    ("HST", Zone::Fixed(-600)),
    ("HAST", Zone::Fixed(-600)),
    ("AST", Zone::Fixed(-240)),
    ("ADT", Zone::Fixed(-180)),
    ("NST", Zone::Fixed(-210)),
    ("NDT", Zone::Fixed(-150)),
    ("ET", Zone::Named("America/New_York")),
    ("CT", Zone::Named("America/Chicago")),
    ("MT", Zone::Named("America/Denver")),
    ("PT", Zone::Named("America/Los_Angeles")),
    ("EASTERN", Zone::Named("America/New_York")),
    ("CENTRAL", Zone::Named("America/Chicago")),
    ("MOUNTAIN", Zone::Named("America/Denver")),
    ("PACIFIC", Zone::Named("America/Los_Angeles")),
    ("AKT", Zone::Named("America/Anchorage")),
    ("HT", Zone::Fixed(-600)),
    ("GMT", Zone::Fixed(0)),
    ("UTC", Zone::Fixed(0)),
    ("Z", Zone::Fixed(0)),
    ("BST", Zone::Fixed(60)),
    ("CET", Zone::Fixed(60)),
    ("CEST", Zone::Fixed(120)),
    ("EET", Zone::Fixed(120)),
    ("EEST", Zone::Fixed(180)),
];

#[derive(Clone, Copy)]
enum Zone {
    /// Minutes east of Greenwich.
    Fixed(i32),
    /// Summer or winter time, by the date.
    Named(&'static str),
}

fn is_zone(word: &str) -> bool {
    ZONES.iter().any(|(name, _)| *name == word) || offset(word).is_some()
}

/// `UTC+02:00`, `GMT-5`.
fn offset(word: &str) -> Option<Offset> {
    let rest = word.strip_prefix("UTC").or_else(|| word.strip_prefix("GMT"))?;
    let (sign, rest) = match rest.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, rest.strip_prefix(['-', '−'])?),
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let hours = hours.parse::<u8>().ok().filter(|hours| *hours < 24)?;
    let minutes = minutes.parse::<u8>().ok().filter(|minutes| *minutes < 60)?;
    Offset::from_seconds(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60)).ok()
}

fn zone(word: &str, local: DateTime) -> Option<Offset> {
    let Some((_, zone)) = ZONES.iter().find(|(name, _)| *name == word) else {
        return offset(word);
    };
    match zone {
        Zone::Fixed(minutes) => Offset::from_seconds(minutes * 60).ok(),
        Zone::Named(name) => {
            let zone = TimeZone::get(name).ok()?;
            zone.to_ambiguous_timestamp(local)
                .compatible()
                .ok()
                .map(|moment| zone.to_offset(moment))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(line: &str) -> Option<String> {
        published(line).map(String::from)
    }

    #[test]
    fn printed_dates_are_read_as_exactly_as_they_say() {
        for (line, wanted) in [
            ("Published June 3, 2020 at 4:03 AM CDT", "2020-06-03T04:03:00-05:00"),
            ("Published May 14, 2024 at 3:44 PM EDT", "2024-05-14T15:44:00-04:00"),
            ("October 3, 20234:31 PM ET", "2023-10-03T16:31:00-04:00"),
            ("20TH MAY 2018", "2018-05-20"),
            ("October 3, 2023 4:31 PM ET", "2023-10-03T16:31:00-04:00"),
            ("Aired March 3, 2021 - 20:00 ET", "2021-03-03T20:00:00-05:00"),
            ("May 4, 2026 at 9:15 PM UTC+05:30", "2026-05-04T21:15:00+05:30"),
            ("Heard on Sept. 14, 2021", "2021-09-14"),
            ("17 September 2024", "2024-09-17"),
            ("November 02, 2023", "2023-11-02"),
            ("March 15, 2022 3:12 PM", "2022-03-15T15:12:00"),
            ("2024-09-17", "2024-09-17"),
            ("Aug 26, 2019 12:05 am EDT", "2019-08-26T00:05:00-04:00"),
        ] {
            assert_eq!(iso(line).unwrap_or_default(), wanted, "{line}");
        }
        assert_eq!(iso("earlier this month, today"), None);
        assert_eq!(iso("May I come in, 2020?"), None);
    }

    #[test]
    fn a_dateline_says_nothing_else() {
        assert!(is_dateline("Published June 3, 2020 at 4:03 AM CDT"));
        assert!(is_dateline("Aired March 3, 2021 - 20:00 ET"));
        assert!(is_dateline("Sep 14, 2021"));
        assert!(!is_dateline("On June 3, 2020, the bell was sold."));
    }
}

//! Lines about the story that several forms have in common.

use jiff::civil;
use jiff::tz::{Offset, TimeZone};

use crate::model::{Byline, Document, Published};

/// The byline as station pages print it: `By Josh James`, `WUKY | By Josh James`.
pub(crate) fn bylines(document: &Document) -> Option<String> {
    let outlet = |byline: &Byline| byline.affiliation.clone();
    let first = outlet(document.bylines.first()?);
    let one_outlet = document.bylines.iter().all(|byline| outlet(byline) == first);
    let mut names = String::new();
    for (number, byline) in document.bylines.iter().enumerate() {
        names.push_str(match number {
            0 => "",
            _ if number + 1 == document.bylines.len() => " and ",
            _ => ", ",
        });
        names.push_str(&byline.name);
        if let (false, Some(outlet)) = (one_outlet, &byline.affiliation) {
            names.push_str(&format!(" ({outlet})"));
        }
    }
    Some(match first {
        Some(outlet) if one_outlet => format!("{outlet} | By {names}"),
        _ => format!("By {names}"),
    })
}

/// When it was published, as station pages print it: `June 3, 2020 at 4:03 AM CDT`.
pub(crate) fn published(published: Published) -> String {
    match published {
        Published::Day(day) => date(day),
        Published::Local(time) => moment(time),
        Published::Moment(time, offset) => format!("{} {}", moment(time), zone(time, offset)),
    }
}

fn date(day: civil::Date) -> String {
    day.strftime("%B %-d, %Y").to_string()
}

fn moment(time: civil::DateTime) -> String {
    let clock = if time.second() == 0 { "%-I:%M %p" } else { "%-I:%M:%S %p" };
    format!("{} at {}", date(time.date()), time.strftime(clock))
}

/// An American zone's letters where one has this offset on that day, so that it reads as pages
/// print it; the offset itself otherwise. Either names the same moment.
fn zone(time: civil::DateTime, offset: Offset) -> String {
    const ZONES: [&str; 6] = [
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Los_Angeles",
        "America/Anchorage",
        "Pacific/Honolulu",
    ];
    for name in ZONES {
        let Some(there) =
            TimeZone::get(name).ok().and_then(|zone| time.to_zoned_datetime(zone).ok())
        else {
            continue;
        };
        // A time that the zone's clocks skip would be moved by the conversion.
        if there.offset() == offset && there.datetime() == time {
            return there.strftime("%Z").to_string();
        }
    }
    let minutes = offset.seconds() / 60;
    match minutes {
        0 => "GMT".to_owned(),
        _ => {
            let sign = if minutes < 0 { '-' } else { '+' };
            format!("UTC{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
        }
    }
}

/// The paragraphs of a text that may have several, such as a bio.
pub(crate) fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').map(str::trim).filter(|paragraph| !paragraph.is_empty())
}

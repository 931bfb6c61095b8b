//! `longwave transcript cast`: who speaks, and how much.

use console::{Alignment, measure_text_width, pad_str, style};
use transcript::{Document, Millis, Share, Tally, tally};

use super::plain;

/// The longest bar, in columns.
const BAR: usize = 20;
/// The widest that a column of names and roles may be.
const WIDEST: usize = 48;

/// A table of all who speak, the first heard first.
pub(super) fn table(document: &Document) -> String {
    let tally = tally(document);
    let mut rows: Vec<Row> =
        tally.speakers.iter().map(|share| row(document, share, &tally)).collect();
    if tally.unattributed.turns > 0 {
        rows.push(row(document, &tally.unattributed, &tally));
    }
    if rows.is_empty() {
        return "nobody speaks: this story has no transcript\n".to_owned();
    }
    let width = |of: fn(&Row) -> &String| {
        rows.iter().map(|row| measure_text_width(of(row))).max().unwrap_or(0).min(WIDEST)
    };
    let (names, roles) = (width(|row| &row.name), width(|row| &row.role));
    let counts: Vec<usize> = (0..4)
        .map(|column| rows.iter().map(|row| row.counts[column].len()).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for row in &rows {
        let name = pad_str(&row.name, names, Alignment::Left, Some("…"));
        let role = pad_str(&row.role, roles, Alignment::Left, Some("…"));
        let mut line = format!("{}  {}", style(name).bold(), style(role).dim());
        for (count, width) in row.counts.iter().zip(&counts).filter(|(_, width)| **width > 0) {
            line.push_str(&format!("  {count:>width$}"));
        }
        out.push_str(&format!(
            "{line}  {:>4}  {}\n",
            percent(row.part),
            style(bar(row.part)).cyan()
        ));
        if row.inferred > 0 {
            out.push_str(&format!("  ({} inferred)\n", counted(row.inferred, "turn")));
        }
    }
    out.push_str(&total(&tally));
    out
}

/// One line of the table.
struct Row {
    name: String,
    role: String,
    /// Turns, words, time, and how many turns have none.
    counts: [String; 4],
    inferred: usize,
    part: f64,
}

fn row(document: &Document, share: &Share, tally: &Tally) -> Row {
    let member =
        share.member.as_ref().and_then(|id| document.cast.iter().find(|member| member.id == *id));
    let name = match (&share.name, member) {
        (Some(name), _) => name.clone(),
        (None, Some(member)) => {
            member.labels.first().cloned().unwrap_or_else(|| "not named".to_owned())
        }
        (None, None) => "nobody known".to_owned(),
    };
    let role = member.map(|member| {
        let role = member.role.map(transcript::Role::word);
        let parts = [role, member.title.as_deref(), member.affiliation.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    });
    let timed = tally.time.is_some();
    Row {
        name: plain(&name),
        role: plain(&role.unwrap_or_default()),
        counts: [
            counted(share.turns, "turn"),
            counted(share.words, "word"),
            if timed { share.time.map_or("no time".to_owned(), clock) } else { String::new() },
            if timed && share.untimed > 0 {
                format!("+{} untimed", share.untimed)
            } else {
                String::new()
            },
        ],
        inferred: share.inferred,
        part: share.time_share.filter(|_| timed).unwrap_or(share.word_share),
    }
}

fn total(tally: &Tally) -> String {
    let turns: usize =
        tally.speakers.iter().map(|share| share.turns).sum::<usize>() + tally.unattributed.turns;
    let mut total = format!(
        "{}, {}, {}",
        counted(tally.speakers.len(), "speaker"),
        counted(turns, "turn"),
        counted(tally.words, "word")
    );
    match tally.time {
        Some(time) => total.push_str(&format!(", {}; shares are of the time", clock(time))),
        None => total.push_str("; shares are of the words, as there are no times"),
    }
    total.push('\n');
    total
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn percent(part: f64) -> String {
    if part > 0.0 && part < 0.005 { "<1%".to_owned() } else { format!("{:.0}%", part * 100.0) }
}

/// Minutes and seconds, and hours where there are any.
fn clock(time: Millis) -> String {
    let seconds = (time.0 + 500) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// Eighths of a column, as block elements (U+2588 to U+258F) have them.
fn bar(part: f64) -> String {
    let eighths = (part.clamp(0.0, 1.0) * (BAR * 8) as f64).round() as usize;
    let eighths = if part > 0.0 { eighths.max(1) } else { 0 };
    let mut bar = "█".repeat(eighths / 8);
    bar.push_str(["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]);
    bar
}

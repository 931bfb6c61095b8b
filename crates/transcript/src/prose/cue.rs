//! What a bracketed text says: a sound, how something is said, or a question to the editor.

use crate::model::{Cue, CueKind};
use crate::prose::vocabulary::CUE_WORDS;

/// Reads a text that stands on its own as a cue: `(SOUNDBITE OF MUSIC)`, `[laughter 00:00:39]`,
/// `*applause*`, `♪ ♪`, `MUSIC IN`. `None` for what isn't bracketed, for delivery notes
/// (`(Through interpreter)`, `(on camera)`) and for open queries (`[Kondian?]`, `(ph)`).
pub(crate) fn parse(text: &str) -> Option<Cue> {
    let printed = text.trim();
    let inner = inside(printed)?;
    let lower = inner.to_lowercase();
    if inner.is_empty() && !printed.contains(['♪', '♫']) || is_note(&lower) || is_query(printed)
    {
        return None;
    }
    let kind = if printed.starts_with(['♪', '♫']) { CueKind::Music } else { kind(&lower) };
    let (artists, title) = match kind {
        CueKind::Music => credits(inner),
        _ => (Vec::new(), None),
    };
    Some(Cue { kind, text: printed.to_owned(), artists, title })
}

/// The text within the brackets of a cue, whichever they are.
fn inside(text: &str) -> Option<&str> {
    let text = text.strip_suffix('.').filter(|t| t.ends_with([')', ']'])).unwrap_or(text);
    for (open, close) in [("(", ")"), ("[", "]"), ("*", "*"), ("♪", "♪"), ("♫", "♫"), ("{", "}")]
    {
        let Some(rest) = text.strip_prefix(open) else { continue };
        let inner = rest.strip_suffix(close)?;
        let single = match open {
            "(" | "[" => {
                super::bracket::outermost(text).first().is_some_and(|p| *p == (0..text.len()))
            }
            "*" => !inner.contains('*'),
            _ => true,
        };
        return single.then_some(inner.trim());
    }
    is_bare(text).then_some(text)
}

/// Cues that are set without brackets: `MUSIC IN`, `MUSIC OUT`.
pub(crate) fn is_bare(text: &str) -> bool {
    let mut words = text.split_whitespace();
    matches!(words.next(), Some("MUSIC" | "MUSIC:" | "SOUND" | "SFX" | "SFX:" | "THEME"))
        && matches!(
            words.next(),
            Some("IN" | "OUT" | "UP" | "UNDER" | "FADES" | "ENDS" | "BEGINS" | "STARTS" | "STOPS")
        )
        && words.count() <= 3
}

/// What kind of sound a cue's words tell, in lower case.
fn kind(lower: &str) -> CueKind {
    let words =
        || lower.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|w| !w.is_empty());
    let has = |wanted: &[&str]| {
        words().any(|word| {
            wanted.iter().any(|stem| match stem.strip_suffix('*') {
                Some(stem) => word.starts_with(stem),
                None => word == *stem,
            })
        })
    };
    let first = words().next().unwrap_or_default();
    // `[End of Tape 1, Side A]` is of the recording itself.
    let is_reel =
        has(&["side", "reel", "cassette"]) || has(&["tape"]) && lower.contains(" of tape");
    if matches!(lower.trim(), "clip" | "archive clip" | "audio clip" | "video clip" | "news clip") {
        return CueKind::ClipBegins;
    }
    if is_reel {
        return CueKind::Other;
    }
    if matches!(first, "begin" | "begins" | "start" | "starts")
        && has(&["clip*", "video*", "audio*", "tape", "film", "recording"])
    {
        return CueKind::ClipBegins;
    }
    if matches!(first, "end" | "ends")
        && has(&["clip*", "video*", "audio*", "tape", "film", "recording"])
    {
        return CueKind::ClipEnds;
    }
    if lower.starts_with("soundbite") || lower.starts_with("sound bite") {
        return if is_music(lower) { CueKind::Music } else { CueKind::Soundbite };
    }
    for (kind, stems) in CUE_WORDS {
        if has(stems) {
            return *kind;
        }
    }
    CueKind::Other
}

/// Whether a soundbite is one of music: by its words, or by being somebody's work in quotes.
fn is_music(lower: &str) -> bool {
    const MUSIC: &[&str] = &[
        "music",
        "song",
        "songs",
        "band",
        "orchestra",
        "symphony",
        "concerto",
        "aria",
        "hymn",
        "anthem",
        "theme",
        "sonata",
        "lullaby",
        "serenade",
        "melody",
    ];
    let opens = lower.find(['"', '“']);
    let head = opens.and_then(|at| lower.get(..at)).unwrap_or(lower).trim_end();
    if head.split(|c: char| !c.is_alphanumeric()).any(|word| MUSIC.contains(&word)) {
        return true;
    }
    opens.is_some()
        && (head.ends_with("'s")
            || head.ends_with("’s")
            || head.ends_with("s'")
            || head.ends_with("s’"))
}

/// Whose music it is, and which: `SOUNDBITE OF A, B AND THE C'S "TITLE"`, `SOUNDBITE OF SONG, "TITLE"`.
fn credits(inner: &str) -> (Vec<String>, Option<String>) {
    let Some(opens) = inner.find(['"', '“']) else { return (Vec::new(), None) };
    let quoted = inner.get(opens..).unwrap_or_default();
    let title = quoted.trim_start_matches(['"', '“']).trim_end_matches(['"', '”', '.', ',']);
    let title = (!title.is_empty()).then(|| title.to_owned());
    let head = inner.get(..opens).unwrap_or_default().trim_end();
    let owner =
        ["'S", "’S", "'s", "’s", "'", "’"].into_iter().find_map(|mark| head.strip_suffix(mark));
    let Some(owner) = owner else { return (Vec::new(), title) };
    let owner = ["SOUNDBITE OF ", "Soundbite of ", "soundbite of "]
        .into_iter()
        .find_map(|lead| owner.strip_prefix(lead))
        .unwrap_or(owner);
    (artists(owner), title)
}

/// The artists of a list. `X AND THE Y` alone is one band.
fn artists(list: &str) -> Vec<String> {
    let and = [" AND ", " and ", " And ", " & "];
    let pieces: Vec<&str> = list.split(", ").map(str::trim).filter(|p| !p.is_empty()).collect();
    let is_list = pieces.len() > 1;
    let mut found = Vec::new();
    for piece in pieces {
        let piece =
            ["AND ", "and "].into_iter().find_map(|w| piece.strip_prefix(w)).unwrap_or(piece);
        let split = and.iter().find_map(|word| piece.split_once(word));
        match split {
            Some((one, other)) if is_list || !is_band(other) => {
                found.push(one.trim().to_owned());
                found.push(other.trim().to_owned());
            }
            _ => found.push(piece.to_owned()),
        }
    }
    found
}

fn is_band(second: &str) -> bool {
    let first = second.split_whitespace().next().unwrap_or_default().to_lowercase();
    matches!(first.as_str(), "the" | "his" | "her" | "their")
}

/// Whether words in brackets (in lower case) say how something is said, by whom it is played, or
/// where the speaker stands, rather than what is heard: `through interpreter`, `as drake, rapping`,
/// `on camera`, `singing`.
pub(crate) fn is_note(lower: &str) -> bool {
    const LEADS: &[&str] = &[
        "through",
        "via",
        "voice-over",
        "voice over",
        "voiceover",
        "on camera",
        "on-camera",
        "off camera",
        "off-camera",
        "off-mic",
        "off mic",
        "off-mike",
        "off mike",
        "on phone",
        "on the phone",
        "by phone",
        "by telephone",
        "on screen",
        "as ",
        "speaking ",
        "singing",
        "reading",
        "whispering",
        "shouting",
        "imitating",
        "mimicking",
        "rapping",
        "chanting",
        "translated",
        "in unison",
        "non-english",
        "foreign language",
        "laughing",
        "crying",
        "yelling",
        "screaming",
        "humming",
        "sighs",
        "in english",
        "in spanish",
        "in french",
        "spoken in",
        "live",
        "voiced by",
        "rapping",
        "reciting",
        "vocalizing",
        "playing ",
        "crosstalk)",
        "through translator",
        "через",
        "en inglés",
        "en español",
        "en français",
    ];
    LEADS.iter().any(|lead| lower.starts_with(lead))
}

/// Whether a bracketed text, brackets included, is an open question to the editor.
pub(crate) fn is_query(printed: &str) -> bool {
    let Some(inner) = printed.get(1..printed.len().saturating_sub(1)) else { return false };
    let inner = inner.trim();
    let lower = inner.to_lowercase();
    let is_square = printed.starts_with('[');
    matches!(
        lower.as_str(),
        "ph" | "ph."
            | "phonetic"
            | "sp"
            | "sp?"
            | "sic"
            | "?"
            | "inaudible"
            | "unintelligible"
            | "indiscernible"
    ) || lower.starts_with("inaudible")
        || lower.starts_with("unintelligible")
        || lower.starts_with("indiscernible")
        || inner.ends_with('?')
        || is_square
            && has_time(inner)
            && !CUE_WORDS.iter().any(|(_, stems)| {
                stems.iter().any(|stem| lower.starts_with(stem.trim_end_matches('*')))
            })
}

/// Whether a clock time stands in it: `Skip Sherry 00:00:33`.
fn has_time(text: &str) -> bool {
    text.split_whitespace().skip(1).any(|word| {
        word.len() >= 5
            && word.contains(':')
            && word.bytes().all(|b| b.is_ascii_digit() || b == b':' || b == b'.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> CueKind {
        parse(text).unwrap().kind
    }

    #[test]
    fn kinds_are_told_by_words() {
        assert_eq!(of("(SOUNDBITE OF POTS CLANGING)"), CueKind::Soundbite);
        assert_eq!(of("(SOUNDBITE OF MUSIC)"), CueKind::Music);
        assert_eq!(of("(Soundbite of laughter)"), CueKind::Soundbite);
        assert_eq!(of("(Laughter)"), CueKind::Laughter);
        assert_eq!(of("[laughter 00:00:39]"), CueKind::Laughter);
        assert_eq!(of("(BEGIN VIDEOTAPE)"), CueKind::ClipBegins);
        assert_eq!(of("(END VIDEO CLIP)"), CueKind::ClipEnds);
        assert_eq!(of("[CLIP]"), CueKind::ClipBegins);
        assert_eq!(of("[End of Tape 1, Side A]"), CueKind::Other);
        assert_eq!(of("(COMMERCIAL BREAK)"), CueKind::Break);
        assert_eq!(of("[music break]"), CueKind::Music);
        assert_eq!(of("♪ ♪"), CueKind::Music);
        assert_eq!(of("MUSIC OUT"), CueKind::Music);
        assert_eq!(of("*applause, some whistling*"), CueKind::Applause);
        assert_eq!(of("(FOGHORN)"), CueKind::Other);
        assert_eq!(of("(СМЕХ)"), CueKind::Laughter);
    }

    #[test]
    fn music_is_credited() {
        let cue =
            parse("(SOUNDBITE OF DJ PLINTH, NORA AYE AND THE GREAT UNWASHED'S \"SHAFT (DUB)\")")
                .unwrap();
        assert_eq!(cue.artists, ["DJ PLINTH", "NORA AYE", "THE GREAT UNWASHED"]);
        assert_eq!(cue.title.as_deref(), Some("SHAFT (DUB)"));
        let band = parse("(SOUNDBITE OF PAVO ILVES AND THE NIGHT TRAM'S \"AMPERE\")").unwrap();
        assert_eq!(band.artists, ["PAVO ILVES AND THE NIGHT TRAM"]);
        let song = parse("(SOUNDBITE OF SONG, \"ELEVATOR: A LOVE STORY\")").unwrap();
        assert!(song.artists.is_empty());
        assert_eq!(song.title.as_deref(), Some("ELEVATOR: A LOVE STORY"));
    }

    #[test]
    fn notes_and_queries_are_no_cues() {
        for text in [
            "(Through interpreter)",
            "(on camera)",
            "(As Drake, rapping)",
            "[Kondian?]",
            "(ph)",
            "[Skip Shelby 00:01:09]",
            "hello",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

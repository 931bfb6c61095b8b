//! Transcripts as NPR sets them: labels in capitals, the full name first, then the surname.

use jiff::civil;
use jiff::tz::Offset;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Timing, set_times, word};
use crate::identity;
use crate::model::{
    Bio, Block, Byline, Content, Cue, CueKind, Document, Format, Gap, Member, MemberId, Paragraph,
    Part, Published, Rights, Role, TimeBase, Transcript, Turn,
};

/// Who may speak: name, surname, role.
const CAST: [(&str, &str, Option<Role>); 5] = [
    ("Maren Lindqvist", "Lindqvist", Some(Role::Host)),
    ("Orrin Tasker", "Tasker", None),
    ("Thora Ekdal", "Ekdal", Some(Role::Reporter)),
    ("Juan González", "González", None),
    ("Fred de Sam Lazaro", "de Sam Lazaro", None),
];

/// Offsets from UTC in hours: of zones of America in winter and summer, and others; and none.
const ZONES: [Option<i8>; 6] = [None, Some(-5), Some(-8), Some(-10), Some(0), Some(2)];

/// A paragraph: it begins and ends as a sentence does, and holds anything between but a name with a
/// colon, which would be a label.
pub(crate) fn sentence() -> impl Strategy<Value = String> {
    let begin = select(vec!["So", "Well, the", "When I was there,", "Nobody said that"]);
    let end = select(vec!["was fine.", "is that so?", "came home!", "and then... "]);
    (begin, vec(word(), 0..25), end).prop_map(|(begin, words, end)| {
        let mut all = vec![begin.to_owned()];
        all.extend(words.into_iter().filter(|word| word != "Name:"));
        all.push(end.trim().to_owned());
        all.join(" ")
    })
}

#[derive(Debug)]
enum Heard {
    Turn(usize, Vec<String>, Option<&'static str>),
    Cue(CueKind, &'static str),
    Gap(String),
}

fn heard() -> impl Strategy<Value = Heard> {
    let note = option::weighted(0.2, select(vec!["(Laughter)", "(Through interpreter)"]));
    prop_oneof![
        8 => (0..CAST.len(), vec(sentence(), 1..4), note)
            .prop_map(|(who, texts, note)| Heard::Turn(who, texts, note)),
        1 => select(vec![
            (CueKind::Soundbite, "(SOUNDBITE OF PUMP STARTING)"),
            (CueKind::Music, "(SOUNDBITE OF DORIAN CONCEPT'S \"HIDE (RAW)\")"),
            (CueKind::Laughter, "(LAUGHTER)"),
        ])
        .prop_map(|(kind, text)| Heard::Cue(kind, text)),
        1 => sentence().prop_map(Heard::Gap),
    ]
}

/// A transcript as NPR sets it, with times or without.
pub(crate) fn broadcast(timing: Timing) -> impl Strategy<Value = Document> {
    let day = (2000..2030i16, 1..=12i8, 1..=28i8, 0..24i8, 0..60i8, select(ZONES.to_vec()));
    let front = (
        any::<bool>(),
        option::of(select(vec!["Morning Edition", "All Things Considered"])),
        option::of(day),
        any::<bool>(),
    );
    let back = (any::<bool>(), any::<bool>(), any::<bool>());
    (vec(heard(), 1..9), front, back, any::<bool>()).prop_map(move |(heard, front, back, whole)| {
        let mut document = Document::new(Format::Text);
        let (headline, program, day, byline) = front;
        if headline {
            document.headline = Some("A salt marsh is \"moving\" & a farmer lets it".to_owned());
            document.program = program.map(str::to_owned);
            document.published = day.map(|(year, month, day, hour, minute, offset)| {
                let time = civil::datetime(year, month, day, hour, minute, 0, 0);
                match offset {
                    Some(offset) => Published::Moment(time, Offset::constant(offset)),
                    None if hour == 0 => Published::Day(time.date()),
                    None => Published::Local(time),
                }
            });
            if byline {
                let name = "Thora Ekdal".to_owned();
                document.bylines = vec![Byline { name, affiliation: None }];
            }
        }
        let (rights, disclaimer, bio) = back;
        if rights {
            let words = "NPR transcripts are created on a rush deadline by an NPR contractor. \
                             This text may not be in its final form.";
            document.rights = Some(Rights {
                line: "Copyright © 2023 NPR. All rights reserved.".to_owned(),
                disclaimer: disclaimer.then(|| words.to_owned()),
                ..Rights::default()
            });
            if bio {
                let text = "Maren Lindqvist covers land and water for NPR.".to_owned();
                document.bios = vec![Bio { text, ..Bio::default() }];
            }
        }
        speak(&mut document, heard, timing, whole);
        document
    })
}

fn speak(document: &mut Document, heard: Vec<Heard>, timing: Timing, whole: bool) {
    let mut blocks = Vec::new();
    let mut introduced = [false; CAST.len()];
    let mut last = None;
    // A transcript without any label is none; the first words are somebody's.
    let opening = Heard::Turn(0, vec!["Welcome to the program.".to_owned()], None);
    for heard in std::iter::once(opening).chain(heard) {
        match heard {
            Heard::Turn(who, texts, note) => {
                let Some((name, surname, role)) = CAST.get(who) else { continue };
                let known = std::mem::replace(&mut introduced[who], true);
                let label = match (known, role) {
                    (true, _) => surname.to_uppercase(),
                    (false, Some(Role::Host)) => format!("{}, HOST", name.to_uppercase()),
                    (false, Some(Role::Reporter)) => format!("{}, BYLINE", name.to_uppercase()),
                    (false, _) => name.to_uppercase(),
                };
                if last == Some(who) {
                    continue;
                }
                last = Some(who);
                blocks.push(Block::new(Content::Turn(Turn {
                    speaker: Some(MemberId(surname.to_lowercase())),
                    label: Some(label),
                    paragraphs: texts.into_iter().map(Paragraph::new).collect(),
                    notes: note.map(str::to_owned).into_iter().collect(),
                    ..Turn::default()
                })));
            }
            // The same twice in a row is once to a reader of captions that roll up.
            Heard::Cue(..) if blocks.last().is_some_and(|block: &Block| block.turn().is_none()) => {
            }
            Heard::Cue(kind, text) => blocks.push(Block::new(Content::Cue(Cue {
                kind,
                text: text.to_owned(),
                artists: Vec::new(),
                title: None,
            }))),
            Heard::Gap(words) if whole => {
                last = None;
                blocks.push(Block::new(Content::Gap(Gap { evidence: Vec::new() })));
                blocks.push(Block::new(Content::Turn(Turn {
                    paragraphs: vec![Paragraph::new(words)],
                    ..Turn::default()
                })));
            }
            Heard::Gap(_) => {}
        }
    }
    set_times(&mut blocks, timing);
    document.cast = CAST
        .iter()
        .zip(introduced)
        .filter(|(_, heard)| *heard)
        .map(|((name, surname, role), _)| Member {
            id: MemberId(surname.to_lowercase()),
            name: Some((*name).to_owned()),
            title: None,
            role: *role,
            affiliation: None,
            description: None,
            labels: vec![name.to_uppercase()],
            inferred: false,
            evidence: Vec::new(),
        })
        .collect();
    let time_base = (timing != Timing::None).then(TimeBase::unnamed);
    document.transcript = Some(Transcript { time_base, blocks });
    document.parts.push(Part::Transcript);
    identity::assign(document);
}

//! Documents of every kind for property tests, with words that are hard to write.

mod broadcast;
mod edition;

use jiff::civil;
use jiff::tz::Offset;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub(crate) use broadcast::broadcast;

use crate::identity;
use crate::model::{
    Article, Bio, Block, Byline, Clip, Content, Cue, CueKind, Document, Evidence, Format, Gap,
    ImageCredit, Member, MemberId, Millis, Note, NoteKind, Paragraph, Part, Place, Published,
    Query, Rights, Role, TimeBase, TimeSpan, Timestamp, Touches, Transcript, Turn, Word,
};

/// A word: mostly plain, sometimes one that means something in one of the forms.
pub(crate) fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => "[a-z]{1,9}",
        3 => "[A-Z][a-z]{1,7}[.,?!]?",
        4 => proptest::sample::select(NASTY.to_vec()).prop_map(str::to_owned),
    ]
}

const NASTY: [&str; 32] = [
    "-->",
    "<b>",
    "</v>",
    "<",
    "&",
    "&amp;",
    "\"quoted\"",
    "'tis",
    "שלום",
    "مرحبا",
    "🌊🎙",
    "Name:",
    "[Kondian?]",
    "(ph)",
    "*star*",
    "_under_",
    "#1",
    "1.",
    "2)",
    "- dash",
    "`code`",
    "\\",
    "|",
    "~~",
    "NOTE",
    "WEBVTT",
    "00:01:02.000",
    "é́",
    "MARTÍNEZ",
    "$5",
    "]]>",
    "--",
];

/// Words with single spaces between.
pub(crate) fn words(most: usize) -> impl Strategy<Value = String> {
    vec(word(), 1..=most).prop_map(|words| words.join(" "))
}

/// A name in natural case.
fn name() -> impl Strategy<Value = String> {
    proptest::sample::select(vec![
        "Maren Lindqvist",
        "Orrin Tasker",
        "Ada O'Brien",
        "Miles O'Brien",
        "Fred de Sam Lazaro",
        "A Martínez",
        "Juan González Jr.",
        "P.W. Singer",
    ])
    .prop_map(str::to_owned)
}

fn place() -> impl Strategy<Value = Option<Place>> {
    option::of((0..9000usize, 0..900usize))
        .prop_map(|place| place.map(|(start, length)| Place { start, end: start + length }))
}

fn evidence() -> impl Strategy<Value = Vec<Evidence>> {
    vec((words(4), words(4), place()), 0..2).prop_map(|all| {
        all.into_iter().map(|(why, text, place)| Evidence { why, text, place }).collect()
    })
}

fn member() -> impl Strategy<Value = Member> {
    let role = proptest::sample::select(vec![
        None,
        Some(Role::Host),
        Some(Role::Reporter),
        Some(Role::Guest),
        Some(Role::Actuality),
        Some(Role::Narrator),
        Some(Role::Unidentified),
        Some(Role::Group),
        Some(Role::Machine),
    ]);
    let told = (option::of(words(2)), option::of(words(2)), option::of(words(3)));
    (option::weighted(0.8, name()), role, told, any::<bool>(), evidence()).prop_map(
        |(name, role, (title, affiliation, description), inferred, evidence)| Member {
            id: MemberId(String::new()),
            labels: name.iter().map(|name| name.to_uppercase()).collect(),
            name,
            title,
            role,
            affiliation,
            description,
            inferred,
            evidence,
        },
    )
}

/// How much is known of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timing {
    None,
    Some,
    All,
}

fn turn(members: usize) -> impl Strategy<Value = Turn> {
    let speaker = option::weighted(0.8, 0..members.max(1));
    let language = option::weighted(0.1, proptest::sample::select(vec!["fr", "uk", "es-MX"]));
    let clip = proptest::sample::select(vec![None, Some(Clip::Live), Some(Clip::Tape)]);
    let notes = vec(
        proptest::sample::select(vec!["(Laughter)", "(Through interpreter)", "(voice-over)"]),
        0..2,
    );
    let paragraphs = vec(words(30), 1..4);
    (speaker, any::<bool>(), language, clip, notes, paragraphs, 0..9u8, evidence()).prop_map(
        |(speaker, labelled, language, clip, notes, paragraphs, luck, evidence)| Turn {
            speaker: speaker.map(|index| MemberId(format!("m{index}"))),
            label: labelled.then(String::new),
            paragraphs: paragraphs
                .into_iter()
                .map(|text| Paragraph {
                    language: (luck == 2).then(|| "fr".to_owned()),
                    place: (luck == 3).then_some(Place { start: 1, end: 9 }),
                    ..paragraph(text)
                })
                .collect(),
            notes: notes.into_iter().map(str::to_owned).collect(),
            language: language.map(str::to_owned),
            clip,
            inferred: luck == 0 && !labelled,
            evidence,
            confidence: (luck == 1).then_some(0.25),
        },
    )
}

fn paragraph(text: String) -> Paragraph {
    let queries = text
        .match_indices("(ph)")
        .map(|(at, mark)| Query { mark: mark.to_owned(), about: String::new(), at })
        .collect();
    Paragraph { queries, ..Paragraph::new(text) }
}

fn cue() -> impl Strategy<Value = Cue> {
    proptest::sample::select(vec![
        (CueKind::Soundbite, "(SOUNDBITE OF PUMP STARTING)"),
        (CueKind::Music, "(SOUNDBITE OF DORIAN'S \"HIDE (RAW)\")"),
        (CueKind::Laughter, "(LAUGHTER)"),
        (CueKind::Crosstalk, "(CROSSTALK)"),
        (CueKind::Applause, "(APPLAUSE)"),
        (CueKind::Break, "(BREAK)"),
        (CueKind::ClipBegins, "(BEGIN VIDEO CLIP)"),
        (CueKind::ClipEnds, "(END VIDEO CLIP)"),
        (CueKind::Other, "[<static> & hum]"),
    ])
    .prop_map(|(kind, text)| {
        let music = kind == CueKind::Music;
        Cue {
            kind,
            text: text.to_owned(),
            artists: music.then(|| "DORIAN".to_owned()).into_iter().collect(),
            title: music.then(|| "HIDE (RAW)".to_owned()),
        }
    })
}

fn content(members: usize) -> impl Strategy<Value = Content> {
    prop_oneof![
        8 => turn(members).prop_map(Content::Turn),
        2 => cue().prop_map(Content::Cue),
        1 => Just(Content::Timestamp(Timestamp { text: "[02:00:03]".to_owned() })),
        1 => evidence().prop_map(|evidence| Content::Gap(Gap { evidence })),
    ]
}

/// Sets times one after another. With all of them known, every turn has a beginning and an end,
/// and every other paragraph has its words in time.
fn set_times(blocks: &mut [Block], timing: Timing) {
    let mut now = 500;
    let mut span = |length: u64| {
        let start = now;
        now += length;
        TimeSpan::new(Millis(start), Some(Millis(now)))
    };
    for (number, block) in blocks.iter_mut().enumerate() {
        let partly = timing == Timing::Some;
        if timing == Timing::None || partly && number % 3 == 1 {
            continue;
        }
        match &mut block.content {
            Content::Turn(turn) => {
                let mut whole: Option<TimeSpan> = None;
                for (number, paragraph) in turn.paragraphs.iter_mut().enumerate() {
                    if number % 2 == 0 {
                        let confidence = (number == 2).then_some(0.5);
                        let words = paragraph.text.split(' ').map(|text| Word {
                            text: text.to_owned(),
                            time: span(300),
                            confidence,
                        });
                        paragraph.words = words.collect();
                    }
                    let first = paragraph.words.first().map(|word| word.time);
                    let time = first.map_or_else(
                        || span(2000),
                        |time| paragraph.words.iter().fold(time, |time, word| time.and(word.time)),
                    );
                    paragraph.time = Some(time);
                    whole = Some(whole.map_or(time, |whole| whole.and(time)));
                }
                block.time = whole;
                if partly && number % 3 == 2 {
                    block.time = whole.map(|time| TimeSpan::new(time.start, None));
                    for paragraph in &mut turn.paragraphs {
                        paragraph.time = None;
                        paragraph.words.clear();
                    }
                }
            }
            Content::Cue(_) | Content::Timestamp(_) => block.time = Some(span(1500)),
            Content::Gap(_) => {}
        }
    }
}

fn published() -> impl Strategy<Value = Option<Published>> {
    let day = (1950..2035i16, 1..=12i8, 1..=28i8);
    let clock = (0..24i8, 0..60i8);
    let hours = proptest::sample::select(vec![None, Some(-7i8), Some(-5), Some(0), Some(2)]);
    option::of((day, option::of(clock), hours)).prop_map(|published| {
        let ((year, month, day), clock, hours) = published?;
        let date = civil::Date::new(year, month, day).unwrap();
        let Some((hour, minute)) = clock else { return Some(Published::Day(date)) };
        let time = date.at(hour, minute, 0, 0);
        Some(match hours {
            Some(hours) => Published::Moment(time, Offset::constant(hours)),
            None => Published::Local(time),
        })
    })
}

fn note() -> impl Strategy<Value = Note> {
    let kind = proptest::sample::select(vec![
        (NoteKind::EditorsNote, Touches::Unknown),
        (NoteKind::Correction, Touches::Audio),
        (NoteKind::Rush, Touches::Text),
        (NoteKind::Origin, Touches::Unknown),
        (NoteKind::Other, Touches::Both),
    ]);
    (kind, words(8), place()).prop_map(|((kind, touches), text, place)| Note {
        kind,
        touches,
        text,
        place,
    })
}

/// Any document, ids included.
pub(crate) fn document() -> impl Strategy<Value = Document> {
    let timing = prop_oneof![Just(Timing::None), Just(Timing::Some), Just(Timing::All)];
    (timed(timing), edition::told()).prop_map(|(document, told)| edition::tell(document, told))
}

/// A document of which so much is known of its times.
pub(crate) fn timed(timing: impl Strategy<Value = Timing>) -> impl Strategy<Value = Document> {
    let cast = vec(member(), 0..5);
    (cast, timing).prop_flat_map(|(cast, timing)| {
        let blocks = vec((content(cast.len()), place()), 0..12);
        let head = (option::of(words(6)), option::of(words(9)), option::of(words(2)));
        let bylines = vec((name(), option::of(words(2))), 0..3);
        let rights = option::of((words(8), option::of(words(8)), option::of(2000..2030i16)));
        let bios = vec((words(8), option::of(name()), place()), 0..3);
        let more = (vec(words(12), 0..3), vec(words(2), 0..3), option::of(words(3)));
        (
            (Just(cast), Just(timing), blocks, head),
            (bylines, published(), rights, bios),
            (vec(note(), 0..3), more, any::<bool>()),
        )
            .prop_map(build)
    })
}

type Head = (Option<String>, Option<String>, Option<String>);
type Story = (Vec<Member>, Timing, Vec<(Content, Option<Place>)>, Head);
type Front = (
    Vec<(String, Option<String>)>,
    Option<Published>,
    Option<(String, Option<String>, Option<i16>)>,
    Vec<(String, Option<String>, Option<Place>)>,
);
type More = (Vec<Note>, (Vec<String>, Vec<String>, Option<String>), bool);

fn build((story, front, more): (Story, Front, More)) -> Document {
    let (mut cast, timing, contents, (headline, summary, program)) = story;
    let (bylines, published, rights, bios) = front;
    let (notes, (written, tags, credit), has_article) = more;
    for (index, member) in cast.iter_mut().enumerate() {
        member.id = MemberId(format!("m{index}"));
    }
    let mut blocks: Vec<Block> = Vec::new();
    for (mut content, place) in contents {
        if let Content::Turn(turn) = &mut content {
            attribute(turn, &cast);
        }
        blocks.push(Block { place, ..Block::new(content) });
    }
    set_times(&mut blocks, timing);
    let mut document = Document::new(Format::Text);
    document.headline = headline;
    document.summary = summary;
    document.program = program;
    document.bylines =
        bylines.into_iter().map(|(name, affiliation)| Byline { name, affiliation }).collect();
    document.published = published;
    document.rights = rights.map(|(line, disclaimer, year)| Rights {
        place: year.map(|_| Place { start: 0, end: 1 }),
        line,
        disclaimer,
        year,
        ..Rights::default()
    });
    document.bios = bios
        .into_iter()
        .map(|(text, name, place)| Bio { text, name, place, ..Bio::default() })
        .collect();
    document.notes = notes;
    document.tags = tags;
    document.image_credits = credit
        .map(|credit| ImageCredit {
            credit: Some(credit),
            place: document.tags.first().map(|_| Place { start: 2, end: 3 }),
            ..ImageCredit::default()
        })
        .into_iter()
        .collect();
    if has_article {
        document.article =
            Some(Article { paragraphs: written.into_iter().map(paragraph).collect() });
        document.parts.push(Part::Article);
    }
    document.parts.push(Part::Transcript);
    let time_base = (timing != Timing::None).then(TimeBase::unnamed);
    document.transcript = Some(Transcript { time_base, blocks });
    document.cast = cast;
    identity::assign(&mut document);
    document
}

/// A turn's speaker is in the cast or nobody, and its label is one of the speaker's.
fn attribute(turn: &mut Turn, cast: &[Member]) {
    let member = turn.speaker.as_ref().and_then(|id| cast.iter().find(|member| member.id == *id));
    turn.speaker = member.map(|member| member.id.clone());
    turn.label = turn.label.take().and_then(|_| member?.labels.first().cloned());
    turn.inferred &= turn.speaker.is_some();
}

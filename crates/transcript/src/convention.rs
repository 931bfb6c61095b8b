//! House styles, as data: how each is told, and what it leaves unsaid.
//!
//! Most of what a transcript looks like is read alike in every house style. What differs stands in
//! [`CONVENTIONS`]: to know one more is to add one entry.

use crate::model::{Content, CueKind, Document, Format};

/// A house style in which transcripts are printed.
#[derive(Debug)]
pub struct Convention {
    /// The name as JSON has it, such as `npr`.
    pub name: &'static str,
    /// Whose it is, for a person.
    pub title: &'static str,
    /// What tells it. The style with the most points is taken, if it has [`ENOUGH`] of them.
    signs: &'static [(u32, Sign)],
    /// What somebody does whose labels never print a role.
    pub(crate) bare: Bare,
}

/// What it says of somebody that the labels never print a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bare {
    /// Nothing: roles are found by the conversation.
    Nobody,
    /// Guests have their role printed once; whoever has none is the programme's own.
    Staff,
}

/// Something that tells a house style.
#[derive(Debug)]
enum Sign {
    /// The file's form.
    Form(&'static [Format]),
    /// Words (in lower case) of the page's fields, rights, notes or address.
    Named(&'static [&'static str]),
    /// Words (in lower case) of a cue or delivery note.
    Heard(&'static [&'static str]),
    /// Words (as printed) that a label has behind the name.
    Role(&'static [&'static str]),
    /// A label (as printed) that is just this.
    Label(&'static [&'static str]),
    /// Several labels are two letters: `JG`, `RK`.
    Initials,
    /// Most labels look so.
    Most(Shape),
    /// Some labels look so.
    Some(Shape),
}

/// How a label looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// `NAME` or `FULL NAME`, no lower case apart from a role.
    Capitals,
    /// `Full Name`.
    Mixed,
    /// Two words and more.
    Full,
    /// `Mr. RICHARD KYLE (Reporter)`, `NEAL CONAN, host`.
    Courtesy,
    /// `HUBERT MINNIS, Prime Minister of the Bahamas`.
    TitleRole,
    /// `DONALD TRUMP, FORMER U.S. PRESIDENT`, neither host nor byline.
    CapitalRole,
}

/// How many points make a house style.
const ENOUGH: u32 = 4;

/// The house styles that are known, the more particular ones first.
pub const CONVENTIONS: &[Convention] = &[
    Convention {
        name: "captions",
        title: "Captions and recognised speech",
        signs: &[(
            20,
            Sign::Form(&[
                Format::Srt,
                Format::Vtt,
                Format::Ttml,
                Format::PodcastJson,
                Format::AapbJson,
                Format::WhisperJson,
                Format::Otter,
                Format::Descript,
                Format::KaldiJson,
                Format::PodloveXml,
                Format::PodcastHtml,
            ]),
        )],
        bare: Bare::Nobody,
    },
    Convention {
        name: "radiolab",
        title: "Radiolab",
        signs: &[
            (6, Sign::Named(&["radiolab"])),
            (4, Sign::Initials),
            (3, Sign::Heard(&["music in", "music out", "archive clip"])),
        ],
        bare: Bare::Nobody,
    },
    Convention {
        name: "democracy-now",
        title: "Democracy Now!",
        signs: &[
            (6, Sign::Named(&["democracy now", "democracynow.org"])),
            (2, Sign::Named(&["this is a rush transcript"])),
            (1, Sign::Most(Shape::Full)),
            (1, Sign::Most(Shape::Capitals)),
        ],
        bare: Bare::Nobody,
    },
    Convention {
        name: "voa",
        title: "Voice of America",
        signs: &[
            (5, Sign::Label(&["VOA", "USAGM", "RFE/RL", "RFA"])),
            (4, Sign::Named(&["voa", "voice of america", "voanews.com"])),
            (2, Sign::Label(&["Q", "A"])),
        ],
        bare: Bare::Nobody,
    },
    Convention {
        name: "pbs",
        title: "PBS NewsHour",
        signs: &[
            (5, Sign::Named(&["newshour", "pbs news", "pbs.org"])),
            (2, Sign::Heard(&["through translator", "break"])),
            (2, Sign::Some(Shape::TitleRole)),
            (1, Sign::Most(Shape::Capitals)),
            (1, Sign::Most(Shape::Full)),
        ],
        bare: Bare::Staff,
    },
    Convention {
        name: "cnn",
        title: "CNN",
        signs: &[
            (4, Sign::Named(&["cnn", "transcripts.cnn.com"])),
            (
                4,
                Sign::Heard(&[
                    "begin video",
                    "end video",
                    "voice-over",
                    "on camera",
                    "commercial break",
                    "videotape",
                ]),
            ),
            (4, Sign::Role(&["CNN"])),
            (2, Sign::Some(Shape::CapitalRole)),
        ],
        bare: Bare::Nobody,
    },
    Convention {
        name: "wnyc",
        title: "WNYC",
        signs: &[
            (
                5,
                Sign::Named(&[
                    "wnyc",
                    "new york public radio",
                    "brian lehrer",
                    "all of it with alison stewart",
                ]),
            ),
            (1, Sign::Heard(&["music"])),
            (1, Sign::Most(Shape::Mixed)),
            (1, Sign::Most(Shape::Full)),
        ],
        bare: Bare::Nobody,
    },
    Convention {
        name: "npr-old",
        title: "NPR, until about 2010",
        signs: &[
            (4, Sign::Some(Shape::Courtesy)),
            (4, Sign::Role(&["host", "byline", "reporting", "Host", "Host)", "host)"])),
            (3, Sign::Heard(&["soundbite of"])),
            (1, Sign::Named(&["npr"])),
        ],
        bare: Bare::Nobody,
    },
    Convention {
        name: "npr",
        title: "NPR and its member stations",
        signs: &[
            (5, Sign::Role(&["HOST", "BYLINE"])),
            (3, Sign::Heard(&["soundbite of"])),
            (3, Sign::Named(&["npr"])),
            (1, Sign::Most(Shape::Capitals)),
        ],
        bare: Bare::Nobody,
    },
];

/// The house style of a document, if its labels and fields tell one.
pub(crate) fn of(document: &Document) -> Option<&'static Convention> {
    let look = Look::of(document)?;
    let mut best: Option<(u32, &Convention)> = None;
    for convention in CONVENTIONS {
        let points = convention
            .signs
            .iter()
            .filter(|(_, sign)| look.shows(sign))
            .map(|(points, _)| points)
            .sum();
        if points >= ENOUGH && best.is_none_or(|(most, _)| points > most) {
            best = Some((points, convention));
        }
    }
    best.map(|(_, convention)| convention)
}

/// What of a document tells its house style.
struct Look<'d> {
    format: Format,
    labels: Vec<&'d str>,
    /// The fields, in lower case.
    fields: String,
    /// The cues and notes, in lower case.
    heard: String,
}

impl<'d> Look<'d> {
    fn of(document: &'d Document) -> Option<Self> {
        let blocks = &document.transcript.as_ref()?.blocks;
        let mut labels = Vec::new();
        let mut heard = String::new();
        for block in blocks {
            match &block.content {
                Content::Turn(turn) => {
                    labels.extend(turn.label.as_deref());
                    for note in &turn.notes {
                        heard.push_str(note);
                        heard.push('\n');
                    }
                }
                Content::Cue(cue) if cue.kind != CueKind::Laughter => {
                    heard.push_str(&cue.text);
                    heard.push('\n');
                }
                _ => {}
            }
        }
        let fields = [
            &document.program,
            &document.station,
            &document.network,
            &document.canonical,
            &document.headline,
        ];
        let mut text: String =
            fields.into_iter().flatten().fold(String::new(), |all, field| all + field + "\n");
        if let Some(rights) = &document.rights {
            text.push_str(&rights.line);
        }
        for note in &document.notes {
            text.push('\n');
            text.push_str(&note.text);
        }
        // Who opens or closes a programme says its name.
        let mut turns = blocks.iter().filter_map(|block| block.turn());
        let ends = turns
            .by_ref()
            .take(4)
            .chain(blocks.iter().rev().filter_map(|block| block.turn()).take(1));
        for paragraph in ends.flat_map(|turn| &turn.paragraphs) {
            text.push('\n');
            text.extend(paragraph.text.chars().take(400));
        }
        Some(Self {
            format: document.format,
            labels,
            fields: text.to_lowercase(),
            heard: heard.to_lowercase(),
        })
    }

    fn shows(&self, sign: &Sign) -> bool {
        match sign {
            Sign::Form(forms) => forms.contains(&self.format),
            Sign::Named(words) => words.iter().any(|words| has_words(&self.fields, words)),
            Sign::Heard(words) => words.iter().any(|words| has_words(&self.heard, words)),
            Sign::Role(words) => self
                .labels
                .iter()
                .filter_map(|label| role(label))
                .any(|role| role.split([' ', ',', '/']).any(|word| words.contains(&word))),
            Sign::Label(labels) => self.labels.iter().any(|label| labels.contains(label)),
            Sign::Initials => {
                let two = |label: &&&str| {
                    label.len() == 2 && label.bytes().all(|b| b.is_ascii_uppercase())
                };
                self.labels.iter().filter(two).collect::<std::collections::HashSet<_>>().len() > 1
            }
            Sign::Most(shape) => {
                let fit = self.labels.iter().filter(|label| shape.fits(label)).count();
                fit > 0 && fit * 10 >= self.labels.len() * 8
            }
            Sign::Some(shape) => self.labels.iter().any(|label| shape.fits(label)),
        }
    }
}

impl Shape {
    fn fits(self, label: &str) -> bool {
        let role = role(label);
        let head = label.get(..label.len() - role.map_or(0, str::len)).unwrap_or(label);
        let head = head.trim_end_matches([',', ' ', '(']);
        let small = |text: &str| text.chars().any(char::is_lowercase);
        let words = head.split_whitespace().count();
        match self {
            Self::Capitals => !small(head),
            Self::Mixed => small(head),
            Self::Full => words > 1,
            Self::Courtesy => ["Mr. ", "Ms. ", "Mrs. ", "Dr. ", "Sen. ", "Rep. "]
                .iter()
                .any(|title| head.strip_prefix(title).is_some_and(|name| !small(name))),
            Self::TitleRole => {
                !small(head)
                    && role.is_some_and(|role| small(role) && !role.starts_with("host"))
                    && label.contains(',')
            }
            Self::CapitalRole => role.is_some_and(|role| {
                !small(role) && !matches!(role, "HOST" | "BYLINE") && role.contains(' ')
            }),
        }
    }
}

/// What a label prints behind the name.
fn role(label: &str) -> Option<&str> {
    let at = label.find([',', '('])?;
    let role = label.get(at + 1..)?.trim_start();
    (!role.is_empty()).then_some(role)
}

/// Whether words stand in a text, not in the middle of others.
fn has_words(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, found)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|text| text.chars().next());
        before.is_none_or(|c| !c.is_alphanumeric()) && after.is_none_or(|c| !c.is_alphanumeric())
    })
}

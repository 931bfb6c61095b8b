//! What is told of a story, and of how it was read.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{place, words};
use crate::model::{
    Code, Document, Evidence, Format, Furniture, FurnitureKind, Id, Millis, Printed, Redirect,
    TimeBase, Warning,
};

/// Fills the fields that say nothing of who speaks when.
pub(super) fn told() -> impl Strategy<Value = Told> {
    let page = (
        option::of(select(vec!["npr", "cnn"])),
        option::of(words(2)),
        option::of(words(2)),
        option::of(words(1)),
        option::of(select(vec!["https://example.org/a?b=1&c=\"2\""])),
        option::of(select(vec!["en", "es-US"])),
        option::of(0..5_000_000u64),
    );
    let reading = (
        select(Format::ALL.to_vec()),
        vec((select(FURNITURE.to_vec()), words(3), place()), 0..2),
        vec((select(vec!["headline", "published"]), words(3), place()), 0..2),
        vec((select(CODES.to_vec()), words(5), option::of(1..900u32)), 0..2),
        vec(("[a-z]{9}", vec("[a-z]{9}", 0..3)), 0..2),
    );
    let rights = (option::of(words(2)), option::of(words(2)), any::<bool>());
    (page, reading, rights, any::<bool>())
}

type Told = (
    (
        Option<&'static str>,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<&'static str>,
        Option<&'static str>,
        Option<u64>,
    ),
    (
        Format,
        Vec<(FurnitureKind, String, Option<crate::model::Place>)>,
        Vec<(&'static str, String, Option<crate::model::Place>)>,
        Vec<(Code, String, Option<u32>)>,
        Vec<(String, Vec<String>)>,
    ),
    (Option<String>, Option<String>, bool),
    bool,
);

/// Puts them into a document.
pub(super) fn tell(mut document: Document, told: Told) -> Document {
    let (page, reading, rights, tape) = told;
    let (convention, station, network, section, canonical, language, length) = page;
    document.convention = convention.map(str::to_owned);
    (document.station, document.network, document.section) = (station, network, section);
    document.canonical = canonical.map(str::to_owned);
    document.language = language.map(str::to_owned);
    document.audio_length = length.map(Millis);
    let (format, furniture, printed, warnings, redirects) = reading;
    document.format = format;
    document.furniture =
        furniture.into_iter().map(|(kind, text, place)| Furniture { kind, text, place }).collect();
    document.printed = printed
        .into_iter()
        .map(|(field, text, place)| Printed { field: field.to_owned(), text, place })
        .collect();
    document.warnings =
        warnings.into_iter().map(|(code, message, line)| Warning { code, message, line }).collect();
    document.redirects = redirects
        .into_iter()
        .map(|(from, to)| Redirect {
            from: Id::new(from),
            to: to.into_iter().map(Id::new).collect(),
        })
        .collect();
    let (holder, provider, heard) = rights;
    if let Some(rights) = &mut document.rights {
        (rights.holder, rights.provider) = (holder, provider);
    }
    let member = document.cast.first().map(|member| member.id.clone());
    for bio in &mut document.bios {
        bio.member = member.clone().filter(|_| heard);
    }
    if let Some(member) = document.cast.first_mut()
        && heard
    {
        let evidence = Evidence { why: "greeted".to_owned(), text: String::new(), place: None };
        member.evidence = vec![evidence];
    }
    let base = document.transcript.as_mut().and_then(|transcript| transcript.time_base.as_mut());
    if let (Some(base), true) = (base, tape) {
        *base = TimeBase::Tape { span: "2026-05-04T10:14:05Z+90s".to_owned() };
    }
    document
}

const FURNITURE: [FurnitureKind; 7] = [
    FurnitureKind::Player,
    FurnitureKind::Navigation,
    FurnitureKind::Share,
    FurnitureKind::Donate,
    FurnitureKind::Related,
    FurnitureKind::Station,
    FurnitureKind::Other,
];

const CODES: [Code; 18] = [
    Code::MissingLine,
    Code::InferredSpeaker,
    Code::DoubtfulSpeaker,
    Code::AmbiguousLabel,
    Code::OpenQuery,
    Code::TimeOverlap,
    Code::TimeBackward,
    Code::MissingCueNumber,
    Code::Encoding,
    Code::WrongExtension,
    Code::MalformedCue,
    Code::UnbalancedBrackets,
    Code::UnmatchedClip,
    Code::StrandedLabel,
    Code::Truncated,
    Code::Malformed,
    Code::SplitVoice,
    Code::NotCarried,
];

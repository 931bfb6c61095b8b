//! What a form can't hold.

use std::collections::BTreeMap;

use crate::model::{Clip, Code, Content, Document, Role, TimeBase, Warning};

/// A kind of thing that a form can't hold. The order is the order of the warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Thing {
    UntimedTurns,
    UntimedCues,
    OpenEnds,
    Headline,
    Summary,
    Bylines,
    Published,
    Program,
    Source,
    Article,
    ImageCredits,
    Tags,
    Rights,
    Bios,
    Notes,
    Gaps,
    Timestamps,
    Inferred,
    Labels,
    Cast,
    Languages,
    Clips,
    Times,
    WordTimes,
    Milliseconds,
    Confidence,
    TimeBase,
    Characters,
    Brackets,
}

/// How many of which things a form can't hold.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    counts: BTreeMap<Thing, usize>,
}

impl Missing {
    /// Counts something that isn't carried.
    pub(crate) fn add(&mut self, thing: Thing, count: usize) {
        if count > 0 {
            *self.counts.entry(thing).or_default() += count;
        }
    }

    /// The warnings, one for each kind of thing.
    pub(crate) fn warnings(self) -> Vec<Warning> {
        self.counts
            .into_iter()
            .map(|(thing, count)| Warning {
                code: Code::NotCarried,
                message: sentence(thing, count),
                line: None,
            })
            .collect()
    }

    /// Counts what of the document is of these kinds.
    pub(crate) fn count(&mut self, document: &Document, things: &[Thing]) {
        for thing in things {
            self.add(*thing, occurrences(document, *thing));
        }
    }
}

/// How many of a thing a document has, where that can be told without writing it.
fn occurrences(document: &Document, thing: Thing) -> usize {
    let turns = || document.blocks().iter().filter_map(|block| block.turn());
    let paragraphs = || turns().flat_map(|turn| &turn.paragraphs);
    match thing {
        Thing::Headline => usize::from(document.headline.is_some()),
        Thing::Summary => usize::from(document.summary.is_some()),
        Thing::Bylines => document.bylines.len(),
        Thing::Published => usize::from(document.published.is_some()),
        Thing::Program => usize::from(document.program.is_some()),
        Thing::Source => {
            [&document.station, &document.network, &document.section, &document.canonical]
                .into_iter()
                .flatten()
                .count()
        }
        Thing::Article => document.article.as_ref().map_or(0, |article| article.paragraphs.len()),
        Thing::ImageCredits => document.image_credits.len(),
        Thing::Tags => document.tags.len(),
        Thing::Rights => usize::from(document.rights.is_some()),
        Thing::Bios => document.bios.len(),
        Thing::Notes => document.notes.len(),
        Thing::Gaps => {
            document.blocks().iter().filter(|b| matches!(b.content, Content::Gap(_))).count()
        }
        Thing::Timestamps => {
            document.blocks().iter().filter(|b| matches!(b.content, Content::Timestamp(_))).count()
        }
        Thing::Inferred => turns().filter(|turn| turn.inferred).count(),
        Thing::Cast => document
            .cast
            .iter()
            .filter(|member| {
                member.title.is_some()
                    || member.role.is_some_and(|role| role != Role::Unidentified)
                    || member.affiliation.is_some()
                    || member.description.is_some()
            })
            .count(),
        Thing::Languages => {
            turns().filter(|turn| turn.language.is_some()).count()
                + paragraphs().filter(|paragraph| paragraph.language.is_some()).count()
        }
        Thing::Clips => turns().filter(|turn| turn.clip == Some(Clip::Tape)).count(),
        Thing::Times => {
            let blocks = document.blocks().iter().filter(|block| block.time.is_some()).count();
            blocks + paragraphs().filter(|paragraph| paragraph.time.is_some()).count()
        }
        Thing::WordTimes => paragraphs().map(|paragraph| paragraph.words.len()).sum(),
        Thing::Confidence => {
            let words = paragraphs().flat_map(|paragraph| &paragraph.words);
            turns().filter(|turn| turn.confidence.is_some()).count()
                + words.filter(|word| word.confidence.is_some()).count()
        }
        Thing::TimeBase => {
            let base = document.transcript.as_ref().and_then(|t| t.time_base.as_ref());
            usize::from(base.is_some_and(|base| *base != TimeBase::unnamed()))
        }
        Thing::UntimedTurns
        | Thing::UntimedCues
        | Thing::OpenEnds
        | Thing::Labels
        | Thing::Milliseconds
        | Thing::Characters
        | Thing::Brackets => 0,
    }
}

/// What isn't carried, in a sentence for an editor.
fn sentence(thing: Thing, count: usize) -> String {
    let (one, many, rest) = match thing {
        Thing::UntimedTurns => (
            "turn",
            "turns",
            "left out, because it isn't known when they are heard and captions need a time",
        ),
        Thing::UntimedCues => {
            ("sound cue", "sound cues", "left out, because it isn't known when they are heard")
        }
        Thing::OpenEnds => (
            "caption",
            "captions",
            "shown until the next one begins, because it isn't known when their words end",
        ),
        Thing::Headline => return "The headline isn't in it.".to_owned(),
        Thing::Summary => return "The summary isn't in it.".to_owned(),
        Thing::Bylines => ("byline", "bylines", ""),
        Thing::Published => return "The date of publication isn't in it.".to_owned(),
        Thing::Program => return "The programme isn't in it.".to_owned(),
        Thing::Source => (
            "line on where the story comes from (station, network, section, address)",
            "lines on where the story comes from (station, network, section, address)",
            "",
        ),
        Thing::Article => ("paragraph of the written story", "paragraphs of the written story", ""),
        Thing::ImageCredits => ("picture's caption or credit", "pictures' captions or credits", ""),
        Thing::Tags => ("tag", "tags", ""),
        Thing::Rights => {
            return "The rights line isn't in it; publish it beside the file.".to_owned();
        }
        Thing::Bios => ("bio", "bios", ""),
        Thing::Notes => ("editors' note", "editors' notes", ""),
        Thing::Gaps => ("mark of a missing line", "marks of missing lines", ""),
        Thing::Timestamps => ("printed time", "printed times", ""),
        Thing::Inferred => (
            "turn's speaker was inferred, which the file doesn't show",
            "turns' speakers were inferred, which the file doesn't show",
            "-",
        ),
        Thing::Labels => (
            "label is written as the speaker's full name",
            "labels are written as the speakers' full names",
            "-",
        ),
        Thing::Cast => (
            "speaker's title, role, affiliation or description",
            "speakers' titles, roles, affiliations or descriptions",
            "",
        ),
        Thing::Languages => ("mark of another language", "marks of other languages", ""),
        Thing::Clips => ("mark of words from tape", "marks of words from tape", ""),
        Thing::Times => ("time", "times", ""),
        Thing::WordTimes => ("word's own time", "words' own times", ""),
        Thing::Milliseconds => {
            ("time is written in whole seconds", "times are written in whole seconds", "-")
        }
        Thing::Confidence => {
            ("figure of how sure the source is", "figures of how sure the source is", "")
        }
        Thing::TimeBase => {
            return "Which version of the audio the times belong to isn't in it.".to_owned();
        }
        Thing::Characters => (
            "character can't stand in this form and is written as \u{fffd}",
            "characters can't stand in this form and are written as \u{fffd}",
            "-",
        ),
        Thing::Brackets => (
            "angle bracket may be taken for a mark of the form and not be shown",
            "angle brackets may be taken for marks of the form and not be shown",
            "-",
        ),
    };
    let noun = if count == 1 { one } else { many };
    match rest {
        "" if count == 1 => format!("1 {noun} isn't in it."),
        "" => format!("{count} {noun} aren't in it."),
        "-" => format!("{count} {noun}."),
        rest if count == 1 => format!("1 {noun} is {rest}."),
        rest => format!("{count} {noun} are {rest}."),
    }
}

//! Who speaks, and how much.

use std::collections::HashMap;

use crate::model::{Block, Document, MemberId, Millis, Turn};

/// Who speaks how much in a transcript.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// Each speaker, in order of first appearance. Who is in the cast and has no turn isn't here.
    pub speakers: Vec<Share>,
    /// The turns of which nobody knows who speaks, however many these are.
    pub unattributed: Share,
    /// The words of all turns.
    pub words: usize,
    /// The time of all turns that have one; two who speak at once count twice. `None` where no
    /// turn has a beginning and an end.
    pub time: Option<Millis>,
}

/// How much one speaker says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Share {
    /// The speaker's key in the cast; `None` for the turns of nobody known.
    pub member: Option<MemberId>,
    /// The speaker's name, where it is known.
    pub name: Option<String>,
    /// How many turns. A turn that a cue interrupts counts as two, as it has two blocks.
    pub turns: usize,
    /// How many of these were attributed by inference.
    pub inferred: usize,
    /// How many words: runs of letters and digits between white space. Notes and labels aren't
    /// counted.
    pub words: usize,
    /// The part of all words, 0 to 1.
    pub word_share: f64,
    /// For how long, over the turns that have a beginning and an end; `None` where none has.
    pub time: Option<Millis>,
    /// The part of the time of all turns, 0 to 1; `None` where `time` is.
    pub time_share: Option<f64>,
    /// How many turns have no beginning or no end, so that `time` is without them.
    pub untimed: usize,
}

/// Counts who speaks how much. A document without a transcript has an empty tally.
pub fn tally(document: &Document) -> Tally {
    let mut unattributed = Share::default();
    let mut speakers: Vec<Share> = Vec::new();
    let mut known: HashMap<&MemberId, usize> = HashMap::new();
    let names: HashMap<&MemberId, Option<&String>> =
        document.cast.iter().map(|member| (&member.id, member.name.as_ref())).collect();
    for block in document.blocks() {
        let Some(turn) = block.turn() else { continue };
        let share = match &turn.speaker {
            None => Some(&mut unattributed),
            Some(id) => {
                let index = *known.entry(id).or_insert_with(|| {
                    speakers.push(Share {
                        member: Some(id.clone()),
                        name: names.get(id).copied().flatten().cloned(),
                        ..Share::default()
                    });
                    speakers.len() - 1
                });
                speakers.get_mut(index)
            }
        };
        if let Some(share) = share {
            share.add(block, turn);
        }
    }
    let all = || speakers.iter().chain(std::iter::once(&unattributed));
    let words = all().map(|share| share.words).sum();
    let time = all().filter_map(|share| share.time).reduce(sum);
    for share in speakers.iter_mut().chain(std::iter::once(&mut unattributed)) {
        share.word_share = part(share.words as f64, words as f64);
        share.time_share = share.time.zip(time).map(|(own, all)| part(own.0 as f64, all.0 as f64));
    }
    Tally { speakers, unattributed, words, time }
}

impl Share {
    fn add(&mut self, block: &Block, turn: &Turn) {
        self.turns += 1;
        self.inferred += usize::from(turn.inferred);
        self.words += turn.paragraphs.iter().map(|paragraph| words(&paragraph.text)).sum::<usize>();
        match length(block, turn) {
            Some(length) => self.time = Some(self.time.map_or(length, |time| sum(time, length))),
            None => self.untimed += 1,
        }
    }
}

/// How long a turn takes: by its own time, or that of its paragraphs if all have one.
fn length(block: &Block, turn: &Turn) -> Option<Millis> {
    let own = block.time.and_then(|time| Some(Millis(time.end?.0.saturating_sub(time.start.0))));
    own.or_else(|| {
        let lengths = turn.paragraphs.iter().map(|paragraph| {
            let time = paragraph.time?;
            Some(Millis(time.end?.0.saturating_sub(time.start.0)))
        });
        lengths.collect::<Option<Vec<_>>>()?.into_iter().reduce(sum)
    })
}

fn words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count()
}

fn sum(one: Millis, other: Millis) -> Millis {
    Millis(one.0.saturating_add(other.0))
}

fn part(of: f64, all: f64) -> f64 {
    if all > 0.0 { of / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::arbitrary;
    use crate::model::{Content, Format, Member, Paragraph, TimeSpan, Transcript};

    fn turn(speaker: Option<&str>, text: &str, time: Option<(u64, u64)>) -> Block {
        let time = time.map(|(start, end)| TimeSpan::new(Millis(start), Some(Millis(end))));
        let turn = Turn {
            speaker: speaker.map(|id| MemberId(id.to_owned())),
            paragraphs: vec![Paragraph::new(text)],
            ..Turn::default()
        };
        Block { time, ..Block::new(Content::Turn(turn)) }
    }

    #[test]
    fn words_and_time_are_shared_out() {
        let mut document = Document::new(Format::Text);
        document.cast.push(Member {
            id: MemberId("b".to_owned()),
            name: Some("Berta Quist".to_owned()),
            title: None,
            role: None,
            affiliation: None,
            description: None,
            labels: Vec::new(),
            inferred: false,
            evidence: Vec::new(),
        });
        let blocks = vec![
            turn(Some("b"), "One -- two, three.", Some((1000, 4000))),
            turn(None, "Four.", None),
            turn(Some("a"), "Five six", Some((4000, 5000))),
            turn(Some("b"), "seven eight", None),
        ];
        document.transcript = Some(Transcript { time_base: None, blocks });
        let tally = tally(&document);
        let [berta, other] = &tally.speakers[..] else { panic!("{tally:?}") };
        assert_eq!((berta.name.as_deref(), berta.turns, berta.words), (Some("Berta Quist"), 2, 5));
        assert_eq!((berta.time, berta.untimed), (Some(Millis(3000)), 1));
        assert_eq!((berta.word_share, berta.time_share), (0.625, Some(0.75)));
        assert_eq!((other.words, other.time_share), (2, Some(0.25)));
        assert_eq!((tally.unattributed.words, tally.unattributed.time), (1, None));
        assert_eq!((tally.words, tally.time), (8, Some(Millis(4000))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn shares_add_up(document in arbitrary::document()) {
            let tally = tally(&document);
            let all: Vec<&Share> = tally.speakers.iter().chain([&tally.unattributed]).collect();
            let turns = document.blocks().iter().filter(|block| block.turn().is_some()).count();
            prop_assert_eq!(all.iter().map(|share| share.turns).sum::<usize>(), turns);
            prop_assert_eq!(all.iter().map(|share| share.words).sum::<usize>(), tally.words);
            let words: f64 = all.iter().map(|share| share.word_share).sum();
            prop_assert!(tally.words == 0 || (words - 1.0).abs() < 1e-9);
            let time: f64 = all.iter().filter_map(|share| share.time_share).sum();
            prop_assert!(tally.time.is_none_or(|all| all.0 == 0 || (time - 1.0).abs() < 1e-9));
        }
    }
}

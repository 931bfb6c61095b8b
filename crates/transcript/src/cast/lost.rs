//! Lines that lost their label between two turns of one speaker.

use crate::cast::SAME_AGAIN;
use crate::model::{Block, Content, Document, Evidence, Turn};

/// The most words that somebody else is taken to have said there.
const SHORT: usize = 30;

/// Cuts the last line off a turn below which the *same* label stands again: nobody labels a speaker
/// who goes on, so that line is most likely another's. Where that happens all the time, the source
/// repeats its labels, and nothing is cut.
pub(crate) fn cut(document: &mut Document) {
    let Some(transcript) = &mut document.transcript else { return };
    let turns = transcript.blocks.iter().filter(|block| block.turn().is_some()).count();
    let repeats = transcript
        .blocks
        .windows(2)
        .filter(|pair| matches!(pair, [one, other] if is_again(one, other)))
        .count();
    if repeats == 0 || repeats > 3 && repeats * 8 > turns {
        return;
    }
    let mut blocks = Vec::with_capacity(transcript.blocks.len() + repeats);
    let mut rest = std::mem::take(&mut transcript.blocks).into_iter().peekable();
    while let Some(mut block) = rest.next() {
        let lost =
            rest.peek().filter(|next| is_again(&block, next)).and_then(|_| last_line(&mut block));
        blocks.push(block);
        blocks.extend(lost);
    }
    transcript.blocks = blocks;
}

/// Whether the same label follows at once, the turn above being several lines.
fn is_again(one: &Block, other: &Block) -> bool {
    let (Some(one), Some(other)) = (one.turn(), other.turn()) else { return false };
    one.label.is_some() && one.label == other.label && one.paragraphs.len() > 1
}

/// Takes the last line from a turn, if it can be another's.
fn last_line(block: &mut Block) -> Option<Block> {
    let Content::Turn(turn) = &mut block.content else { return None };
    let last = turn.paragraphs.last()?;
    let asks = last.text.trim_end().ends_with('?');
    let fits = last.text.split_whitespace().count() <= SHORT
        && (asks || turn.paragraphs.len() == 2)
        && last.time.is_none();
    if !fits {
        return None;
    }
    let paragraph = turn.paragraphs.pop()?;
    let end = turn.paragraphs.last().and_then(|last| last.place).map(|place| place.end);
    if let (Some(place), Some(end)) = (&mut block.place, end) {
        place.end = end;
    }
    let evidence = Evidence { why: SAME_AGAIN.to_owned(), text: String::new(), place: None };
    let mut own = Block::new(Content::Turn(Turn {
        language: turn.language.clone(),
        clip: turn.clip,
        evidence: vec![evidence],
        ..Turn::default()
    }));
    own.place = paragraph.place;
    if let Content::Turn(turn) = &mut own.content {
        turn.paragraphs.push(paragraph);
    }
    Some(own)
}

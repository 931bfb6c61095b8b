//! Text: pages that were flattened to it, and house styles.

mod bracket;
mod build;
mod chrome;
pub(crate) mod cue;
mod date;
mod document;
mod flat;
mod header;
pub(crate) mod label;
mod layout;
mod lines;
mod page_words;
pub(crate) mod passage;
mod phrases;
mod piece;
mod program;
mod query;
mod refusal;
mod remark;
mod rights;
mod roster;
mod tail;
mod turns;
pub(crate) mod unmarked;
mod vocabulary;

use crate::model::{Document, Format};
use crate::read::ReadError;
use crate::source::Source;

pub(crate) use build::station_of;
pub(crate) use chrome::plain as chrome_plain;
pub(crate) use document::document;
pub(crate) use label::{Case, fold};
pub(crate) use piece::{Piece, clock, pieces_of};
pub(crate) use program::{network_of, of as program_of};
pub(crate) use query::find as queries;
pub(crate) use rights::read as rights_of;
pub(crate) use roster::Roster;

/// Reads a text.
pub(crate) fn read(source: &Source<'_>) -> Result<Document, ReadError> {
    let mut passages = flat::unflatten(lines::passages(source.text()));
    unmarked::mark(&mut passages);
    document(&passages, Document::new(Format::Text), source)
}

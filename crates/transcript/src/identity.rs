//! Ids of blocks and paragraphs: given on reading, kept through corrections.

use std::collections::{HashMap, HashSet};

use crate::matching::{Side, Sort, fnv, matching};
use crate::model::{Block, Content, Document, Id, Redirect};

/// Gives every block, paragraph and bio its id: a hash of what it is and says, and of how often
/// the same was said before.
///
/// The hash is the same in every version and on every machine. It isn't secret: who wants two
/// passages to have the same hash can have it, and gets two ids nevertheless, since equal hashes
/// are counted.
pub(crate) fn assign(document: &mut Document) {
    let mut minted = Mint::default();
    // A gap says nothing; it is known by what follows it.
    let following: Vec<u64> = {
        let mut next = 0;
        let mut hashes: Vec<u64> = document
            .blocks()
            .iter()
            .rev()
            .map(|block| {
                if !matches!(block.content, Content::Gap(_)) {
                    next = said(block);
                }
                next
            })
            .collect();
        hashes.reverse();
        hashes
    };
    for paragraph in document.article.iter_mut().flat_map(|article| &mut article.paragraphs) {
        paragraph.id = minted.next(hash("article", [paragraph.text.as_str()]));
    }
    let blocks = document.transcript.iter_mut().flat_map(|transcript| &mut transcript.blocks);
    for (block, following) in blocks.zip(following) {
        block.id = minted.next(match block.content {
            Content::Gap(_) => mix(following ^ hash("gap", [])),
            _ => said(block),
        });
        if let Content::Turn(turn) = &mut block.content {
            for paragraph in &mut turn.paragraphs {
                paragraph.id = minted.next(hash("paragraph", [paragraph.text.as_str()]));
            }
        }
    }
    for bio in &mut document.bios {
        bio.id = minted.next(hash("bio", [bio.text.as_str()]));
    }
}

/// Takes over the ids of an earlier reading: of what stayed, and of what was corrected. Every
/// other id of the earlier reading is redirected to where its words went.
///
/// An id that was given once is never given to anything else, as far as the earlier reading and
/// its redirects tell.
pub(crate) fn keep(document: &mut Document, earlier: &Document) {
    let mut used = spent(earlier);
    // Where each earlier id went, as places in the lists of ids below.
    let mut went: Vec<(Id, Vec<(Layer, usize)>)> = Vec::new();
    let mut kept: Vec<Vec<Option<Id>>> = Vec::new();
    for layer in Layer::ALL {
        let old_ids = layer.ids(earlier);
        let found = matching(&layer.side(earlier), &layer.side(document));
        kept.push(
            found
                .kept
                .iter()
                .map(|old| old.and_then(|old| old_ids.get(old)).map(|id| (*id).clone()))
                .collect(),
        );
        let targets = found.went.into_iter().map(|new| new.into_iter().map(|at| (layer, at)));
        went.extend(old_ids.into_iter().cloned().zip(targets.map(Iterator::collect)));
    }
    let own = std::mem::take(&mut document.redirects);
    let renamed = rename(document, &kept, &mut used);
    let mut present: HashSet<Id> = HashSet::new();
    let mut final_ids: Vec<Vec<Id>> = Vec::new();
    for layer in Layer::ALL {
        let ids: Vec<Id> = layer.ids(document).into_iter().cloned().collect();
        present.extend(ids.iter().cloned());
        final_ids.push(ids);
    }
    let target = |(layer, at): &(Layer, usize)| final_ids.get(*layer as usize)?.get(*at).cloned();
    let mut redirects: HashMap<Id, Vec<Id>> = HashMap::new();
    let mut order: Vec<Id> = Vec::new();
    for (from, to) in went {
        if !from.is_empty() && !present.contains(&from) && !redirects.contains_key(&from) {
            redirects.insert(from.clone(), to.iter().filter_map(target).collect());
            order.push(from);
        }
    }
    let now = |id: &Id, redirects: &HashMap<Id, Vec<Id>>| -> Vec<Id> {
        match redirects.get(id) {
            Some(to) => to.clone(),
            None if present.contains(id) => vec![id.clone()],
            None => Vec::new(),
        }
    };
    // Those of old come first, so that the oldest stand at the top. A redirect to what was
    // redirected since goes straight to where that went.
    let mut all: Vec<Redirect> = Vec::new();
    let mut seen: HashSet<Id> = present.iter().chain(&order).cloned().collect();
    let own = own.iter().map(|redirect| {
        let to = redirect.to.iter().map(|id| renamed.get(id).unwrap_or(id).clone()).collect();
        Redirect { from: redirect.from.clone(), to }
    });
    for redirect in earlier.redirects.iter().cloned().chain(own) {
        if seen.insert(redirect.from.clone()) {
            let mut to: Vec<Id> = Vec::new();
            for id in redirect.to.iter().flat_map(|id| now(id, &redirects)) {
                if to.len() < MAX_TARGETS && !to.contains(&id) {
                    to.push(id);
                }
            }
            all.push(Redirect { from: redirect.from, to });
        }
    }
    all.extend(order.into_iter().map(|from| {
        let to = redirects.remove(&from).unwrap_or_default();
        Redirect { from, to }
    }));
    document.redirects = all;
}

/// How many ids a redirect of old may lead to. Merging everything and splitting it again would
/// otherwise make each of many redirects lead to each of many passages.
const MAX_TARGETS: usize = 32;

/// The ids that an earlier reading has given, and those that were given before it.
fn spent(earlier: &Document) -> HashSet<Id> {
    let ids = Layer::ALL.into_iter().flat_map(|layer| layer.ids(earlier)).cloned();
    ids.chain(earlier.redirects.iter().map(|redirect| redirect.from.clone())).collect()
}

/// Gives the kept ids, and a new one to whatever else has one that is spent. Returns what was
/// renamed.
fn rename(
    document: &mut Document,
    kept: &[Vec<Option<Id>>],
    used: &mut HashSet<Id>,
) -> HashMap<Id, Id> {
    let mut renamed = HashMap::new();
    let mut given: HashSet<Id> = HashSet::new();
    for (layer, kept) in Layer::ALL.into_iter().zip(kept) {
        for (id, kept) in layer.ids_mut(document).into_iter().zip(kept) {
            let before = id.clone();
            match kept {
                Some(kept) if !kept.is_empty() && given.insert(kept.clone()) => {
                    *id = kept.clone();
                }
                _ => {
                    let mut salt = 0;
                    while id.is_empty() || used.contains(id) {
                        salt += 1;
                        *id = spell(hash("again", [before.as_str()]).wrapping_add(salt));
                    }
                    used.insert(id.clone());
                }
            }
            if *id != before {
                renamed.insert(before, id.clone());
            }
        }
    }
    renamed
}

/// A list of things in a document that have ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    Blocks,
    Spoken,
    Written,
    Bios,
}

impl Layer {
    /// All of them; each stands at its own number.
    const ALL: [Self; 4] = [Self::Blocks, Self::Spoken, Self::Written, Self::Bios];

    fn ids(self, document: &Document) -> Vec<&Id> {
        match self {
            Self::Blocks => document.blocks().iter().map(|block| &block.id).collect(),
            Self::Spoken => document
                .blocks()
                .iter()
                .filter_map(Block::turn)
                .flat_map(|turn| turn.paragraphs.iter().map(|paragraph| &paragraph.id))
                .collect(),
            Self::Written => {
                let paragraphs = document.article.iter().flat_map(|article| &article.paragraphs);
                paragraphs.map(|paragraph| &paragraph.id).collect()
            }
            Self::Bios => document.bios.iter().map(|bio| &bio.id).collect(),
        }
    }

    fn ids_mut(self, document: &mut Document) -> Vec<&mut Id> {
        let blocks = document.transcript.iter_mut().flat_map(|transcript| &mut transcript.blocks);
        match self {
            Self::Blocks => blocks.map(|block| &mut block.id).collect(),
            Self::Spoken => blocks
                .filter_map(|block| match &mut block.content {
                    Content::Turn(turn) => Some(turn),
                    _ => None,
                })
                .flat_map(|turn| turn.paragraphs.iter_mut().map(|paragraph| &mut paragraph.id))
                .collect(),
            Self::Written => document
                .article
                .iter_mut()
                .flat_map(|article| &mut article.paragraphs)
                .map(|paragraph| &mut paragraph.id)
                .collect(),
            Self::Bios => document.bios.iter_mut().map(|bio| &mut bio.id).collect(),
        }
    }

    fn side(self, document: &Document) -> Side {
        let mut side = Side::default();
        match self {
            Self::Blocks => {
                for block in document.blocks() {
                    push_block(&mut side, block);
                }
            }
            Self::Spoken => {
                let turns = document.blocks().iter().filter_map(Block::turn);
                for paragraph in turns.flat_map(|turn| &turn.paragraphs) {
                    side.push(Sort::Spoken, "", std::iter::once(paragraph.text.as_str()));
                }
            }
            Self::Written => {
                let paragraphs = document.article.iter().flat_map(|article| &article.paragraphs);
                for paragraph in paragraphs {
                    side.push(Sort::Written, "", std::iter::once(paragraph.text.as_str()));
                }
            }
            Self::Bios => {
                for bio in &document.bios {
                    side.push(Sort::Bio, "", std::iter::once(bio.text.as_str()));
                }
            }
        }
        side
    }
}

/// Appends a block to what is matched.
pub(crate) fn push_block(side: &mut Side, block: &Block) {
    match &block.content {
        Content::Turn(turn) => {
            let notes = turn.notes.iter().map(String::as_str);
            let texts = notes.chain(turn.paragraphs.iter().map(|p| p.text.as_str()));
            side.push(Sort::Turn, turn.label.as_deref().unwrap_or_default(), texts);
        }
        Content::Cue(cue) => side.push(Sort::Cue, "", std::iter::once(cue.text.as_str())),
        Content::Timestamp(time) => {
            side.push(Sort::Timestamp, "", std::iter::once(time.text.as_str()));
        }
        Content::Gap(_) => side.push(Sort::Gap, "", std::iter::empty()),
    }
}

/// The hash of what a block says.
fn said(block: &Block) -> u64 {
    match &block.content {
        Content::Turn(turn) => {
            let label = turn.label.as_deref().unwrap_or_default();
            let notes = turn.notes.iter().map(String::as_str);
            let texts = notes.chain(turn.paragraphs.iter().map(|p| p.text.as_str()));
            hash("turn", std::iter::once(label).chain(texts))
        }
        Content::Cue(cue) => hash("cue", [cue.text.as_str()]),
        Content::Timestamp(time) => hash("timestamp", [time.text.as_str()]),
        Content::Gap(_) => hash("gap", []),
    }
}

/// Makes ids of hashes.
#[derive(Default)]
struct Mint {
    counts: HashMap<u64, u64>,
    used: HashSet<u64>,
}

impl Mint {
    fn next(&mut self, hash: u64) -> Id {
        let count = self.counts.entry(hash).or_default();
        loop {
            let number = mix(hash.wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
            *count += 1;
            if self.used.insert(number & ID_BITS) {
                return spell(number);
            }
        }
    }
}

/// How much of a hash an id tells: twelve digits of five bits.
const ID_BITS: u64 = (1 << 60) - 1;

/// Writes a number as an id. It begins with a letter, so that it can be an anchor in a page and a
/// name in XML, and has no letters that are easily mistaken (Crockford's digits).
fn spell(number: u64) -> Id {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let digits = (0..12).map(|place| {
        let digit = number >> (place * 5) & 31;
        DIGITS.get(digit as usize).copied().map_or('0', char::from)
    });
    Id::new(std::iter::once('p').chain(digits).collect::<String>())
}

/// The hash of the kind and the texts, each ended by a byte that UTF-8 doesn't have.
fn hash<'a>(kind: &'a str, texts: impl IntoIterator<Item = &'a str>) -> u64 {
    let texts = std::iter::once(kind).chain(texts);
    fnv(0, texts.flat_map(|text| text.bytes().chain(std::iter::once(0xff))))
}

/// Spreads a hash over all its bits (the finisher of SplitMix64).
fn mix(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::{assign, keep};
use crate::arbitrary;
use crate::model::{
    Article, Bio, Block, Content, Document, Format, Gap, Id, Paragraph, Transcript, Turn,
};

/// All ids of a document, in order.
fn ids(document: &Document) -> Vec<Id> {
    let mut ids: Vec<Id> = Vec::new();
    let paragraphs = document.article.iter().flat_map(|article| &article.paragraphs);
    ids.extend(paragraphs.map(|paragraph| paragraph.id.clone()));
    for block in document.blocks() {
        ids.push(block.id.clone());
        let paragraphs = block.turn().into_iter().flat_map(|turn| &turn.paragraphs);
        ids.extend(paragraphs.map(|paragraph| paragraph.id.clone()));
    }
    ids.extend(document.bios.iter().map(|bio| bio.id.clone()));
    ids
}

fn turn(label: &str, texts: &[&str]) -> Block {
    Block::new(Content::Turn(Turn {
        label: Some(label.to_owned()),
        paragraphs: texts.iter().map(|text| Paragraph::new(*text)).collect(),
        ..Turn::default()
    }))
}

fn with(blocks: Vec<Block>) -> Document {
    let mut document = Document::new(Format::Text);
    document.transcript = Some(Transcript { time_base: None, blocks });
    document
}

/// As a file that is read for the first time.
fn first(blocks: Vec<Block>) -> Document {
    let mut document = with(blocks);
    assign(&mut document);
    document
}

/// As a file that is read again.
fn again(blocks: Vec<Block>, earlier: &Document) -> Document {
    let mut document = first(blocks);
    keep(&mut document, earlier);
    document
}

fn block_ids(document: &Document) -> Vec<Id> {
    document.blocks().iter().map(|block| block.id.clone()).collect()
}

fn redirects(document: &Document) -> HashMap<Id, Vec<Id>> {
    document.redirects.iter().map(|r| (r.from.clone(), r.to.clone())).collect()
}

const MARSH: &str = "The marsh behind the barn used to be a soybean field ten years ago.";
const WADERS: &str = "Now he needs hip waders to get across, and he brings a lantern too.";
const COLOR: &str = "It was the color of rust, and nothing I put on it would bring it back.";

#[test]
fn a_split_redirects_to_its_parts() {
    let earlier = first(vec![
        turn("HOST", &["Welcome to the program."]),
        turn("TASKER", &[MARSH, WADERS]),
        turn("HOST", &["Thanks."]),
    ]);
    let now = again(
        vec![
            turn("HOST", &["Welcome to the program."]),
            turn("TASKER", &[MARSH]),
            turn("HOST", &[WADERS]),
            turn("HOST", &["Thanks."]),
        ],
        &earlier,
    );
    let (was, is) = (block_ids(&earlier), block_ids(&now));
    assert_eq!((&is[0], &is[3]), (&was[0], &was[2]));
    assert_eq!(
        redirects(&now),
        HashMap::from([(was[1].clone(), vec![is[1].clone(), is[2].clone()])])
    );
}

#[test]
fn a_merge_redirects_to_the_whole() {
    let earlier = first(vec![turn("TASKER", &[MARSH]), turn("TASKER", &[WADERS, COLOR])]);
    let now = again(vec![turn("TASKER", &[MARSH, WADERS, COLOR])], &earlier);
    let (was, is) = (block_ids(&earlier), block_ids(&now));
    assert_eq!(is, [was[1].clone()], "most of it is the second");
    assert_eq!(redirects(&now), HashMap::from([(was[0].clone(), vec![is[0].clone()])]));
}

#[test]
fn what_is_deleted_leads_nowhere() {
    let earlier = first(vec![turn("A", &[MARSH]), turn("B", &[COLOR]), turn("A", &[WADERS])]);
    let now = again(vec![turn("A", &[MARSH]), turn("A", &[WADERS])], &earlier);
    let was = ids(&earlier);
    assert_eq!(
        redirects(&now),
        HashMap::from([(was[2].clone(), vec![]), (was[3].clone(), vec![])])
    );
}

#[test]
fn corrected_words_and_labels_keep_their_ids() {
    let earlier = first(vec![
        turn("HOST", &["Welcome to Kharkov."]),
        turn("TASKER", &[MARSH]),
        turn("HOST", &["No."]),
        turn("TASKER", &[COLOR]),
    ]);
    let now = again(
        vec![
            turn("HOST", &["Welcome to Kharkiv!"]),
            turn("ORRIN TASKER", &["The marsh behind my barn was a soybean field ten years ago."]),
            turn("HOST", &["Yes."]),
            turn("LINDQVIST", &[COLOR]),
        ],
        &earlier,
    );
    assert_eq!(ids(&now), ids(&earlier));
    assert_eq!(now.redirects, []);
}

#[test]
fn the_same_words_stay_apart_where_one_of_them_goes() {
    let yes = |label| turn(label, &["Yes."]);
    let earlier =
        first(vec![yes("A"), turn("B", &[MARSH]), yes("A"), turn("B", &[COLOR]), yes("A")]);
    let now = again(vec![turn("B", &[MARSH]), yes("A"), turn("B", &[COLOR]), yes("A")], &earlier);
    assert_eq!(block_ids(&now), block_ids(&earlier)[1..]);
}

#[test]
fn what_is_moved_keeps_its_id() {
    let earlier = first(vec![turn("A", &[MARSH]), turn("B", &[WADERS]), turn("C", &[COLOR])]);
    let now = again(vec![turn("C", &[COLOR]), turn("A", &[MARSH]), turn("B", &[WADERS])], &earlier);
    let was = block_ids(&earlier);
    assert_eq!(block_ids(&now), [was[2].clone(), was[0].clone(), was[1].clone()]);
    assert_eq!(now.redirects, []);
}

#[test]
fn redirects_of_old_go_straight_to_where_the_words_are_now() {
    let first_reading = first(vec![turn("A", &[MARSH, WADERS])]);
    let second = again(vec![turn("A", &[MARSH]), turn("B", &[WADERS])], &first_reading);
    let third = again(vec![turn("A", &[MARSH])], &second);
    let (one, two) = (block_ids(&first_reading), block_ids(&second));
    assert_eq!(block_ids(&third), [two[0].clone()]);
    let redirects = redirects(&third);
    assert_eq!(redirects[&one[0]], [two[0].clone()]);
    assert_eq!(redirects[&two[1]], []);
}

#[test]
fn an_id_that_was_given_up_is_not_given_again() {
    let yes = || turn("A", &["Yes, that is what I told them then."]);
    let earlier = first(vec![yes(), turn("B", &[MARSH])]);
    let without = again(vec![turn("B", &[MARSH])], &earlier);
    let back = again(vec![turn("B", &[MARSH]), yes()], &without);
    let old = &block_ids(&earlier)[0];
    assert!(!block_ids(&back).contains(old));
    assert_eq!(redirects(&back)[old], []);
}

#[test]
fn a_gap_is_known_by_what_follows_it() {
    let gap = || Block::new(Content::Gap(Gap { evidence: Vec::new() }));
    let earlier = first(vec![turn("A", &[MARSH]), gap(), turn("B", &[WADERS])]);
    let more = first(vec![gap(), turn("A", &[MARSH]), gap(), turn("B", &[WADERS])]);
    assert_eq!(block_ids(&earlier)[1], block_ids(&more)[2]);
}

/// What an editor does to a transcript.
#[derive(Debug, Clone)]
enum Edit {
    /// Cut a turn in two at a word.
    Split(usize, usize),
    /// Put a turn and the next one together.
    Merge(usize),
    Delete(usize),
    /// Write another word.
    Correct(usize, usize, String),
    Insert(usize, String),
    Swap(usize, usize),
    Label(usize),
    Bio(String),
    Article(String),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = || any::<usize>();
    prop_oneof![
        (at(), at()).prop_map(|(block, word)| Edit::Split(block, word)),
        at().prop_map(Edit::Merge),
        at().prop_map(Edit::Delete),
        (at(), at(), arbitrary::word())
            .prop_map(|(block, at, word)| Edit::Correct(block, at, word)),
        (at(), arbitrary::words(12)).prop_map(|(block, words)| Edit::Insert(block, words)),
        (at(), at()).prop_map(|(one, other)| Edit::Swap(one, other)),
        at().prop_map(Edit::Label),
        arbitrary::words(5).prop_map(Edit::Bio),
        arbitrary::words(5).prop_map(Edit::Article),
    ]
}

fn cut(text: &str, at: usize) -> (String, String) {
    let words: Vec<&str> = text.split(' ').collect();
    let (one, other) = words.split_at(at % words.len());
    (one.join(" "), other.join(" "))
}

fn apply(document: &mut Document, edit: &Edit) {
    match edit {
        Edit::Bio(text) => {
            document.bios = vec![Bio { text: text.clone(), ..Bio::default() }];
            return;
        }
        Edit::Article(text) => {
            let paragraphs = vec![Paragraph::new(text.clone())];
            document.article = Some(Article { paragraphs });
            return;
        }
        _ => {}
    }
    let blocks = &mut document.transcript.as_mut().unwrap().blocks;
    let count = blocks.len();
    if count == 0 {
        return;
    }
    match edit {
        Edit::Split(block, word) => {
            let at = block % count;
            let Content::Turn(turn) = &mut blocks[at].content else { return };
            let Some(last) = turn.paragraphs.last_mut() else { return };
            let (one, other) = cut(&last.text, *word);
            last.text = one;
            let mut rest = turn.clone();
            rest.paragraphs = vec![Paragraph::new(other)];
            blocks.insert(at + 1, Block::new(Content::Turn(rest)));
        }
        Edit::Merge(block) => {
            let at = block % count;
            let Some(Content::Turn(next)) = blocks.get(at + 1).map(|block| block.content.clone())
            else {
                return;
            };
            let Content::Turn(turn) = &mut blocks[at].content else { return };
            turn.paragraphs.extend(next.paragraphs);
            blocks.remove(at + 1);
        }
        Edit::Delete(block) => drop(blocks.remove(block % count)),
        Edit::Correct(block, at, word) => {
            let Content::Turn(turn) = &mut blocks[block % count].content else { return };
            let Some(paragraph) = turn.paragraphs.first_mut() else { return };
            let (one, other) = cut(&paragraph.text, *at);
            paragraph.text = format!("{one} {word} {other}").trim().to_owned();
        }
        Edit::Insert(block, words) => blocks.insert(block % count, turn("NEW", &[words.as_str()])),
        Edit::Swap(one, other) => blocks.swap(one % count, other % count),
        Edit::Label(block) => {
            let Content::Turn(turn) = &mut blocks[block % count].content else { return };
            turn.label = Some("ANOTHER".to_owned());
        }
        Edit::Bio(_) | Edit::Article(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_same_file_has_the_same_ids(mut document in arbitrary::document()) {
        // Those of an arbitrary document lead nowhere.
        document.redirects.clear();
        let mut again = document.clone();
        assign(&mut again);
        prop_assert_eq!(&again, &document);
        keep(&mut again, &document);
        prop_assert_eq!(&again, &document);
        let all = ids(&document);
        prop_assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        prop_assert!(all.iter().all(|id| id.as_str().starts_with('p')));
    }

    #[test]
    fn a_correction_further_up_changes_no_id_further_down(
        texts in vec("[a-z]{8} [a-z]{8}", 2..9),
        at in any::<usize>(),
        word in "[A-Z]{3}",
    ) {
        let blocks: Vec<Block> = texts.iter().map(|text| turn("A", &[text.as_str()])).collect();
        let earlier = first(blocks.clone());
        let at = at % blocks.len();
        let mut corrected = blocks;
        corrected[at] = turn("A", &[word.as_str()]);
        let now = first(corrected);
        for (index, (was, is)) in block_ids(&earlier).iter().zip(block_ids(&now)).enumerate() {
            prop_assert_eq!(*was == is, index != at || texts[at] == word);
        }
    }

    #[test]
    fn every_id_ever_given_is_there_or_redirected(
        document in arbitrary::document(),
        readings in vec(vec(edit(), 1..4), 1..5),
    ) {
        let mut earlier = document;
        let mut given: HashSet<Id> = ids(&earlier).into_iter().collect();
        for edits in readings {
            let mut now = earlier.clone();
            now.redirects.clear();
            for edit in &edits {
                apply(&mut now, edit);
            }
            assign(&mut now);
            keep(&mut now, &earlier);
            let all = ids(&now);
            let present: HashSet<Id> = all.iter().cloned().collect();
            prop_assert_eq!(present.len(), all.len(), "two have one id");
            let redirects = redirects(&now);
            prop_assert_eq!(redirects.len(), now.redirects.len(), "two redirects of one id");
            for id in &given {
                prop_assert!(present.contains(id) != redirects.contains_key(id), "{} is lost", id);
            }
            for id in redirects.values().flatten() {
                prop_assert!(present.contains(id), "{id} is nowhere");
            }
            given.extend(all);
            earlier = now;
        }
    }

    #[test]
    fn a_turn_that_is_cut_anywhere_leads_to_both_parts(
        words in vec("[a-z]{6,9}", 2..30),
        at in any::<proptest::sample::Index>(),
    ) {
        let earlier = first(vec![
            turn("A", &[MARSH]),
            turn("B", &[words.join(" ").as_str()]),
            turn("A", &[COLOR]),
        ]);
        let (one, other) = words.split_at(1 + at.index(words.len() - 1));
        let now = again(
            vec![
                turn("A", &[MARSH]),
                turn("B", &[one.join(" ").as_str()]),
                turn("C", &[other.join(" ").as_str()]),
                turn("A", &[COLOR]),
            ],
            &earlier,
        );
        let is = block_ids(&now);
        prop_assert_eq!(&redirects(&now)[&block_ids(&earlier)[1]], &is[1..3]);
    }
}

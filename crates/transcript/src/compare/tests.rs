use proptest::prelude::*;

use super::*;
use crate::arbitrary;
use crate::model::{Format, Transcript, Turn};

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

fn run(fate: Fate, text: &str) -> Run {
    Run { fate, text: text.to_owned() }
}

const WADERS: &str = "Now he needs hip waders to get across, and a lantern.";

#[test]
fn a_correction_shows_its_words() {
    let before = with(vec![turn("HOST", &[WADERS]), turn("TASKER", &["It was rust."])]);
    let after = with(vec![
        turn("HOST", &["Now he needs long waders to get across, and a lantern."]),
        turn("ORRIN TASKER", &["It was rust."]),
    ]);
    let comparison = compare(&before, &after);
    let [host, tasker] = &comparison.transcript[..] else { panic!("{comparison:?}") };
    assert_eq!(host.change, Change::Corrected);
    assert_eq!(
        host.words,
        [
            run(Fate::Kept, "Now he needs"),
            run(Fate::Removed, "hip"),
            run(Fate::Added, "long"),
            run(Fate::Kept, "waders to get across, and a lantern."),
        ]
    );
    assert_eq!(tasker.change, Change::Corrected);
    assert_eq!(tasker.words, [run(Fate::Kept, "It was rust.")]);
    let [label] = &tasker.details[..] else { panic!("{tasker:?}") };
    assert_eq!((label.field, label.after.as_deref()), ("label", Some("ORRIN TASKER")));
}

#[test]
fn splits_moves_and_removals_are_told_apart() {
    let long = "The marsh behind the barn used to be a soybean field.";
    let color = "It was the color of rust, and nothing would bring it back.";
    let gone = "Something that a lawyer made us take out again.";
    let before = with(vec![
        turn("A", &[long, WADERS]),
        turn("B", &[gone]),
        turn("C", &["Thanks so much for that."]),
        turn("A", &["And to you."]),
        turn("D", &[color]),
    ]);
    let after = with(vec![
        turn("D", &[color]),
        turn("A", &[long]),
        turn("B", &[WADERS]),
        turn("C", &["Thanks so much for that."]),
        turn("A", &["And to you."]),
    ]);
    let comparison = compare(&before, &after);
    let changes: Vec<_> = comparison
        .transcript
        .iter()
        .map(|step| (step.change, step.before.clone(), step.after.clone()))
        .collect();
    assert_eq!(
        changes,
        [
            (Change::Moved, vec![4], vec![0]),
            (Change::Split, vec![0], vec![1, 2]),
            (Change::Removed, vec![1], vec![]),
            (Change::Same, vec![2], vec![3]),
            (Change::Same, vec![3], vec![4]),
        ]
    );
}

#[test]
fn fields_differ_item_by_item() {
    let mut before = with(Vec::new());
    before.headline = Some("A marsh moves".to_owned());
    before.tags = vec!["News".to_owned(), "Water".to_owned()];
    let mut after = before.clone();
    after.headline = Some("A salt marsh moves".to_owned());
    after.tags.remove(0);
    let fields = compare(&before, &after).fields;
    let [headline, tag] = &fields[..] else { panic!("{fields:?}") };
    assert_eq!(
        headline.words,
        [run(Fate::Kept, "A"), run(Fate::Added, "salt"), run(Fate::Kept, "marsh moves")]
    );
    assert_eq!((tag.before.as_deref(), tag.after.as_deref()), (Some("News"), None));
}

/// The words of one side of the runs.
fn side(steps: &[Step], fate: Fate) -> Vec<String> {
    let runs = steps.iter().flat_map(|step| &step.words);
    let runs = runs.filter(|run| run.fate == Fate::Kept || run.fate == fate);
    runs.flat_map(|run| run.text.split_whitespace()).map(str::to_owned).collect()
}

fn words(document: &Document) -> Vec<String> {
    let all = (0..document.blocks().len()).map(|index| Blocks(document).words(index));
    all.flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nothing_differs_from_itself(document in arbitrary::document()) {
        let comparison = compare(&document, &document);
        prop_assert!(comparison.is_same(), "{comparison:?}");
        prop_assert_eq!(comparison.transcript.len(), document.blocks().len());
    }

    #[test]
    fn every_word_of_both_is_in_it_once(
        before in arbitrary::document(),
        after in arbitrary::document(),
    ) {
        let comparison = compare(&before, &after);
        let sorted = |mut words: Vec<String>| {
            words.sort();
            words
        };
        let steps = &comparison.transcript;
        prop_assert_eq!(side(steps, Fate::Added), words(&after));
        prop_assert_eq!(sorted(side(steps, Fate::Removed)), sorted(words(&before)));
        let mut blocks: Vec<usize> =
            steps.iter().flat_map(|step| step.before.clone()).collect();
        blocks.sort_unstable();
        prop_assert_eq!(blocks, (0..before.blocks().len()).collect::<Vec<_>>());
    }
}

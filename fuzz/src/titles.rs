//! Titles between the audio, as a listener takes them apart again.

use listen::icy::{Interleave, TEXT_LIMIT, TitleBlock};

/// Byte 0: the interval; byte 1: how much is sent at once; then titles, one a line, and audio.
pub fn icy(data: &[u8]) {
    let [interval, piece, rest @ ..] = data else { return };
    let interval = u32::from(*interval) + 1;
    let piece = usize::from(*piece) + 1;
    let titles: Vec<TitleBlock> = rest.split(|byte| *byte == b'\n').map(title).collect();

    let Some(mut interleave) = Interleave::new(interval) else { return };
    let (mut wire, mut sent) = (Vec::new(), Vec::new());
    let mut audio = rest;
    let mut turn = 0;
    while !audio.is_empty() {
        if interleave.until_title() == 0 {
            // Every third time the title is not known, every other one is the one before.
            let title = titles.get(turn / 2 % titles.len()).filter(|_| turn % 3 != 2);
            let block = interleave.title(title);
            sent.push(block.to_vec());
            wire.extend_from_slice(block);
            turn += 1;
        }
        let length = piece.min(interleave.until_title()).min(audio.len());
        assert!(length > 0, "nothing may be sent");
        wire.extend_from_slice(&audio[..length]);
        interleave.pass(length);
        audio = &audio[length..];
    }

    let (heard, shown) = take_apart(&wire, interval as usize);
    assert_eq!(heard, rest, "the audio is another");
    assert_eq!(shown, sent, "the titles are others");
}

fn title(line: &[u8]) -> TitleBlock {
    let text = String::from_utf8_lossy(line);
    let (text, url) = match text.split_once('\t') {
        Some((text, url)) => (text, Some(url)),
        None => (&*text, None),
    };
    let block = TitleBlock::new(text, url);
    let wire = block.wire();
    let length = usize::from(wire[0]) * 16;
    assert_eq!(wire.len(), 1 + length);
    assert!(length <= TEXT_LIMIT);
    let text = std::str::from_utf8(&wire[1..]).expect("whole characters").trim_end_matches('\0');
    let value = text.strip_prefix("StreamTitle='").expect("begins with its name");
    let (value, _) = value.split_once("';").expect("has an end");
    assert!(!value.contains(|c: char| c.is_control()));
    assert!(text.ends_with("';"));
    block
}

/// What a player does.
fn take_apart(mut wire: &[u8], interval: usize) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (mut audio, mut titles) = (Vec::new(), Vec::new());
    loop {
        let length = interval.min(wire.len());
        audio.extend_from_slice(&wire[..length]);
        wire = &wire[length..];
        let Some(&sixteenths) = wire.first() else { return (audio, titles) };
        let block = 1 + usize::from(sixteenths) * 16;
        titles.push(wire[..block].to_vec());
        wire = &wire[block..];
    }
}

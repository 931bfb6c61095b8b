//! Ogg pages, headers, chains.

use codec::Codec;
use codec::ogg::{Page, Restamper, comments};

use crate::sound::{Framing, encoded, ffmpeg_pcm};

const KINDS: [(&str, u32); 3] = [
    ("-c:a libopus -b:a 64k -ar 48000", 48_000),
    ("-c:a libvorbis -q:a 3", 44_100),
    ("-c:a flac -sample_fmt s16", 44_100),
];

fn ogg(args: &str, more: &str) -> Vec<u8> {
    encoded(3, &format!("{args} -ac 2{more} -page_duration 200000 -f ogg"))
}

#[test]
fn headers_samples_and_comments_are_found() {
    for (args, rate) in KINDS {
        let bytes = ogg(args, " -metadata title=Tides -metadata artist=Kestrel");
        let found = Framing::of(Codec::Ogg, &bytes);
        assert_eq!(found.epochs.len(), 1, "{args}");
        let (format, header) = &found.epochs[0];
        assert_eq!((format.sample_rate, format.channels), (rate, 2));
        assert_eq!([&header[..], &found.audio()].concat(), bytes, "{args}");
        assert_eq!(found.samples(), u64::from(rate) * 3, "{args}");
        let comments = comments(header);
        for (name, value) in [("TITLE", "Tides"), ("ARTIST", "Kestrel")] {
            assert!(comments.contains(&(name.into(), value.into())), "{args}: {comments:?}");
        }
        assert_eq!(Framing::in_pieces(Codec::Ogg, &bytes, &[1]), found);
    }
}

#[test]
fn each_link_of_a_chain_is_an_epoch() {
    let links: Vec<_> = KINDS.iter().map(|(args, _)| ogg(args, "")).collect();
    let found = Framing::of(Codec::Ogg, &links.concat());
    let rates: Vec<_> = found.epochs.iter().map(|(format, _)| format.sample_rate).collect();
    assert_eq!(rates, [48_000, 44_100, 44_100]);
    assert_eq!(found.samples(), 3 * (48_000 + 44_100 + 44_100));
    assert_eq!(found.skipped, 0);
}

#[test]
fn a_broken_page_is_left_out_and_missing_ones_are_told() {
    let bytes = ogg(KINDS[0].0, "");
    let whole = Framing::of(Codec::Ogg, &bytes);
    let mut broken = bytes.clone();
    let at = whole.epochs[0].1.len() + whole.packets[0].bytes.len() + 40;
    broken[at] ^= 0x10;
    let found = Framing::of(Codec::Ogg, &broken);
    assert_eq!(found.packets.len(), whole.packets.len() - 1);
    assert_eq!(found.skipped, whole.packets[1].bytes.len() as u64);
    assert!(found.reasons.contains(&"Ogg pages are missing"));
    let lost = u64::from(whole.packets[1].samples);
    assert_eq!(found.samples(), whole.samples() - lost);
}

#[test]
fn a_stream_joined_in_the_middle_plays_what_is_there() {
    for (args, _) in KINDS {
        let whole = Framing::of(Codec::Ogg, &ogg(args, ""));
        let later: Vec<u8> =
            whole.packets[5..].iter().flat_map(|packet| packet.bytes.to_vec()).collect();
        assert_eq!(Framing::of(Codec::Ogg, &later).packets, []);
        let found = Framing::of(Codec::Ogg, &[&whole.epochs[0].1[..], &later].concat());
        assert_eq!(found.packets.len(), whole.packets.len() - 5);
        assert!(found.samples() <= whole.samples());
    }
}

#[test]
fn large_headers_are_refused_and_the_next_link_is_heard() {
    let bytes = ogg(KINDS[0].0, "");
    let (first, rest) = bytes.split_at(Page::parse(&bytes).unwrap().length);
    // Pages of comments that never end.
    let mut endless = first.to_vec();
    let mut restamper = Restamper::new(Page::parse(first).unwrap().serial);
    restamper.header(first);
    let mut page = [&b"OggS\0\0"[..], &[0; 20], &[255], &[255; 255]].concat();
    page.extend([b'x'; 255 * 255]);
    for _ in 0..6 {
        endless.extend(restamper.page(&page, 0, false).unwrap());
    }
    endless.extend(rest);
    endless.extend(&bytes);
    let found = Framing::of(Codec::Ogg, &endless);
    assert_eq!(found.audio(), Framing::of(Codec::Ogg, &bytes).audio());
    assert!(found.reasons.contains(&"Ogg header pages of more than 256 KiB"));
}

#[test]
fn restamped_pages_are_a_stream_that_decodes() {
    for (args, rate) in KINDS {
        let whole = Framing::of(Codec::Ogg, &ogg(args, ""));
        let cut = &whole.packets[4..10];
        let from = Page::parse(&whole.packets[3].bytes).unwrap().granule;
        let mut restamper = Restamper::new(77);
        let mut bytes = restamper.header(&whole.epochs[0].1);
        for (nth, packet) in cut.iter().enumerate() {
            let granule = Page::parse(&packet.bytes).unwrap().granule - from;
            bytes.extend(restamper.page(&packet.bytes, granule, nth == 5).unwrap());
        }
        let found = Framing::of(Codec::Ogg, &bytes);
        assert_eq!((found.packets.len(), found.skipped), (6, 0), "{args}");
        let pcm = ffmpeg_pcm("ogg", &bytes).len();
        assert!(pcm >= rate as usize, "{args}: {pcm}");
    }
}

/// A page with another granule position, and the checksum that belongs to it.
fn at_granule(page: &[u8], granule: i64) -> Vec<u8> {
    let mut page = page.to_vec();
    page[6..14].copy_from_slice(&granule.to_le_bytes());
    page[22..26].fill(0);
    let sum = page.iter().fold(0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
            if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 }
        })
    });
    page[22..26].copy_from_slice(&sum.to_le_bytes());
    page
}

#[test]
fn granules_that_jump_cost_a_page_and_not_the_stream() {
    for (args, _) in KINDS {
        let whole = Framing::of(Codec::Ogg, &ogg(args, ""));
        let play: Vec<u32> = whole.packets.iter().map(|packet| packet.samples).collect();
        // One page claims the end of time; from another on, the count begins again.
        for (from, to, granule) in [(4, 5, i64::MAX - 7), (4, usize::MAX, 0)] {
            let mut bytes = whole.epochs[0].1.clone();
            for (nth, packet) in whole.packets.iter().enumerate() {
                let page = Page::parse(&packet.bytes).unwrap();
                if (from..to).contains(&nth) && page.granule >= 0 {
                    let before = Page::parse(&whole.packets[3].bytes).unwrap().granule;
                    let on = page.granule - before;
                    bytes.extend(at_granule(&packet.bytes, granule.saturating_add(on)));
                } else {
                    bytes.extend(&packet.bytes[..]);
                }
            }
            let found = Framing::of(Codec::Ogg, &bytes);
            assert!(found.reasons.contains(&"Ogg pages are missing"), "{args}");
            let samples: Vec<u32> = found.packets.iter().map(|packet| packet.samples).collect();
            assert_eq!(samples.len(), play.len());
            for (nth, (found, wanted)) in samples.iter().zip(&play).enumerate() {
                let at_the_jump = (4..=5).contains(&nth);
                assert!(at_the_jump || found == wanted, "{args}: page {nth} plays {found}");
                assert!(u64::from(*found) < 48_000 * 2, "{args}: page {nth} plays {found}");
            }
        }
    }
}

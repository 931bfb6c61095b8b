//! ID3v2 tags (id3.org, 2.2 to 2.4), as far as they say what is playing.

use crate::Title;

/// Text frames longer than this are not read.
const LONGEST_TEXT: usize = 4096;

/// A tag found in a file.
#[derive(Debug)]
pub(crate) struct Tag {
    /// Bytes that it takes, header and footer included.
    pub(crate) length: usize,
    /// What it says.
    pub(crate) title: Title,
}

/// The whole tag that `bytes` begins with.
pub(crate) fn tag(bytes: &[u8]) -> Option<Tag> {
    let head = bytes.get(..10)?;
    if !head.starts_with(b"ID3") || !(2..=4).contains(&head[3]) || head[4] == 0xff {
        return None;
    }
    let size = synchsafe(&head[6..10])?;
    let footer = if head[3] == 4 && head[5] & 0x10 != 0 { 10 } else { 0 };
    let length = 10 + size + footer;
    if length > bytes.len() {
        return None;
    }
    let (version, flags) = (head[3], head[5]);
    let body = &bytes[10..10 + size];
    let mended;
    let body = if flags & 0x80 != 0 && version < 4 {
        mended = without_unsynchronisation(body);
        &mended
    } else {
        body
    };
    Some(Tag { length, title: read(body, version, flags) })
}

/// Where the first tag in `bytes` begins: one that is whole and before a frame, another tag or
/// the end.
pub(crate) fn find_tag(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = bytes[from..].windows(3).position(|window| window == b"ID3") {
        let at = from + found;
        if let Some(tag) = tag(&bytes[at..])
            && follows(&bytes[at + tag.length..])
        {
            return Some(at);
        }
        from = at + 3;
    }
    None
}

fn follows(rest: &[u8]) -> bool {
    // Padding between a tag and the first frame happens.
    let padding = rest.iter().take(4096).take_while(|&&b| b == 0).count();
    match &rest[padding..] {
        [] | [0xff] => true,
        [0xff, second, ..] => second & 0xe0 == 0xe0,
        rest => rest.starts_with(b"ID3") || rest.starts_with(b"TAG"),
    }
}

fn read(mut body: &[u8], version: u8, flags: u8) -> Title {
    let mut title = Title { source: "loop".to_owned(), ..Title::default() };
    if flags & 0x40 != 0 && version > 2 {
        // The extended header: in 2.4 its size counts itself, in 2.3 not.
        let size = body.get(..4).and_then(|size| match version {
            4 => synchsafe(size),
            _ => Some(big_endian(size) + 4),
        });
        body = size.and_then(|size| body.get(size..)).unwrap_or_default();
    }
    let (name_length, head_length) = if version == 2 { (3, 6) } else { (4, 10) };
    while body.len() > head_length && body[0] != 0 {
        let name = &body[..name_length];
        let size = &body[name_length..name_length * 2];
        let size = match version {
            4 => synchsafe(size).unwrap_or(usize::MAX),
            _ => big_endian(size),
        };
        let Some(data) = body[head_length..].get(..size) else { break };
        let place = match name {
            b"TIT2" | b"TT2" => Some(&mut title.title),
            b"TPE1" | b"TP1" => Some(&mut title.artist),
            b"TALB" | b"TAL" => Some(&mut title.album),
            b"TCOM" | b"TCM" => Some(&mut title.composer),
            b"TSRC" | b"TRC" => Some(&mut title.isrc),
            b"TPUB" | b"TPB" => Some(&mut title.label),
            _ => None,
        };
        if let Some(place) = place {
            *place = text(data);
        }
        body = &body[head_length + size..];
    }
    title.raw = title.line();
    title
}

/// A text frame: a byte for the encoding, then the text; of several values the first.
fn text(data: &[u8]) -> Option<String> {
    let (encoding, data) = data.split_first()?;
    let data = &data[..data.len().min(LONGEST_TEXT)];
    let text = match encoding {
        0 => encoding_rs::WINDOWS_1252.decode(data).0,
        1 => match data {
            [0xfe, 0xff, ..] => encoding_rs::UTF_16BE.decode(data).0,
            _ => encoding_rs::UTF_16LE.decode(data).0,
        },
        2 => encoding_rs::UTF_16BE.decode(data).0,
        _ => encoding_rs::UTF_8.decode(data).0,
    };
    let first = text.split('\0').next().unwrap_or_default();
    crate::title::clean(first)
}

fn synchsafe(bytes: &[u8]) -> Option<usize> {
    bytes
        .iter()
        .try_fold(0, |size, &byte| (byte & 0x80 == 0).then_some(size << 7 | usize::from(byte)))
}

fn big_endian(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |size, &byte| size << 8 | usize::from(byte))
}

fn without_unsynchronisation(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut last = 0;
    for &byte in body {
        if !(last == 0xff && byte == 0) {
            out.push(byte);
        }
        last = byte;
    }
    out
}

//! The comments in a stream's header pages: title, artist and so on.

use crate::ogg::Page;

/// More comments than this are not read.
const MOST: usize = 256;

/// Longer values than this are left out (pictures are).
const LONGEST: usize = 4096;

/// The comments in the header pages of an Ogg epoch: names in upper case, in order.
///
/// Of Opus (RFC 7845 section 5.2), Vorbis and FLAC. What is not UTF-8 is replaced; values of more
/// than 4 KiB, such as pictures, are left out. Empty if there are none or if they are broken.
pub fn comments(header: &[u8]) -> Vec<(String, String)> {
    let mut packet = Vec::new();
    let mut rest = header;
    while let Some(page) = Page::parse(rest) {
        for (piece, ends) in page.pieces(rest) {
            packet.extend_from_slice(piece);
            if ends {
                if let Some(list) = list(&packet) {
                    return read(list);
                }
                packet.clear();
            }
        }
        rest = rest.get(page.length..).unwrap_or_default();
    }
    Vec::new()
}

/// The packet of comments, without its name.
fn list(packet: &[u8]) -> Option<&[u8]> {
    if let Some(list) = packet.strip_prefix(b"OpusTags").or(packet.strip_prefix(b"\x03vorbis")) {
        return Some(list);
    }
    // A FLAC metadata block of type 4, with its three bytes of length.
    let first = packet.first()?;
    if first & 0x7F == 4 { packet.get(4..) } else { None }
}

fn read(list: &[u8]) -> Vec<(String, String)> {
    let mut rest = list;
    let mut found = Vec::new();
    let Some(count) = field(&mut rest).and_then(|_vendor| number(&mut rest)) else { return found };
    for _ in 0..count.min(MOST) {
        let Some(comment) = field(&mut rest) else { break };
        if comment.len() > LONGEST {
            continue;
        }
        let comment = String::from_utf8_lossy(comment);
        if let Some((name, value)) = comment.split_once('=') {
            found.push((name.to_ascii_uppercase(), value.to_owned()));
        }
    }
    found
}

fn field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = number(rest)?;
    let (field, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(field)
}

fn number(rest: &mut &[u8]) -> Option<usize> {
    let (number, behind) = rest.split_first_chunk::<4>()?;
    *rest = behind;
    usize::try_from(u32::from_le_bytes(*number)).ok()
}

//! One page (RFC 3533 section 6).

/// Bytes before the table of segments.
const FIXED: usize = 27;

/// What the start of a page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// It begins with the rest of a packet.
    pub continued: bool,
    /// It begins a logical stream.
    pub begins: bool,
    /// It ends a logical stream.
    pub ends: bool,
    /// Samples up to the end of the last packet that ends here; −1 if none ends here.
    pub granule: i64,
    /// Which logical stream.
    pub serial: u32,
    /// Counts the pages of the logical stream.
    pub sequence: u32,
    /// Where the body begins.
    pub body_at: usize,
    /// Bytes, all told.
    pub length: usize,
}

impl Page {
    /// The page at the start of `bytes`; `None` if there is none, or if its table of segments is
    /// not all there. Its body and its CRC are not looked at.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let fixed = bytes.get(..FIXED)?;
        if !fixed.starts_with(b"OggS\0") {
            return None;
        }
        let body_at = FIXED + usize::from(fixed[26]);
        let body: usize =
            bytes.get(FIXED..body_at)?.iter().map(|length| usize::from(*length)).sum();
        Some(Self {
            continued: fixed[5] & 1 != 0,
            begins: fixed[5] & 2 != 0,
            ends: fixed[5] & 4 != 0,
            granule: i64::from_le_bytes(fixed.get(6..14)?.try_into().ok()?),
            serial: u32::from_le_bytes(fixed.get(14..18)?.try_into().ok()?),
            sequence: u32::from_le_bytes(fixed.get(18..22)?.try_into().ok()?),
            body_at,
            length: body_at + body,
        })
    }

    /// Whether `bytes`, this page, has the CRC that it says.
    pub fn is_sound(&self, bytes: &[u8]) -> bool {
        match (bytes.get(..self.length), bytes.get(22..26)) {
            (Some(page), Some(said)) => crc(page).to_le_bytes() == said,
            _ => false,
        }
    }

    /// The pieces of packets in it, and whether each ends here.
    pub fn pieces<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = (&'a [u8], bool)> {
        let table = bytes.get(FIXED..self.body_at).unwrap_or_default();
        let mut rest = bytes.get(self.body_at..self.length).unwrap_or_default();
        table.chunk_by(|before, _| *before == 255).map(move |segments| {
            let length = segments.iter().map(|length| usize::from(*length)).sum::<usize>();
            let (piece, behind) = rest.split_at(length.min(rest.len()));
            rest = behind;
            (piece, segments.last().is_some_and(|last| *last < 255))
        })
    }
}

/// A page of its own with the last packets of a whole page, as few of those that begin and end on
/// it as satisfy `enough`, which is asked with each from the last on. `None` if those that are whole
/// never do, or if the page's last packet goes on behind it.
///
/// Its serial, number, granule and CRC are for a [`Restamper`](crate::ogg::Restamper) to write.
pub fn last_packets(page: &[u8], mut enough: impl FnMut(&[u8]) -> bool) -> Option<Vec<u8>> {
    let parsed = Page::parse(page).filter(|parsed| parsed.length == page.len())?;
    let pieces: Vec<_> = parsed.pieces(page).collect();
    let whole = &pieces[usize::from(parsed.continued).min(pieces.len())..];
    if !whole.last()?.1 {
        return None;
    }
    let from = (0..whole.len()).rev().find(|index| enough(whole[*index].0))?;
    let taken = &whole[from..];
    let segments: usize = taken.iter().map(|(packet, _)| packet.len() / 255 + 1).sum();
    let mut alone = page.get(..FIXED)?.to_vec();
    alone[5] = 0;
    alone[26] = u8::try_from(segments).ok()?;
    for (packet, _) in taken {
        alone.extend(std::iter::repeat_n(255, packet.len() / 255));
        alone.push(u8::try_from(packet.len() % 255).ok()?);
    }
    alone.extend(taken.iter().flat_map(|(packet, _)| *packet));
    Some(alone)
}

/// Writes the CRC of a page.
pub(crate) fn seal(page: &mut [u8]) {
    let sum = crc(page);
    if let Some(field) = page.get_mut(22..26) {
        field.copy_from_slice(&sum.to_le_bytes());
    }
}

/// CRC-32, polynomial 0x04c11db7, not reflected, from 0, with the field itself as zeros.
fn crc(page: &[u8]) -> u32 {
    let step = |crc: u32, byte: u8| crc << 8 ^ TABLE[usize::from((crc >> 24) as u8 ^ byte)];
    let (before, behind) = page.split_at(page.len().min(22));
    let crc = before.iter().fold(0, |crc, byte| step(crc, *byte));
    let field = behind.len().min(4);
    let crc = (0..field).fold(crc, |crc, _| step(crc, 0));
    behind.iter().skip(field).fold(crc, |crc, byte| step(crc, *byte))
}

static TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = (index as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            crc = crc << 1 ^ if crc & 0x8000_0000 != 0 { 0x04C1_1DB7 } else { 0 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

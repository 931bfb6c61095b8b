//! Pages put into another logical stream.

use crate::ogg::Page;
use crate::ogg::page::seal;

/// Gives pages a new serial, number and granule, so that what was cut or spliced together is a
/// valid logical stream. For the next link of a chain, make another.
#[derive(Clone, Debug)]
pub struct Restamper {
    serial: u32,
    sequence: u32,
}

impl Restamper {
    /// A logical stream called `serial`.
    pub fn new(serial: u32) -> Self {
        Self { serial, sequence: 0 }
    }

    /// Restamps all header pages of an epoch, which keep their granules.
    pub fn header(&mut self, pages: &[u8]) -> Vec<u8> {
        let mut stamped = Vec::with_capacity(pages.len());
        let mut rest = pages;
        while let Some(page) = Page::parse(rest) {
            let Some((bytes, behind)) = rest.split_at_checked(page.length) else { break };
            stamped.extend(self.stamp(bytes, page.granule, false));
            rest = behind;
        }
        stamped
    }

    /// Restamps one page of audio, which ends at `granule` (if a packet ends on it; else that is
    /// not looked at); `last` ends the logical stream. `None` if it is no whole page.
    pub fn page(&mut self, bytes: &[u8], granule: i64, last: bool) -> Option<Vec<u8>> {
        let page = Page::parse(bytes).filter(|page| page.length == bytes.len())?;
        let granule = if page.granule == -1 { -1 } else { granule };
        Some(self.stamp(bytes, granule, last))
    }

    fn stamp(&mut self, bytes: &[u8], granule: i64, last: bool) -> Vec<u8> {
        let mut page = bytes.to_vec();
        // Fields of the fixed part, which `Page::parse` has found to be there.
        if let Some(fixed) = page.first_chunk_mut::<27>() {
            let flags = fixed[5] & 3 & if self.sequence == 0 { 3 } else { 1 };
            fixed[5] = flags | if last { 4 } else { 0 };
            fixed[6..14].copy_from_slice(&granule.to_le_bytes());
            fixed[14..18].copy_from_slice(&self.serial.to_le_bytes());
            fixed[18..22].copy_from_slice(&self.sequence.to_le_bytes());
        }
        self.sequence = self.sequence.wrapping_add(1);
        seal(&mut page);
        page
    }
}

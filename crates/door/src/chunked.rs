//! The chunked coding (RFC 9112, 7.1): sans-I/O, byte by byte where it must be.

use crate::BodyError;

/// Takes the chunked coding off a body that arrives piece by piece.
///
/// Extensions and trailers are passed over. Lines end with `\r\n` and nothing else: where a proxy
/// and we don't agree on which of `\r` and `\n` ends one, a request can be hidden in a body. A
/// line longer than 1 KiB, trailers longer than 8 KiB and sizes beyond 2⁶⁰ are refused.
#[derive(Clone, Debug, Default)]
pub struct ChunkedDecoder {
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In a size line: the size so far, digits and bytes seen.
    Size { size: u64, digits: u8 },
    /// Behind the digits of a size line, so many bytes of it seen.
    Extension { size: u64, seen: usize, returned: bool },
    /// In a chunk's data, so many bytes to come.
    Data { left: u64 },
    /// Behind a chunk's data: a line end has to follow.
    DataEnd { returned: bool },
    /// In a line of the trailers: bytes of this line but its end, of all lines.
    Trailer { line: usize, all: usize, returned: bool },
    /// Behind the body.
    Done,
}

impl Default for State {
    fn default() -> Self {
        Self::Size { size: 0, digits: 0 }
    }
}

impl ChunkedDecoder {
    /// A decoder at the start of a body.
    pub fn new() -> Self {
        Self::default()
    }

    /// Is the body over?
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Takes what belongs to the body from the front of `bytes`, hands its data to `data` in
    /// order, and says how many bytes it took: all of them, unless the body ends among them.
    ///
    /// # Errors
    /// [`BodyError::Malformed`]; the decoder is of no use after it.
    pub fn take(&mut self, bytes: &[u8], mut data: impl FnMut(&[u8])) -> Result<usize, BodyError> {
        let mut at = 0;
        while at < bytes.len() {
            if let State::Data { left } = &mut self.state {
                let n = usize::try_from(*left).map_or(usize::MAX, |left| left);
                let n = n.min(bytes.len() - at);
                data(&bytes[at..at + n]);
                at += n;
                *left -= n as u64;
                if *left == 0 {
                    self.state = State::DataEnd { returned: false };
                }
                continue;
            }
            if self.state == State::Done {
                break;
            }
            self.state = self.state.after(bytes[at])?;
            at += 1;
        }
        Ok(at)
    }
}

impl State {
    /// The state behind a byte that is not data.
    fn after(self, byte: u8) -> Result<Self, BodyError> {
        Ok(match self {
            Self::Size { size, digits } => match (char::from(byte).to_digit(16), byte) {
                (Some(_), _) if digits >= MOST_DIGITS => {
                    return Err(BodyError::Malformed("a chunk's size is too large"));
                }
                (Some(digit), _) => {
                    Self::Size { size: size << 4 | u64::from(digit), digits: digits + 1 }
                }
                _ if digits == 0 => {
                    return Err(BodyError::Malformed("a chunk's size is no number"));
                }
                (None, b'\r') => Self::Extension { size, seen: 0, returned: true },
                (None, b';' | b' ' | b'\t') => Self::Extension { size, seen: 0, returned: false },
                _ => return Err(BodyError::Malformed("a chunk's size is no number")),
            },
            Self::Extension { size, seen, returned } => match byte {
                b'\n' if returned => Self::of_size(size),
                _ if returned || byte == b'\n' => {
                    return Err(BodyError::Malformed("a chunk's size line does not end in CRLF"));
                }
                _ if seen >= LONGEST_LINE => {
                    return Err(BodyError::Malformed("a chunk's size line is too long"));
                }
                b'\r' => Self::Extension { size, seen, returned: true },
                _ => Self::Extension { size, seen: seen + 1, returned },
            },
            Self::DataEnd { returned } => match byte {
                b'\n' if returned => Self::default(),
                b'\r' if !returned => Self::DataEnd { returned: true },
                _ => return Err(BodyError::Malformed("a chunk is longer than it says")),
            },
            Self::Trailer { all, .. } if all >= LONGEST_TRAILERS => {
                return Err(BodyError::Malformed("the trailers are too long"));
            }
            Self::Trailer { line, all, returned } => match byte {
                b'\n' if returned && line == 0 => Self::Done,
                b'\n' if returned => Self::Trailer { line: 0, all: all + 1, returned: false },
                _ if returned || byte == b'\n' => {
                    return Err(BodyError::Malformed("a trailer does not end in CRLF"));
                }
                b'\r' => Self::Trailer { line, all: all + 1, returned: true },
                _ => Self::Trailer { line: line + 1, all: all + 1, returned },
            },
            // Neither is left by a byte of its own.
            Self::Data { .. } | Self::Done => self,
        })
    }

    fn of_size(size: u64) -> Self {
        if size == 0 {
            Self::Trailer { line: 0, all: 0, returned: false }
        } else {
            Self::Data { left: size }
        }
    }
}

/// Hexadecimal digits of a size: 2⁶⁰ bytes at most.
const MOST_DIGITS: u8 = 15;

const LONGEST_LINE: usize = 1024;

const LONGEST_TRAILERS: usize = 8 * 1024;

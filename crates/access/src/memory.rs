//! The memory that checking passwords takes.
//!
//! Argon2 is made to take a lot of it (19 MiB a check). An allocator keeps what was freed for each
//! thread that ever had it, and checks run on whichever of hundreds of threads is free: gigabytes,
//! if somebody guesses for long enough. These buffers are kept and used again instead.

use argon2::Block;
use parking_lot::Mutex;

/// Buffers that are kept: as many as there are checks at a time.
const MOST: usize = 2;

static KEPT: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

/// Does something with this many blocks (of 1 KiB), which hold whatever they held before.
pub(crate) fn with_blocks<T>(count: usize, act: impl FnOnce(&mut [Block]) -> T) -> T {
    let mut blocks = KEPT.lock().pop().unwrap_or_default();
    if blocks.len() < count {
        blocks.resize(count, Block::new());
    }
    let result = act(blocks.get_mut(..count).unwrap_or_default());
    let mut kept = KEPT.lock();
    if kept.len() < MOST {
        kept.push(blocks);
    }
    result
}

//! A disk that loses its power: what was not synced may be lost, from any byte on.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use proptest::prelude::*;
use tape::{MachineDisk, Media, Storage, Tape};

use crate::studio::{
    PATIENCE, Player, begin, bytes_of, clock, evening, numbers, options, read_on, secs,
};

/// The machine's disk, of which a copy can be taken as it is after a loss of power.
#[derive(Clone, Debug, Default)]
pub(crate) struct Powered {
    /// How much of each file would surely survive.
    synced: Arc<Mutex<HashMap<PathBuf, u64>>>,
}

impl Powered {
    /// Copies the folder as the disk may hold it if the power fails now: of what was not synced
    /// any part, and behind that perhaps zeros, where only the length got there. `luck` decides.
    pub(crate) fn fails(&self, from: &Path, to: &Path, mut luck: u64) {
        let synced = self.synced.lock();
        let mut entries: Vec<_> = fs::read_dir(from).unwrap().map(|e| e.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            let copy = to.join(path.file_name().unwrap());
            let mut bytes = fs::read(&path).unwrap();
            if let Some(synced) = synced.get(&path) {
                let synced = usize::try_from(*synced).unwrap().min(bytes.len());
                luck = luck.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let draw = usize::try_from(luck >> 33).unwrap();
                let kept = synced + draw % (bytes.len() - synced + 1);
                match draw % 3 {
                    // From a whole frame on: one that is half zeros can't be told from audio.
                    0 => {
                        let unit = match path.extension().and_then(|end| end.to_str()) {
                            Some("mp3") => 192,
                            Some("aac") => 20,
                            _ => 1,
                        };
                        let from = kept.next_multiple_of(unit).min(bytes.len());
                        bytes[from..].fill(0);
                    }
                    1 => bytes.truncate(kept),
                    _ => bytes.truncate(synced),
                }
            }
            fs::write(copy, bytes).unwrap();
        }
    }
}

impl Storage for Powered {
    fn append_to(&self, path: &Path, len: u64) -> io::Result<Box<dyn Media>> {
        let mut synced = self.synced.lock();
        // What was there at the start survived the last loss of power.
        let there = fs::metadata(path).map_or(0, |file| file.len());
        let media = MachineDisk.append_to(path, len)?;
        let known = synced.entry(path.to_owned()).or_insert(there);
        *known = len.min(*known);
        let disk = self.clone();
        Ok(Box::new(Written { disk, path: path.to_owned(), len, media }))
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut synced = self.synced.lock();
        MachineDisk.replace(path, bytes)?;
        synced.insert(path.to_owned(), bytes.len() as u64);
        Ok(())
    }
}

struct Written {
    disk: Powered,
    path: PathBuf,
    len: u64,
    media: Box<dyn Media>,
}

impl Media for Written {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        // Held while it is written, so that no copy is taken in between.
        let _held = self.disk.synced.lock();
        self.len += bytes.len() as u64;
        self.media.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.media.sync()?;
        self.disk.synced.lock().insert(self.path.clone(), self.len);
        Ok(())
    }
}

/// At 24 ms a frame.
const TWO_SECONDS: u64 = 2_000_u64.div_ceil(24);

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_loss_of_power_costs_two_seconds_at_most(
        cuts in prop::collection::vec((1_u64..220, any::<u64>()), 1..4),
    ) {
        let disk = Powered::default();
        let clock = clock();
        let mut dir = tempfile::tempdir_in("/dev/shm").unwrap();
        let mut player = Player::starting_at(evening());
        for (steps, luck) in cuts {
            let opened = Tape::open_on(options(dir.path()), clock.clone(), Arc::new(disk.clone()));
            let (tape, mut appender) = opened.unwrap();
            let found = match tape.window() {
                None => Vec::new(),
                Some(window) => {
                    let (cold, gone) = read_on(&tape, tape.seek(window.from()).unwrap().cursor);
                    prop_assert!(gone.is_empty(), "{:?}", gone);
                    numbers(&bytes_of(&cold))
                }
            };
            prop_assert_eq!(&found, &(0..found.len() as u64).collect::<Vec<_>>());
            let lost = player.next - found.len() as u64;
            prop_assert!(lost <= TWO_SECONDS, "{} of {} frames lost", lost, player.next);
            prop_assert_eq!(Tape::check(dir.path()).unwrap(), []);

            player.next = found.len() as u64;
            player.now = player.now.max(tape.head().unwrap_or(player.now)).saturating_add(secs(1.0));
            begin(&mut appender);
            for _ in 0..steps {
                // As the air does: a little at a time, whatever blocks that makes.
                player.play_on(&mut appender, Duration::from_millis(100));
                clock.advance(Duration::from_millis(100));
                prop_assert!(tape.settle(PATIENCE));
            }
            let after = tempfile::tempdir_in("/dev/shm").unwrap();
            disk.fails(dir.path(), after.path(), luck);
            drop((tape, appender));
            dir = after;
        }
    }
}

#[test]
fn what_was_synced_is_whole_whatever_becomes_of_the_rest() {
    let disk = Powered::default();
    let clock = clock();
    let dir = tempfile::tempdir().unwrap();
    let opened = Tape::open_on(options(dir.path()), clock, Arc::new(disk.clone()));
    let (tape, mut appender) = opened.unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(45.0));
    drop(appender);
    assert!(tape.close(), "closing syncs");
    for luck in 0..20 {
        let after = tempfile::tempdir().unwrap();
        disk.fails(dir.path(), after.path(), luck);
        let (tape, _appender) = Tape::open(options(after.path()), crate::studio::clock()).unwrap();
        let (cold, _) = read_on(&tape, tape.seek(evening()).unwrap().cursor);
        assert_eq!(numbers(&bytes_of(&cold)), (0..player.next).collect::<Vec<_>>());
    }
}

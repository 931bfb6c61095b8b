//! What one process of the program asks of the one that runs the station: small files in the data
//! folder, and a SIGHUP to say that there are some. The answer is a file too, so that whoever asked
//! can tell a person what came of it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use airtime::{Clock as _, SystemClock};
use anyhow::{Context as _, anyhow};
use serde::{Deserialize, Serialize};
use tape::Withholding;

use crate::failure::Failure;
use crate::running;

/// The folder's name in the data folder.
const FOLDER: &str = "orders";
/// How often an answer is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often it is looked for before it is given up.
const LOOKS: u32 = 400;

/// What is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Order {
    /// Take up the configuration as it is now.
    Reload {
        /// Which file it is meant to be.
        file: PathBuf,
    },
    /// Withhold a span of this tape (`station/stream/rendition`), or lift what is withheld.
    Withhold {
        /// The tape.
        tape: String,
        /// The decision.
        decision: Withholding,
    },
}

/// What came of it: what to tell the person who asked.
pub(crate) type Answer = Result<String, String>;

/// Asks the process that runs the station in `dir`, and waits for its answer.
pub(crate) fn give(dir: &Path, order: &Order) -> Result<String, Failure> {
    // Asked first: with nobody there, no order is left behind.
    running::find(dir)?;
    let folder = dir.join(FOLDER);
    let name = format!("{}-{}", std::process::id(), SystemClock::start().now().as_micros());
    let (asked, answered) =
        (folder.join(format!("{name}.json")), folder.join(format!("{name}.answer")));
    let written = std::fs::create_dir_all(&folder)
        .and_then(|()| write(&asked, &serde_json::to_vec(order).map_err(io::Error::other)?));
    written.with_context(|| format!("Can't write to {}", folder.display()))?;

    let pid = running::signal(dir)?;
    let clock = SystemClock::start();
    for _ in 0..LOOKS {
        if let Ok(answer) = std::fs::read(&answered) {
            // They are of no use any more; the station clears what is left at its next start.
            let _ = std::fs::remove_file(&answered);
            let answer: Answer =
                serde_json::from_slice(&answer).context("the station's answer can't be read")?;
            return answer.map_err(|why| Failure::Other(anyhow!("{why}")));
        }
        clock.sleep(LOOK_EVERY);
    }
    let _ = std::fs::remove_file(&asked);
    Err(Failure::Other(anyhow!("Process {pid} was asked, but doesn't answer: see its log.")))
}

/// Clears what an earlier process left.
pub(crate) fn clear(dir: &Path) {
    if let Err(error) = std::fs::remove_dir_all(dir.join(FOLDER))
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "old orders can't be cleared");
    }
}

/// Carries out the orders that are waiting; `false`: there is none.
pub(crate) fn carry_out(dir: &Path, mut obey: impl FnMut(Order) -> Answer) -> bool {
    let mut some = false;
    for asked in waiting(&dir.join(FOLDER)) {
        some = true;
        let answer = match std::fs::read(&asked)
            .map_err(|error| error.to_string())
            .and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string()))
        {
            Ok(order) => obey(order),
            Err(why) => Err(format!("the order can't be read: {why}")),
        };
        let done = std::fs::remove_file(&asked).and_then(|()| {
            let bytes = serde_json::to_vec(&answer).map_err(io::Error::other)?;
            write(&asked.with_extension("answer"), &bytes)
        });
        if let Err(error) = done {
            tracing::error!(%error, "an order can't be answered");
        }
    }
    some
}

/// The orders in the folder, oldest name first.
fn waiting(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    found.sort();
    found
}

/// Writes a file that appears whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_extension("part");
    std::fs::write(&part, bytes)?;
    std::fs::rename(part, path)
}

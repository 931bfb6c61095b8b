//! Many files in one go, in their order, none stopped by another.

use std::io::Read as _;
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use transcript::{Document, Format, ReadError, ReadOptions};

use super::files::{self, Input};
use super::plain;
use crate::failure::Failure;
use crate::screen::complain;

/// How many files are read before the first of them is shown: enough to keep all cores busy, few
/// enough that their documents fit in memory.
const AT_ONCE: usize = 256;

/// What a person gave to a command.
pub(super) struct Batch {
    inputs: Vec<Input>,
    missing: usize,
    from: Option<Format>,
}

/// Why a file gave nothing.
pub(super) enum Refusal {
    /// It couldn't be opened, or its outcome couldn't be written.
    Io(std::io::Error),
    /// It isn't a transcript.
    Read(ReadError),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(err) => write!(f, "{err}"),
            Self::Read(err) => {
                write!(f, "{err}")?;
                if let ReadError::Malformed { line: Some(line), .. } = err {
                    write!(f, " (line {line})")?;
                }
                Ok(())
            }
        }
    }
}

/// How it went with all files.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Files that were read.
    pub(super) done: usize,
    /// Files without a story.
    pub(super) no_story: usize,
    /// Files that weren't read or written for another reason.
    pub(super) failed: usize,
}

impl Batch {
    /// Finds the files, and says at once which aren't there.
    pub(super) fn find(names: &[PathBuf], from: Option<Format>) -> Self {
        let (inputs, missing) = files::find(names);
        for file in &missing {
            complain(&format!("{}: {}", plain(&file.name), plain(&file.why)));
        }
        Self { inputs, missing: missing.len(), from }
    }

    /// The files that there are.
    pub(super) fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Whether it was one file that was asked for, so that its outcome stands alone.
    pub(super) fn is_single(&self) -> bool {
        self.inputs.len() + self.missing <= 1
    }

    /// Reads every file and does `work` with it on all cores, and then `show`s the outcomes in the
    /// order of the files. `work` is also given the file, and its place among the
    /// [`inputs`](Self::inputs).
    pub(super) fn run<T: Send>(
        &self,
        work: impl Fn(usize, &Input, Document) -> Result<T, Refusal> + Sync,
        mut show: impl FnMut(&Input, T),
    ) -> Outcome {
        let mut outcome = Outcome { failed: self.missing, ..Outcome::default() };
        let bar = self.bar();
        for (start, inputs) in (0..).step_by(AT_ONCE).zip(self.inputs.chunks(AT_ONCE)) {
            let results: Vec<Result<T, Refusal>> = inputs
                .par_iter()
                .enumerate()
                .map(|(index, input)| {
                    let result = read(input, self.from)
                        .and_then(|document| work(start + index, input, document));
                    bar.inc(1);
                    result
                })
                .collect();
            bar.suspend(|| {
                for (input, result) in inputs.iter().zip(results) {
                    match result {
                        Ok(value) => {
                            outcome.done += 1;
                            show(input, value);
                        }
                        Err(refusal) => outcome.refuse(input, &refusal),
                    }
                }
            });
        }
        bar.finish_and_clear();
        if !self.is_single() && outcome.no_story + outcome.failed > 0 {
            complain(&outcome.in_words());
        }
        outcome
    }

    /// A bar, where somebody is looking and there is something to wait for.
    fn bar(&self) -> ProgressBar {
        if self.inputs.len() < 2 {
            return ProgressBar::hidden();
        }
        let style = "{bar:32} {human_pos} of {human_len} files, {per_sec:.0}, {eta} to go";
        let bar = ProgressBar::new(self.inputs.len() as u64);
        bar.set_style(ProgressStyle::with_template(style).unwrap_or(ProgressStyle::default_bar()));
        bar
    }
}

/// Reads one file.
pub(super) fn read(input: &Input, from: Option<Format>) -> Result<Document, Refusal> {
    let bytes = match input {
        Input::Standard => {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        }
        Input::File { path, .. } => std::fs::read(path),
    }
    .map_err(Refusal::Io)?;
    let name = match input {
        Input::Standard => None,
        Input::File { .. } => Some(input.name()),
    };
    let options = ReadOptions { from, name: name.as_deref(), ..ReadOptions::default() };
    transcript::read(&bytes, &options).map_err(Refusal::Read)
}

impl Outcome {
    fn refuse(&mut self, input: &Input, refusal: &Refusal) {
        complain(&format!("{}: {}", plain(&input.name()), plain(&refusal.to_string())));
        match refusal {
            Refusal::Read(ReadError::NoStory { .. }) => self.no_story += 1,
            _ => self.failed += 1,
        }
    }

    fn in_words(&self) -> String {
        let all = self.done + self.no_story + self.failed;
        let mut words = format!("{} of {all} files read", self.done);
        if self.no_story > 0 {
            words.push_str(&format!("; {} without a story", self.no_story));
        }
        if self.failed > 0 {
            words.push_str(&format!("; {} that failed", self.failed));
        }
        words
    }

    /// How the program ends. What was wrong has been said.
    pub(super) fn result(&self) -> Result<(), Failure> {
        if self.failed > 0 {
            Err(Failure::Said(1))
        } else if self.no_story > 0 {
            Err(Failure::Said(Failure::NO_STORY))
        } else {
            Ok(())
        }
    }
}

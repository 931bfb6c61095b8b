//! What is wrong with a configuration file, and where.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Everything that is wrong with a configuration file. Shown as one paragraph for each mistake,
/// `file:line:column: reason`, with the line itself below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    file: PathBuf,
    text: String,
    found: Vec<(Range<usize>, String)>,
}

impl Mistakes {
    /// A file that no mistake has been found in yet.
    pub(crate) fn none(file: &Path, text: &str) -> Self {
        Self { file: file.to_owned(), text: text.to_owned(), found: Vec::new() }
    }

    /// Notes a mistake at these bytes of the text.
    pub(crate) fn note(&mut self, span: Range<usize>, reason: impl fmt::Display) {
        self.found.push((span, reason.to_string()));
    }

    /// Are there none?
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Line and column, from 1, of a byte of the text, and the line itself.
    fn place(&self, at: usize) -> (usize, usize, &str) {
        let at = self.text.floor_char_boundary(at.min(self.text.len()));
        let before = &self.text[..at];
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.text[start..].lines().next().unwrap_or_default();
        (before.matches('\n').count() + 1, before[start..].chars().count() + 1, line)
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut found = self.found.clone();
        found.sort_by_key(|(span, _)| span.start);
        for (i, (span, reason)) in found.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            let (line, column, text) = self.place(span.start);
            write!(f, "{}:{line}:{column}: {reason}\n  {}", self.file.display(), text.trim())?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

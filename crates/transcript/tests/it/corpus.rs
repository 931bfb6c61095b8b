//! The corpus: transcripts written for it, each with its full right answer.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use transcript::{Document, ReadError, ReadOptions};

/// One transcript of the corpus.
pub(crate) struct Case {
    /// The folder it is in: a house style or a format.
    pub(crate) set: String,
    /// The folder and the name of the file.
    pub(crate) name: String,
    /// Whether it is held back: counted, but never looked at when a rule is made or mended.
    pub(crate) held: bool,
    /// The rules of `docs/transcript-rules.md` that it shows.
    pub(crate) rules: Vec<String>,
    /// The file to read.
    pub(crate) input: PathBuf,
    /// What is right.
    pub(crate) answer: Value,
}

impl Case {
    /// Reads the file as the command line would.
    pub(crate) fn read(&self) -> Result<Document, ReadError> {
        let bytes = fs::read(&self.input).unwrap();
        let name = self.input.file_name().unwrap().to_str();
        let from = self.answer["from"].as_str();
        let from = from.map(|from| {
            *transcript::Format::ALL.iter().find(|format| format.name() == from).unwrap()
        });
        transcript::read(&bytes, &ReadOptions { from, name, ..ReadOptions::default() })
    }

    /// Whether the right answer is a refusal.
    pub(crate) fn is_refused(&self) -> bool {
        !self.answer["refused"].is_null()
    }
}

/// All of the corpus, by name.
pub(crate) fn cases() -> Vec<Case> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut cases = Vec::new();
    for set in fs::read_dir(corpus).unwrap().map(|set| set.unwrap().path()) {
        let mut files: Vec<PathBuf> =
            fs::read_dir(&set).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in &files {
            let name = file.file_name().unwrap().to_str().unwrap();
            let Some(stem) = name.strip_suffix(".answer.json") else { continue };
            let answer: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
            let input = files
                .iter()
                .find(|other| *other != file && other.file_stem().unwrap() == stem)
                .unwrap_or_else(|| panic!("{stem} has an answer and no transcript"));
            let set = set.file_name().unwrap().to_str().unwrap().to_owned();
            let rules = answer["rules"].as_array().unwrap().iter();
            cases.push(Case {
                name: format!("{set}/{stem}"),
                set,
                held: answer["held"] == true,
                rules: rules.map(|rule| rule.as_str().unwrap().to_owned()).collect(),
                input: input.clone(),
                answer,
            });
        }
    }
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    cases
}

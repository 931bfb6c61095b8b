//! Which files a person means.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use transcript::Form;
use walkdir::WalkDir;

/// What a file of a transcript may be called behind its dot, where a whole folder is given.
const EXTENSIONS: [&str; 13] = [
    "txt", "text", "html", "htm", "xhtml", "md", "srt", "vtt", "ttml", "dfxp", "xml", "json", "asp",
];

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    /// Standard input.
    Standard,
    /// A file, and where it stands below the folder that was given.
    File { path: PathBuf, below: PathBuf },
}

impl Input {
    /// What to call it to a person.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Standard => "standard input".to_owned(),
            Self::File { path, .. } => path.display().to_string(),
        }
    }

    /// The path below the output folder, without what stands behind the dot.
    fn below(&self) -> &Path {
        match self {
            Self::Standard => Path::new("transcript"),
            Self::File { below, .. } => below,
        }
    }
}

/// A file that was asked for and isn't there, or a pattern that can't be one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) name: String,
    pub(super) why: String,
}

/// The files that `names` mean, in their order, each once: `-` is standard input; a folder means all
/// transcripts in and below it, in the order of their names; `*`, `?`, `[…]` and `**` are matched
/// where there is no file of just this name.
pub(super) fn find(names: &[PathBuf]) -> (Vec<Input>, Vec<Missing>) {
    let mut found = Found::default();
    for name in names {
        found.add(name);
    }
    (found.inputs, found.missing)
}

#[derive(Default)]
struct Found {
    inputs: Vec<Input>,
    missing: Vec<Missing>,
    seen: std::collections::HashSet<PathBuf>,
    has_standard: bool,
}

impl Found {
    fn add(&mut self, name: &Path) {
        if name.as_os_str() == "-" {
            if !std::mem::replace(&mut self.has_standard, true) {
                self.inputs.push(Input::Standard);
            }
            return;
        }
        match std::fs::metadata(name) {
            Ok(meta) if meta.is_dir() => self.folder(name),
            Ok(_) => self.file(name.to_owned(), file_name(name)),
            Err(err) => {
                if !self.pattern(name) {
                    self.miss(name, err.to_string());
                }
            }
        }
    }

    fn pattern(&mut self, name: &Path) -> bool {
        let Some(pattern) = name.to_str().filter(|name| name.contains(['*', '?', '['])) else {
            return false;
        };
        let before = self.inputs.len();
        match glob::glob(pattern) {
            Ok(paths) => {
                let root = fixed_part(pattern);
                for path in paths.flatten().filter(|path| path.is_file()) {
                    let below = path.strip_prefix(&root).unwrap_or(&path).to_owned();
                    self.file(path, below);
                }
                if self.inputs.len() == before {
                    self.miss(name, "no file matches".to_owned());
                }
            }
            Err(err) => self.miss(name, format!("this is no pattern: {err}")),
        }
        true
    }

    fn folder(&mut self, folder: &Path) {
        let before = self.inputs.len();
        let entries = WalkDir::new(folder)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.path()));
        for entry in entries {
            match entry {
                Ok(entry) if entry.file_type().is_file() && is_transcript(entry.path()) => {
                    let path = entry.into_path();
                    let below = path.strip_prefix(folder).unwrap_or(&path).to_owned();
                    self.file(path, below);
                }
                Ok(_) => {}
                Err(err) => {
                    let name = err.path().unwrap_or(folder).to_owned();
                    let why = err.io_error().map_or_else(|| err.to_string(), ToString::to_string);
                    self.miss(&name, why);
                }
            }
        }
        if self.inputs.len() == before && self.missing.is_empty() {
            self.miss(folder, "there is no transcript in this folder".to_owned());
        }
    }

    fn file(&mut self, path: PathBuf, below: PathBuf) {
        if self.seen.insert(path.clone()) {
            // Nothing is ever written outside of the output folder.
            let below = below.components().filter(|part| matches!(part, Component::Normal(_)));
            self.inputs.push(Input::File { path, below: below.collect() });
        }
    }

    fn miss(&mut self, name: &Path, why: String) {
        self.missing.push(Missing { name: name.display().to_string(), why });
    }
}

fn file_name(path: &Path) -> PathBuf {
    path.file_name().map(PathBuf::from).unwrap_or_default()
}

/// The folders at the beginning of a pattern in which nothing is left open.
fn fixed_part(pattern: &str) -> PathBuf {
    let open = pattern.find(['*', '?', '[']).unwrap_or(pattern.len());
    let fixed = pattern.get(..open).and_then(|fixed| fixed.rsplit_once(std::path::MAIN_SEPARATOR));
    fixed.map(|(folder, _)| PathBuf::from(folder)).unwrap_or_default()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// A page saved from the web often has no extension, or only a number behind its dot.
fn is_transcript(path: &Path) -> bool {
    path.extension().is_none_or(|extension| {
        let extension = extension.to_string_lossy().to_ascii_lowercase();
        EXTENSIONS.contains(&extension.as_str()) || extension.bytes().all(|b| b.is_ascii_digit())
    })
}

/// Where each of the files is written, below the output folder. Files that would get one name keep
/// their own extension in it (`a.srt` and `a.vtt` become `a.srt.json` and `a.vtt.json`), and a
/// number behind that where two folders have the same file.
pub(super) fn targets(inputs: &[Input], form: Form) -> Vec<PathBuf> {
    let extension = form.extension();
    let short = |input: &Input| input.below().with_extension(extension);
    let mut wanted: HashMap<PathBuf, usize> = HashMap::new();
    for input in inputs {
        *wanted.entry(short(input)).or_default() += 1;
    }
    let mut taken: std::collections::HashSet<PathBuf> = std::collections::HashSet::new();
    let mut next: HashMap<PathBuf, usize> = HashMap::new();
    inputs
        .iter()
        .map(|input| {
            let alone = wanted.get(&short(input)) == Some(&1);
            let name = if alone { short(input) } else { longer(input.below(), extension) };
            let mut target = name.clone();
            let number = next.entry(name).or_insert(1);
            while !taken.insert(target.clone()) {
                *number += 1;
                target = longer(input.below(), &format!("{number}.{extension}"));
            }
            target
        })
        .collect()
}

fn longer(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(below: &str) -> Input {
        Input::File { path: below.into(), below: below.into() }
    }

    #[test]
    fn two_files_never_get_one_name() {
        let inputs =
            [at("a.srt"), at("a.vtt"), at("b.txt"), at("x/a.txt"), at("c.txt"), at("c.txt")];
        let names = targets(&inputs, Form::Json);
        let expected =
            ["a.srt.json", "a.vtt.json", "b.json", "x/a.json", "c.txt.json", "c.txt.2.json"];
        assert_eq!(names, expected.map(PathBuf::from));
    }
}

//! The commented example, generated from the types of the model.

use std::fmt::Write as _;

use super::documented::{Section, Setting, Shown};
use super::model::File;

/// Widest line of a comment.
const WIDTH: usize = 100;

/// The hash of a password that nobody knows.
const LOCKED: &str = "$argon2id$v=19$m=19456,t=2,p=1$bG9uZ3dhdmUtZXhhbXBsZQ$7Qm8sDq5hQ3nGmyk0v5gn3VbE0Yw0dS5c8mXcN1hFvI";

/// Every setting with its explanation, its default or an example, and these password hashes for
/// the users `source` and `admin`.
pub(crate) fn with_hashes(source: &str, admin: &str) -> String {
    let mut example = Example { out: String::new(), commented: false };
    let file = File::section();
    example.comment(file.about);
    example.settings(&file.settings, &mut Vec::new());
    example.out.replace("@SOURCE@", source).replace("@ADMIN@", admin)
}

/// The example as it stands in the repository: nobody knows its passwords.
pub fn example() -> String {
    with_hashes(LOCKED, LOCKED)
}

struct Example {
    out: String,
    /// Inside a table that is wholly commented out.
    commented: bool,
}

impl Example {
    /// A section's settings, and after them its tables: in TOML a key belongs to the last table.
    fn settings(&mut self, settings: &[Setting], path: &mut Vec<&'static str>) {
        for setting in settings {
            match setting.shown {
                Shown::Set(value) => self.value(setting, "", value),
                Shown::Default(value) | Shown::Example(value) => self.value(setting, "# ", value),
                Shown::Table(_) | Shown::OptionalTables(_) | Shown::Tables(..) => {}
            }
        }
        for setting in settings {
            path.push(setting.key);
            match setting.shown {
                Shown::Set(_) | Shown::Default(_) | Shown::Example(_) => {}
                Shown::Table(section) => self.table(&section(), path, ("[", "]")),
                Shown::OptionalTables(section) => {
                    self.commented = true;
                    self.table(&section(), path, ("[[", "]]"));
                    self.commented = false;
                }
                Shown::Tables(section, more) => {
                    self.table(&section(), path, ("[[", "]]"));
                    for another in more {
                        self.another(another, path);
                    }
                }
            }
            path.pop();
        }
    }

    fn table(&mut self, section: &Section, path: &mut Vec<&'static str>, brackets: (&str, &str)) {
        self.out.push('\n');
        self.comment(section.about);
        self.line(&format!("{}{}{}", brackets.0, path.join("."), brackets.1));
        self.settings(&section.settings, path);
    }

    fn another(&mut self, values: &[(&str, &str)], path: &[&str]) {
        self.out.push('\n');
        self.line(&format!("[[{}]]", path.join(".")));
        for (key, value) in values {
            self.line(&format!("{key} = {value}"));
        }
    }

    fn value(&mut self, setting: &Setting, mark: &str, value: &str) {
        self.out.push('\n');
        self.comment(setting.doc);
        let mark = if self.commented { "" } else { mark };
        self.line(&format!("{mark}{} = {value}", setting.key));
    }

    fn line(&mut self, text: &str) {
        let mark = if self.commented { "# " } else { "" };
        // Writing to a string can't fail.
        let _ = writeln!(self.out, "{mark}{text}");
    }

    /// Doc comments as lines of a comment: one paragraph, wrapped anew.
    fn comment(&mut self, doc: &[&str]) {
        let mut line = String::from("#");
        for word in words(doc) {
            if line.len() + 1 + word.len() > WIDTH {
                self.out.push_str(&line);
                self.out.push('\n');
                "#".clone_into(&mut line);
            }
            line.push(' ');
            line.push_str(&word);
        }
        if line.len() > 1 {
            self.out.push_str(&line);
            self.out.push('\n');
        }
    }
}

/// The words of a doc comment; what stands between two backticks is one word.
fn words(doc: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in doc.iter().flat_map(|line| line.split_whitespace()) {
        match words.last_mut() {
            Some(open) if open.matches('`').count() % 2 == 1 => {
                open.push(' ');
                open.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

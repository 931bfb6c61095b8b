//! Looking for any of several phrases in a text, whatever their case, in one pass.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

/// Phrases to look for, in lower case and ASCII.
pub(crate) struct Phrases {
    phrases: &'static [&'static str],
    finder: OnceLock<Option<AhoCorasick>>,
}

impl Phrases {
    /// A list of phrases.
    pub(crate) const fn new(phrases: &'static [&'static str]) -> Self {
        Self { phrases, finder: OnceLock::new() }
    }

    /// Whether one of them stands in a text.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        let build = || AhoCorasick::builder().ascii_case_insensitive(true).build(self.phrases).ok();
        match self.finder.get_or_init(build) {
            Some(finder) => finder.is_match(text),
            // It is only refused for lists of gigabytes; slowly, then.
            None => {
                let text = text.to_lowercase();
                self.phrases.iter().any(|phrase| text.contains(phrase))
            }
        }
    }
}

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

    /// Where they stand in a text, in order.
    pub(crate) fn places<'p>(&'p self, text: &'p str) -> impl Iterator<Item = usize> + 'p {
        let finder = self.finder().into_iter();
        finder.flat_map(move |finder| finder.find_iter(text)).map(|found| found.start())
    }

    /// Whether one of them stands in a text.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        match self.finder() {
            Some(finder) => finder.is_match(text),
            // It is only refused for lists of gigabytes; slowly, then.
            None => {
                let text = text.to_lowercase();
                self.phrases.iter().any(|phrase| text.contains(phrase))
            }
        }
    }

    fn finder(&self) -> Option<&AhoCorasick> {
        let build = || AhoCorasick::builder().ascii_case_insensitive(true).build(self.phrases).ok();
        self.finder.get_or_init(build).as_ref()
    }
}

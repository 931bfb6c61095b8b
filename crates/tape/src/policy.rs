//! Who may hear what.

use airtime::{ProgrammeTime, Span};
use serde::{Deserialize, Serialize};

/// Who may hear a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Everybody, again and again.
    Public,
    /// Those who listened live only.
    LiveOnly,
    /// Nobody (rights, privacy, take-down); the legal copy stays.
    Withheld,
    /// Nobody, and only the station's administrators may know.
    Sealed,
}

/// A decision about a span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withholding {
    /// Which span.
    pub span: Span,
    /// Who may hear it from now on.
    pub policy: Policy,
    /// Who decided.
    pub who: String,
    /// Why.
    pub why: String,
}

/// A decision as it is written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Decided {
    /// When it was made.
    pub(crate) at: ProgrammeTime,
    #[serde(flatten)]
    pub(crate) withholding: Withholding,
}

/// How somebody listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listening {
    /// From the ring.
    Live,
    /// From the disk, or after asking for a time.
    Again,
}

/// Who wants a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Anybody: only what is public.
    Public,
    /// The station's own archive and its lawyers: everything that was recorded.
    Archive,
}

/// All decisions, folded: disjoint spans in order of time, none of them public.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Closed {
    spans: Vec<(Span, Policy)>,
}

impl Closed {
    /// Adds a decision; it takes the place of earlier ones where they overlap.
    pub(crate) fn decide(&mut self, span: Span, policy: Policy) {
        let mut spans = Vec::with_capacity(self.spans.len() + 2);
        for &(old, was) in &self.spans {
            if let Ok(before) = Span::new(old.from(), old.to().min(span.from())) {
                spans.push((before, was));
            }
            if let Ok(after) = Span::new(old.from().max(span.to()), old.to()) {
                spans.push((after, was));
            }
        }
        if policy != Policy::Public {
            spans.push((span, policy));
        }
        spans.sort_by_key(|(span, _)| span.from());
        self.spans = spans;
    }

    /// If `at` may not be heard: the whole stretch that may not, adjoining ones taken together.
    pub(crate) fn shuts(&self, at: ProgrammeTime, listening: Listening) -> Option<Span> {
        if self.spans.is_empty() {
            return None;
        }
        let shut = |policy: Policy| match policy {
            Policy::Public => false,
            Policy::LiveOnly => listening == Listening::Again,
            Policy::Withheld | Policy::Sealed => true,
        };
        let index = self.spans.partition_point(|(span, _)| span.to() <= at);
        let (found, policy) = *self.spans.get(index)?;
        if !found.contains(at) || !shut(policy) {
            return None;
        }
        let mut from = found.from();
        for (span, policy) in self.spans[..index].iter().rev() {
            if span.to() != from || !shut(*policy) {
                break;
            }
            from = span.from();
        }
        let mut to = found.to();
        for (span, policy) in &self.spans[index + 1..] {
            if span.from() != to || !shut(*policy) {
                break;
            }
            to = span.to();
        }
        Span::new(from, to).ok()
    }

    /// The parts of `span` that a rewinding listener may not hear.
    pub(crate) fn within(&self, span: Span) -> Vec<(Span, Policy)> {
        self.spans
            .iter()
            .filter_map(|&(closed, policy)| Some((closed.intersect(span)?, policy)))
            .collect()
    }
}

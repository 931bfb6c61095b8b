//! Who may hear what.

use std::time::Duration;

use airtime::{ProgrammeTime, Span};
use serde::{Deserialize, Serialize};

use crate::ledger::Ledger;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Listening {
    /// From the ring, having joined at the head.
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
    /// Some decisions can't be read: any moment may be one that was withheld, so that nothing is
    /// listened to again. What goes out live goes on.
    unreadable: bool,
}

/// All of time.
fn always() -> Option<Span> {
    Span::new(ProgrammeTime::from_micros(i64::MIN), ProgrammeTime::from_micros(i64::MAX)).ok()
}

impl Closed {
    /// What is written down.
    pub(crate) fn of(decisions: &Ledger<Decided>) -> Self {
        let mut closed = Self { spans: Vec::new(), unreadable: decisions.damage.is_some() };
        for Decided { withholding, .. } in &decisions.entries {
            closed.decide(withholding.span, withholding.policy);
        }
        closed
    }

    /// What is closed, and to whom, in order of time.
    pub(crate) fn spans(&self) -> &[(Span, Policy)] {
        &self.spans
    }

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

    /// If any part of what plays from `first` to `end` may not be heard: the whole stretch that
    /// may not, adjoining ones taken together.
    pub(crate) fn shuts(
        &self,
        first: ProgrammeTime,
        end: ProgrammeTime,
        listening: Listening,
    ) -> Option<Span> {
        if self.unreadable && listening == Listening::Again {
            return always();
        }
        if self.spans.is_empty() {
            return None;
        }
        // What plays nothing lies at its moment.
        let end = end.max(first.saturating_add(Duration::from_micros(1)));
        let shut = |policy: Policy| match policy {
            Policy::Public => false,
            Policy::LiveOnly => listening == Listening::Again,
            Policy::Withheld | Policy::Sealed => true,
        };
        let mut index = self.spans.partition_point(|(span, _)| span.to() <= first);
        let found = loop {
            let (span, policy) = *self.spans.get(index)?;
            if span.from() >= end {
                return None;
            }
            if shut(policy) {
                break span;
            }
            index += 1;
        };
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

    /// The parts of `span` that may not be heard.
    pub(crate) fn within(&self, span: Span, listening: Listening) -> Vec<Span> {
        let mut found = Vec::new();
        let mut from = span.from();
        while from < span.to()
            && let Some(shut) = self.shuts(from, span.to(), listening)
        {
            found.extend(shut.intersect(span));
            from = shut.to();
        }
        found
    }
}

//! What a deck says that it plays, and when.

use std::time::Duration;

use airtime::ProgrammeTime;
use codec::Codec;
use tape::Event;

use super::{Deck, Place};
use crate::connected::Connected;
use crate::splice::Splice;
use crate::{RawTitle, Refused, Title};

impl Deck {
    /// Sets the title of the source, or of the one that will come.
    pub(crate) fn set_title(&mut self, raw: &RawTitle, now: ProgrammeTime) -> Result<(), Refused> {
        if !self.mount.source.accepts && self.mount.source.relay.is_none() {
            return Err(Refused::NoSuchMount(self.mount.path.clone()));
        }
        if matches!(self.codec, Codec::Ogg | Codec::WebM) {
            return Err(Refused::NoTitles);
        }
        let now = self.time(now);
        let title = raw.decode(self.mount.source.charset.as_deref(), now);
        match (&mut self.source, &mut self.relay) {
            (Some(source), _) => source.input.push_title(title),
            (None, Some(relay)) => relay.input.push_title(title),
            (None, None) => self.source_title = Some((None, title)),
        }
        Ok(())
    }

    pub(super) fn remember_title(&mut self, source: &Connected) {
        if let Some(title) = source.input.newest_title() {
            self.source_title = Some((Some(source.hello.principal.user.clone()), title));
        }
    }

    /// At a splice: what the one that goes on the air is playing.
    pub(super) fn tell_title_of(&mut self, place: Place, at: ProgrammeTime) {
        let (title, before) = match self.feed(place) {
            Some(feed) if feed.tells_titles() => (feed.title(), feed.title_before()),
            _ => return,
        };
        // One that says nothing ends the title before it.
        let title = title.unwrap_or_else(|| self.nothing_known(place));
        // One that was said too early is not shown too early because of the splice.
        match before.map(|(before, ago)| (before, self.title_delay(place).saturating_sub(ago))) {
            Some((before, later)) if !later.is_zero() => {
                self.coming.push((at, before));
                self.coming.push((at.saturating_add(later), title));
            }
            _ => self.coming.push((at, title)),
        }
    }

    fn nothing_known(&self, place: Place) -> Title {
        let source = match place {
            Place::Leaving | Place::Source => "inline",
            Place::Relay => "relay",
            Place::Chain(_) => "loop",
        };
        Title { source: source.to_owned(), ..Title::default() }
    }

    /// Writes down the titles that are heard by now.
    pub(super) fn tell_titles(&mut self) {
        let Some(head) = self.end else { return };
        let mut later = Vec::new();
        for (at, title) in std::mem::take(&mut self.coming) {
            if at > head {
                later.push((at, title));
            } else {
                self.record(at, title);
            }
        }
        self.coming = later;
    }

    fn record(&self, at: ProgrammeTime, title: Title) {
        let before = self
            .events
            .latest(Title::KIND, at)
            .and_then(|event| serde_json::from_value::<Title>(event.payload).ok());
        let same = match &before {
            Some(before) => Title { received: title.received, ..before.clone() } == title,
            None => title.line().is_empty(),
        };
        if same {
            return;
        }
        match serde_json::to_value(&title) {
            Ok(payload) => self.events.record(Event { at, kind: Title::KIND.to_owned(), payload }),
            Err(error) => tracing::error!(%error, "a title can't be written down"),
        }
    }

    pub(super) fn title_delay(&self, place: Place) -> Duration {
        match place {
            Place::Chain(_) => Duration::ZERO,
            _ => self.mount.source.title_delay,
        }
    }

    /// Writes down the last splice, if that has not been done.
    pub(super) fn record_last_splice(&mut self) {
        let Some((at, splice)) = self.seam.take_event() else { return };
        match serde_json::to_value(splice) {
            Ok(payload) => self.events.record(Event { at, kind: Splice::KIND.to_owned(), payload }),
            Err(error) => tracing::error!(%error, "a splice can't be written down"),
        }
    }
}

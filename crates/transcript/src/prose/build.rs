//! From passages of which it is known what they are to the document.

use jiff::tz::Offset;

use crate::model::{
    Article, Bio, Block, Byline, Document, Furniture, FurnitureKind, Id, ImageCredit, Note,
    NoteKind, Paragraph, Part, Place, Printed, Published, Rights, TimeBase, Touches, Transcript,
};
use crate::prose::label::fold;
use crate::prose::layout::{Kind, is_prose, word_count};
use crate::prose::passage::{PagePart, Passage};
use crate::prose::roster::Roster;
use crate::prose::turns::{Heard, Turns};
use crate::prose::{chrome, date, header, program};
use crate::source::Source;

/// Among how many names or captions one that is printed twice is looked for.
const MANY: usize = 200;

/// A document in the making.
pub(crate) struct Builder<'p, 't, 's> {
    passages: &'p [Passage<'t>],
    source: &'p Source<'s>,
    document: Document,
    heard: Option<Heard>,
    roster: &'p Roster,
    /// The heading of the bio that follows.
    bio_name: Option<(String, Place)>,
    rights: Vec<Rights>,
    last_part: Option<Part>,
    /// Whether the passage above was a caption or credit.
    below_caption: bool,
}

impl<'p, 't, 's> Builder<'p, 't, 's> {
    /// A document of which only the metadata is known.
    pub(crate) fn new(
        passages: &'p [Passage<'t>],
        known: Document,
        roster: &'p Roster,
        source: &'p Source<'s>,
    ) -> Self {
        Self {
            passages,
            source,
            document: known,
            heard: None,
            roster,
            bio_name: None,
            rights: Vec::new(),
            last_part: None,
            below_caption: false,
        }
    }

    /// Makes the document of passages that are of these kinds; `normal` is how many empty lines
    /// stand between paragraphs as a rule.
    pub(crate) fn build(mut self, kinds: &[Kind], normal: usize) -> Document {
        self.speech(kinds, normal);
        for (passage, kind) in self.passages.iter().zip(kinds) {
            self.passage(passage, kind);
        }
        self.finish()
    }

    /// Reads the transcript's passages in one go, since turns run on from one to the next.
    fn speech(&mut self, kinds: &[Kind], normal: usize) {
        let mut turns = Turns::new(self.source, self.roster);
        let mut any = false;
        let mut speaking = false;
        for (passage, kind) in self.passages.iter().zip(kinds) {
            match kind {
                Kind::Speech => turns.passage(passage),
                Kind::SpeechAfterGap => {
                    turns.gap(passage);
                    turns.passage(passage);
                }
                // Only where other lines are missing, too: pages set the rights line apart anyway.
                Kind::Rights(_)
                    if speaking && turns.has_gaps() && passage.blanks > normal.max(1) =>
                {
                    turns.gap(passage);
                    speaking = false;
                    continue;
                }
                _ => {
                    speaking = false;
                    continue;
                }
            }
            any = true;
            speaking = true;
        }
        self.heard = any.then(|| turns.finish());
    }

    fn place(&self, passage: &Passage<'_>) -> Place {
        self.source.place(passage.whole())
    }

    fn printed(&mut self, field: &str, passage: &Passage<'_>) {
        let place = Some(self.place(passage));
        self.document.printed.push(Printed {
            field: field.to_owned(),
            text: fold(&passage.text),
            place,
        });
    }

    fn part(&mut self, part: Part) {
        if self.last_part != Some(part) && !self.document.parts.contains(&part) {
            self.document.parts.push(part);
        }
        self.last_part = Some(part);
    }

    fn passage(&mut self, passage: &Passage<'_>, kind: &Kind) {
        let text = fold(&passage.text);
        if !matches!(kind, Kind::Bio | Kind::BioName)
            && let Some((name, place)) = self.bio_name.take()
        {
            self.document.furniture.push(Furniture {
                kind: FurnitureKind::Other,
                text: name,
                place: Some(place),
            });
        }
        match kind {
            Kind::Speech | Kind::SpeechAfterGap => self.part(Part::Transcript),
            Kind::Open => self.furniture(FurnitureKind::Other, passage),
            Kind::Furniture(kind) => self.furniture(*kind, passage),
            Kind::Headline => {
                self.dated_headline(&text);
                self.document.headline.get_or_insert(text);
                self.printed("headline", passage);
            }
            Kind::Summary(from) => {
                let summary = fold(passage.text.get(*from..).unwrap_or_default());
                self.document.summary.get_or_insert(summary);
                self.printed("summary", passage);
            }
            Kind::Program(name) => {
                self.document.program.get_or_insert_with(|| fold(name));
                self.printed("program", passage);
            }
            Kind::Section => {
                self.document.section.get_or_insert(text);
                self.printed("section", passage);
            }
            Kind::Byline => self.byline(passage),
            Kind::Date => self.date(passage),
            Kind::Listen(length, rest) => {
                self.document.audio_length = self.document.audio_length.or(*length);
                let rest = text.get(*rest..).unwrap_or_default().trim().to_owned();
                self.printed("audio_length", passage);
                if !rest.is_empty() && header::listen(&rest).is_none() {
                    self.credit(&rest, None, false);
                }
            }
            Kind::Caption => {
                let place = self.place(passage);
                let is_caption =
                    passage.hint.part == Some(PagePart::Caption) || word_count(&text) > 5;
                self.credit(&text, Some(place), is_caption);
                self.below_caption = true;
                return;
            }
            Kind::Note(kind, touches) => self.note(*kind, *touches, passage),
            Kind::Rights(found) => {
                let mut turns = Turns::new(self.source, self.roster);
                turns.rights(passage, found);
                let end = found.end();
                self.rights.extend(turns.finish().rights);
                let rest = passage.text.get(end..).unwrap_or_default();
                if !rest.trim().is_empty() {
                    let range = end + (rest.len() - rest.trim_start().len())..passage.text.len();
                    let place = Some(self.source.place(passage.at(range)));
                    self.document.furniture.push(Furniture {
                        kind: FurnitureKind::Other,
                        text: fold(rest),
                        place,
                    });
                }
            }
            Kind::Tag => {
                self.tag(&text);
                self.printed("tags", passage);
            }
            Kind::Tags(from) => {
                if let Some(section) =
                    text.strip_prefix("Posted in ").and_then(|rest| rest.split_once(" Tagged "))
                {
                    self.document.section.get_or_insert(section.0.to_owned());
                }
                for tag in passage.text.get(*from..).unwrap_or_default().split([',', ';', '|']) {
                    self.tag(tag.trim());
                }
                self.printed("tags", passage);
            }
            Kind::BioName => {
                let place = self.place(passage);
                self.bio_name = Some((text, place));
            }
            Kind::Bio => self.bio(passage),
            Kind::Article => {
                self.part(Part::Article);
                let mut paragraph = Paragraph::new(text);
                paragraph.place = Some(self.place(passage));
                paragraph.language = passage.hint.language.clone();
                self.document
                    .article
                    .get_or_insert_with(Article::default)
                    .paragraphs
                    .push(paragraph);
            }
        }
        self.below_caption = false;
    }

    fn furniture(&mut self, kind: FurnitureKind, passage: &Passage<'_>) {
        let place = Some(self.place(passage));
        self.document.furniture.push(Furniture { kind, text: fold(&passage.text), place });
    }

    fn note(&mut self, kind: NoteKind, touches: Touches, passage: &Passage<'_>) {
        let place = Some(self.place(passage));
        self.document.notes.push(Note { kind, touches, text: fold(&passage.text), place });
    }

    fn tag(&mut self, tag: &str) {
        if !tag.is_empty() && !self.document.tags.iter().any(|own| own == tag) {
            self.document.tags.push(tag.to_owned());
        }
    }

    fn date(&mut self, passage: &Passage<'_>) {
        let printed = date::published(&passage.text);
        self.document.published = match (self.document.published, printed) {
            // The same moment, in the station's own zone.
            (Some(Published::Moment(known, utc)), Some(Published::Moment(local, zone)))
                if utc == Offset::UTC
                    && utc.to_timestamp(known).ok() == zone.to_timestamp(local).ok() =>
            {
                printed
            }
            (known, printed) => known.or(printed),
        };
        self.printed("published", passage);
    }

    fn byline(&mut self, passage: &Passage<'_>) {
        let text: &str = &passage.text;
        self.printed("bylines", passage);
        let (outlet, names) = header::byline(text).unwrap_or((None, text.trim()));
        if let Some(outlet) = outlet {
            match outlet {
                "NPR" | "PBS" | "CNN" | "VOA" | "BBC" | "AP" => {
                    self.document.network.get_or_insert(outlet.to_owned())
                }
                _ => self.document.station.get_or_insert(outlet.to_owned()),
            };
        }
        if !self.document.bylines.is_empty() && passage.hint.part == Some(PagePart::Byline) {
            return;
        }
        for name in header::split_names(names) {
            let (name, affiliation) = match name.split_once('/') {
                Some((name, outlet)) => (name.trim(), Some(outlet.trim().to_owned())),
                None => (name, None),
            };
            if name.is_empty()
                || date::published(name).is_some()
                || self.document.bylines.iter().take(MANY).any(|own| own.name == name)
            {
                continue;
            }
            self.document.bylines.push(Byline { name: name.to_owned(), affiliation });
        }
    }

    /// `PBS NewsHour Full Episode, Jan. 14, 2020` and `Headlines for June 6, 2019` say of what day
    /// they are, and whose.
    fn dated_headline(&mut self, text: &str) {
        let is_issue = ["Headlines for ", "Headlines "].iter().any(|lead| text.starts_with(lead))
            || text.contains("Full Episode");
        if !is_issue || !text.ends_with(|c: char| c.is_ascii_digit()) {
            return;
        }
        self.document.published = self.document.published.or_else(|| date::published(text));
        if let Some((name, _)) = text.split_once(" Full Episode")
            && let Some(name) = program::named(name)
        {
            self.document.program.get_or_insert(name);
        }
    }

    /// A caption with its credit: `What it shows. (Name/Outlet)`, `Image: What. Photo by Name`.
    fn credit(&mut self, text: &str, place: Option<Place>, is_caption: bool) {
        let text = text.trim();
        let has_lead = ["Image", "Photo", "Caption", "Picture", "Credit", "Illustration"]
            .iter()
            .any(|lead| text.starts_with(lead))
            || ["Photo", "Credit", "Image by"].iter().any(|lead| text.contains(lead));
        if has_lead {
            self.document.printed.push(Printed {
                field: "image_credits".to_owned(),
                text: fold(text),
                place,
            });
        }
        let strip = |text: &str| -> String {
            let leads = [
                "Image:",
                "Photo:",
                "Caption:",
                "Picture:",
                "Photo by",
                "Photograph by",
                "Photo credit:",
                "Image credit:",
                "Credit:",
                "Illustration by",
            ];
            leads
                .iter()
                .find_map(|lead| text.strip_prefix(lead))
                .unwrap_or(text)
                .trim_start_matches([':', ' '])
                .trim()
                .to_owned()
        };
        let (caption, credit) = if let Some(open) = header::credit_bracket(text) {
            let credit =
                text.get(open + 1..).unwrap_or_default().trim_end().trim_end_matches([')', ']']);
            (Some(strip(text.get(..open).unwrap_or_default())), Some(credit.trim().to_owned()))
        } else if let Some((caption, credit)) = [
            "Photo by ",
            "Photo: ",
            "Credit: ",
            "Photo courtesy of ",
            "Image by ",
            "Photograph by ",
            "Photo credit: ",
        ]
        .iter()
        .find_map(|lead| text.split_once(lead))
        .filter(|(caption, _)| !caption.trim().is_empty())
        {
            (Some(strip(caption)), Some(credit.trim().trim_end_matches('.').to_owned()))
        } else if is_caption && !header::is_credit(text)
            || text.starts_with("Image:")
            || text.starts_with("Caption:")
            || text.starts_with("Picture:")
            || is_prose(text)
        {
            (Some(strip(text)), None)
        } else {
            (None, Some(strip(text)))
        };
        if let Some(known) = self
            .document
            .image_credits
            .iter_mut()
            .rev()
            .take(MANY)
            .find(|known| caption.is_some() && known.caption == caption)
        {
            known.place = known.place.or(place);
            known.credit = known.credit.take().or(credit);
            return;
        }
        // A credit right below a caption is that picture's.
        if let (None, Some(own), Some(last)) =
            (&caption, &credit, self.document.image_credits.last_mut())
            && self.below_caption
            && last.credit.as_ref().is_none_or(|known| known == own)
        {
            last.credit = credit;
            last.place = match (last.place, place) {
                (Some(one), Some(other)) => Some(one.and(other)),
                (one, other) => one.or(other),
            };
            return;
        }
        // And a caption right below its credit, where both stand in one box.
        if let (Some(_), None, Some(last)) =
            (&caption, &credit, self.document.image_credits.last_mut())
            && self.below_caption
            && last.caption.is_none()
        {
            last.caption = caption;
            last.place = match (last.place, place) {
                (Some(one), Some(other)) => Some(one.and(other)),
                (one, other) => one.or(other),
            };
            return;
        }
        let caption = caption.filter(|caption| !caption.is_empty());
        let credit = credit.filter(|credit| !credit.is_empty());
        self.document.image_credits.push(ImageCredit { caption, credit, place });
    }

    fn bio(&mut self, passage: &Passage<'_>) {
        let text = fold(&passage.text);
        let place = self.place(passage);
        if let Some((name, heading)) = self.bio_name.take() {
            self.document.printed.push(Printed {
                field: "bios".to_owned(),
                text: name.clone(),
                place: Some(heading),
            });
            self.document.bios.push(Bio {
                id: Id::default(),
                name: Some(name.strip_prefix("About ").map_or(name.clone(), str::to_owned)),
                text,
                member: None,
                place: Some(place),
            });
            return;
        }
        let own = own_name(&text);
        let goes_on = own.is_none() || self.document.bios.last().is_some_and(|bio| bio.name == own);
        if let Some(bio) = self.document.bios.last_mut().filter(|_| goes_on) {
            bio.text.push_str("\n\n");
            bio.text.push_str(&text);
            bio.place = Some(bio.place.map_or(place, |own| own.and(place)));
            return;
        }
        self.document.bios.push(Bio {
            id: Id::default(),
            name: own,
            text,
            member: None,
            place: Some(place),
        });
    }

    fn finish(mut self) -> Document {
        if let Some((name, place)) = self.bio_name.take() {
            self.document.furniture.push(Furniture {
                kind: FurnitureKind::Other,
                text: name,
                place: Some(place),
            });
        }
        if let Some(heard) = self.heard.take() {
            self.document.transcript = Some(Transcript { time_base: None, blocks: heard.blocks });
            self.document.cast.extend(heard.cast);
            self.document.warnings.extend(heard.warnings);
            let mut glued = heard.rights;
            glued.append(&mut self.rights);
            self.rights = glued;
        }
        if self
            .document
            .transcript
            .as_ref()
            .is_some_and(|transcript| transcript.blocks.iter().any(|block| block.time.is_some()))
            && let Some(transcript) = &mut self.document.transcript
        {
            transcript.time_base = Some(TimeBase::unnamed());
        }
        self.choose_rights();
        if self.document.published.is_none() {
            self.document.published = self.document.headline.as_deref().and_then(date::published);
        }
        self.station();
        self.program();
        self.network();

        self.document
    }

    /// One rights line, with the disclaimers; what is left of others is of the page.
    fn choose_rights(&mut self) {
        let mut rights = std::mem::take(&mut self.rights);
        let best = rights
            .iter()
            .position(|one| one.provider.is_some())
            .or_else(|| rights.iter().position(|one| one.line.to_lowercase().contains("copyright")))
            .or_else(|| rights.iter().position(|one| !one.line.is_empty()));
        let Some(best) = best else {
            for one in rights {
                let text = one.disclaimer.unwrap_or_default();
                self.document.notes.push(Note {
                    kind: NoteKind::Rush,
                    touches: Touches::Text,
                    text,
                    place: one.place,
                });
            }
            return;
        };
        let mut chosen = rights.remove(best);
        for one in rights {
            if one.line.is_empty() {
                let more = one.disclaimer.unwrap_or_default();
                chosen.disclaimer = Some(match chosen.disclaimer.take() {
                    Some(own) => format!("{own} {more}"),
                    None => more,
                });
                self.document.printed.push(Printed {
                    field: "rights".to_owned(),
                    text: String::new(),
                    place: one.place,
                });
                continue;
            }
            let text = [Some(one.line), one.disclaimer]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ");
            self.document.furniture.push(Furniture {
                kind: FurnitureKind::Station,
                text,
                place: one.place,
            });
        }
        self.document.rights = Some(chosen);
    }

    /// The network, where the page or the programme's name begins with it.
    fn network(&mut self) {
        if self.document.network.is_some() {
            return;
        }
        let printed = self.document.furniture.iter().map(|piece| piece.text.as_str()).take(12);
        let names = self.document.program.as_deref().into_iter().chain(printed);
        self.document.network = names.filter_map(program::network_of).next().map(str::to_owned);
    }

    /// The programme, if the first words tell it in capitals.
    fn program(&mut self) {
        if self.document.program.is_some() {
            return;
        }
        if let Some(name) = self.document.headline.as_deref().and_then(program::of_title) {
            self.document.program = Some(name.to_owned());
            return;
        }
        let turns = self.document.blocks().iter().filter_map(Block::turn).take(4);
        let program = turns
            .flat_map(|turn| &turn.paragraphs)
            .find_map(|paragraph| program::announced(&paragraph.text));
        self.document.program = program.map(str::to_owned);
    }

    /// The station, from its own line of copyright on the page: `© 2026 WZDM Public Radio`.
    fn station(&mut self) {
        if self.document.station.is_some() {
            return;
        }
        let origin = self.document.notes.iter().filter(|note| note.kind == NoteKind::Origin);
        let call = origin
            .filter_map(|note| note.text.split_whitespace().next())
            .find(|word| chrome::is_call(word));
        if let Some(call) = call {
            self.document.station = Some(call.to_owned());
            return;
        }
        let line = self
            .document
            .furniture
            .iter()
            .filter(|piece| piece.kind == FurnitureKind::Station)
            .map(|piece| piece.text.as_str())
            .chain(self.document.rights.as_ref().map(|rights| rights.line.as_str()));
        for line in line {
            let Some(rest) = line.strip_prefix('©') else { continue };
            let name =
                rest.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
            let is_station = name.split_whitespace().next().is_some_and(chrome::is_call)
                || name.ends_with("Radio")
                || name.ends_with("Public Media")
                || name.ends_with(" Public");
            if is_station && word_count(name) <= 5 {
                self.document.station = Some(name.trim_end_matches('.').to_owned());
                return;
            }
        }
    }
}

/// The full name with which a bio begins.
fn own_name(text: &str) -> Option<String> {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let bare = word.trim_end_matches([',', ')']);
        let proper = bare.starts_with(char::is_uppercase)
            || matches!(bare, "de" | "van" | "von" | "der" | "del" | "la" | "al" | "bin");
        if !proper || bare.ends_with("'s") || bare.ends_with("’s") {
            break;
        }
        words.push(bare);
        if word.ends_with(',') {
            break;
        }
    }
    (2..=5).contains(&words.len()).then(|| words.join(" "))
}

/// The station's name in a site's: its call sign, or the name of a public radio.
pub(crate) fn station_of(site: &str) -> Option<String> {
    let first = site.split_whitespace().next()?;
    if chrome::is_call(first) {
        return Some(first.to_owned());
    }
    site.ends_with("Public Radio").then(|| site.trim().to_owned())
}

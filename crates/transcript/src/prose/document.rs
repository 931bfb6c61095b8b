//! From passages to a document.

use jiff::tz::Offset;

use crate::model::{
    Article, Bio, Block, Byline, Document, Furniture, FurnitureKind, Id, ImageCredit, Note,
    NoteKind, Paragraph, Part, Place, Printed, Published, Rights, Touches, Transcript,
};
use crate::prose::label::fold;
use crate::prose::layout::{Kind, Layout, is_prose, word_count};
use crate::prose::passage::{PagePart, Passage};
use crate::prose::roster::Roster;
use crate::prose::turns::{Heard, Turns};
use crate::prose::{chrome, cue, date, header, refusal, remark, rights, tail};
use crate::read::ReadError;
use crate::source::Source;

/// Makes a document of a page's passages. Fields that are known already (from metadata) win over
/// what the passages say of them; the passages that say the same become `printed`.
///
/// # Errors
///
/// [`ReadError::NoStory`] where the passages are those of a page without one.
pub(crate) fn document(
    passages: &[Passage<'_>],
    known: Document,
    source: &Source<'_>,
) -> Result<Document, ReadError> {
    let roster = Roster::of(passages);
    let mut layout = Layout::new(passages, &roster, &known);
    if let Some(reason) = refusal::before(&layout) {
        return Err(ReadError::NoStory { reason });
    }
    lay_out(&mut layout);
    let (kinds, normal) = (std::mem::take(&mut layout.kinds), layout.normal);
    let mut builder = Builder {
        passages,
        source,
        document: known.clone(),
        heard: None,
        roster: &roster,
        bio_name: None,
        rights: Vec::new(),
        last_part: None,
        below_caption: false,
    };
    builder.speech(&kinds, normal);
    for (passage, kind) in passages.iter().zip(&kinds) {
        builder.passage(passage, kind);
    }
    let document = builder.finish();
    match refusal::after(&document) {
        Some(reason) => Err(ReadError::NoStory { reason }),
        None => Ok(document),
    }
}

/// Says of every passage what it is.
fn lay_out(layout: &mut Layout<'_, '_>) {
    let Some((first, last)) = layout.speech else {
        let body = body_begins(layout);
        let end = tail::begins(layout, body);
        header::classify(layout, end);
        names_of_bylines(layout, end);

        article_or_summary(layout, end);
        tail::classify(layout, end, false);
        return;
    };
    let end = tail::begins(layout, last);
    let glued = (last.saturating_sub(1)..end)
        .find(|index| rights::within(layout.text(*index), 1).is_some());
    let end = glued.map_or(end, |index| index + 1);
    header::classify(layout, first);
    names_of_bylines(layout, first);
    let intro = introduction(layout, first);
    for index in intro..end {
        if *layout.kind(index) != Kind::Open {
            continue;
        }
        let kind = within(layout, index, last);
        let opens =
            index == intro && (layout.label(index).is_some() || is_sound(layout.text(index)));
        let gap = kind == Kind::Speech && layout.has_gap(index) && !opens;
        layout.set(index, if gap { Kind::SpeechAfterGap } else { kind });
    }
    tail::classify(layout, end, true);
}

/// What a passage between the first and the last label is, if it isn't speech.
fn within(layout: &Layout<'_, '_>, index: usize, last: usize) -> Kind {
    let text = layout.text(index);
    let Some(passage) = layout.passages.get(index) else { return Kind::Speech };
    if let Some(kind) = passage.hint.furniture {
        return Kind::Furniture(kind);
    }
    if let Some(kind) = by_part(passage) {
        return kind;
    }
    if layout.label(index).is_some() || index >= last {
        return Kind::Speech;
    }
    if rights::opens(text) || rights::is_disclaimer(text) && word_count(text) < 120 {
        return rights::at(text, 0).map_or(Kind::Speech, Kind::Rights);
    }
    if chrome::opens_transcript(text) {
        return Kind::Furniture(FurnitureKind::Navigation);
    }
    if let Some((kind, touches)) = remark::of(text) {
        return Kind::Note(kind, touches);
    }
    match chrome::of(text) {
        Some(kind)
            if chrome::plain(text).contains(' ')
                && cue::parse(text).is_none()
                && !is_prose(text) =>
        {
            Kind::Furniture(kind)
        }
        _ => Kind::Speech,
    }
}

/// What markup says that a passage is, where that can't be part of a story's words.
pub(crate) fn by_part(passage: &Passage<'_>) -> Option<Kind> {
    match passage.hint.part? {
        PagePart::Caption | PagePart::Credit => Some(Kind::Caption),
        PagePart::Tag => Some(Kind::Tags(0)),
        PagePart::Byline if word_count(&passage.text) < 20 => Some(Kind::Byline),
        PagePart::Date if date::published(&passage.text).is_some() => Some(Kind::Date),
        _ => None,
    }
}

/// Where the story's words begin on a page without labels: below the last line of the head.
fn body_begins(layout: &Layout<'_, '_>) -> usize {
    let is_body = |index: &usize| {
        let text = layout.text(*index);
        layout.passages.get(*index).is_some_and(|passage| passage.hint.furniture.is_none())
            && word_count(text) > 12
            && is_prose(text)
            && !chrome::is_plea(text)
            && remark::of(text).is_none()
            && !rights::opens(text)
    };
    (0..layout.passages.len()).find(is_body).unwrap_or(0)
}

/// Of a page without a transcript: paragraphs below the headline are the story, a single sentence
/// is its summary.
fn article_or_summary(layout: &mut Layout<'_, '_>, end: usize) {
    let headline = (0..end).find(|index| *layout.kind(*index) == Kind::Headline);
    let from = headline.map_or(0, |index| index + 1);
    let open: Vec<usize> = (from..end).filter(|index| *layout.kind(*index) == Kind::Open).collect();
    let sole = open.len() == 1
        && layout.known.summary.is_none()
        && open.iter().all(|index| {
            sentences(layout.text(*index)) <= 2 && word_count(layout.text(*index)) < 60
        });
    for index in open {
        layout.set(index, if sole { Kind::Summary(0) } else { Kind::Article });
    }
    for index in 0..from {
        if *layout.kind(index) == Kind::Open {
            layout.set(index, Kind::Furniture(FurnitureKind::Station));
        }
    }
}

/// Sorts the prose between headline and first label into summary, article and the beginning of the
/// transcript; gives where the transcript begins.
fn introduction(layout: &mut Layout<'_, '_>, first: usize) -> usize {
    let headline = (0..first).rev().find(|index| *layout.kind(*index) == Kind::Headline);
    let from = headline.map_or(0, |index| index + 1);
    let heading = (from..first).rev().find(|index| chrome::opens_transcript(layout.text(*index)));
    let hinted = (from..first)
        .find(|index| layout.passages.get(*index).is_some_and(|passage| passage.hint.transcript));
    let cues = (from..first)
        .find(|index| *layout.kind(*index) == Kind::Open && is_sound(layout.text(*index)));
    let open: Vec<usize> =
        (from..first).filter(|index| *layout.kind(*index) == Kind::Open).collect();
    let gap =
        open.iter().copied().find(|index| layout.has_gap(*index) && is_prose(layout.text(*index)));
    let begins = heading
        .map(|index| index + 1)
        .or(hinted)
        .or_else(|| gap.into_iter().chain(cues).min())
        .unwrap_or_else(|| {
            let speaks_first = layout.label(first).is_some_and(|label| {
                let text = layout.text(first);
                let role = label.role(text).to_uppercase();
                let caps = label.case == crate::prose::label::Case::Capitals;
                role.contains("BYLINE")
                    || caps
                        && role.is_empty()
                        && !label.head(text).trim().contains(' ')
                        && label.head(text).len() > 2
            });
            if speaks_first { open.first().copied().unwrap_or(first) } else { first }
        });
    let before: Vec<usize> = open.iter().copied().filter(|index| *index < begins).collect();
    let prose: Vec<usize> =
        before.iter().copied().filter(|index| is_prose(layout.text(*index))).collect();
    let lone = prose.len() == 1
        && layout.known.summary.is_none()
        && prose.iter().all(|index| sentences(layout.text(*index)) <= 1);
    let dated = (0..first).any(|index| matches!(layout.kind(index), Kind::Date | Kind::Byline));
    for index in before {
        let text = layout.text(index);
        let kind = if lone && prose.contains(&index) {
            Kind::Summary(0)
        } else if prose.is_empty() && dated && is_person(text) {
            Kind::Byline
        } else if prose.is_empty() {
            Kind::Furniture(FurnitureKind::Other)
        } else if prose.first().is_some_and(|first| index < *first) && is_person(text) {
            Kind::Byline
        } else {
            Kind::Article
        };
        layout.set(index, kind);
    }
    for index in 0..from {
        if *layout.kind(index) == Kind::Open {
            layout.set(index, Kind::Furniture(FurnitureKind::Station));
        }
    }
    begins
}

/// Adds the names of bylines to those that are known.
fn names_of_bylines(layout: &mut Layout<'_, '_>, end: usize) {
    let lines = (0..end).filter(|index| *layout.kind(*index) == Kind::Byline);
    let names: Vec<String> = lines
        .flat_map(|index| header::names(layout.text(index)))
        .map(|name| name.to_lowercase())
        .collect();
    layout.names.extend(names);
}

fn is_sound(text: &str) -> bool {
    text.len() < 300 && cue::parse(text).is_some()
}

/// Two to four words, each with a capital: perhaps a name.
fn is_person(text: &str) -> bool {
    let count = word_count(text);
    (2..=4).contains(&count)
        && !text.ends_with(['.', '?', '!', ':'])
        && text.split_whitespace().all(|word| {
            word.starts_with(char::is_uppercase)
                || matches!(word, "de" | "van" | "von" | "der" | "al" | "la")
        })
}

/// About how many sentences a paragraph has.
fn sentences(text: &str) -> usize {
    let ends = text.match_indices(['.', '?', '!']).filter(|(at, mark)| {
        let before = text.get(..*at).unwrap_or_default();
        let word =
            before.chars().rev().take(4).take_while(|c| !c.is_whitespace() && *c != '.').count();
        let after = text.get(at + mark.len()..).unwrap_or_default();
        word > 2 && (after.is_empty() || after.starts_with(char::is_whitespace))
    });
    ends.count()
}

struct Builder<'p, 't, 's> {
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

impl Builder<'_, '_, '_> {
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
                if rest.is_empty() {
                    self.printed("audio_length", passage);
                } else {
                    self.printed("audio_length", passage);
                    self.credit(&rest, None, false);
                }
            }
            Kind::Caption => {
                let place = self.place(passage);
                self.credit(&text, Some(place), passage.hint.part == Some(PagePart::Caption));
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
                || self.document.bylines.iter().any(|own| own.name == name)
            {
                continue;
            }
            self.document.bylines.push(Byline { name: name.to_owned(), affiliation });
        }
    }

    /// A caption with its credit: `What it shows. (Name/Outlet)`, `Image: What. Photo by Name`.
    fn credit(&mut self, text: &str, place: Option<Place>, is_caption: bool) {
        let text = text.trim();
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
                name: Some(name),
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
            transcript.time_base = Some(crate::model::TimeBase::unnamed());
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
        self.document.network = names.filter_map(header::network_of).next().map(str::to_owned);
    }

    /// The programme, if the first words tell it in capitals.
    fn program(&mut self) {
        if self.document.program.is_some() {
            return;
        }
        if let Some(name) = self.document.headline.as_deref().and_then(header::program_of_title) {
            self.document.program = Some(name.to_owned());
            return;
        }
        let turns = self.document.blocks().iter().filter_map(Block::turn).take(4);
        let program = turns
            .flat_map(|turn| &turn.paragraphs)
            .find_map(|paragraph| header::announced(&paragraph.text));
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
                || name.ends_with("Public Media");
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

//! From segments to turns.

use crate::cast::NEW_VOICE;
use crate::model::{
    Block, Code, Content, Cue, CueKind, Document, Evidence, Furniture, FurnitureKind, Paragraph,
    Part, Place, TimeBase, TimeSpan, Transcript, Turn,
};
use crate::prose::passage::{Hint, Origin, Passage};
use crate::prose::{self, Piece, Roster};
use crate::read::warn;
use crate::source::Source;
use crate::timed::segment::{Segment, Who};

/// Makes the transcript of a document from its segments.
pub(crate) fn make(
    source: &Source<'_>,
    document: &mut Document,
    mut segments: Vec<Segment>,
    base: Option<TimeBase>,
) {
    check_times(source, document, &segments);
    // An end before its beginning has been told of, and is no time.
    for segment in &mut segments {
        segment.time = segment.time.map(|time| TimeSpan::new(time.start, time.end));
    }
    let mut segments = rolled_up(segments);
    credits(source, document, &mut segments);
    let roster = roster(&segments);
    let mut builder =
        Builder { source, roster, document, blocks: Vec::new(), open: None, named: None };
    for segment in &segments {
        builder.segment(segment);
    }
    let blocks = builder.blocks;
    if blocks.is_empty() {
        return;
    }
    let timed = blocks.iter().any(|block| block.time.is_some());
    document.parts.push(Part::Transcript);
    document.transcript = Some(Transcript {
        time_base: timed.then(|| base.unwrap_or_else(TimeBase::unnamed)),
        blocks,
    });
}

/// Warns of captions that overlap or run backwards.
fn check_times(source: &Source<'_>, document: &mut Document, segments: &[Segment]) {
    let mut last: Option<TimeSpan> = None;
    for segment in segments {
        let Some(time) = segment.time else { continue };
        if let Some(last) = last.filter(|last| *last != time) {
            if time.start < last.start {
                document.warnings.push(warn(
                    source,
                    segment.at.start,
                    Code::TimeBackward,
                    format!("This begins at {}, before what stands above it.", time.start),
                ));
            } else if last.end.is_some_and(|end| time.start < end) {
                document.warnings.push(warn(
                    source,
                    segment.at.start,
                    Code::TimeOverlap,
                    format!(
                        "This begins at {}, while what stands above it is still shown.",
                        time.start
                    ),
                ));
            }
        }
        if time.end.is_some_and(|end| end < time.start) {
            document.warnings.push(warn(
                source,
                segment.at.start,
                Code::TimeBackward,
                "This ends before it begins.",
            ));
        }
        last = Some(time);
    }
}

/// Captions that roll up show the line above again: each line is kept once.
fn rolled_up(mut segments: Vec<Segment>) -> Vec<Segment> {
    let mut repeats = 0;
    let mut counted = 0;
    for pair in segments.windows(2) {
        let [one, other] = pair else { continue };
        let (Some(last), Some(first)) =
            (one.text.trim().lines().next_back(), other.text.trim().lines().next())
        else {
            continue;
        };
        counted += 1;
        repeats += usize::from(last.trim() == first.trim() && !last.trim().is_empty());
    }
    if repeats < 3 || repeats * 4 < counted {
        return segments;
    }
    let mut last = String::new();
    for segment in &mut segments {
        let lines: Vec<String> = segment
            .text
            .lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect();
        let skip = usize::from(lines.first().is_some_and(|first| *first == last));
        if let Some(line) = lines.last() {
            last.clone_from(line);
        }
        segment.text = lines.get(skip..).unwrap_or_default().join("\n");
    }
    segments
}

/// The caption house's credit, glued to the last captions.
fn credits(source: &Source<'_>, document: &mut Document, segments: &mut [Segment]) {
    let count = segments.len();
    for segment in segments.iter_mut().skip(count.saturating_sub(3)) {
        let mut kept: Vec<&str> = Vec::new();
        let mut dropped = Vec::new();
        for line in segment.text.lines() {
            if !dropped.is_empty() || is_credit(line) {
                dropped.push(line.trim().to_owned());
            } else {
                kept.push(line);
            }
        }
        if dropped.is_empty() {
            continue;
        }
        let kept = kept.join("\n");
        for text in dropped.into_iter().filter(|line| !line.is_empty()) {
            let place = Some(source.place(segment.at.clone()));
            document.furniture.push(Furniture { kind: FurnitureKind::Other, text, place });
        }
        segment.text = kept;
    }
}

fn is_credit(line: &str) -> bool {
    const LEADS: &[&str] = &[
        "captioned by",
        "captioning by",
        "captions by",
        "closed caption",
        "subtitles by",
        "subtitled by",
        "transcribed by",
        "transcript by",
        "captions provided",
        "captioning provided",
        "www.",
        "http://",
        "https://",
        "captioning sponsored",
        "caption editing",
        "access.wgbh",
    ];
    let lower = line.trim().to_lowercase();
    LEADS.iter().any(|lead| lower.starts_with(lead))
        || lower.starts_with("captioning") && lower.len() < 60
}

/// The labels that stand in the words, if the form doesn't name speakers itself.
fn roster(segments: &[Segment]) -> Roster {
    let in_words =
        segments.iter().filter(|segment| segment.who == Who::InWords && !segment.is_sound);
    let passages: Vec<Passage<'_>> =
        in_words.clone().map(|segment| passage(&joined(&segment.text), segment)).collect();
    let letters = |upper: bool| {
        passages
            .iter()
            .flat_map(|passage| passage.text.chars())
            .filter(|c| if upper { c.is_uppercase() } else { c.is_lowercase() })
            .count()
    };
    let (upper, lower) = (letters(true), letters(false));
    let mut roster = Roster::of(&passages);
    // Names stand only where the speaker changes: somebody who speaks alone is named once.
    roster.trust_first(&passages);
    if upper > lower * 3 {
        // Captions in capitals: nothing tells a label from words, but a mark in front of it.
        roster.marked_only();
    }
    roster
}

fn passage(text: &str, segment: &Segment) -> Passage<'static> {
    Passage {
        text: text.to_owned().into(),
        origin: Origin::Slice(segment.at.start),
        blanks: 1,
        hint: Hint::default(),
    }
}

/// The lines of a segment as one.
fn joined(text: &str) -> String {
    prose::fold(text)
}

struct Builder<'b, 's> {
    source: &'b Source<'s>,
    roster: Roster,
    document: &'b mut Document,
    blocks: Vec<Block>,
    /// The turn that words go to.
    open: Option<usize>,
    /// Whom the form named last, for forms that name speakers only where they change.
    named: Option<String>,
}

impl Builder<'_, '_> {
    fn segment(&mut self, segment: &Segment) {
        let place = self.source.place(segment.at.clone());
        let text = joined(&segment.text);
        if text.is_empty() {
            self.document.printed.push(crate::model::Printed {
                field: "time".to_owned(),
                text: String::new(),
                place: Some(place),
            });
            return;
        }
        if segment.is_sound || segment.who != Who::InWords && self.is_whole_cue(&text) {
            if let Who::Named(name) = &segment.who {
                self.named = Some(name.clone());
            }
            self.sound(&text, segment, place);
            return;
        }
        let dashed: Vec<&str> =
            segment.text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if segment.who == Who::InWords
            && dashed.len() > 1
            && dashed.iter().all(|line| line.starts_with(['-', '–', '—']))
        {
            for line in dashed {
                self.new_voice(segment, place);
                let words = line.trim_start_matches(['-', '–', '—', ' ']);
                self.words(words, segment, place);
            }
            return;
        }
        let fresh = self.who(segment, place);
        self.pieces(&text, segment, place, fresh);
    }

    /// Begins the turn of whom the form names; gives whether it is a new one.
    fn who(&mut self, segment: &Segment, place: Place) -> bool {
        match &segment.who {
            Who::InWords => false,
            Who::Same => {
                let named = self.named.clone();
                let is_open = self.open.is_some();
                if !is_open && let Some(name) = named {
                    self.begin(Turn { label: Some(name), ..Turn::default() }, segment, place);
                }
                !is_open
            }
            Who::Nobody => {
                let unnamed = self.open_turn().is_some_and(|turn| turn.label.is_none());
                if !unnamed {
                    self.new_voice(segment, place);
                }
                self.named = None;
                !unnamed
            }
            Who::Named(name) => {
                let same = self.open_turn().is_some_and(|turn| turn.label.as_ref() == Some(name));
                self.named = Some(name.clone());
                if !same && !self.is_whole_cue(&segment.text) {
                    self.begin(
                        Turn { label: Some(name.clone()), ..Turn::default() },
                        segment,
                        place,
                    );
                }
                !same
            }
        }
    }

    fn is_whole_cue(&self, text: &str) -> bool {
        let text = text.trim();
        prose::cue::parse(text).is_some()
            && (text.starts_with('[')
                || !text.chars().any(char::is_lowercase)
                || self.open.is_some() && text.starts_with('('))
    }

    fn pieces(&mut self, text: &str, segment: &Segment, place: Place, fresh: bool) {
        let lone_label = segment.who == Who::InWords
            && text.ends_with(':')
            && text.split_whitespace().count() <= 5
            && text.to_lowercase().contains("narrator");
        if lone_label {
            self.begin(
                Turn {
                    label: Some(text.trim_end_matches(':').trim().to_owned()),
                    ..Turn::default()
                },
                segment,
                place,
            );
            return;
        }
        let in_words = segment.who == Who::InWords;
        let empty = Roster::closed();
        let pieces = prose::pieces_of(
            text,
            if in_words { &self.roster } else { &empty },
            fresh && !self.is_whole_cue(text),
        );
        let mut left = segment.words.clone();
        for piece in pieces {
            match piece {
                Piece::NewVoice(_) => self.new_voice(segment, place),
                Piece::Label(label) => {
                    let printed = label.printed(text);
                    if label.case == prose::Case::Capitals
                        && self
                            .open_turn()
                            .is_some_and(|turn| turn.label.as_ref() == Some(&printed))
                    {
                        continue;
                    }
                    let unnamed = self
                        .open_turn()
                        .is_some_and(|turn| turn.label.is_none() && turn.paragraphs.is_empty());
                    if unnamed && let Some(turn) = self.open_turn_mut() {
                        turn.label = Some(printed);
                        turn.evidence.clear();
                        continue;
                    }
                    let same =
                        self.open_turn().is_some_and(|turn| turn.label.as_ref() == Some(&printed));
                    if !same {
                        self.begin(
                            Turn { label: Some(printed), ..Turn::default() },
                            segment,
                            place,
                        );
                    }
                }
                Piece::Note(range) => {
                    let note = text.get(range).unwrap_or_default().to_owned();
                    match self.open_turn_mut().filter(|turn| turn.paragraphs.is_empty()) {
                        Some(turn) => turn.notes.push(note),
                        None => self.words(&note, segment, place),
                    }
                }
                Piece::Cue(range) => {
                    let printed = text.get(range).unwrap_or_default().to_owned();
                    self.sound(&printed, segment, place);
                }
                Piece::Words(range) => {
                    let said = text.get(range).unwrap_or_default();
                    self.words(said, segment, place);
                    self.timed_words(&mut left);
                }
                Piece::Clip(label, words) => {
                    self.begin(
                        Turn { label: Some(label.printed(text)), ..Turn::default() },
                        segment,
                        place,
                    );
                    let said = text.get(words).unwrap_or_default();
                    self.words(said, segment, place);
                }
                Piece::Stamp(range) | Piece::Start(range, _) => {
                    let said = text.get(range).unwrap_or_default().to_owned();
                    self.words(&said, segment, place);
                }
                Piece::Rights(found) => {
                    let line = text.get(found.line.start..found.end()).unwrap_or_default();
                    self.rights(line, place);
                }
            }
        }
        self.touch(segment, place);
    }

    fn rights(&mut self, line: &str, place: Place) {
        let mut rights = prose::rights_of(line);
        rights.place = Some(place);
        self.document.rights.get_or_insert(rights);
    }

    /// Puts the words in time with the paragraph that has them.
    fn timed_words(&mut self, left: &mut Vec<crate::model::Word>) {
        let words = std::mem::take(left);
        if let Some(paragraph) = self.open_turn_mut().and_then(|turn| turn.paragraphs.last_mut()) {
            paragraph.words.extend(words);
        }
    }

    fn sound(&mut self, printed: &str, segment: &Segment, place: Place) {
        self.open = None;
        let parsed =
            prose::cue::parse(printed).or_else(|| prose::cue::parse(&format!("[{printed}]")));
        let mut cue = parsed.unwrap_or_else(|| Cue {
            kind: CueKind::Other,
            text: String::new(),
            artists: Vec::new(),
            title: None,
        });
        cue.text = printed.to_owned();
        let mut block = Block::new(Content::Cue(cue));
        block.place = Some(place);
        block.time = segment.time;
        self.blocks.push(block);
    }

    fn new_voice(&mut self, segment: &Segment, place: Place) {
        let evidence =
            Evidence { why: NEW_VOICE.to_owned(), text: String::new(), place: Some(place) };
        // A turn that was just begun, for whoever spoke before or for nobody, isn't theirs after all.
        let is_empty = self
            .open_turn()
            .is_some_and(|turn| turn.paragraphs.is_empty() && turn.notes.is_empty());
        let is_last = self.open.is_some_and(|index| index + 1 == self.blocks.len());
        if is_empty && is_last && matches!(segment.who, Who::Same | Who::Nobody) {
            self.blocks.pop();
        }
        let is_first = self.blocks.is_empty();
        self.begin(
            Turn {
                evidence: if is_first { Vec::new() } else { vec![evidence] },
                ..Turn::default()
            },
            segment,
            place,
        );
    }

    fn begin(&mut self, turn: Turn, segment: &Segment, place: Place) {
        let mut block =
            Block::new(Content::Turn(Turn { language: segment.language.clone(), ..turn }));
        block.place = Some(place);
        block.time = segment.time;
        self.blocks.push(block);
        self.open = Some(self.blocks.len() - 1);
    }

    fn open_turn(&self) -> Option<&Turn> {
        self.blocks.get(self.open?)?.turn()
    }

    fn open_turn_mut(&mut self) -> Option<&mut Turn> {
        match &mut self.blocks.get_mut(self.open?)?.content {
            Content::Turn(turn) => Some(turn),
            _ => None,
        }
    }

    fn words(&mut self, said: &str, segment: &Segment, place: Place) {
        if said.trim().is_empty() {
            return;
        }
        if self.open_turn().is_none() {
            self.begin(Turn::default(), segment, place);
        }
        let line = segment.at.start;
        let queries = prose::queries(said);
        for query in &queries {
            let message = format!("{} marks something that wasn't heard well.", query.mark);
            self.document.warnings.push(warn(self.source, line, Code::OpenQuery, message));
        }
        let Some(turn) = self.open_turn_mut() else { return };
        match turn.paragraphs.last_mut().filter(|paragraph| {
            paragraph.language
                == segment.language.clone().filter(|own| Some(own) != turn.language.as_ref())
        }) {
            Some(paragraph) => {
                paragraph.text.push(' ');
                let from = paragraph.text.len();
                paragraph.text.push_str(said);
                paragraph.queries.extend(
                    queries
                        .into_iter()
                        .map(|query| crate::model::Query { at: query.at + from, ..query }),
                );
                paragraph.place = Some(paragraph.place.map_or(place, |own| own.and(place)));
                paragraph.time = join(paragraph.time, segment.time);
            }
            None => {
                let mut paragraph = Paragraph::new(said);
                paragraph.place = Some(place);
                paragraph.time = segment.time;
                paragraph.queries = queries;
                paragraph.language =
                    segment.language.clone().filter(|own| Some(own) != turn.language.as_ref());
                turn.paragraphs.push(paragraph);
            }
        }
        if let Some(confidence) = segment.confidence {
            let parts = turn.paragraphs.len().max(1) as f64;
            turn.confidence = Some(
                turn.confidence.map_or(confidence, |own| own + (confidence - own) / (parts + 1.0)),
            );
        }
    }

    /// The open turn goes on through a segment.
    fn touch(&mut self, segment: &Segment, place: Place) {
        if let Some(block) = self.open.and_then(|index| self.blocks.get_mut(index)) {
            block.time = join(block.time, segment.time);
            block.place = Some(block.place.map_or(place, |own| own.and(place)));
        }
    }
}

fn join(one: Option<TimeSpan>, other: Option<TimeSpan>) -> Option<TimeSpan> {
    match (one, other) {
        // A beginning without an end goes on until something else begins.
        (Some(one), Some(other)) if one.end.is_none() || other.end.is_none() => {
            Some(TimeSpan { start: one.start.min(other.start), end: None })
        }
        (Some(one), Some(other)) => Some(one.and(other)),
        (one, other) => one.or(other),
    }
}

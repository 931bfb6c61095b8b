//! From passages to the blocks of a transcript.

use std::collections::HashSet;
use std::ops::Range;

use crate::model::{
    Block, Clip, Code, Content, Cue, CueKind, Evidence, Gap, Member, MemberId, Millis, Paragraph,
    Place, Rights, TimeSpan, Timestamp, Turn, Warning,
};
use crate::prose::label::{Label, fold};
use crate::prose::passage::Passage;
use crate::prose::piece::{Piece, pieces};
use crate::prose::roster::Roster;
use crate::prose::{cue, query, rights};
use crate::read::warn;
use crate::source::Source;

/// What comes out.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// The blocks, in order.
    pub(crate) blocks: Vec<Block>,
    /// What labels say of people and their turns don't keep, for the cast.
    pub(crate) cast: Vec<Member>,
    /// Rights lines that were glued to words, with the disclaimer behind them.
    pub(crate) rights: Vec<Rights>,
    /// What an editor should look at.
    pub(crate) warnings: Vec<Warning>,
}

/// Makes blocks of passages, one after the other.
pub(crate) struct Turns<'s, 'b> {
    source: &'s Source<'b>,
    roster: &'s Roster,
    heard: Heard,
    /// The turn that words go to.
    open: Option<usize>,
    clip: ClipState,
    /// Whether clips are marked by a beginning and an end here, so that what is outside is live.
    marked: bool,
    /// The names, whole and surnames alone, of the labels that spoke outside of clips.
    regulars: HashSet<String>,
    described: HashSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ClipState {
    Outside,
    /// Between `(BEGIN VIDEO CLIP)` and `(END VIDEO CLIP)`.
    Marked,
    /// After a soundbite of a recording, until somebody speaks who isn't in it.
    Announced,
}

impl<'s, 'b> Turns<'s, 'b> {
    /// A transcript without blocks yet.
    pub(crate) fn new(source: &'s Source<'b>, roster: &'s Roster) -> Self {
        Self {
            source,
            roster,
            heard: Heard::default(),
            open: None,
            clip: ClipState::Outside,
            marked: false,
            regulars: HashSet::new(),
            described: HashSet::new(),
        }
    }

    /// Whether lines are missing.
    pub(crate) fn has_gaps(&self) -> bool {
        self.heard.blocks.iter().any(|block| matches!(block.content, Content::Gap(_)))
    }

    /// A line is missing in front of a passage.
    pub(crate) fn gap(&mut self, before: &Passage<'_>) {
        self.close();
        let at = before.whole().start;
        let why = "More empty lines stand here than between the other paragraphs: a line is missing, most likely a speaker's label or a sound cue in capitals.";
        let gap = Gap {
            evidence: vec![Evidence { why: why.to_owned(), text: String::new(), place: None }],
        };
        let mut block = Block::new(Content::Gap(gap));
        block.place = Some(self.source.place(at..at));
        self.heard.blocks.push(block);
        self.heard.warnings.push(warn(
            self.source,
            at,
            Code::MissingLine,
            "A line is missing above this one: a speaker's label, perhaps, or a sound cue.",
        ));
    }

    /// Goes on with a passage.
    pub(crate) fn passage(&mut self, passage: &Passage<'_>) {
        let text: &str = &passage.text;
        self.check_brackets(passage);
        let mut labelled = false;
        for piece in pieces(text, self.roster) {
            match piece {
                Piece::Label(label) => {
                    self.label(passage, &label, false);
                    labelled = true;
                }
                Piece::NewVoice(range) => {
                    self.close();
                    let evidence = Evidence {
                        why: crate::cast::NEW_VOICE.to_owned(),
                        text: ">>".to_owned(),
                        place: Some(self.place(passage, range.clone())),
                    };
                    self.begin(
                        passage,
                        range,
                        Turn { evidence: vec![evidence], ..Turn::default() },
                    );
                    labelled = true;
                }
                Piece::Note(range) => self.note(passage, range),
                Piece::Cue(range) => self.cue(passage, range),
                Piece::Stamp(range) => {
                    // Behind a label (`Name [00:00:02]`) the time comes first, then the turn.
                    let waits = self.turn().is_some_and(|(turn, _)| turn.paragraphs.is_empty());
                    let waiting = self
                        .open
                        .filter(|_| waits && labelled)
                        .and_then(|_| self.heard.blocks.pop());
                    if waiting.is_none() {
                        self.close();
                    }
                    let stamp =
                        Timestamp { text: text.get(range.clone()).unwrap_or_default().to_owned() };
                    self.push(passage, range, Content::Timestamp(stamp));
                    if let Some(turn) = waiting {
                        self.heard.blocks.push(turn);
                        self.open = Some(self.heard.blocks.len() - 1);
                    }
                }
                Piece::Start(range, start) => self.start(passage, range, start, labelled),
                Piece::Words(range) => self.words(passage, range),
                Piece::Clip(label, words) => {
                    let outer = self.clip;
                    let name = label.head(text).to_uppercase();
                    let is_tape =
                        name.contains("CLIP") || name.contains("ARCHIV") || name.contains("TAPE");
                    self.label(passage, &label, is_tape);
                    self.words(passage, words);
                    self.close();
                    self.clip = outer;
                }
                Piece::Rights(found) => {
                    self.close();
                    self.rights(passage, &found);
                }
            }
        }
    }

    /// A rights line with its disclaimer.
    pub(crate) fn rights(&mut self, passage: &Passage<'_>, found: &rights::Found) {
        let text: &str = &passage.text;
        let mut read = rights::read(text.get(found.line.clone()).unwrap_or_default());
        read.disclaimer = found.disclaimer.clone().and_then(|range| text.get(range)).map(fold);
        read.place = Some(self.place(passage, found.line.start..found.end()));
        self.heard.rights.push(read);
    }

    /// Ends the transcript.
    pub(crate) fn finish(mut self) -> Heard {
        self.close();
        if self.marked {
            for block in &mut self.heard.blocks {
                if let Content::Turn(turn) = &mut block.content {
                    turn.clip.get_or_insert(Clip::Live);
                }
            }
        }
        self.heard
    }

    fn place(&self, passage: &Passage<'_>, range: Range<usize>) -> Place {
        // A bullet in front of the first words belongs to them.
        let lead = passage.text.get(..range.start).unwrap_or_default();
        let start = if lead.len() < 9
            && lead.chars().all(|c| !c.is_alphanumeric() && c != '(' && c != '[')
        {
            0
        } else {
            range.start
        };
        self.source.place(passage.at(start..range.end))
    }

    fn push(&mut self, passage: &Passage<'_>, range: Range<usize>, content: Content) -> usize {
        let mut block = Block::new(content);
        block.place = Some(self.place(passage, range));
        self.heard.blocks.push(block);
        self.heard.blocks.len() - 1
    }

    fn begin(&mut self, passage: &Passage<'_>, range: Range<usize>, mut turn: Turn) {
        turn.clip = (self.clip != ClipState::Outside).then_some(Clip::Tape);
        turn.language = passage.hint.language.clone();
        let index = self.push(passage, range, Content::Turn(turn));
        if let (Some(start), Some(block)) = (passage.hint.start, self.heard.blocks.get_mut(index)) {
            block.time = Some(TimeSpan::new(Millis(start), None));
        }
        self.open = Some(index);
    }

    /// The open turn and its place.
    fn turn(&mut self) -> Option<(&mut Turn, &mut Option<Place>)> {
        let block = self.heard.blocks.get_mut(self.open?)?;
        match &mut block.content {
            Content::Turn(turn) => Some((turn, &mut block.place)),
            _ => None,
        }
    }

    fn close(&mut self) {
        let Some(index) = self.open.take() else { return };
        let Some(block) = self.heard.blocks.get(index) else { return };
        let (Some(turn), Some(place)) = (block.turn(), block.place) else { return };
        if let Some(label) =
            turn.label.as_ref().filter(|_| turn.paragraphs.is_empty() && turn.notes.is_empty())
        {
            let message = format!("{label:?} has no words: they are lost, or the label is.");
            let line = Some(self.source.line_of(place));
            self.heard.warnings.push(Warning { code: Code::StrandedLabel, message, line });
        }
    }

    fn label(&mut self, passage: &Passage<'_>, label: &Label, is_tape: bool) {
        self.close();
        let text: &str = &passage.text;
        let printed = label.printed(text);
        let last = label.head(text).split_whitespace().last().unwrap_or_default().to_uppercase();
        let role = label.role(text).to_lowercase();
        let is_staff = ["host", "byline", "anchor", "correspondent", "reporting"]
            .iter()
            .any(|word| role.contains(word));
        let full = label.head(text).to_uppercase();
        let titled =
            label.head(text).split_whitespace().next().is_some_and(|word| word.ends_with('.'));
        let is_regular = self.regulars.contains(&full) || titled && self.regulars.contains(&last);
        if self.clip == ClipState::Announced && (is_staff || is_regular) {
            self.clip = ClipState::Outside;
        }
        if self.clip == ClipState::Outside && !is_tape && !last.is_empty() {
            self.regulars.extend([last, full]);
        }
        if let Some(role) = label.full_role(text)
            && self.described.insert(printed.clone())
        {
            self.heard.cast.push(Member {
                id: MemberId(String::new()),
                name: None,
                title: None,
                role: None,
                affiliation: None,
                description: Some(role.trim_start_matches([',', ' ']).to_owned()),
                labels: vec![printed.clone()],
                inferred: false,
                evidence: Vec::new(),
            });
        }
        self.begin(
            passage,
            label.span.start..label.end,
            Turn { label: Some(printed), ..Turn::default() },
        );
        if let (Some((_, start)), Some(block)) =
            (&label.start, self.open.and_then(|index| self.heard.blocks.get_mut(index)))
        {
            block.time = Some(TimeSpan::new(*start, None));
        }
        if is_tape && let Some((turn, _)) = self.turn() {
            turn.clip = Some(Clip::Tape);
        }
    }

    fn note(&mut self, passage: &Passage<'_>, range: Range<usize>) {
        let text = passage.text.get(range.clone()).unwrap_or_default().to_owned();
        let place = self.place(passage, range.clone());
        if let Some((turn, own)) = self.turn()
            && turn.paragraphs.is_empty()
        {
            turn.notes.push(text);
            *own = Some(own.map_or(place, |own| own.and(place)));
            return;
        }
        self.close();
        self.begin(passage, range, Turn { notes: vec![text], ..Turn::default() });
    }

    fn words(&mut self, passage: &Passage<'_>, range: Range<usize>) {
        let text = fold(passage.text.get(range.clone()).unwrap_or_default());
        if text.is_empty() {
            return;
        }
        if self.turn().is_none() {
            self.begin(passage, range.clone(), Turn::default());
        }
        let place = self.place(passage, range.clone());
        let mut paragraph = Paragraph::new(text);
        paragraph.place = Some(place);
        paragraph.queries = query::find(&paragraph.text);
        for found in &paragraph.queries {
            let message = match found.about.as_str() {
                "" => format!("{} stands for something that couldn't be heard.", found.mark),
                about => format!("{} marks {about:?} as doubtful.", found.mark),
            };
            let at = passage.at(range.clone()).start;
            self.heard.warnings.push(warn(self.source, at, Code::OpenQuery, message));
        }
        let language = passage.hint.language.clone();
        if let Some((turn, own)) = self.turn() {
            if turn.language != language {
                paragraph.language = language;
            }
            turn.paragraphs.push(paragraph);
            *own = Some(own.map_or(place, |own| own.and(place)));
        }
    }

    fn start(&mut self, passage: &Passage<'_>, range: Range<usize>, start: Millis, labelled: bool) {
        let place = self.place(passage, range.clone());
        // Behind a label, or on the line below it.
        let is_fresh = self.turn().is_some_and(|(turn, _)| {
            turn.paragraphs.is_empty()
                && (labelled || turn.label.is_some() && turn.notes.is_empty())
        });
        if !is_fresh {
            self.close();
            self.begin(passage, range, Turn::default());
        }
        // A printed time has whole seconds; the page's markup may know it better.
        let exact = passage.hint.start.filter(|exact| exact / 1000 == start.0 / 1000);
        if let Some(block) = self.open.and_then(|index| self.heard.blocks.get_mut(index)) {
            block.time = Some(TimeSpan::new(exact.map_or(start, Millis), None));
            block.place = Some(block.place.map_or(place, |own| own.and(place)));
        }
    }

    fn cue(&mut self, passage: &Passage<'_>, range: Range<usize>) {
        self.close();
        let printed = passage.text.get(range.clone()).unwrap_or_default();
        let scripted = printed.split_once(':').filter(|_| !printed.starts_with(['(', '[', '*']));
        let wide = printed.strip_prefix('（').and_then(|rest| rest.strip_suffix('）'));
        let bracketed = scripted
            .map(|(lead, words)| format!("[{lead} {words}]"))
            .or_else(|| wide.map(|inner| format!("[{inner}]")));
        let parsed = cue::parse(bracketed.as_deref().unwrap_or(printed).trim_end_matches('.'))
            .or_else(|| cue::parse(&format!("{printed})")));
        let mut parsed = parsed.unwrap_or_else(|| Cue {
            kind: CueKind::Other,
            text: String::new(),
            artists: Vec::new(),
            title: None,
        });
        parsed.text = fold(printed);
        let kind = parsed.kind;
        let announces = announces_tape(printed);
        let at = passage.at(range.clone()).start;
        self.push(passage, range, Content::Cue(parsed));
        match kind {
            CueKind::ClipBegins => {
                if self.clip == ClipState::Marked {
                    self.unmatched(at, "A clip begins here before the one above it has ended.");
                }
                self.clip = ClipState::Marked;
                self.marked = true;
            }
            CueKind::ClipEnds => {
                if self.clip != ClipState::Marked {
                    self.unmatched(at, "A clip ends here whose beginning isn't marked; the turn above was read as part of it.");
                    self.mark_last_turn();
                }
                self.clip = ClipState::Outside;
                self.marked = true;
            }
            _ if self.clip == ClipState::Marked => {}
            _ if announces => self.clip = ClipState::Announced,
            CueKind::Soundbite | CueKind::Music => self.clip = ClipState::Outside,
            _ => {}
        }
    }

    fn unmatched(&mut self, at: usize, message: &str) {
        self.heard.warnings.push(warn(self.source, at, Code::UnmatchedClip, message));
    }

    fn mark_last_turn(&mut self) {
        let last = self.heard.blocks.iter_mut().rev().find_map(|block| match &mut block.content {
            Content::Turn(turn) => Some(turn),
            _ => None,
        });
        if let Some(turn) = last {
            turn.clip = Some(Clip::Tape);
        }
    }

    /// Warns of a cue that doesn't close.
    fn check_brackets(&mut self, passage: &Passage<'_>) {
        let text: &str = &passage.text;
        let opens = text.bytes().filter(|b| *b == b'(').count();
        let closes = text.bytes().filter(|b| *b == b')').count();
        if opens > closes && text.starts_with('(') {
            let at = passage.whole().start;
            self.heard.warnings.push(warn(
                self.source,
                at,
                Code::UnbalancedBrackets,
                "A bracket opens here and doesn't close.",
            ));
        }
    }
}

/// Whether a soundbite is one of a recording in which somebody speaks or sings.
fn announces_tape(cue: &str) -> bool {
    const OF: &[&str] = &[
        "archived",
        "archival",
        "recording",
        "tv",
        "television",
        "movie",
        "film",
        "show",
        "song",
        "speech",
        "video",
        "podcast",
        "broadcast",
        "interview",
        "press",
        "documentary",
        "commercial",
        "ad",
        "advertisement",
        "debate",
        "newscast",
        "musical",
        "play",
        "opera",
        "trailer",
        "voicemail",
        "phone",
        "series",
        "sketch",
        "skit",
        "episode",
        "audiobook",
        "hearing",
        "testimony",
        "clip",
        "special",
        "reel",
        "newsreel",
        "tape",
    ];
    let lower = cue.to_lowercase();
    let Some(rest) = lower.trim_start_matches(['(', '[']).strip_prefix("soundbite of ") else {
        return false;
    };
    let head = rest.split(['"', '“']).next().unwrap_or(rest);
    let has_title = head.len() < rest.len();
    head.split(|c: char| !c.is_alphanumeric()).any(|word| OF.contains(&word))
        || has_title && head.trim_end().ends_with(',')
}

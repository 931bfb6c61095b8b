//! Precision and recall: what was read against what is right, thing by thing.

use std::collections::BTreeMap;

use serde_json::Value;
use transcript::{Content, Document, Turn};

/// What is counted, each by itself.
pub(crate) const ASPECTS: [&str; 11] = [
    "turns",
    "speakers",
    "roles",
    "cues",
    "words",
    "page",
    "article",
    "furniture",
    "rights",
    "bios",
    "notes",
];

/// How many things are right, how many were read, and how many there are.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Count {
    /// Read, and right.
    pub(crate) right: usize,
    /// Read.
    pub(crate) read: usize,
    /// In the answer.
    pub(crate) true_: usize,
}

impl Count {
    /// Adds another count.
    pub(crate) fn add(&mut self, other: Self) {
        self.right += other.right;
        self.read += other.read;
        self.true_ += other.true_;
    }

    /// The part of what was read that is right; 1 where nothing was read.
    pub(crate) fn precision(self) -> f64 {
        if self.read == 0 { 1.0 } else { self.right as f64 / self.read as f64 }
    }

    /// The part of what there is that was read; 1 where there is nothing.
    pub(crate) fn recall(self) -> f64 {
        if self.true_ == 0 { 1.0 } else { self.right as f64 / self.true_ as f64 }
    }
}

/// Things of each aspect, each with how often it occurs.
pub(crate) type Things = BTreeMap<&'static str, BTreeMap<String, usize>>;

/// Counts one against the other, and says what is missing (`-`) and what is too much (`+`).
pub(crate) fn compare(
    read: &Things,
    right: &Things,
) -> (BTreeMap<&'static str, Count>, Vec<String>) {
    let mut counts = BTreeMap::new();
    let mut wrong = Vec::new();
    let none = BTreeMap::new();
    for aspect in ASPECTS {
        let (read, right) = (read.get(aspect).unwrap_or(&none), right.get(aspect).unwrap_or(&none));
        let both =
            |key: &String, count: &usize| right.get(key).map_or(0, |other| *count.min(other));
        counts.insert(
            aspect,
            Count {
                right: read.iter().map(|(key, count)| both(key, count)).sum(),
                read: read.values().sum(),
                true_: right.values().sum(),
            },
        );
        for (sign, these, those) in [('-', right, read), ('+', read, right)] {
            for (key, count) in these {
                if those.get(key).is_none_or(|other| other < count) {
                    wrong.push(format!("{sign} {aspect}: {key}"));
                }
            }
        }
    }
    (counts, wrong)
}

/// Words in small letters without punctuation.
fn bare(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// A turn by its first and its last words, so that both of its boundaries count.
fn boundaries(paragraphs: &[&str], notes: &[&str]) -> String {
    let mut words = bare(&paragraphs.join(" "));
    if words.is_empty() {
        words = bare(&notes.join(" "));
    }
    let head = words.iter().take(5).cloned().collect::<Vec<_>>().join(" ");
    let tail = words.iter().skip(words.len().saturating_sub(5)).cloned().collect::<Vec<_>>();
    format!("{head} … {}", tail.join(" "))
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Collector(Things);

impl Collector {
    fn add(&mut self, aspect: &'static str, thing: String) {
        *self.0.entry(aspect).or_default().entry(thing).or_default() += 1;
    }

    fn turn(&mut self, paragraphs: &[&str], notes: &[&str], speaker: Option<&str>) {
        let key = boundaries(paragraphs, notes);
        self.add("speakers", format!("{key}: {}", speaker.unwrap_or("nobody")));
        self.add("turns", key);
        for paragraph in paragraphs {
            self.add("words", folded(paragraph));
        }
        for note in notes {
            self.add("words", format!("note {}", folded(note)));
        }
    }

    fn field(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.add("page", format!("{name} {}", folded(value)));
        }
    }

    fn rights(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.add("rights", format!("{name} {}", folded(value)));
        }
    }
}

/// What was read.
pub(crate) fn of_document(document: &Document) -> Things {
    let mut to = Collector(Things::new());
    let name = |turn: &Turn| {
        let member = turn.speaker.as_ref().and_then(|id| document.member(id))?;
        Some(member.name.clone().unwrap_or_else(|| format!("#{}", member.labels.join("/"))))
    };
    for block in document.blocks() {
        match &block.content {
            Content::Turn(turn) => {
                let texts: Vec<&str> = turn.paragraphs.iter().map(|p| p.text.as_str()).collect();
                let notes: Vec<&str> = turn.notes.iter().map(String::as_str).collect();
                let who = name(turn);
                to.turn(&texts, &notes, who.as_deref().map(unnamed));
            }
            Content::Cue(cue) => {
                to.add("cues", format!("{} {}", cue.kind.word(), folded(&cue.text)));
            }
            Content::Timestamp(time) => to.add("cues", format!("time {}", folded(&time.text))),
            Content::Gap(_) => to.add("cues", "gap".to_owned()),
        }
    }
    for member in &document.cast {
        let who = member.name.as_deref().unwrap_or("#");
        let role = member.role.map_or("none", transcript::Role::word);
        to.add("roles", format!("{who}: {role}"));
    }
    for (field, value) in [
        ("headline", &document.headline),
        ("summary", &document.summary),
        ("program", &document.program),
        ("station", &document.station),
        ("network", &document.network),
        ("section", &document.section),
    ] {
        to.field(field, value.as_deref());
    }
    to.field("published", document.published.map(String::from).as_deref());
    to.field("audio_length", document.audio_length.map(|length| length.0.to_string()).as_deref());
    for byline in &document.bylines {
        to.field("byline", Some(&byline.name));
    }
    for tag in &document.tags {
        to.field("tag", Some(tag));
    }
    for image in &document.image_credits {
        to.field("caption", image.caption.as_deref());
        to.field("credit", image.credit.as_deref());
    }
    for paragraph in document.article.iter().flat_map(|article| &article.paragraphs) {
        to.add("article", folded(&paragraph.text));
    }
    for piece in &document.furniture {
        to.add("furniture", folded(&piece.text));
    }
    if let Some(rights) = &document.rights {
        to.rights("line", Some(&rights.line));
        to.rights("holder", rights.holder.as_deref());
        to.rights("provider", rights.provider.as_deref());
        to.rights("year", rights.year.map(|year| year.to_string()).as_deref());
        to.rights("disclaimer", rights.disclaimer.as_deref());
    }
    for bio in &document.bios {
        to.add("bios", format!("{}: {}", bio.name.as_deref().unwrap_or("?"), folded(&bio.text)));
    }
    for note in &document.notes {
        let (kind, touches) = (word(&note.kind), word(&note.touches));
        to.add("notes", format!("{kind} {touches}: {}", folded(&note.text)));
    }
    to.0
}

fn word(of: &impl serde::Serialize) -> String {
    serde_json::to_value(of).unwrap().as_str().unwrap().to_owned()
}

/// Who has no name is counted as nobody by name: labels are told apart by the turns they stand at.
fn unnamed(name: &str) -> &str {
    if name.starts_with('#') { "unnamed" } else { name }
}

/// What is right.
pub(crate) fn of_answer(answer: &Value) -> Things {
    let mut to = Collector(Things::new());
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let cast = list(&answer["cast"]);
    for block in list(&answer["blocks"]) {
        match block["kind"].as_str().unwrap() {
            "turn" => {
                let (texts, notes) = (list(&block["paragraphs"]), list(&block["notes"]));
                let texts: Vec<&str> = texts.iter().map(|text| text.as_str().unwrap()).collect();
                let notes: Vec<&str> = notes.iter().map(|text| text.as_str().unwrap()).collect();
                let member = cast.iter().find(|member| member["key"] == block["speaker"]);
                let who = member.map(|member| member["name"].as_str().unwrap_or("unnamed"));
                to.turn(&texts, &notes, who);
            }
            "cue" => {
                let (kind, text) =
                    (block["cue"].as_str().unwrap(), block["text"].as_str().unwrap());
                to.add("cues", format!("{kind} {}", folded(text)));
            }
            "timestamp" => {
                to.add("cues", format!("time {}", folded(block["text"].as_str().unwrap())));
            }
            _ => to.add("cues", "gap".to_owned()),
        }
    }
    for member in &cast {
        let who = member["name"].as_str().unwrap_or("#");
        to.add("roles", format!("{who}: {}", member["role"].as_str().unwrap_or("none")));
    }
    for field in ["headline", "summary", "program", "station", "network", "section", "published"] {
        to.field(field, answer[field].as_str());
    }
    to.field("audio_length", answer["audio_length"].as_u64().map(|n| n.to_string()).as_deref());
    for byline in list(&answer["bylines"]) {
        to.field("byline", byline.as_str());
    }
    for tag in list(&answer["tags"]) {
        to.field("tag", tag.as_str());
    }
    for image in list(&answer["image_credits"]) {
        to.field("caption", image["caption"].as_str());
        to.field("credit", image["credit"].as_str());
    }
    for paragraph in list(&answer["article"]) {
        to.add("article", folded(paragraph.as_str().unwrap()));
    }
    for piece in list(&answer["furniture"]) {
        to.add("furniture", folded(piece.as_str().unwrap()));
    }
    let rights = &answer["rights"];
    for name in ["line", "holder", "provider", "disclaimer"] {
        to.rights(name, rights[name].as_str());
    }
    to.rights("year", rights["year"].as_i64().map(|year| year.to_string()).as_deref());
    for bio in list(&answer["bios"]) {
        let (name, text) = (bio["name"].as_str().unwrap_or("?"), bio["text"].as_str().unwrap());
        to.add("bios", format!("{name}: {}", folded(text)));
    }
    for note in list(&answer["notes"]) {
        let (kind, touches) = (note["kind"].as_str().unwrap(), note["touches"].as_str().unwrap());
        to.add("notes", format!("{kind} {touches}: {}", folded(note["text"].as_str().unwrap())));
    }
    to.0
}

//! TTML with its EBU-TT profiles, and Podlove's simple transcripts.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::model::{Code, Document, Format, Millis, TimeSpan};
use crate::prose;
use crate::read::{ReadError, warn};
use crate::source::Source;
use crate::timed::clock;
use crate::timed::markup::decode;
use crate::timed::segment::{Segment, Who};

/// How deep elements may nest: real files have about six.
const DEEPEST: usize = 200;

/// Reads TTML (W3C, "Timed Text Markup Language 2"; EBU Tech 3380).
///
/// # Errors
///
/// [`ReadError::Malformed`] where there is no element at all.
pub(crate) fn ttml(
    source: &Source<'_>,
    document: &mut Document,
) -> Result<Vec<Segment>, ReadError> {
    let mut ttml = Ttml {
        rates: Rates::default(),
        agents: HashMap::new(),
        segments: Vec::new(),
        stack: Vec::new(),
        head: Vec::new(),
        document,
        source,
    };
    let elements = walk(source, Format::Ttml, |event, at| ttml.event(event, at))?;
    let Ttml { segments, document, .. } = ttml;
    if let Some(at) = elements.broken {
        document.warnings.push(warn(
            source,
            at,
            Code::Malformed,
            "The XML isn't well-formed from here on; what stands above was read.",
        ));
    }
    Ok(segments)
}

/// Reads Podlove's XML: `speech` elements with a `speaker` and `item`s in time.
///
/// # Errors
///
/// [`ReadError::Malformed`] where there is no element at all.
pub(crate) fn podlove(
    source: &Source<'_>,
    document: &mut Document,
) -> Result<Vec<Segment>, ReadError> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut speaker = String::new();
    let mut in_speaker = false;
    let mut item: Option<Segment> = None;
    let elements = walk(source, Format::PodloveXml, |event, at| match event {
        Piece::Open(start) => match local(&start).as_str() {
            "speech" => speaker.clear(),
            "speaker" => in_speaker = true,
            "item" => {
                let time = |name: &str| attribute(&start, name).and_then(|value| clock(&value));
                let time = time("start").map(|start_time| TimeSpan::new(start_time, time("end")));
                item = Some(Segment {
                    who: Who::named(Some(&speaker), Who::Nobody),
                    time,
                    at,
                    ..Segment::default()
                });
            }
            _ => {}
        },
        Piece::Text(text) => {
            if in_speaker {
                speaker.push_str(&text);
            } else if let Some(item) = &mut item {
                item.text.push_str(&text);
            }
        }
        Piece::Close(name) => match name.as_str() {
            "speaker" => in_speaker = false,
            "item" => {
                if let Some(mut done) = item.take() {
                    done.at.end = at.end;
                    segments.push(done);
                }
            }
            _ => {}
        },
    })?;
    segments.extend(item);
    if let Some(at) = elements.broken {
        document.warnings.push(warn(
            source,
            at,
            Code::Malformed,
            "The XML isn't well-formed from here on; what stands above was read.",
        ));
    }
    Ok(segments)
}

/// A piece of an XML document.
enum Piece<'e> {
    Open(BytesStart<'e>),
    Text(String),
    Close(String),
}

/// What walking through a document came to.
struct Walked {
    broken: Option<usize>,
}

/// Goes through the elements of a document, empty ones opened and closed.
fn walk(
    source: &Source<'_>,
    format: Format,
    mut each: impl FnMut(Piece<'_>, Range<usize>),
) -> Result<Walked, ReadError> {
    let text = &mended(source.text());
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let mut any = false;
    let mut broken = None;
    let mut depth: usize = 0;
    loop {
        let before = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        let event = reader.read_event();
        let after = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        let at = before.min(text.len())..after.min(text.len());
        match event {
            Ok(Event::Start(start)) => {
                any = true;
                depth += 1;
                if depth <= DEEPEST {
                    each(Piece::Open(start), at);
                }
            }
            Ok(Event::Empty(start)) => {
                any = true;
                let name = local(&start);
                each(Piece::Open(start), at.clone());
                each(Piece::Close(name), at);
            }
            Ok(Event::End(end)) => {
                if depth <= DEEPEST {
                    each(Piece::Close(end.local_name().as_ref().to_owned()), at);
                }
                depth = depth.saturating_sub(1);
            }
            Ok(Event::Text(words)) => each(Piece::Text(unmended(decode(&words))), at),
            Ok(Event::CData(words)) => each(Piece::Text(unmended(words.to_string())), at),
            Ok(Event::GeneralRef(name)) => each(Piece::Text(decode(&format!("&{};", &*name))), at),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(err) => {
                if !any {
                    return Err(ReadError::Malformed {
                        format,
                        message: err.to_string(),
                        line: Some(source.line(before.min(text.len()))),
                    });
                }
                broken = Some(before.min(text.len()));
                break;
            }
        }
    }
    if !any {
        return Err(ReadError::Malformed {
            format,
            message: "there is no element in it".to_owned(),
            line: None,
        });
    }
    Ok(Walked { broken })
}

/// Stand for `&` and `<` that are written bare, where XML wants `&amp;` and `&lt;`: control characters
/// that no XML has, as long as what they stand for.
const BARE: [(char, char); 2] = [('&', '\u{1}'), ('<', '\u{2}')];

/// A document in which what is written bare doesn't end everything.
fn mended(text: &str) -> Cow<'_, str> {
    let is_bare = |at: usize, letter: u8| {
        let rest = text.as_bytes().get(at + 1..).unwrap_or_default();
        if letter == b'<' {
            return !rest
                .first()
                .is_some_and(|next| next.is_ascii_alphabetic() || b"/!?_".contains(next));
        }
        let name =
            rest.iter().take(32).take_while(|c| c.is_ascii_alphanumeric() || **c == b'#').count();
        name == 0 || rest.get(name) != Some(&b';')
    };
    let bare: Vec<usize> = memchr::memchr2_iter(b'&', b'<', text.as_bytes())
        .filter(|at| text.as_bytes().get(*at).is_some_and(|letter| is_bare(*at, *letter)))
        .collect();
    if bare.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut mended = String::with_capacity(text.len());
    let mut from = 0;
    for at in bare {
        mended.push_str(text.get(from..at).unwrap_or_default());
        let letter = text.get(at..=at).unwrap_or_default();
        mended.extend(BARE.iter().find(|(own, _)| letter.starts_with(*own)).map(|(_, mark)| mark));
        from = at + 1;
    }
    mended.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(mended)
}

fn unmended(text: String) -> String {
    if !text.contains(['\u{1}', '\u{2}']) {
        return text;
    }
    BARE.iter().fold(text, |text, (letter, mark)| text.replace(*mark, &letter.to_string()))
}

fn local(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().to_owned()
}

/// An attribute by its local name.
fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    start
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|one| one.key.local_name().as_ref() == name)
        .map(|one| decode(&one.value))
}

/// The rates by which a document counts.
struct Rates {
    frames: f64,
    ticks: f64,
    sub: f64,
}

impl Default for Rates {
    fn default() -> Self {
        Self { frames: 30.0, ticks: 0.0, sub: 1.0 }
    }
}

impl Rates {
    fn read(&mut self, start: &BytesStart<'_>) {
        let number = |name: &str| {
            attribute(start, name)
                .and_then(|value| value.trim().parse::<f64>().ok())
                .filter(|number| *number > 0.0)
        };
        let rate = number("frameRate");
        if let Some(rate) = rate {
            self.frames = rate;
        }
        if let Some(multiplier) = attribute(start, "frameRateMultiplier") {
            let mut parts =
                multiplier.split([' ', ':']).filter_map(|part| part.parse::<f64>().ok());
            if let (Some(up), Some(down)) = (parts.next(), parts.next())
                && up > 0.0
                && down > 0.0
            {
                self.frames *= up / down;
            }
        }
        self.sub = number("subFrameRate").unwrap_or(1.0);
        self.ticks =
            number("tickRate").unwrap_or(if rate.is_some() { self.frames * self.sub } else { 1.0 });
    }

    /// A time expression: clock time with fraction or frames, or an offset with its metric.
    fn time(&self, value: &str) -> Option<Millis> {
        let value = value.trim();
        let parts: Vec<&str> = value.split(':').collect();
        if let [hours, minutes, seconds, frames] = parts.as_slice() {
            let whole = hours.parse::<f64>().ok()? * 3600.0
                + minutes.parse::<f64>().ok()? * 60.0
                + seconds.parse::<f64>().ok()?;
            let frames = frames.split('.').next()?.parse::<f64>().ok()?;
            return Millis::from_seconds(whole + frames / self.frames);
        }
        if parts.len() > 1 {
            return clock(value);
        }
        let metric = value.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let number: f64 = value.get(..value.len() - metric.len())?.parse().ok()?;
        let seconds = match metric {
            "h" => number * 3600.0,
            "m" => number * 60.0,
            "s" | "" => number,
            "ms" => number / 1000.0,
            "f" => number / self.frames,
            "t" => number / self.ticks.max(1.0),
            _ => return None,
        };
        Millis::from_seconds(seconds)
    }
}

/// What holds within an element of the body.
#[derive(Clone, Default)]
struct Scope {
    begin: u64,
    end: Option<u64>,
    agent: Option<String>,
    language: Option<String>,
    role: Option<String>,
    is_p: bool,
    timed: bool,
}

struct Ttml<'d, 's> {
    rates: Rates,
    /// The agents' names by their ids.
    agents: HashMap<String, String>,
    segments: Vec<Segment>,
    stack: Vec<Scope>,
    /// The elements of the head that are open, and the text of the innermost.
    head: Vec<(String, String, String)>,
    document: &'d mut Document,
    source: &'d Source<'s>,
}

impl Ttml<'_, '_> {
    fn event(&mut self, event: Piece<'_>, at: Range<usize>) {
        match event {
            Piece::Open(start) => self.open(&start, at),
            Piece::Text(text) => self.text(&text, at),
            Piece::Close(name) => self.close(&name, at),
        }
    }

    fn open(&mut self, start: &BytesStart<'_>, at: Range<usize>) {
        let name = local(start);
        match name.as_str() {
            "tt" => {
                self.rates.read(start);
                self.document.language = attribute(start, "lang").filter(|lang| !lang.is_empty());
            }
            "title" | "desc" | "copyright" | "agent" | "name" => {
                let id =
                    attribute(start, "id").or_else(|| attribute(start, "type")).unwrap_or_default();
                self.head.push((name, id, String::new()));
            }
            "body" | "div" | "p" | "span" => self.scope(start, &name, at),
            "br" => self.text("\n", at),
            _ => {}
        }
    }

    fn scope(&mut self, start: &BytesStart<'_>, name: &str, at: Range<usize>) {
        let outer = self.stack.last().cloned().unwrap_or_default();
        let time = |name: &str| {
            attribute(start, name).and_then(|value| self.rates.time(&value)).map(|time| time.0)
        };
        let begin = time("begin");
        let end = time("end").map(|end| outer.begin + end);
        let own = outer.begin + begin.unwrap_or_default();
        let end = end.or_else(|| time("dur").map(|length| own + length)).or(outer.end);
        let language = attribute(start, "lang")
            .filter(|lang| self.document.language.as_ref() != Some(lang))
            .or(outer.language);
        let scope = Scope {
            begin: own,
            end,
            agent: attribute(start, "agent").or(outer.agent),
            language,
            role: attribute(start, "role").or(outer.role),
            is_p: name == "p",
            timed: begin.is_some() || end.is_some(),
        };
        if name == "p" {
            let segment = self.segment(&scope, at);
            self.segments.push(segment);
        } else if name == "span"
            && (begin.is_some() || attribute(start, "agent").is_some())
            && self.stack.iter().any(|scope| scope.is_p)
        {
            // A span with a time or voice of its own.
            let empty = self.segments.last().is_some_and(|last| last.text.trim().is_empty());
            let segment = self.segment(&scope, at);
            if empty {
                self.segments.pop();
            }
            self.segments.push(segment);
        }
        self.stack.push(scope);
    }

    fn segment(&self, scope: &Scope, at: Range<usize>) -> Segment {
        let who = scope
            .agent
            .as_ref()
            .and_then(|ids| ids.split_whitespace().next())
            .map(|id| self.agents.get(id).cloned().unwrap_or_else(|| id.to_owned()));
        let is_sound = scope.role.as_deref().is_some_and(|role| {
            role.split_whitespace()
                .any(|role| matches!(role, "sound" | "music" | "x-sound" | "x-music"))
        });
        let otherwise = if self.agents.is_empty() { Who::InWords } else { Who::Nobody };
        Segment {
            who: Who::named(who.as_deref(), otherwise),
            time: scope.timed.then(|| TimeSpan::new(Millis(scope.begin), scope.end.map(Millis))),
            language: scope.language.clone(),
            is_sound,
            at,
            ..Segment::default()
        }
    }

    fn text(&mut self, text: &str, at: Range<usize>) {
        if let Some((_, _, own)) = self.head.last_mut() {
            own.push_str(text);
            return;
        }
        if !self.stack.iter().any(|scope| scope.is_p) {
            return;
        }
        if let Some(last) = self.segments.last_mut() {
            // White space of the source is folded; only `<br/>` breaks a line.
            if text == "\n" {
                last.text.push('\n');
            } else {
                last.text.push_str(&text.replace(['\n', '\r', '\t'], " "));
            }
            last.at.end = last.at.end.max(at.end);
        }
    }

    fn close(&mut self, name: &str, at: Range<usize>) {
        match name {
            "body" | "div" | "p" | "span" => {
                if name == "p"
                    && let Some(last) = self.segments.last_mut()
                {
                    last.at.end = last.at.end.max(at.end);
                }
                self.stack.pop();
            }
            _ if self.head.last().is_some_and(|(own, _, _)| own == name) => self.head_element(at),
            _ => {}
        }
    }

    fn head_element(&mut self, at: Range<usize>) {
        let Some((name, id, text)) = self.head.pop() else { return };
        let text = prose::fold(&text);
        match name.as_str() {
            "name" => {
                if let Some((_, agent, _)) =
                    self.head.iter().rev().find(|(name, _, _)| name == "agent")
                {
                    let known = self.agents.contains_key(agent);
                    if !text.is_empty() && (!known || id == "full") {
                        self.agents.insert(agent.clone(), text);
                    }
                }
            }
            "title" if !text.is_empty() => self.document.headline = Some(text),
            "desc" if !text.is_empty() && self.document.summary.is_none() => {
                self.document.summary = Some(text)
            }
            "copyright" if !text.is_empty() => {
                let mut rights = prose::rights_of(&text);
                rights.place = Some(self.source.place(at));
                self.document.rights.get_or_insert(rights);
            }
            _ => {}
        }
    }
}

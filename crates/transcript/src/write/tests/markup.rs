//! HTML and XML by other people's parsers.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use proptest::prelude::*;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{NsReader, escape};

use super::forms::{holds_in_order, squeezed};
use crate::arbitrary::{self, Timing};
use crate::model::{Content, Document, Format, Paragraph, Transcript, Turn};
use crate::write::{Form, write};

/// An element with all the text within it, in the order of their beginnings.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
}

impl Element {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

#[derive(Default)]
struct Elements {
    all: Vec<Element>,
    open: Vec<usize>,
    faults: Vec<String>,
}

impl Elements {
    fn begin(&mut self, element: Element, closed: bool) {
        self.all.push(element);
        if !closed {
            self.open.push(self.all.len() - 1);
        }
    }

    fn end(&mut self, name: &str) {
        match self.open.pop() {
            Some(index) if self.all[index].name == name => {}
            _ => self.faults.push(format!("</{name}> closes something else")),
        }
    }

    fn text(&mut self, text: &str) {
        for index in &self.open {
            self.all[*index].text.push_str(text);
        }
    }

    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.all.iter().filter(move |element| element.name == name)
    }
}

struct Sink(RefCell<Elements>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut elements = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let attributes = tag.attrs.iter();
                let element = Element {
                    name: tag.name.to_string(),
                    attributes: attributes
                        .map(|one| (one.name.local.to_string(), one.value.to_string()))
                        .collect(),
                    text: String::new(),
                };
                elements.begin(element, *tag.name == *"hr");
            }
            Token::TagToken(tag) => elements.end(&tag.name),
            Token::CharacterTokens(text) => elements.text(&text),
            Token::EOFToken => {}
            other => elements.faults.push(format!("{other:?}")),
        }
        TokenSinkResult::Continue
    }
}

fn html(text: &str) -> Elements {
    let tokenizer = Tokenizer::new(Sink(RefCell::default()), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(text));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

fn xml(text: &str) -> Elements {
    let mut reader = NsReader::from_str(text);
    let mut elements = Elements::default();
    let element = |start: &BytesStart<'_>| Element {
        name: start.name().as_ref().to_owned(),
        attributes: start
            .attributes()
            .map(|one| {
                let one = one.unwrap();
                let value = escape::unescape(&one.value).unwrap().into_owned();
                (one.key.as_ref().to_owned(), value)
            })
            .collect(),
        text: String::new(),
    };
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => elements.begin(element(&start), false),
            Event::Empty(start) => elements.begin(element(&start), true),
            Event::End(end) => elements.end(end.name().as_ref()),
            Event::Text(text) => elements.text(&text),
            Event::GeneralRef(entity) => {
                let letter = escape::unescape(&format!("&{};", &*entity)).unwrap().into_owned();
                elements.text(&letter);
            }
            Event::Decl(_) => {}
            Event::Eof => return elements,
            other => elements.faults.push(format!("{other:?}")),
        }
    }
}

fn is_sound(elements: &Elements, text: &str) -> Result<(), TestCaseError> {
    prop_assert_eq!(&elements.faults, &Vec::<String>::new());
    prop_assert_eq!(elements.open.len(), 0);
    prop_assert!(text.chars().all(|letter| !letter.is_control() || letter == '\n'));
    let ids: Vec<_> =
        elements.all.iter().filter_map(|one| one.get("id").or(one.get("xml:id"))).collect();
    prop_assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "two have one id");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn html_is_sound_and_holds_every_block(document in arbitrary::document()) {
        let text = write(&document, Form::Html).text;
        let elements = html(&text);
        is_sound(&elements, &text)?;
        let by_id = |id: &str| elements.all.iter().find(|element| element.get("id") == Some(id));
        let mut last = 0;
        for block in document.blocks() {
            let element = by_id(block.id.as_str()).expect("every block has an anchor");
            let at = text.find(&format!("id=\"{}\"", block.id)).unwrap();
            prop_assert!(at > last, "in order");
            last = at;
            match &block.content {
                Content::Turn(turn) => {
                    let mut words: String = turn.notes.concat();
                    words.extend(turn.paragraphs.iter().map(|p| p.text.as_str()));
                    prop_assert!(squeezed(&element.text).ends_with(&squeezed(&words)));
                    if let Some(label) = &turn.label {
                        prop_assert!(element.text.trim_start().starts_with(label.as_str()));
                    }
                    let inferred = element.text.contains("(inferred)");
                    let member = turn.speaker.as_ref().and_then(|id| document.member(id));
                    let known = member.is_some_and(|m| m.name.is_some() || m.description.is_some());
                    prop_assert_eq!(inferred, turn.inferred && known);
                    prop_assert_eq!(element.get("lang"), turn.language.as_deref());
                    for paragraph in &turn.paragraphs {
                        prop_assert!(by_id(paragraph.id.as_str()).is_some());
                    }
                }
                Content::Cue(cue) => {
                    prop_assert_eq!(element.get("class"), Some("cue"));
                    prop_assert_eq!(&element.text, &cue.text);
                }
                Content::Timestamp(time) => prop_assert_eq!(&element.text, &time.text),
                Content::Gap(_) => {
                    prop_assert_eq!(element.get("aria-label"), Some("A line is missing here"));
                }
            }
        }
        let rights = elements.all.iter().find(|one| one.get("class") == Some("rights"));
        prop_assert_eq!(
            rights.map(|element| &element.text),
            document.rights.as_ref().map(|rights| &rights.line)
        );
        let headline = elements.named("h1").next().map(|element| &element.text);
        prop_assert_eq!(headline, document.headline.as_ref());
    }

    #[test]
    fn podcast_html_is_sound_and_holds_all_words(document in arbitrary::document()) {
        let text = write(&document, Form::PodcastHtml).text;
        let elements = html(&text);
        is_sound(&elements, &text)?;
        let words: String = elements.named("p").map(|element| element.text.as_str()).collect();
        holds_in_order(&words, &document)?;
        prop_assert!(elements.all.iter().all(|one| ["cite", "time", "p"].contains(&&*one.name)));
    }

    #[test]
    fn ttml_is_as_ebu_tt_d_demands(
        document in arbitrary::timed(proptest::sample::select(vec![Timing::All, Timing::Some])),
    ) {
        let written = write(&document, Form::Ttml);
        let elements = xml(&written.text);
        is_sound(&elements, &written.text)?;
        let tt = elements.named("tt").next().unwrap();
        prop_assert_eq!(tt.get("ttp:timeBase"), Some("media"));
        prop_assert_eq!(tt.get("xml:lang"), Some(document.language.as_deref().unwrap_or("")));
        let agents: Vec<_> = elements.named("ttm:agent").map(|one| one.get("xml:id")).collect();
        let mut words = String::new();
        for p in elements.named("p") {
            prop_assert!(p.get("xml:id").is_some());
            prop_assert_eq!(p.get("region"), Some("bottom"));
            prop_assert!(p.get("begin") < p.get("end"), "as text, since hours have two digits");
            prop_assert!(p.get("ttm:agent").is_none_or(|agent| agents.contains(&Some(agent))));
            words.push_str(&p.text);
        }
        let bodies = elements.named("body").count();
        prop_assert_eq!(bodies, usize::from(elements.named("p").next().is_some()));
        let copyright = elements.named("ttm:copyright").next().map(|one| &one.text);
        prop_assert_eq!(copyright, document.rights.as_ref().map(|rights| &rights.line));
        let whole = document.blocks().iter().all(|one| one.turn().is_none() || one.time.is_some());
        if whole {
            holds_in_order(&words, &document)?;
        }
        let told = written.warnings.iter().any(|one| one.message.contains("captions need a time"));
        prop_assert_eq!(told, !whole, "{:?}", written.warnings);
    }
}

#[test]
fn control_characters_become_visible_and_are_counted() {
    let mut document = Document::new(Format::Text);
    document.headline = Some("One\u{0}two\u{b}three\nfour\u{ffff}".to_owned());
    let turn = Turn { paragraphs: vec![Paragraph::new("a\u{1b}b")], ..Turn::default() };
    let blocks = vec![crate::model::Block::new(Content::Turn(turn))];
    document.transcript = Some(Transcript { time_base: None, blocks });
    let written = write(&document, Form::Html);
    let elements = html(&written.text);
    let headline = elements.named("h1").next().unwrap();
    assert_eq!(headline.text, "One\u{fffd}two three four\u{fffd}");
    let warning = written.warnings.iter().find(|one| one.message.contains("characters can't"));
    assert!(warning.is_some_and(|one| one.message.starts_with("3 ")), "{:?}", written.warnings);
}

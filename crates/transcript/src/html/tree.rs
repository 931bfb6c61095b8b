//! A page's tree, with the place of every text in the source.
//!
//! The parser is html5ever's, so that what browsers mend is mended here as they do (WHATWG HTML,
//! section 13.2). It tells no offsets; but a tokenizer that is fed piece by piece, each piece cut
//! in front of `<` and `&` and behind `>` and `;`, can't say more text than the piece has.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use html5ever::{Attribute, ExpandedName, QualName};

use crate::html::attributes::Attributes;

/// A page as a tree.
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

/// A node of the tree: an element or a text.
pub(crate) struct Node {
    /// The nodes in it.
    pub(crate) children: Vec<usize>,
    /// What it is.
    pub(crate) data: Data,
    parent: Option<usize>,
    depth: usize,
}

/// What a node is.
pub(crate) enum Data {
    /// The page itself, or something without text: a comment.
    Nothing,
    /// An element.
    Element(Element),
    /// Text, entities decoded.
    Text(Text),
}

/// An element.
pub(crate) struct Element {
    /// Its name, in lower case.
    pub(crate) name: Rc<QualName>,
    attributes: HashMap<String, String>,
}

impl Element {
    /// The local name.
    pub(crate) fn name(&self) -> &str {
        &self.name.local
    }

    /// An attribute, if it is there.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// A text and where it came from.
#[derive(Debug, Default)]
pub(crate) struct Text {
    /// The text.
    pub(crate) text: String,
    /// Pairs of (offset in the text, offset in the source), in order.
    pub(crate) pieces: Vec<(usize, usize)>,
    /// Where the last piece ends in the source.
    pub(crate) end: usize,
}

/// How deep elements are kept in one another; what is deeper stands beside its ancestor.
const DEEPEST: usize = 400;

/// How many start tags may be open before further ones are passed over. Real pages have fewer than
/// a hundred; the parser looks through all that are open at nearly every tag.
const OPEN: usize = 512;

impl Tree {
    /// Parses a page. Whatever the input, this gives a tree, in time in proportion to it.
    pub(crate) fn parse(source: &str) -> Self {
        let sink = Sink::new(source);
        let builder = TreeBuilder::new(sink, TreeBuilderOpts::default());
        let filter = Filter {
            builder,
            open: Cell::new(0),
            passed_over: Cell::new(0),
            raw: Cell::new(false),
            said: Cell::new(false),
        };
        let tokenizer = Tokenizer::new(filter, TokenizerOpts::default());
        let input = BufferQueue::default();
        let mut attributes = Attributes::default();
        for (at, piece) in cut(source) {
            tokenizer.sink.builder.sink.begin(at, piece);
            let passed = attributes.pass(piece, tokenizer.sink.raw.get());
            input.push_back(StrTendril::from_slice(&passed));
            // A script that ends stops the tokenizer; nothing is run, so it goes on at once.
            while !input.is_empty() {
                let _ = tokenizer.feed(&input);
            }
            if tokenizer.sink.said.take() {
                attributes.said();
            }
        }
        tokenizer.end();
        Self { nodes: tokenizer.sink.builder.sink.finish() }
    }

    /// The root.
    pub(crate) fn root(&self) -> usize {
        0
    }

    /// A node.
    pub(crate) fn node(&self, index: usize) -> Option<&Node> {
        self.nodes.get(index)
    }

    /// An element.
    pub(crate) fn element(&self, index: usize) -> Option<&Element> {
        match &self.nodes.get(index)?.data {
            Data::Element(element) => Some(element),
            _ => None,
        }
    }

    /// All elements under a node, in the order of the document, itself included.
    pub(crate) fn elements(&self, under: usize) -> impl Iterator<Item = (usize, &Element)> + '_ {
        let mut stack = vec![under];
        std::iter::from_fn(move || {
            loop {
                let index = stack.pop()?;
                let node = self.nodes.get(index)?;
                stack.extend(node.children.iter().rev());
                if let Data::Element(element) = &node.data {
                    return Some((index, element));
                }
            }
        })
    }

    /// All the text under a node, white space folded.
    pub(crate) fn text(&self, under: usize) -> String {
        let mut stack = vec![under];
        let mut text = String::new();
        while let Some(node) = stack.pop().and_then(|index| self.nodes.get(index)) {
            stack.extend(node.children.iter().rev());
            if let Data::Text(own) = &node.data {
                text.push_str(&own.text);
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The text under a node as it is, for scripts, and where it begins in the source.
    pub(crate) fn raw(&self, under: usize) -> (String, usize) {
        let children = self.nodes.get(under).map_or(&[][..], |node| &node.children);
        let texts = children.iter().filter_map(|child| match &self.nodes.get(*child)?.data {
            Data::Text(text) => Some(text),
            _ => None,
        });
        let mut raw = String::new();
        let mut at = 0;
        for text in texts {
            if raw.is_empty() {
                at = text.pieces.first().map_or(0, |(_, there)| *there);
            }
            raw.push_str(&text.text);
        }
        (raw, at)
    }
}

/// The pieces of a source: tags, entities, line ends, and the runs of text between them.
fn cut(source: &str) -> impl Iterator<Item = (usize, &str)> + '_ {
    let bytes = source.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let length = match rest.first()? {
            b'<' => match memchr::memchr2(b'>', b'<', rest.get(1..)?) {
                Some(end) if rest.get(end + 1) == Some(&b'>') => end + 2,
                end => end.map_or(rest.len(), |end| end + 1),
            },
            b'&' => {
                let close = rest.iter().take(40).position(|b| *b == b';');
                close.map_or(1, |close| close + 1)
            }
            b'\r' => {
                if rest.get(1) == Some(&b'\n') {
                    2
                } else {
                    1
                }
            }
            _ => memchr::memchr3(b'<', b'&', b'\r', rest).unwrap_or(rest.len()),
        };
        let piece = source.get(at..at + length).map(|piece| (at, piece));
        let start = at;
        at += length;
        // A cut within a letter can't happen: all marks are ASCII.
        Some(piece.unwrap_or((start, "")))
    })
}

/// Keeps what a hostile page can make the parser do within bounds.
struct Filter<'s> {
    builder: TreeBuilder<Handle, Sink<'s>>,
    open: Cell<usize>,
    passed_over: Cell<usize>,
    /// Whether the text of a script, a style or a title is being read.
    raw: Cell<bool>,
    /// Whether the tokenizer has said something.
    said: Cell<bool>,
}

impl Filter<'_> {
    /// The tag as it is passed on, or `None`.
    fn check(&self, mut tag: Tag) -> Option<Tag> {
        let name: &str = &tag.name;
        if matches!(
            name,
            "b" | "i"
                | "em"
                | "strong"
                | "font"
                | "u"
                | "s"
                | "tt"
                | "big"
                | "small"
                | "code"
                | "nobr"
                | "strike"
        ) {
            // Formatting elements that differ in their attributes pile up without bound; without
            // attributes at most three of a name are kept (the "Noah's Ark clause").
            tag.attrs.clear();
        }
        if closes_by_itself(&tag.name) || tag.self_closing {
            return Some(tag);
        }
        match tag.kind {
            TagKind::StartTag if self.open.get() >= OPEN => {
                self.passed_over.set(self.passed_over.get() + 1);
                None
            }
            TagKind::StartTag => {
                self.open.set(self.open.get() + 1);
                Some(tag)
            }
            TagKind::EndTag if self.passed_over.get() > 0 => {
                self.passed_over.set(self.passed_over.get() - 1);
                None
            }
            TagKind::EndTag => {
                self.open.set(self.open.get().saturating_sub(1));
                Some(tag)
            }
        }
    }
}

/// Elements that have no end, or whose end pages leave out.
fn closes_by_itself(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
            | "p"
            | "li"
            | "dt"
            | "dd"
            | "tr"
            | "td"
            | "th"
            | "tbody"
            | "thead"
            | "tfoot"
            | "option"
            | "html"
            | "head"
            | "body"
    )
}

impl TokenSink for Filter<'_> {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        if matches!(token, Token::ParseError(_)) {
            return TokenSinkResult::Continue;
        }
        self.said.set(true);
        let Token::TagToken(tag) = token else { return self.builder.process_token(token, line) };
        let result = match self.check(tag) {
            Some(tag) => self.builder.process_token(Token::TagToken(tag), line),
            None => TokenSinkResult::Continue,
        };
        // In such a text no tag is said but the one that ends it.
        self.raw.set(matches!(result, TokenSinkResult::RawData(_) | TokenSinkResult::Plaintext));
        result
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// A node as the parser holds it.
#[derive(Clone)]
struct Handle {
    index: usize,
    name: Rc<QualName>,
}

struct Sink<'s> {
    source: &'s str,
    nodes: RefCell<Vec<Node>>,
    /// Where the text that comes next stands in the source.
    at: Cell<usize>,
    /// Where the piece that is being read ends.
    end: Cell<usize>,
    /// Where the last entity stands: the parser says it only after it has seen what follows.
    entity: Cell<Option<(usize, usize)>>,
    /// The name of what is no element.
    nameless: Rc<QualName>,
}

impl<'s> Sink<'s> {
    fn new(source: &'s str) -> Self {
        let document = Node { children: Vec::new(), data: Data::Nothing, parent: None, depth: 0 };
        let nameless = QualName::new(None, html5ever::ns!(), html5ever::local_name!(""));
        Self {
            source,
            nodes: RefCell::new(vec![document]),
            at: Cell::new(0),
            end: Cell::new(0),
            entity: Cell::new(None),
            nameless: Rc::new(nameless),
        }
    }

    /// A piece of the source is read.
    fn begin(&self, at: usize, piece: &str) {
        self.at.set(at);
        self.end.set(at + piece.len());
        if piece.starts_with('&') {
            self.entity.set(Some((at, at + piece.len())));
        }
    }

    /// Where a text that the parser says stands in the source.
    fn locate(&self, text: &str) -> (usize, usize) {
        let at = self.at.get();
        let here = self.source.get(at..).and_then(|rest| rest.chars().next());
        let first = text.chars().next();
        let same = here == first || here == Some('\r') && first == Some('\n');
        if let Some(entity) = self.entity.get().filter(|_| !same) {
            self.entity.set(None);
            return entity;
        }
        if !same && let Some(found) = self.behind(text, at) {
            return found;
        }
        let end = (at + text.len()).min(self.end.get()).max(at);
        self.at.set(end);
        (at, end)
    }

    /// Where a text stands that the parser held back: within tables it waits for the next tag.
    fn behind(&self, text: &str, at: usize) -> Option<(usize, usize)> {
        let mut low = at.saturating_sub(text.len() + 300);
        while !self.source.is_char_boundary(low) {
            low += 1;
        }
        let found = low + self.source.get(low..at)?.rfind(text)?;
        Some((found, found + text.len()))
    }

    fn add(&self, data: Data) -> usize {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node { children: Vec::new(), data, parent: None, depth: 0 });
        nodes.len() - 1
    }

    fn handle(&self, index: usize) -> Handle {
        let name = match self.nodes.borrow().get(index).map(|node| &node.data) {
            Some(Data::Element(element)) => Rc::clone(&element.name),
            _ => Rc::clone(&self.nameless),
        };
        Handle { index, name }
    }

    /// Puts a node into a parent, in front of one of its children or at the end.
    fn insert(&self, parent: usize, before: Option<usize>, child: usize) {
        self.detach(child);
        let mut nodes = self.nodes.borrow_mut();
        let mut parent = parent;
        let mut before = before;
        while nodes.get(parent).is_some_and(|node| node.depth >= DEEPEST) {
            parent = match nodes.get(parent).and_then(|node| node.parent) {
                Some(above) => above,
                None => return,
            };
            before = None;
        }
        let depth = nodes.get(parent).map_or(0, |node| node.depth + 1);
        if let Some(node) = nodes.get_mut(child) {
            node.parent = Some(parent);
            node.depth = depth;
        }
        if let Some(node) = nodes.get_mut(parent) {
            let place =
                before.and_then(|before| node.children.iter().rposition(|own| *own == before));
            node.children.insert(place.unwrap_or(node.children.len()), child);
        }
    }

    fn detach(&self, child: usize) {
        let mut nodes = self.nodes.borrow_mut();
        let Some(parent) = nodes.get_mut(child).and_then(|node| node.parent.take()) else { return };
        if let Some(node) = nodes.get_mut(parent)
            && let Some(place) = node.children.iter().rposition(|own| *own == child)
        {
            node.children.remove(place);
        }
    }

    /// Adds text behind a text that is there, or as a new node.
    fn text(&self, parent: usize, before: Option<usize>, text: &str) {
        let (at, end) = self.locate(text);
        let neighbour = {
            let nodes = self.nodes.borrow();
            nodes.get(parent).and_then(|node| match before {
                Some(before) => {
                    let place = node.children.iter().rposition(|own| *own == before)?;
                    node.children.get(place.checked_sub(1)?).copied()
                }
                None => node.children.last().copied(),
            })
        };
        if let Some(neighbour) = neighbour
            && let Some(Node { data: Data::Text(own), .. }) =
                self.nodes.borrow_mut().get_mut(neighbour)
        {
            own.push(text, at, end);
            return;
        }
        let mut own = Text::default();
        own.push(text, at, end);
        let index = self.add(Data::Text(own));
        self.insert(parent, before, index);
    }

    fn place(&self, parent: usize, before: Option<usize>, child: NodeOrText<Handle>) {
        match child {
            NodeOrText::AppendNode(node) => self.insert(parent, before, node.index),
            NodeOrText::AppendText(text) => self.text(parent, before, &text),
        }
    }
}

impl Text {
    fn push(&mut self, text: &str, at: usize, end: usize) {
        self.pieces.push((self.text.len(), at));
        self.text.push_str(text);
        self.end = end;
    }
}

impl TreeSink for Sink<'_> {
    type Handle = Handle;
    type Output = Vec<Node>;
    type ElemName<'a>
        = ExpandedName<'a>
    where
        Self: 'a;

    fn finish(self) -> Vec<Node> {
        self.nodes.into_inner()
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        self.handle(0)
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(
        &self,
        name: QualName,
        attrs: Vec<Attribute>,
        _flags: ElementFlags,
    ) -> Handle {
        let name = Rc::new(name);
        let attributes = attrs
            .into_iter()
            .map(|one| (one.name.local.to_string(), one.value.to_string()))
            .collect();
        let index = self.add(Data::Element(Element { name: Rc::clone(&name), attributes }));
        Handle { index, name }
    }

    fn create_comment(&self, _text: StrTendril) -> Handle {
        Handle { index: self.add(Data::Nothing), name: Rc::clone(&self.nameless) }
    }

    fn create_pi(&self, _target: StrTendril, _data: StrTendril) -> Handle {
        Handle { index: self.add(Data::Nothing), name: Rc::clone(&self.nameless) }
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        self.place(parent.index, None, child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &Handle,
        previous: &Handle,
        child: NodeOrText<Handle>,
    ) {
        let parent = self.nodes.borrow().get(element.index).and_then(|node| node.parent);
        match parent {
            Some(parent) => self.place(parent, Some(element.index), child),
            None => self.place(previous.index, None, child),
        }
    }

    fn append_doctype_to_document(
        &self,
        _name: StrTendril,
        _public: StrTendril,
        _system: StrTendril,
    ) {
    }

    fn get_template_contents(&self, target: &Handle) -> Handle {
        target.clone()
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        x.index == y.index
    }

    fn set_quirks_mode(&self, _mode: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Handle, new: NodeOrText<Handle>) {
        let parent = self.nodes.borrow().get(sibling.index).and_then(|node| node.parent);
        if let Some(parent) = parent {
            self.place(parent, Some(sibling.index), new);
        }
    }

    fn add_attrs_if_missing(&self, target: &Handle, attrs: Vec<Attribute>) {
        if let Some(Node { data: Data::Element(element), .. }) =
            self.nodes.borrow_mut().get_mut(target.index)
        {
            for one in attrs {
                element
                    .attributes
                    .entry(one.name.local.to_string())
                    .or_insert_with(|| one.value.to_string());
            }
        }
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.detach(target.index);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        let children = self
            .nodes
            .borrow_mut()
            .get_mut(node.index)
            .map(|node| std::mem::take(&mut node.children));
        for child in children.unwrap_or_default() {
            if let Some(node) = self.nodes.borrow_mut().get_mut(child) {
                node.parent = None;
            }
            self.insert(new_parent.index, None, child);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_know_where_they_stand() {
        let source = "<!doctype html><p>A &amp; B<b>c</b>\r\nd<table>x<tr><td>y</table>";
        let tree = Tree::parse(source);
        let mut found = 0;
        for node in &tree.nodes {
            let Data::Text(text) = &node.data else { continue };
            for (own, at) in &text.pieces {
                let letter = text.text[*own..].chars().next().unwrap();
                let there = source[*at..].chars().next().unwrap();
                assert!(letter == there || letter == '\n' && there == '\r', "{letter} {there}");
                found += 1;
            }
        }
        assert!(found > 5);
        assert_eq!(tree.text(0), "A & Bc dxy");
    }

    #[test]
    fn depth_is_bounded_and_text_kept() {
        let mut source = "<div><span>".repeat(5000);
        source.push_str("deep");
        let tree = Tree::parse(&source);
        assert!(tree.nodes.iter().all(|node| node.depth <= DEEPEST + 1));
        assert_eq!(tree.text(0), "deep");
    }
}

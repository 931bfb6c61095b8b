//! What a page says of itself where no reader looks: JSON-LD, microdata, OpenGraph and their kin.
//!
//! Of several that say the same thing, the first in this order is taken: JSON-LD, microdata,
//! OpenGraph and `article:`, the older `meta` names, the `title` element. What is printed on the page
//! may still say a time in the station's own zone where these have it in UTC only.

use serde_json::Value;

use crate::html::tree::{Element, Tree};
use crate::model::{Byline, Code, Document, Format, ImageCredit, Millis, Published};
use crate::read::warn;
use crate::source::Source;

/// What metadata told.
pub(crate) struct Metadata {
    /// The fields.
    pub(crate) document: Document,
    /// A transcript that stands in the metadata, and where.
    pub(crate) transcript: Option<(String, usize)>,
    /// What the page says that it is, if that can't be a story: `profile`, `PodcastSeries`.
    pub(crate) no_story: Option<&'static str>,
    /// The name of the site.
    pub(crate) site: Option<String>,
    /// Headline, from the least sure source: the `title` element.
    pub(crate) title: Option<String>,
    /// A description that may be a summary or just the page's first words.
    pub(crate) description: Option<String>,
}

/// Reads a page's metadata.
pub(crate) fn read(tree: &Tree, source: &Source<'_>) -> Metadata {
    let mut metadata = Metadata {
        document: Document::new(Format::Html),
        transcript: None,
        no_story: None,
        site: None,
        title: None,
        description: None,
    };
    for (index, element) in tree.elements(tree.root()) {
        if element.name() == "script"
            && element
                .attribute("type")
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json"))
        {
            json_ld(tree, index, source, &mut metadata);
        }
    }
    let meta = Meta::of(tree);
    microdata(tree, &mut metadata);
    metadata.og(&meta);
    for (index, element) in tree.elements(tree.root()) {
        match element.name() {
            "html" if metadata.document.language.is_none() => {
                metadata.document.language = element.attribute("lang").and_then(text)
            }
            "title" if metadata.title.is_none() => metadata.title = text(&tree.text(index)),
            "link"
                if element
                    .attribute("rel")
                    .is_some_and(|rel| rel.eq_ignore_ascii_case("canonical")) =>
            {
                metadata.document.canonical =
                    element.attribute("href").and_then(text).or(metadata.document.canonical.take());
            }
            _ => {}
        }
    }
    metadata
}

impl Metadata {
    fn og(&mut self, meta: &Meta) {
        let document = &mut self.document;
        let first = |names: &[&str]| names.iter().find_map(|name| meta.get(name));
        document.headline = document.headline.take().or_else(|| {
            first(&["og:title", "twitter:title", "parsely-title", "dc.title", "sailthru.title"])
        });
        document.published = document.published.or_else(|| {
            first(&[
                "article:published_time",
                "og:published_time",
                "parsely-pub-date",
                "sailthru.date",
                "dc.date.issued",
                "dc.date",
                "pubdate",
                "publish-date",
                "date",
            ])
            .as_deref()
            .and_then(Published::parse_iso)
        });
        document.section =
            document.section.take().or_else(|| first(&["article:section", "parsely-section"]));
        document.canonical = document.canonical.take().or_else(|| first(&["og:url"]));
        self.site = self.site.take().or_else(|| first(&["og:site_name", "application-name"]));
        self.description = self.description.take().or_else(|| {
            first(&["og:description", "twitter:description", "description", "dc.description"])
        });
        if document.bylines.is_empty() {
            let authors = meta.all(&[
                "author",
                "article:author",
                "parsely-author",
                "sailthru.author",
                "dc.creator",
                "byl",
            ]);
            for author in authors.iter().flat_map(|list| split_names(list)) {
                push_byline(&mut document.bylines, author);
            }
        }
        if document.tags.is_empty() {
            for tag in meta.all(&["article:tag"]) {
                push_tag(&mut document.tags, &tag);
            }
            for list in meta
                .all(&["keywords", "news_keywords", "parsely-tags", "sailthru.tags"])
                .iter()
                .take(1)
            {
                list.split(',').for_each(|tag| push_tag(&mut document.tags, tag));
            }
        }
        let kind = meta.get("og:type").unwrap_or_default();
        if self.no_story.is_none() && kind == "profile" {
            self.no_story = Some("the page of a person");
        }
    }
}

/// The `meta` elements of a page.
struct Meta(Vec<(String, String)>);

impl Meta {
    fn of(tree: &Tree) -> Self {
        let named = tree
            .elements(tree.root())
            .filter(|(_, element)| element.name() == "meta")
            .filter_map(|(_, element)| {
                let name = element.attribute("property").or_else(|| element.attribute("name"))?;
                Some((name.to_lowercase(), text(element.attribute("content")?)?))
            });
        Self(named.collect())
    }

    fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
    }

    fn all(&self, names: &[&str]) -> Vec<String> {
        let found = names.iter().map(|name| {
            self.0
                .iter()
                .filter(|(own, _)| own == name)
                .map(|(_, value)| value.clone())
                .collect::<Vec<_>>()
        });
        found.into_iter().find(|values| !values.is_empty()).unwrap_or_default()
    }
}

/// Text with its white space folded; `None` if there is none.
fn text(value: &str) -> Option<String> {
    let folded = value.split_whitespace().collect::<Vec<_>>().join(" ");
    (!folded.is_empty()).then_some(folded)
}

fn split_names(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ';']).flat_map(|part| part.split(" and ")).map(str::trim)
}

fn push_byline(bylines: &mut Vec<Byline>, name: &str) {
    let name = name.trim().trim_start_matches("By ").trim();
    let is_address = name.starts_with("http") || name.contains('@') || name.is_empty();
    if !is_address && !bylines.iter().take(200).any(|own| own.name == name) {
        bylines.push(Byline { name: name.to_owned(), affiliation: None });
    }
}

fn push_tag(tags: &mut Vec<String>, tag: &str) {
    let tag = tag.trim();
    if !tag.is_empty() && tag.len() < 80 && !tags.iter().any(|own| own == tag) {
        tags.push(tag.to_owned());
    }
}

fn json_ld(tree: &Tree, index: usize, source: &Source<'_>, metadata: &mut Metadata) {
    let (raw, at) = tree.raw(index);
    let body = raw
        .trim()
        .trim_start_matches("<!--")
        .trim_start_matches("//<![CDATA[")
        .trim_start_matches("/*<![CDATA[*/")
        .trim_end_matches("//]]>")
        .trim_end_matches("-->")
        .trim()
        .trim_end_matches(';');
    let value: Value = match serde_json::from_str(body) {
        Ok(value) => value,
        Err(err) => {
            let message = format!(
                "A block of the page's metadata (JSON-LD) isn't well-formed and was passed over: {err}."
            );
            metadata.document.warnings.push(warn(source, at, Code::Malformed, message));
            return;
        }
    };
    let mut things: Vec<&Value> = Vec::new();
    collect(&value, &mut things, 0);
    for thing in &things {
        let kinds = kinds(thing);
        if kinds.iter().any(|kind| {
            matches!(
                *kind,
                "PodcastSeries" | "RadioSeries" | "CreativeWorkSeries" | "CollectionPage"
            )
        }) && metadata.no_story.is_none()
        {
            metadata.no_story = Some("the landing page of a programme");
        }
        if kinds.contains(&"ProfilePage") || kinds.contains(&"Person") && things.len() == 1 {
            metadata.no_story = Some("the page of a person");
        }
    }
    let is_story = |kinds: &[&str]| {
        kinds.iter().any(|kind| {
            kind.ends_with("Article")
                || kind.ends_with("Posting")
                || kind.ends_with("Episode")
                || matches!(*kind, "Report" | "AudioObject" | "Interview")
        })
    };
    let Some(story) = things.iter().find(|thing| is_story(&kinds(thing))) else { return };
    metadata.no_story = None;
    let document = &mut metadata.document;
    let string = |name: &str| story.get(name).and_then(Value::as_str).and_then(text);
    document.headline =
        document.headline.take().or_else(|| string("headline")).or_else(|| string("name"));
    document.summary = document
        .summary
        .take()
        .or_else(|| string("description"))
        .or_else(|| string("alternativeHeadline"));
    document.published = document
        .published
        .or_else(|| string("datePublished").as_deref().and_then(Published::parse_iso));
    document.language = document.language.take().or_else(|| string("inLanguage"));
    document.canonical =
        document.canonical.take().or_else(|| address(story.get("mainEntityOfPage")));
    document.section =
        document.section.take().or_else(|| names(story.get("articleSection")).into_iter().next());
    let series = story.get("isPartOf").or_else(|| story.get("partOfSeries"));
    let is_series = series.is_some_and(|series| {
        kinds(series).iter().any(|kind| kind.ends_with("Series") || kind.ends_with("Program"))
    });
    if is_series && document.program.is_none() {
        document.program = names(series).into_iter().next();
    }
    if document.bylines.is_empty() {
        for name in names(story.get("author")).iter().flat_map(|list| split_names(list)) {
            push_byline(&mut document.bylines, name);
        }
    }
    if document.tags.is_empty() {
        match story.get("keywords") {
            Some(Value::String(list)) => {
                list.split(',').for_each(|tag| push_tag(&mut document.tags, tag))
            }
            Some(Value::Array(list)) => list
                .iter()
                .filter_map(Value::as_str)
                .for_each(|tag| push_tag(&mut document.tags, tag)),
            _ => {}
        }
    }
    metadata.site =
        metadata.site.take().or_else(|| names(story.get("publisher")).into_iter().next());
    let image = story.get("image").map(|image| {
        if let Value::Array(list) = image { list.first().unwrap_or(image) } else { image }
    });
    if let Some(image) = image.filter(|_| document.image_credits.is_empty()) {
        let field = |name: &str| image.get(name).and_then(Value::as_str).and_then(text);
        let credit =
            ImageCredit { caption: field("caption"), credit: field("creditText"), place: None };
        if credit.caption.is_some() || credit.credit.is_some() {
            document.image_credits.push(credit);
        }
    }
    let sounds =
        ["audio", "associatedMedia"].iter().filter_map(|name| story.get(*name)).flat_map(|value| {
            if let Value::Array(list) = value {
                list.iter().collect::<Vec<_>>()
            } else {
                vec![value]
            }
        });
    for sound in std::iter::once(*story).chain(sounds) {
        let length = sound.get("duration").and_then(Value::as_str).and_then(duration);
        document.audio_length = document.audio_length.or(length);
        if let Some(words) =
            sound.get("transcript").and_then(Value::as_str).filter(|words| words.len() > 40)
            && metadata.transcript.is_none()
        {
            metadata.transcript = Some((words.to_owned(), at));
        }
    }
}

/// All things of a JSON-LD block, those of its graph too.
fn collect<'v>(value: &'v Value, things: &mut Vec<&'v Value>, depth: usize) {
    match value {
        Value::Array(list) if depth < 4 => {
            list.iter().for_each(|one| collect(one, things, depth + 1))
        }
        Value::Object(object) => {
            things.push(value);
            if let Some(graph) = object.get("@graph").filter(|_| depth < 4) {
                collect(graph, things, depth + 1);
            }
            if let Some(main) =
                object.get("mainEntity").filter(|main| main.is_object() && depth < 4)
            {
                collect(main, things, depth + 1);
            }
        }
        _ => {}
    }
}

fn kinds(thing: &Value) -> Vec<&str> {
    match thing.get("@type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The names of things that are given as strings or objects, alone or in a list.
fn names(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(name)) => text(name).into_iter().collect(),
        Some(Value::Object(object)) => {
            // Some write several people as one with several names.
            match object.get("name") {
                Some(Value::Array(list)) => {
                    list.iter().take(50).filter_map(Value::as_str).filter_map(text).collect()
                }
                name => name.and_then(Value::as_str).and_then(text).into_iter().collect(),
            }
        }
        Some(Value::Array(list)) => list
            .iter()
            .take(50)
            .flat_map(|one| match one {
                Value::Array(_) => Vec::new(),
                one => names(Some(one)),
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn address(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(address) => text(address),
        Value::Object(object) => object.get("@id").and_then(Value::as_str).and_then(text),
        _ => None,
    }
}

/// A duration as ISO 8601 writes it: `PT2M41S`.
fn duration(value: &str) -> Option<Millis> {
    let span: jiff::SignedDuration = value.parse().ok()?;
    u64::try_from(span.as_millis()).ok().filter(|millis| *millis > 0).map(Millis)
}

fn microdata(tree: &Tree, metadata: &mut Metadata) {
    for (index, element) in tree.elements(tree.root()) {
        let Some(property) = element.attribute("itemprop") else { continue };
        let value = || value(tree, index, element);
        let document = &mut metadata.document;
        match property.to_lowercase().as_str() {
            "headline" if document.headline.is_none() => document.headline = value(),
            "datepublished" if document.published.is_none() => {
                document.published = value().as_deref().and_then(Published::parse_iso)
            }
            "description" if document.summary.is_none() => document.summary = value(),
            "articlesection" if document.section.is_none() => document.section = value(),
            "author" if document.bylines.is_empty() => {
                let inner = tree
                    .elements(index)
                    .filter(|(_, inner)| inner.attribute("itemprop") == Some("name"))
                    .find_map(|(inner, element)| self::value(tree, inner, element));
                if let Some(names) = inner.or_else(value) {
                    split_names(&names).for_each(|name| push_byline(&mut document.bylines, name));
                }
            }
            "keywords" if document.tags.is_empty() => {
                if let Some(list) = value() {
                    list.split(',').for_each(|tag| push_tag(&mut document.tags, tag));
                }
            }
            "duration" if document.audio_length.is_none() => {
                document.audio_length = value().as_deref().and_then(duration)
            }
            _ => {}
        }
    }
}

/// The value of a property, as microdata has it: an attribute where the element has one for it.
fn value(tree: &Tree, index: usize, element: &Element) -> Option<String> {
    let attribute = element.attribute("content").or_else(|| element.attribute("datetime"));
    attribute.and_then(text).or_else(|| text(&tree.text(index)))
}

//! What an element of a page is, by its name and by what its attributes call it.

use crate::html::tree::Element;
use crate::model::FurnitureKind;
use crate::prose::passage::PagePart;

/// Elements whose text nobody sees.
pub(super) fn is_silent(element: &Element) -> bool {
    matches!(
        element.name(),
        "script"
            | "style"
            | "template"
            | "noscript"
            | "head"
            | "title"
            | "svg"
            | "iframe"
            | "object"
            | "audio"
            | "video"
            | "canvas"
            | "map"
            | "textarea"
            | "datalist"
            | "math"
    )
}

/// Elements that a page folds away. A transcript is often hidden until somebody asks for it.
pub(super) fn is_hidden(element: &Element) -> bool {
    let style = element.attribute("style").unwrap_or_default();
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
    let is_hidden = element.attribute("hidden").is_some()
        || style.contains("display:none")
        || style.contains("visibility:hidden");
    is_hidden && !names(element).contains("transcript")
}

/// Elements that begin and end a line, and inline ones whose text is a thing of its own.
pub(super) fn is_block(element: &Element) -> bool {
    matches!(
        element.name(),
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "center"
            | "dd"
            | "details"
            | "dialog"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "hr"
            | "html"
            | "legend"
            | "li"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "search"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
            | "caption"
            | "option"
    )
}

/// All that id, class, itemprop and label name an element, in lower case.
pub(super) fn names(element: &Element) -> String {
    let mut names = String::new();
    for attribute in ["id", "class", "itemprop", "aria-label", "data-testid", "property"] {
        if let Some(value) = element.attribute(attribute) {
            names.push(' ');
            names.extend(value.chars().take(300).flat_map(char::to_lowercase));
        }
    }
    names
}

/// Whether one of the words of which names are made is in a list.
pub(super) fn has_token(names: &str, wanted: &[&str]) -> bool {
    names.split(|c: char| c.is_whitespace()).any(|name| {
        // `has-byline` tells what is within.
        let tells = ["has-", "is-", "no-", "with-", "show-", "hide-"];
        if tells.iter().any(|lead| name.starts_with(lead)) {
            return false;
        }
        wanted.contains(&name) || name.split(['-', '_']).any(|word| wanted.contains(&word))
    })
}

/// What an element is of the page around the story, by what it is and what it is called.
pub(super) fn furniture(
    name: &str,
    role: &str,
    names: &str,
    in_article: bool,
) -> Option<FurnitureKind> {
    match (name, role) {
        ("nav", _)
        | (_, "navigation" | "search" | "menu" | "menubar")
        | ("form" | "button" | "select" | "menu" | "dialog", _) => {
            return Some(FurnitureKind::Navigation);
        }
        ("footer", _) | (_, "contentinfo") if !in_article => return Some(FurnitureKind::Station),
        ("header", _) | (_, "banner") if !in_article => return Some(FurnitureKind::Navigation),
        ("aside", _) | (_, "complementary") => return Some(FurnitureKind::Related),
        ("body" | "html" | "main" | "article", _) => return None,
        _ => {}
    }
    if names.is_empty() {
        return None;
    }
    let lists: &[(FurnitureKind, &[&str])] = &[
        (
            FurnitureKind::Share,
            &["share", "sharing", "social", "sharetools", "addthis", "sharedaddy"],
        ),
        (
            FurnitureKind::Related,
            &[
                "related",
                "comments",
                "disqus_thread",
                "disqus",
                "recommended",
                "trending",
                "sidebar",
                "widget",
                "promo",
                "newsletter",
                "outbrain",
                "taboola",
                "jp-relatedposts",
                "mostpopular",
            ],
        ),
        (
            FurnitureKind::Navigation,
            &[
                "breadcrumb",
                "breadcrumbs",
                "pagination",
                "skip",
                "cookie",
                "navigation",
                "navbar",
                "menu",
                "nav",
            ],
        ),
        (FurnitureKind::Donate, &["donate", "donation", "pledge"]),
        (FurnitureKind::Other, &["ad", "ads", "advert", "advertisement", "sponsor", "sponsorship"]),
        // Longwave writes a name so that nobody printed: whoever reads must infer it again.
        (FurnitureKind::Other, &["inferred-speaker"]),
    ];
    lists.iter().find(|(_, words)| has_token(names, words)).map(|(kind, _)| *kind)
}

/// The part of the page that an element names.
pub(super) fn part(element: &Element, names: &str) -> Option<PagePart> {
    let itemprop = element.attribute("itemprop").unwrap_or_default().to_lowercase();
    let rel = element.attribute("rel").unwrap_or_default();
    match itemprop.as_str() {
        "headline" => return Some(PagePart::Heading(1)),
        "description" | "alternativeheadline" => return Some(PagePart::Summary),
        "author" | "creator" => return Some(PagePart::Byline),
        "datepublished" => return Some(PagePart::Date),
        "keywords" => return Some(PagePart::Tag),
        _ => {}
    }
    let moment = element.attribute("datetime").filter(|_| element.name() == "time");
    if moment.is_some_and(|moment| moment.len() >= 10 && moment.contains('-')) {
        return Some(PagePart::Date);
    }
    if rel.split_whitespace().any(|word| word == "category") {
        return Some(PagePart::Section);
    }
    if rel.split_whitespace().any(|word| word == "tag") {
        return Some(PagePart::Tag);
    }
    if rel.split_whitespace().any(|word| word == "author") {
        return Some(PagePart::Byline);
    }
    if has_token(names, &["slug", "kicker", "eyebrow", "rubric"])
        && !matches!(element.name(), "body" | "html" | "article" | "main" | "section" | "h1")
    {
        return Some(PagePart::Section);
    }
    match element.name() {
        "h1" => return Some(PagePart::Heading(1)),
        "h2" => return Some(PagePart::Heading(2)),
        "h3" => return Some(PagePart::Heading(3)),
        "h4" | "h5" | "h6" => return Some(PagePart::Heading(4)),
        "figcaption" => return Some(PagePart::Caption),
        "li" => return Some(PagePart::Item),
        "blockquote" => return Some(PagePart::Quote),
        "body" | "html" | "article" | "main" | "section" => return None,
        _ => {}
    }
    if has_token(names, &["bio", "biography", "author-bio", "about-author", "author-description"]) {
        return Some(PagePart::Bio);
    }
    if has_token(names, &["byline", "bylines", "author-name", "entry-author"]) {
        return Some(PagePart::Byline);
    }
    if has_token(
        names,
        &[
            "posted-on",
            "dateline",
            "pubdate",
            "entry-date",
            "publish-date",
            "date-published",
            "date",
            "published",
        ],
    ) {
        return Some(PagePart::Date);
    }
    if has_token(
        names,
        &["credit", "credits", "cred", "photo-credit", "image-credit", "photographer"],
    ) {
        return Some(PagePart::Credit);
    }
    if has_token(names, &["wp-caption-text", "photo-caption", "image-caption"]) {
        return Some(PagePart::Caption);
    }
    has_token(names, &["deck", "dek", "subhead-deck", "standfirst", "teaser"])
        .then_some(PagePart::Summary)
}

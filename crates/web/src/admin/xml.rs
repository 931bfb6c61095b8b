//! The XML that Icecast's tools read.

use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// Writes a document, element by element. Text and attributes are escaped; characters that XML
/// can't hold are left out.
pub(crate) struct Document {
    writer: Writer<Vec<u8>>,
}

impl Document {
    /// A document with one root, whose children `fill` writes.
    pub(crate) fn with_root(root: &str, fill: impl FnOnce(&mut Self)) -> Self {
        let mut document = Self { writer: Writer::new(Vec::new()) };
        document.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        document.parent(root, &[], fill);
        document
    }

    /// An element with children.
    pub(crate) fn parent(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        fill: impl FnOnce(&mut Self),
    ) {
        let cleaned: Vec<(&str, String)> =
            attributes.iter().map(|(name, value)| (*name, clean(value))).collect();
        let mut start = BytesStart::new(name);
        for (name, value) in &cleaned {
            start.push_attribute((*name, value.as_str()));
        }
        self.event(Event::Start(start));
        fill(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// An element with text.
    pub(crate) fn leaf(&mut self, name: &str, text: impl ToString) {
        let text = clean(&text.to_string());
        self.parent(name, &[], |document| document.event(Event::Text(BytesText::new(&text))));
    }

    /// The document as a reply.
    pub(crate) fn into_response(self) -> Response {
        let kind = [
            (header::CONTENT_TYPE, "text/xml; charset=utf-8"),
            (header::CACHE_CONTROL, "no-cache"),
        ];
        (kind, self.writer.into_inner()).into_response()
    }

    fn event(&mut self, event: Event<'_>) {
        // Writing to memory can't fail.
        let _ = self.writer.write_event(event);
    }
}

/// Icecast's short answer to a command.
pub(crate) fn message(text: impl ToString, done: bool) -> Response {
    let document = Document::with_root("iceresponse", |document| {
        document.leaf("message", text);
        document.leaf("return", u8::from(done));
    });
    document.into_response()
}

/// XML 1.0 has no control characters but these three (XML 1.0, 2.2), and no U+FFFE, U+FFFF.
fn clean(text: &str) -> String {
    let fits = |c: &char| match c {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        c => !c.is_control(),
    };
    text.chars().filter(fits).collect()
}

//! EBU-TT-D, the profile of TTML that broadcasters hand to each other and to players:
//! <https://tech.ebu.ch/publications/tech3380>.

use std::collections::HashMap;

use super::captions::{Caption, Size, captions, lines};
use super::escape::{plain, push_markup};
use super::label::Names;
use super::missing::{Missing, Thing};
use super::vtt::NOT_IN_CAPTIONS;
use crate::model::{CueKind, Document, MemberId, Role};

/// Writes the timed words of a document as EBU-TT-D.
///
/// Title, description, rights and the cast stand in the head; every caption refers to its speaker.
pub(crate) fn write(document: &Document, missing: &mut Missing) -> String {
    let carried = |thing: &Thing| matches!(thing, Thing::Summary);
    let things: Vec<Thing> = NOT_IN_CAPTIONS.into_iter().filter(|thing| !carried(thing)).collect();
    missing.count(document, &things);
    missing.count(document, &[Thing::Bylines, Thing::Published, Thing::Notes, Thing::Inferred]);
    let names = Names::new(document);
    let captions =
        captions(document, &names, Size { width: 42, named: false, chevrons: false }, missing);
    let mut file = File { out: String::new(), missing };
    let agents = Agents::new(document, &captions);
    file.head(document, &agents);
    file.body(&captions, &agents);
    file.out.push_str("</tt>\n");
    file.out
}

/// Who is heard: each speaker's key in the file.
struct Agents<'a> {
    /// Key, type and name, in order of first appearance.
    all: Vec<(String, &'static str, &'a str)>,
    by_member: HashMap<(Option<&'a MemberId>, &'a str), usize>,
}

impl<'a> Agents<'a> {
    fn new(document: &'a Document, captions: &[Caption<'a>]) -> Self {
        let roles: HashMap<&MemberId, Option<Role>> =
            document.cast.iter().map(|member| (&member.id, member.role)).collect();
        let mut agents = Self { all: Vec::new(), by_member: HashMap::new() };
        for caption in captions {
            let (Some(turn), Some(name)) = (caption.turn, caption.speaker) else { continue };
            let key = (turn.speaker.as_ref(), name);
            if agents.by_member.contains_key(&key) {
                continue;
            }
            let role = turn.speaker.as_ref().and_then(|id| roles.get(id).copied().flatten());
            let kind = match role {
                Some(Role::Group) => "group",
                Some(Role::Machine) => "other",
                _ => "person",
            };
            agents.by_member.insert(key, agents.all.len());
            agents.all.push((format!("a{}", agents.all.len() + 1), kind, name));
        }
        agents
    }

    fn key(&self, caption: &Caption<'_>) -> Option<&str> {
        let key = (caption.turn?.speaker.as_ref(), caption.speaker?);
        let index = self.by_member.get(&key)?;
        self.all.get(*index).map(|(key, _, _)| key.as_str())
    }
}

struct File<'m> {
    out: String,
    missing: &'m mut Missing,
}

impl File<'_> {
    fn head(&mut self, document: &Document, agents: &Agents<'_>) {
        self.out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<tt");
        for (name, value) in [
            ("xmlns", "http://www.w3.org/ns/ttml"),
            ("xmlns:ttp", "http://www.w3.org/ns/ttml#parameter"),
            ("xmlns:tts", "http://www.w3.org/ns/ttml#styling"),
            ("xmlns:ttm", "http://www.w3.org/ns/ttml#metadata"),
            ("xmlns:ebuttm", "urn:ebu:tt:metadata"),
            ("ttp:timeBase", "media"),
            ("ttp:cellResolution", "50 30"),
        ] {
            self.attribute(name, value);
        }
        // The empty tag says that the language isn't known.
        self.attribute("xml:lang", document.language.as_deref().unwrap_or_default());
        self.out.push_str(">\n<head>\n");
        if let Some(rights) = &document.rights {
            self.element("ttm:copyright", "", &rights.line);
        }
        self.out.push_str("<metadata>\n");
        if let Some(headline) = &document.headline {
            self.element("ttm:title", "", headline);
        }
        if let Some(summary) = &document.summary {
            self.element("ttm:desc", "", summary);
        }
        for (key, kind, name) in &agents.all {
            self.out.push_str(&format!("<ttm:agent type=\"{kind}\" xml:id=\"{key}\">"));
            self.out.push_str("<ttm:name type=\"full\">");
            push_markup(&mut self.out, name, self.missing);
            self.out.push_str("</ttm:name></ttm:agent>\n");
        }
        self.out.push_str(HEAD);
    }

    fn body(&mut self, captions: &[Caption<'_>], agents: &Agents<'_>) {
        // A `div` without captions isn't valid; a document without `body` is.
        if captions.is_empty() {
            return;
        }
        self.out.push_str("<body>\n<div>\n");
        for (number, caption) in captions.iter().enumerate() {
            self.out.push_str("<p");
            self.attribute("xml:id", &format!("c{}", number + 1));
            self.attribute("begin", &caption.start.to_string());
            self.attribute("end", &caption.end.to_string());
            self.attribute("region", "bottom");
            if let Some(agent) = agents.key(caption) {
                self.attribute("ttm:agent", agent);
            }
            if let Some(role) = caption.cue.and_then(role) {
                self.attribute("ttm:role", role);
            }
            if let Some(language) = caption.language.filter(|tag| !tag.is_empty()) {
                self.attribute("xml:lang", language);
            }
            self.out.push_str("><span style=\"words\">");
            let words = plain(&caption.text, self.missing);
            for (number, line) in lines(&words, 42).into_iter().enumerate() {
                if number > 0 {
                    self.out.push_str("<br/>");
                }
                push_markup(&mut self.out, line, self.missing);
            }
            self.out.push_str("</span></p>\n");
        }
        self.out.push_str("</div>\n</body>\n");
    }

    fn element(&mut self, name: &str, attributes: &str, words: &str) {
        self.out.push_str(&format!("<{name}{attributes}>"));
        push_markup(&mut self.out, words, self.missing);
        self.out.push_str(&format!("</{name}>\n"));
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push_str(&format!(" {name}=\""));
        push_markup(&mut self.out, value, self.missing);
        self.out.push('"');
    }
}

/// The rest of the head, which is the same in every file: white words on black at the lower edge,
/// in percent of the picture, as EBU-TT-D demands.
const HEAD: &str = r##"<ebuttm:documentMetadata>
<ebuttm:conformsToStandard>urn:ebu:tt:distribution:2014-01</ebuttm:conformsToStandard>
</ebuttm:documentMetadata>
</metadata>
<styling>
<style xml:id="page" tts:fontFamily="proportionalSansSerif" tts:fontSize="100%" tts:lineHeight="normal" tts:textAlign="center"/>
<style xml:id="words" tts:color="#ffffff" tts:backgroundColor="#000000"/>
</styling>
<layout>
<region xml:id="bottom" tts:origin="10% 70%" tts:extent="80% 20%" tts:displayAlign="after" tts:overflow="visible" style="page"/>
</layout>
</head>
"##;

/// What TTML (section 14.2.2) calls the sound of a cue.
fn role(kind: CueKind) -> Option<&'static str> {
    match kind {
        CueKind::Music => Some("music"),
        CueKind::Soundbite | CueKind::Laughter | CueKind::Applause | CueKind::Crosstalk => {
            Some("sound")
        }
        CueKind::Break | CueKind::ClipBegins | CueKind::ClipEnds | CueKind::Other => None,
    }
}

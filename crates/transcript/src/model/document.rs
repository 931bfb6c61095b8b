use serde::{Deserialize, Serialize};

use super::{
    Bio, Block, Byline, Furniture, Id, ImageCredit, Member, MemberId, Millis, Note, Paragraph,
    Printed, Published, Rights, Transcript, Warning,
};

/// The name and version of the JSON form. The number grows when a reader of the old form would
/// misread the new one; new optional fields don't change it.
pub const SCHEMA: &str = "longwave-transcript/1";

/// A story as it was read: what is known of it, and its parts.
///
/// What the source doesn't say is empty. Nothing is guessed without being marked as inferred.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// [`SCHEMA`].
    pub schema: String,
    /// The form that it was read from.
    pub format: Format,
    /// The house style that the transcript was read by, such as `npr` or `cnn`.
    pub convention: Option<String>,
    /// The story's title.
    pub headline: Option<String>,
    /// What stands beneath the title to say what the story is about.
    pub summary: Option<String>,
    /// The programme.
    pub program: Option<String>,
    /// The station.
    pub station: Option<String>,
    /// The network.
    pub network: Option<String>,
    /// The page's section.
    pub section: Option<String>,
    /// Who wrote or reported it.
    pub bylines: Vec<Byline>,
    /// When it was published.
    pub published: Option<Published>,
    /// How long the audio is.
    pub audio_length: Option<Millis>,
    /// The page's address, as it says itself.
    pub canonical: Option<String>,
    /// The language of the whole, as a BCP 47 tag, where the source marks it.
    pub language: Option<String>,
    /// Pictures' captions and credits.
    pub image_credits: Vec<ImageCredit>,
    /// Tags or topics.
    pub tags: Vec<String>,
    /// The parts that there are, in the order in which they begin.
    pub parts: Vec<Part>,
    /// The written story.
    pub article: Option<Article>,
    /// The transcript of the broadcast.
    pub transcript: Option<Transcript>,
    /// Who is heard.
    pub cast: Vec<Member>,
    /// Who owns it.
    pub rights: Option<Rights>,
    /// What is told of the contributors.
    pub bios: Vec<Bio>,
    /// The editors' remarks.
    pub notes: Vec<Note>,
    /// The page around the story.
    pub furniture: Vec<Furniture>,
    /// The lines from which the fields above were read.
    pub printed: Vec<Printed>,
    /// Where ids of an earlier reading went.
    pub redirects: Vec<Redirect>,
    /// What an editor should look at.
    pub warnings: Vec<Warning>,
}

impl Document {
    /// A document of which nothing is known yet.
    pub fn new(format: Format) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            format,
            convention: None,
            headline: None,
            summary: None,
            program: None,
            station: None,
            network: None,
            section: None,
            bylines: Vec::new(),
            published: None,
            audio_length: None,
            canonical: None,
            language: None,
            image_credits: Vec::new(),
            tags: Vec::new(),
            parts: Vec::new(),
            article: None,
            transcript: None,
            cast: Vec::new(),
            rights: None,
            bios: Vec::new(),
            notes: Vec::new(),
            furniture: Vec::new(),
            printed: Vec::new(),
            redirects: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The member of the cast with this key.
    pub fn member(&self, id: &MemberId) -> Option<&Member> {
        self.cast.iter().find(|member| member.id == *id)
    }

    /// The transcript's blocks; none where there is no transcript.
    pub fn blocks(&self) -> &[Block] {
        self.transcript.as_ref().map_or(&[], |transcript| &transcript.blocks)
    }
}

/// The written story.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Article {
    /// Its paragraphs, in order.
    pub paragraphs: Vec<Paragraph>,
}

/// A part of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The written story.
    Article,
    /// The transcript of the broadcast.
    Transcript,
}

/// Where an id of an earlier reading went: to nothing (deleted), to one (merged), to several
/// (split).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// The id that is no more.
    pub from: Id,
    /// Where its words are now.
    pub to: Vec<Id>,
}

/// A form that a transcript comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Plain text in any of the house styles, or a page that was flattened to text.
    Text,
    /// A web page.
    Html,
    /// SubRip captions.
    Srt,
    /// WebVTT.
    Vtt,
    /// TTML, also in its EBU-TT profiles.
    Ttml,
    /// The podcast namespace's JSON.
    PodcastJson,
    /// The podcast namespace's HTML.
    PodcastHtml,
    /// The American Archive of Public Broadcasting's JSON.
    AapbJson,
    /// What Whisper and its relatives write as JSON.
    WhisperJson,
    /// Otter's text or HTML export.
    Otter,
    /// Descript's text export.
    Descript,
    /// The BBC's Kaldi JSON.
    KaldiJson,
    /// Podlove's XML.
    PodloveXml,
    /// Longwave's own JSON.
    Json,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Text,
        Self::Html,
        Self::Srt,
        Self::Vtt,
        Self::Ttml,
        Self::PodcastJson,
        Self::PodcastHtml,
        Self::AapbJson,
        Self::WhisperJson,
        Self::Otter,
        Self::Descript,
        Self::KaldiJson,
        Self::PodloveXml,
        Self::Json,
    ];

    /// The name by which a person gives it, as JSON has it too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
            Self::Srt => "srt",
            Self::Vtt => "vtt",
            Self::Ttml => "ttml",
            Self::PodcastJson => "podcast-json",
            Self::PodcastHtml => "podcast-html",
            Self::AapbJson => "aapb-json",
            Self::WhisperJson => "whisper-json",
            Self::Otter => "otter",
            Self::Descript => "descript",
            Self::KaldiJson => "kaldi-json",
            Self::PodloveXml => "podlove-xml",
            Self::Json => "json",
        }
    }
}

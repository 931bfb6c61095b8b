//! Transcripts as stations publish them, made of the corpus's words: the same for the same number.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The forms that stories are made in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A page copied as text: player, headline, date, turns, rights.
    Text,
    /// The same as a page with navigation, metadata and footer.
    Html,
    /// WebVTT with a voice for each cue.
    Vtt,
    /// SubRip with a label where the speaker changes.
    Srt,
    /// Whisper's JSON, with speakers.
    Whisper,
}

impl Form {
    /// How files of this form are called.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Html => "html",
            Self::Vtt => "vtt",
            Self::Srt => "srt",
            Self::Whisper => "json",
        }
    }
}

/// What stories are made of.
pub(crate) struct Stories {
    words: Vec<String>,
    names: Vec<String>,
    headlines: Vec<String>,
}

/// One story, before it has a form.
struct Story<'s> {
    headline: &'s str,
    day: u64,
    host: String,
    reporter: String,
    turns: Vec<Turn>,
}

/// Words of one voice.
struct Turn {
    who: String,
    role: &'static str,
    words: String,
}

impl Stories {
    /// Takes paragraphs, names and headlines from the answers of the corpus in `folder`.
    pub(crate) fn of_corpus(folder: &Path) -> Result<Self> {
        let (mut words, mut names, mut headlines) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let sets = fs::read_dir(folder).with_context(|| {
            format!("no corpus in {}; run this in the repository", folder.display())
        })?;
        for set in sets {
            for file in fs::read_dir(set?.path())? {
                let path = file?.path();
                if !path.to_string_lossy().ends_with(".answer.json") {
                    continue;
                }
                let answer: Value = serde_json::from_slice(&fs::read(path)?)?;
                headlines.extend(plain(&answer["headline"], 20));
                for member in list(&answer["cast"]) {
                    names.extend(plain(&member["name"], 5).filter(|name| is_name(name)));
                }
                for paragraph in
                    list(&answer["blocks"]).flat_map(|block| list(&block["paragraphs"]))
                {
                    words.extend(plain(paragraph, 40));
                }
            }
        }
        if words.len() < 100 || names.len() < 20 || headlines.len() < 10 {
            bail!("the corpus in {} is too small", folder.display());
        }
        let [words, names, headlines] =
            [words, names, headlines].map(|set| set.into_iter().collect());
        Ok(Self { words, names, headlines })
    }

    /// Story number `number` in a form, with about `size` bytes of spoken words.
    pub(crate) fn make(&self, number: u64, form: Form, size: usize) -> String {
        let story = self.story(number, size);
        match form {
            Form::Text => text(&story),
            Form::Html => html(&story),
            Form::Vtt => vtt(&story),
            Form::Srt => srt(&story),
            Form::Whisper => whisper(&story),
        }
    }

    fn story(&self, number: u64, size: usize) -> Story<'_> {
        let mut dice = Dice(number);
        let mut person = || {
            // First names and surnames of different people: new people in every story.
            let first = dice.of(&self.names).split(' ').next().unwrap_or_default();
            let last = dice.of(&self.names).rsplit(' ').next().unwrap_or_default();
            format!("{first} {last}")
        };
        let (host, reporter) = (person(), person());
        let guests: Vec<String> = (0..4).map(|_| person()).collect();
        let mut turns = vec![Turn {
            who: host.clone(),
            role: "HOST",
            words: format!("{} {reporter} has this report.", self.paragraph(&mut dice)),
        }];
        let mut written = 0;
        while written < size {
            let reports = turns.len() % 2 == 1;
            let who = if reports { reporter.clone() } else { dice.of(&guests).clone() };
            let words = self.paragraph(&mut dice);
            written += words.len();
            turns.push(Turn { who, role: if reports { "BYLINE" } else { "" }, words });
        }
        turns.push(Turn {
            who: reporter.clone(),
            role: "BYLINE",
            words: format!("For the evening news, I'm {reporter}."),
        });
        let headline = dice.of(&self.headlines);
        Story { headline, day: dice.below(28) + 1, host, reporter, turns }
    }

    /// One to three paragraphs of the corpus in one, numbers changed.
    fn paragraph(&self, dice: &mut Dice) -> String {
        let count = dice.below(3) + 1;
        let words: Vec<&str> = (0..count).map(|_| dice.of(&self.words).as_str()).collect();
        let letter = |letter: char| match letter.to_digit(10) {
            Some(_) => {
                char::from_digit(1 + u32::try_from(dice.below(9)).unwrap_or(0), 10).unwrap_or('1')
            }
            None => letter,
        };
        words.join(" ").chars().map(letter).collect()
    }
}

/// The corpus's value if it is one of plain English letters with so many of them at least.
fn plain(value: &Value, least: usize) -> impl Iterator<Item = String> + use<> {
    let text = value.as_str().filter(|text| text.len() >= least && text.is_ascii());
    // What could be read as a label, a cue or markup would make it another story.
    let text = text.filter(|text| !text.contains([':', '(', '[', '<', '>', '&', '{', '\\', '\n']));
    text.map(str::to_owned).into_iter()
}

fn is_name(name: &str) -> bool {
    name.split(' ').count() == 2
        && name.split(' ').all(|word| {
            word.len() > 2
                && word.starts_with(|letter: char| letter.is_ascii_uppercase())
                && word.chars().skip(1).all(|letter| letter.is_ascii_lowercase())
        })
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The turns' labels: in full where somebody speaks for the first time, then the surname.
fn labelled<'a>(story: &'a Story<'a>) -> impl Iterator<Item = (String, &'a str)> {
    let mut known = BTreeSet::new();
    story.turns.iter().map(move |turn| {
        let name = turn.who.to_uppercase();
        let label = match (known.insert(name.clone()), turn.role) {
            (true, "") => name,
            (true, role) => format!("{name}, {role}"),
            (false, _) => name.rsplit(' ').next().unwrap_or_default().to_owned(),
        };
        (label, turn.words.as_str())
    })
}

// Writing to a `String` can't fail; what it gives is passed over below for that reason.

fn text(story: &Story<'_>) -> String {
    let mut out = format!(
        "Play Live Radio\nNext Up:\n0:00\n0:00\nAvailable On Air Stations\n\n{}\n\nBy {}\n\
         Published March {}, 2024 at 5:08 AM CDT\nListen - 3:41\n\n",
        story.headline, story.reporter, story.day
    );
    for (index, (label, words)) in labelled(story).enumerate() {
        if index % 8 == 3 {
            out.push_str("(SOUNDBITE OF FOOTSTEPS)\n\n");
        }
        let _ = write!(out, "{label}: {words}\n\n");
    }
    let _ = write!(
        out,
        "(SOUNDBITE OF MUSIC)\n\nTranscript provided by NPR, Copyright NPR.\n\n\
         {} is a reporter who covers land and water for the evening news.\n",
        story.reporter
    );
    out
}

fn html(story: &Story<'_>) -> String {
    let (headline, reporter, day) = (story.headline, &story.reporter, story.day);
    let mut out = format!(
        "<!DOCTYPE html>\n<html class=\"ArticlePage\" lang=\"en\">\n<head>\n<meta charset=\"UTF-8\">\n\
         <title>{headline} | KVLR Public Radio</title>\n<meta property=\"og:title\" content=\"{headline}\">\n\
         <meta property=\"og:site_name\" content=\"KVLR Public Radio\">\n\
         <meta property=\"article:published_time\" content=\"2024-03-{day:02}T10:08:00.000Z\">\n\
         <script type=\"application/ld+json\">{{\"@context\":\"http://schema.org\",\"@type\":\"NewsArticle\",\
         \"headline\":\"{headline}\",\"datePublished\":\"2024-03-{day:02}T05:08:00-05:00\",\
         \"author\":[{{\"@type\":\"Person\",\"name\":\"{reporter}\"}}]}}</script>\n\
         <style>.ps-player{{position:fixed}}</style>\n</head>\n<body class=\"Page-body\">\n<header><nav><ul>\n"
    );
    for place in
        ["News", "Music", "Programs", "Podcasts", "Schedule", "Support", "About", "Contact"]
    {
        let _ = writeln!(
            out,
            "<li class=\"Nav-item\" data-item=\"{place}\"><a class=\"Nav-link\" href=\"/{place}\">{place}</a>\
             <svg viewBox=\"0 0 24 24\"><path d=\"M3 12l9-9 9 9M5 10v10h14V10\"/></svg></li>"
        );
    }
    let _ = write!(
        out,
        "</ul></nav></header>\n<div class=\"ps-stream-ui\"><div>Play Live Radio</div><div>Next Up:</div>\
         <div><span>0:00</span> <span>0:00</span></div><div>Available On Air Stations</div></div>\n\
         <main id=\"main\"><article>\n<h1 class=\"ArtP-headline\">{headline}</h1>\n\
         <div class=\"ArtP-byline\">KVLR | By <a href=\"/people/x\">{reporter}</a></div>\n\
         <div class=\"ArtP-date\">Published March {day}, 2024 at 5:08 AM CDT</div>\n\
         <ul class=\"share\"><li>Facebook</li><li>Twitter</li><li>LinkedIn</li><li>Email</li></ul>\n\
         <div class=\"RichTextArticleBody\">\n"
    );
    for (index, (label, words)) in labelled(story).enumerate() {
        if index % 8 == 3 {
            out.push_str("<p>(SOUNDBITE OF FOOTSTEPS)</p>\n");
        }
        let _ = writeln!(out, "<p>{label}: {}</p>", words.replace('\'', "&rsquo;"));
    }
    let _ = write!(
        out,
        "<p>Transcript provided by NPR, Copyright NPR.</p>\n</div>\n\
         <div class=\"ArtP-tags\">Tags <a href=\"/tags/news\">News</a></div>\n\
         <section class=\"ArtP-people\"><div class=\"PersonCard\"><a href=\"/people/x\">{reporter}</a>\
         <div class=\"bio\">{reporter} covers land and water for KVLR.</div></div></section>\n\
         <section><h2>Related Stories</h2><ul><li><a href=\"/x\">Ferry service ends after 90 years</a></li>\
         <li><a href=\"/y\">Who counts the elk?</a></li></ul></section>\n</article></main>\n\
         <footer><div>Stay Connected</div><div>&copy; 2026 KVLR</div></footer>\n\
         <script>window.dataLayer=[{{\"page\":\"{day}\"}}];</script>\n</body></html>\n"
    );
    out
}

/// The cues of a story: who, from and to (in seconds), and up to twelve words.
fn cues<'a>(story: &'a Story<'a>) -> Vec<(&'a str, u64, u64, String)> {
    let mut cues = Vec::new();
    let mut at = 0;
    for turn in &story.turns {
        let words: Vec<&str> = turn.words.split(' ').collect();
        for words in words.chunks(12) {
            cues.push((turn.who.as_str(), at, at + 4, words.join(" ")));
            at += 4;
        }
    }
    cues
}

fn clock(seconds: u64, mark: char) -> String {
    format!("{:02}:{:02}:{:02}{mark}000", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn vtt(story: &Story<'_>) -> String {
    let mut out = format!("WEBVTT - {}\n\nNOTE Host: {}\n\n", story.headline, story.host);
    for (who, from, to, words) in cues(story) {
        let _ =
            write!(out, "{} --> {}\n<v {who}>{words}</v>\n\n", clock(from, '.'), clock(to, '.'));
    }
    out
}

fn srt(story: &Story<'_>) -> String {
    let mut out = String::new();
    let mut before = "";
    for (index, (who, from, to, words)) in cues(story).into_iter().enumerate() {
        let label = if who == before { String::new() } else { format!("{who}: ") };
        let (from, to) = (clock(from, ','), clock(to, ','));
        let _ = write!(out, "{}\n{from} --> {to}\n{label}{words}\n\n", index + 1);
        before = who;
    }
    out
}

fn whisper(story: &Story<'_>) -> String {
    let segments: Vec<Value> = cues(story)
        .into_iter()
        .map(|(who, from, to, words)| {
            serde_json::json!({"start": from, "end": to, "text": format!(" {words}"), "speaker": who})
        })
        .collect();
    serde_json::json!({"language": "en", "segments": segments}).to_string()
}

/// Numbers without pattern, the same on every machine (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (word ^ (word >> 31)) % end.max(1)
    }

    /// One of several. There must be one.
    fn of<'l>(&mut self, list: &'l [String]) -> &'l String {
        static NONE: String = String::new();
        let index = usize::try_from(self.below(list.len() as u64)).unwrap_or(0);
        list.get(index).unwrap_or(&NONE)
    }
}

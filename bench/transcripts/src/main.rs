//! How fast transcripts are read, beside other parsers of the same files in the same run:
//!
//! ```text
//! cargo build --release
//! cargo run --release --manifest-path bench/transcripts/Cargo.toml            # from the root
//! cargo run --release --manifest-path bench/transcripts/Cargo.toml -- 20000   # fewer files
//! ```
//!
//! The first table is of one core: megabytes a second of text, HTML and WebVTT, against the
//! `trafilatura` crate (which finds a page's main text, and no speakers) and the `subtp` crate (a
//! WebVTT parser, which leaves captions as they are). The second is an archive of 100,000
//! transcripts through `longwave transcript read`, on all cores. All of it is made of the corpus's
//! words, names and headlines, no two alike.
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures the machine's own time")]

mod stories;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use transcript::{Format, ReadOptions, read};

use crate::stories::{Dice, Form, Stories};

/// How often each is measured, alternating; medians are printed.
const RUNS: usize = 5;
/// How many files of each form are read in a run.
const FILES: u64 = 400;

fn main() -> Result<()> {
    let files = std::env::args().nth(1).map_or(Ok(100_000), |count| count.parse())?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let stories = Stories::of_corpus(&root.join("crates/transcript/corpus"))?;
    one_core(&stories);
    archive(&stories, files, &root.join("target/release/longwave"))
}

fn ours(text: &str, format: Format) {
    let options = ReadOptions { from: Some(format), ..ReadOptions::default() };
    let _ = std::hint::black_box(read(text.as_bytes(), &options));
}

/// Megabytes a second, the medians of several runs of each reader in turn.
fn speeds<const N: usize>(texts: &[String], readers: [&dyn Fn(&str); N]) -> [f64; N] {
    let size: usize = texts.iter().map(String::len).sum();
    let mut speeds = [(); N].map(|()| Vec::new());
    for _ in 0..RUNS {
        for (speeds, read) in speeds.iter_mut().zip(readers) {
            let start = Instant::now();
            texts.iter().for_each(|text| read(text));
            speeds.push(size as f64 / 1e6 / start.elapsed().as_secs_f64());
        }
    }
    speeds.map(|mut speeds| {
        speeds.sort_by(f64::total_cmp);
        speeds[RUNS / 2]
    })
}

fn one_core(stories: &Stories) {
    let make = |form, size| -> Vec<String> {
        (0..FILES).map(|number| stories.make(number, form, size)).collect()
    };
    println!("| one core | KB each | Longwave MB/s | other | MB/s | ratio |");
    println!("|---|--:|--:|---|--:|--:|");
    let row = |what: &str, texts: &[String], mine: f64, other: &str, theirs: Option<f64>| {
        let size = texts.iter().map(String::len).sum::<usize>() as f64 / 1e3 / FILES as f64;
        let (speed, ratio) = theirs.map_or(("–".to_owned(), "–".to_owned()), |theirs| {
            (format!("{theirs:.1}"), format!("{:.2}", mine / theirs))
        });
        println!("| {what} | {size:.1} | {mine:.1} | {other} | {speed} | {ratio} |");
    };
    let text = make(Form::Text, 4000);
    let [mine] = speeds(&text, [&|text| ours(text, Format::Text)]);
    row("text", &text, mine, "–", None);
    let html = make(Form::Html, 8000);
    let [mine, theirs] = speeds(
        &html,
        [&|text| ours(text, Format::Html), &|text| {
            let options = trafilatura::Options::default();
            let _ = std::hint::black_box(trafilatura::extract(text, &options));
        }],
    );
    row("HTML", &html, mine, "trafilatura, main text", Some(theirs));
    let vtt = make(Form::Vtt, 30_000);
    let [mine, theirs] = speeds(
        &vtt,
        [&|text| ours(text, Format::Vtt), &|text| {
            let _ = std::hint::black_box(subtp::vtt::WebVtt::parse(text));
        }],
    );
    row("WebVTT", &vtt, mine, "subtp, captions only", Some(theirs));
}

/// An archive through the command line: as files, as JSON Lines, and only checked.
fn archive(stories: &Stories, count: u64, longwave: &Path) -> Result<()> {
    if !longwave.exists() {
        bail!("{} isn't there: cargo build --release", longwave.display());
    }
    let work = tempfile::tempdir()?;
    let (from, to) = (work.path().join("in"), work.path().join("out"));
    let size = write_archive(stories, &from, count)?;
    println!(
        "\n{count} transcripts, {:.1} KB each, on {} cores\n",
        size as f64 / 1e3 / count as f64,
        std::thread::available_parallelism()?
    );
    println!("| longwave transcript | seconds | files/s | MB/s | peak MiB |");
    println!("|---|--:|--:|--:|--:|");
    let (from, to) = (from.display().to_string(), to.display().to_string());
    for args in [vec!["read", &from, "-o", &to], vec!["read", &from], vec!["check", &from]] {
        let start = Instant::now();
        let status = Command::new(longwave)
            .arg("transcript")
            .args(&args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .context("longwave can't be run")?;
        let took = start.elapsed().as_secs_f64();
        // 5: a check found something.
        if !matches!(status.code(), Some(0 | 5)) {
            bail!("longwave ended with {status}");
        }
        // The largest of all programs so far, which are the same one.
        let peak = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss() / 1024;
        println!(
            "| {} | {took:.1} | {:.0} | {:.1} | {peak} |",
            match args.as_slice() {
                ["read", _, ..] if args.len() > 2 => "read -o DIR",
                ["read", ..] => "read, as JSON Lines",
                _ => "check",
            },
            count as f64 / took,
            size as f64 / 1e6 / took
        );
    }
    Ok(())
}

/// Writes the files, a thousand in a folder, and gives their bytes: pages as text and HTML, WebVTT,
/// SubRip, Whisper.
fn write_archive(stories: &Stories, folder: &Path, files: u64) -> Result<usize> {
    let mut bytes = 0;
    for number in 0..files {
        let below = folder.join(format!("{:03}", number / 1000));
        if number % 1000 == 0 {
            fs::create_dir_all(&below)?;
        }
        let mut dice = Dice(number.wrapping_mul(7919));
        let form = match dice.below(20) {
            0..12 => Form::Text,
            12..16 => Form::Html,
            16..18 => Form::Vtt,
            18 => Form::Srt,
            _ => Form::Whisper,
        };
        // Markup and times come on top of the words.
        let most = if form == Form::Text { 6000 } else { 3000 };
        let size = usize::try_from(500 + dice.below(most)).unwrap_or(0);
        let story = stories.make(number, form, size);
        bytes += story.len();
        fs::write(below.join(format!("{number:06}.{}", form.extension())), story)?;
    }
    Ok(bytes)
}

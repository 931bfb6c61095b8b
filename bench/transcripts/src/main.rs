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
//! transcripts through `longwave transcript read`, on all cores.
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures the machine's own time")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use transcript::{Format, ReadOptions, read};

/// How often each is measured; medians are printed.
const RUNS: usize = 5;
/// How much of each form is read in a run.
const BYTES: usize = 6 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let files: usize = std::env::args().nth(1).map_or(Ok(100_000), |count| count.parse())?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpus = corpus(&root.join("crates/transcript/corpus"))?;
    one_core(&corpus);
    archive(&corpus, files, &root.join("target/release/longwave"))
}

/// A file of the corpus.
struct File {
    path: PathBuf,
    text: String,
}

/// All files of the corpus that are UTF-8, answers aside.
fn corpus(folder: &Path) -> Result<Vec<File>, Box<dyn Error>> {
    let mut files = Vec::new();
    for set in fs::read_dir(folder)? {
        for file in fs::read_dir(set?.path())? {
            let path = file?.path();
            let is_answer = path.to_string_lossy().ends_with(".answer.json");
            if let (false, Ok(text)) = (is_answer, fs::read_to_string(&path)) {
                files.push(File { path, text });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

fn with_extension<'f>(files: &'f [File], extension: &str) -> Vec<&'f str> {
    let is_one = |file: &&File| file.path.extension().is_some_and(|own| own == extension);
    files.iter().filter(is_one).map(|file| file.text.as_str()).collect()
}

/// Megabytes a second at which something goes through texts, the median of several runs.
fn speed(texts: &[&str], mut each: impl FnMut(&str)) -> f64 {
    let size: usize = texts.iter().map(|text| text.len()).sum();
    let rounds = BYTES.div_ceil(size.max(1));
    let mut speeds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..rounds {
                texts.iter().for_each(|text| each(text));
            }
            (rounds * size) as f64 / 1e6 / start.elapsed().as_secs_f64()
        })
        .collect();
    speeds.sort_by(f64::total_cmp);
    speeds[RUNS / 2]
}

fn one_core(corpus: &[File]) {
    let ours = |format: Option<Format>| {
        move |text: &str| {
            let options = ReadOptions { from: format, ..ReadOptions::default() };
            let _ = std::hint::black_box(read(text.as_bytes(), &options));
        }
    };
    println!("one core, MB/s             longwave   the other        ratio");
    let text = with_extension(corpus, "txt");
    println!("text                       {:>8.1}   -", speed(&text, ours(None)));
    let html = with_extension(corpus, "html");
    let (mine, theirs) = (
        speed(&html, ours(Some(Format::Html))),
        speed(&html, |text| {
            let options = trafilatura::Options::default();
            let _ = std::hint::black_box(trafilatura::extract(text, &options));
        }),
    );
    println!("HTML, beside trafilatura   {mine:>8.1}   {theirs:>8.1}     x {:.2}", mine / theirs);
    // Only what both can read: the other refuses regions, styles, and most of what is damaged.
    let vtt: Vec<&str> = with_extension(corpus, "vtt")
        .into_iter()
        .filter(|text| subtp::vtt::WebVtt::parse(text).is_ok())
        .collect();
    let (mine, theirs) = (
        speed(&vtt, ours(Some(Format::Vtt))),
        speed(&vtt, |text| {
            let _ = std::hint::black_box(subtp::vtt::WebVtt::parse(text));
        }),
    );
    println!("WebVTT, beside subtp       {mine:>8.1}   {theirs:>8.1}     x {:.2}", mine / theirs);
}

/// An archive through the command line, written as files and as JSON Lines.
fn archive(corpus: &[File], count: usize, longwave: &Path) -> Result<(), Box<dyn Error>> {
    if !longwave.exists() {
        println!("\n{} isn't there: cargo build --release", longwave.display());
        return Ok(());
    }
    let work = tempfile::tempdir()?;
    let (from, to) = (work.path().join("in"), work.path().join("out"));
    let mut size = 0;
    let kinds = ["txt", "html", "vtt", "srt", "json"];
    let sources: Vec<&File> = corpus
        .iter()
        .filter(|file| {
            file.path.extension().is_some_and(|own| kinds.iter().any(|kind| own == *kind))
        })
        .filter(|file| !file.path.components().any(|part| part.as_os_str() == "no-story"))
        .collect();
    for (number, file) in sources.iter().cycle().take(count).enumerate() {
        let folder = from.join(format!("{:03}", number / 1000));
        if number % 1000 == 0 {
            fs::create_dir_all(&folder)?;
        }
        let extension = file.path.extension().unwrap_or_default().to_string_lossy();
        // Each file has its own numbers, so that no two are the same.
        let text = file.text.replace("20", &format!("{:02}", number % 90 + 10));
        size += text.len();
        fs::write(folder.join(format!("{number}.{extension}")), text)?;
    }
    println!(
        "\n{count} transcripts, {:.1} KB each, on {} cores",
        size as f64 / 1e3 / count as f64,
        std::thread::available_parallelism()?
    );
    println!("                             seconds    files/s    peak MiB so far");
    let text = |path: &Path| path.display().to_string();
    for (what, args) in [
        ("to files (-o)", vec!["-o".to_owned(), text(&to)]),
        ("as JSON Lines", Vec::new()),
        ("check", vec![]),
    ] {
        let command = if what == "check" { "check" } else { "read" };
        let start = Instant::now();
        let status = Command::new(longwave)
            .args(["transcript", command, &text(&from)])
            .args(args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        let took = start.elapsed().as_secs_f64();
        // What an archive holds isn't all well; that it was read to its end is what counts.
        assert!(status.code().is_some_and(|code| matches!(code, 0 | 1 | 4 | 5)), "{status}");
        let peak = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss() / 1024;
        println!("{what:<26} {took:>9.1} {:>10.0} {peak:>14}", count as f64 / took);
    }
    Ok(())
}

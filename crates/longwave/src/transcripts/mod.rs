//! `longwave transcript`: broadcast transcripts, in every form that they come in.

mod batch;
mod cast;
mod difference;
mod files;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use serde::Serialize;
use transcript::{Document, Form, Format, Warning, compare, write};

use self::batch::{Batch, Refusal};
use self::files::Input;
use crate::failure::Failure;
use crate::screen::{complain, say};

const EXAMPLES: &str = "\
A FILE is a file, a folder (all transcripts in it and below), a pattern like 'archive/**/*.html', or
- for standard input. The form is told by the content, whatever the name says; --from overrides it.
A file that can't be read is named on standard error and stops no other.

Examples:
  longwave transcript read story.html                   the whole model as JSON
  longwave transcript read story.html --to text         as a transcript is printed
  longwave transcript read interview.srt --to vtt       SubRip to WebVTT
  longwave transcript read archive/ --to json -o out/   a whole archive, file by file
  longwave transcript check archive/                    only what an editor should look at
  longwave transcript cast story.html                   who speaks, and how much
  longwave transcript diff before.txt after.txt         what a correction changed

Exit codes: 0 done (check: nothing to look at; diff: no difference), 1 a file failed,
2 wrong command line, 4 no story in a file, 5 there are warnings (check) or differences (diff).
";

/// Options of `longwave transcript`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TranscriptArgs {
    #[command(subcommand)]
    command: TranscriptCommand,
}

#[derive(Debug, Subcommand)]
enum TranscriptCommand {
    /// Read transcripts, and write them in another form.
    ///
    /// One file goes to standard output. Of several, JSON is written as JSON Lines, each document
    /// with its `file`; every other form needs a folder to write to (-o).
    Read(ReadArgs),
    /// Say what an editor should look at: lost lines, doubtful speakers, times that run backwards.
    Check(InputArgs),
    /// Say who speaks, and how much: turns, words, share of the time.
    Cast(InputArgs),
    /// Show what changed between two versions of a story, by turn and by word.
    Diff(DiffArgs),
}

#[derive(Args, Debug)]
struct InputArgs {
    /// Files, folders, patterns, or - for standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The form of all files [default: told by their content].
    #[arg(long, value_name = "FORM", value_parser = format_names())]
    from: Option<String>,
}

#[derive(Args, Debug)]
struct ReadArgs {
    #[command(flatten)]
    input: InputArgs,
    /// The form to write.
    #[arg(long, value_name = "FORM", default_value = "json", value_parser = form_names())]
    to: String,
    /// The folder to write to; it is made if it isn't there. Files of the same name in it are
    /// replaced, but never a file that is being read.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

#[derive(Args, Debug)]
struct DiffArgs {
    /// The earlier version, or - for standard input.
    before: PathBuf,
    /// The later version.
    after: PathBuf,
    /// The form of both [default: told by their content].
    #[arg(long, value_name = "FORM", value_parser = format_names())]
    from: Option<String>,
}

fn format_names() -> clap::builder::PossibleValuesParser {
    Format::ALL.map(Format::name).into()
}

fn form_names() -> clap::builder::PossibleValuesParser {
    Form::ALL.map(Form::name).into()
}

/// The format of this name. Clap has let only those through that there are.
fn format(name: Option<&str>) -> Option<Format> {
    Format::ALL.into_iter().find(|format| Some(format.name()) == name)
}

/// Runs the command.
pub(crate) fn run(args: TranscriptArgs) -> Result<(), Failure> {
    match args.command {
        TranscriptCommand::Read(args) => read(&args),
        TranscriptCommand::Check(args) => check(&args),
        TranscriptCommand::Cast(args) => show_cast(&args),
        TranscriptCommand::Diff(args) => diff(&args),
    }
}

impl InputArgs {
    fn find(&self) -> Batch {
        Batch::find(&self.files, format(self.from.as_deref()))
    }
}

fn read(args: &ReadArgs) -> Result<(), Failure> {
    let batch = args.input.find();
    let form = Form::from_name(&args.to).unwrap_or(Form::Json);
    if let Some(folder) = &args.output {
        return read_into(&batch, form, folder);
    }
    if !batch.is_single() && form != Form::Json {
        return Err(Failure::Usage(format!(
            "several files don't fit in one {}: name a folder to write them to, with -o",
            form.name()
        )));
    }
    if !batch.is_single() {
        let lines =
            batch.run(|_, input, document| Ok(line(input, &document)), |_, line| print(&line));
        return lines.result();
    }
    let outcome = batch.run(
        |_, _, document| {
            let written = write(&document, form);
            Ok((written.text, document.warnings, written.warnings))
        },
        |input, (text, read, written)| {
            print(&text);
            warn(input, read.iter().chain(&written));
        },
    );
    outcome.result()
}

/// A document with its file's name in front.
#[derive(Serialize)]
struct Line<'a> {
    file: String,
    #[serde(flatten)]
    document: &'a Document,
}

/// A document on one line (JSON Lines).
fn line(input: &Input, document: &Document) -> String {
    let line = Line { file: input.name(), document };
    // A document has no map with keys that aren't text, the one thing that JSON can't write.
    format!("{}\n", serde_json::to_string(&line).unwrap_or_default())
}

fn read_into(batch: &Batch, form: Form, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("the folder {} can't be made", folder.display()))?;
    let targets = files::targets(batch.inputs(), form);
    let outcome = batch.run(
        |index, input, document| {
            let written = write(&document, form);
            if let Some(below) = targets.get(index) {
                save(input, &folder.join(below), &written.text).map_err(Refusal::Io)?;
            }
            Ok((document.warnings, written.warnings))
        },
        |input, (read, written)| {
            if batch.is_single() {
                warn(input, read.iter().chain(&written));
            }
        },
    );
    if outcome.done > 0 && !batch.is_single() {
        let files = if outcome.done == 1 { "file" } else { "files" };
        complain(&format!("{} {files} written to {}", outcome.done, folder.display()));
    }
    outcome.result()
}

/// Writes a file so that there is never half of it, and never in place of what was read.
fn save(input: &Input, target: &Path, text: &str) -> std::io::Result<()> {
    let folder = target.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    if let (Input::File { path, .. }, Ok(there)) = (input, target.canonicalize())
        && path.canonicalize()? == there
    {
        return Err(std::io::Error::other(format!(
            "{} would be replaced by what is read from it: write to another folder",
            target.display()
        )));
    }
    let mut builder = tempfile::Builder::new();
    // As open to others as any new file is; the umask takes from it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.prefix(".longwave-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(target).map_err(|err| err.error)?;
    Ok(())
}

fn check(args: &InputArgs) -> Result<(), Failure> {
    let batch = args.find();
    let mut count = 0;
    let outcome = batch.run(
        |_, _, document| Ok(document.warnings),
        |input, warnings| {
            count += warnings.len();
            for warning in &warnings {
                say(&shown(input, warning));
            }
        },
    );
    outcome.result()?;
    if count > 0 { Err(Failure::Said(Failure::SOMETHING_FOUND)) } else { Ok(()) }
}

fn show_cast(args: &InputArgs) -> Result<(), Failure> {
    let batch = args.find();
    let is_single = batch.is_single();
    let outcome = batch.run(
        |_, _, document| Ok(cast::table(&document)),
        |input, table| {
            if is_single {
                print(&table);
            } else {
                print(&format!("{}\n{table}\n", plain(&input.name())));
            }
        },
    );
    outcome.result()
}

fn diff(args: &DiffArgs) -> Result<(), Failure> {
    let from = format(args.from.as_deref());
    let (before, after) = (version(&args.before, from)?, version(&args.after, from)?);
    let comparison = compare(&before, &after);
    print(&difference::shown(&comparison, &before, &after));
    if comparison.is_same() { Ok(()) } else { Err(Failure::Said(Failure::SOMETHING_FOUND)) }
}

/// One of the two sides of a comparison.
fn version(path: &Path, from: Option<Format>) -> Result<Document, Failure> {
    let input = if path.as_os_str() == "-" {
        Input::Standard
    } else {
        Input::File { path: path.to_owned(), below: PathBuf::new() }
    };
    batch::read(&input, from).map_err(|refusal| match refusal {
        Refusal::Read(transcript::ReadError::NoStory { .. }) => {
            complain(&format!("{}: {}", plain(&input.name()), plain(&refusal.to_string())));
            Failure::Said(Failure::NO_STORY)
        }
        other => anyhow!("{}: {}", plain(&input.name()), plain(&other.to_string())).into(),
    })
}

fn warn<'a>(input: &Input, warnings: impl Iterator<Item = &'a Warning>) {
    for warning in warnings {
        complain(&shown(input, warning));
    }
}

/// A warning on one line, as compilers print theirs, so that editors can jump to it.
fn shown(input: &Input, warning: &Warning) -> String {
    let line = warning.line.map(|line| format!(":{line}")).unwrap_or_default();
    let (code, message) = (warning.code.name(), plain(&warning.message));
    format!("{}{line}: {message} [{code}]", plain(&input.name()))
}

/// Writes text as it is to standard output. A closed pipe is nobody's fault.
fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// A text of a stranger's, fit for a terminal: no control characters, nothing that turns the
/// direction of the line.
fn plain(text: &str) -> String {
    let is_bad =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if is_bad(c) { '\u{fffd}' } else { c }).collect()
}

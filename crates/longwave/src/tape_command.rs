//! `longwave tape`: what was recorded.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock, ProgrammeTime, Span, SystemClock};
use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressStyle};
use tape::{Audience, Policy, SeekError, Tape, TapeError, Withholding};

use crate::failure::Failure;
use crate::screen::say;
use crate::{config, demo, withhold};

const EXAMPLES: &str = "\
Times are RFC 3339 with an offset (2026-11-24T05:30:00-05:00), or seconds before now (-600).
A tape is named as `longwave tape ls` names it, or by any part of that which is only its own.

Examples:
  longwave tape ls
  longwave tape cut news --from 2026-11-24T05:30:00-05:00 --to 2026-11-24T05:34:10-05:00 -o bridge.mp3
  longwave tape cut news --from -600 --to -60 -o last.mp3
  longwave tape check
  longwave tape withhold news --from -600 --to -300 --why \"caller gave a phone number\"
";

/// Options of `longwave tape`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TapeArgs {
    /// The data folder [default: that of the configuration, else the demo's].
    #[arg(long, global = true, conflicts_with = "config")]
    dir: Option<PathBuf>,

    /// The configuration that names the data folder [default: longwave.toml, if there is one].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(subcommand)]
    command: TapeCommand,
}

#[derive(Debug, Subcommand)]
enum TapeCommand {
    /// List the tapes: what can be listened to again, and how much disk it takes.
    Ls {
        /// Also their hour files, and where there is no audio.
        #[arg(short, long)]
        long: bool,
    },
    /// Cut a span to a file, exact to the frame and without re-encoding.
    Cut(CutArgs),
    /// Read everything that was recorded, and say what is damaged or missing.
    Check {
        /// Only this tape.
        tape: Option<String>,
    },
    /// Keep a span from listeners, or give it back. The recording itself stays. A stream's name
    /// means all of its renditions.
    Withhold(WithholdArgs),
}

#[derive(Args, Debug)]
struct SpanArgs {
    /// The tape.
    tape: String,
    /// Where the span begins.
    #[arg(long, allow_hyphen_values = true, value_name = "TIME")]
    from: String,
    /// Where it ends.
    #[arg(long, allow_hyphen_values = true, value_name = "TIME")]
    to: String,
}

#[derive(Args, Debug)]
struct CutArgs {
    #[command(flatten)]
    span: SpanArgs,
    /// The file to write; one that is there already is not overwritten.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Also what is withheld: for the station's own archive.
    #[arg(long)]
    archive: bool,
}

#[derive(Args, Debug)]
struct WithholdArgs {
    #[command(flatten)]
    span: SpanArgs,
    /// Who may hear it from now on.
    #[arg(long, value_enum, default_value_t)]
    policy: PolicyName,
    /// Who decides [default: your user name].
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
    /// Why: it is written down with the decision.
    #[arg(long, value_name = "TEXT")]
    why: String,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum PolicyName {
    /// Everybody: gives back what was withheld.
    Public,
    /// Whoever listened live; not again.
    LiveOnly,
    /// Nobody.
    #[default]
    Withheld,
    /// Nobody, and only administrators may know of it.
    Sealed,
}

/// Runs the command.
pub(crate) fn run(args: TapeArgs) -> Result<(), Failure> {
    let data = data_folder(args.dir, args.config)?;
    let shelf = Shelf { clock: SystemClock::start(), data };
    match args.command {
        TapeCommand::Ls { long } => shelf.list(long)?,
        TapeCommand::Cut(args) => shelf.cut(&args)?,
        TapeCommand::Check { tape } => shelf.check(tape.as_deref())?,
        TapeCommand::Withhold(args) => shelf.withhold(args)?,
    }
    Ok(())
}

/// All tapes of a data folder.
struct Shelf {
    clock: Arc<dyn Clock>,
    data: PathBuf,
}

impl Shelf {
    fn list(&self, files: bool) -> anyhow::Result<()> {
        let names = self.names()?;
        let width = names.iter().map(String::len).max().unwrap_or_default();
        for name in names {
            let summary = self.open(&name)?.summary();
            let kept = summary.window.map_or("nothing recorded".to_owned(), whole_seconds);
            say(&format!("{name:width$}  {kept}  {}", HumanBytes(summary.bytes)));
            for (span, policy) in summary.withheld {
                say(&format!("  {}: {}", in_words(policy), whole_seconds(span)));
            }
            if !files {
                continue;
            }
            for file in summary.files {
                let span = file.span.map_or("empty".to_owned(), whole_seconds);
                let pinned = if file.kept { "  kept" } else { "" };
                let guessed = if file.estimated { "  some times are guesses" } else { "" };
                let unset = if file.unsynchronised { "  the clock was not set" } else { "" };
                say(&format!(
                    "  {}  {span}  {}{pinned}{guessed}{unset}",
                    file.name,
                    HumanBytes(file.bytes)
                ));
            }
            for hole in summary.holes {
                say(&format!("  no audio from {} to {}", hole.from(), hole.to()));
            }
        }
        Ok(())
    }

    fn cut(&self, args: &CutArgs) -> anyhow::Result<()> {
        let name = self.only(&args.span.tape)?;
        let span = self.span(&args.span)?;
        let tape = self.open(&name)?;
        let file =
            File::options().write(true).create_new(true).open(&args.output).with_context(|| {
                format!("Can't write {} (a file that is there is kept)", args.output.display())
            })?;
        let bar = spinner("cutting");
        let mut out = BufWriter::new(bar.wrap_write(&file));
        let audience = if args.archive { Audience::Archive } else { Audience::Public };
        let report =
            tape.cut_as(audience, span, &mut out).map_err(anyhow::Error::new).and_then(|report| {
                out.flush()?;
                file.sync_all()?;
                Ok(report)
            });
        bar.finish_and_clear();
        let report = match report {
            Ok(report) => report,
            Err(error) => {
                // Nothing, or only a part: neither is of use.
                let _ = std::fs::remove_file(&args.output);
                let kept = tape.window().map_or("nothing".to_owned(), whole_seconds);
                let withheld =
                    matches!(error.downcast_ref(), Some(TapeError::Seek(SeekError::Closed)));
                let way = if withheld { "; the station's archive has --archive" } else { "" };
                return Err(error.context(format!("Can't cut {name} (on tape: {kept}{way})")));
            }
        };
        say(&format!(
            "{}: {} to {}, {} frames, {}",
            args.output.display(),
            report.span.from(),
            report.span.to(),
            report.frames,
            HumanBytes(report.bytes)
        ));
        for hole in report.holes {
            say(&format!("  no audio from {} to {}", hole.from(), hole.to()));
        }
        Ok(())
    }

    fn check(&self, only: Option<&str>) -> anyhow::Result<()> {
        let names = match only {
            Some(part) => vec![self.only(part)?],
            None => self.names()?,
        };
        let bar = ProgressBar::new(names.len().try_into().unwrap_or(u64::MAX));
        bar.set_style(style("{bar:30} {pos}/{len} tapes  {msg}  {elapsed}"));
        bar.enable_steady_tick(TICK);
        let mut damaged = 0;
        for name in names {
            bar.set_message(name.clone());
            let damage = Tape::check(&self.folder(&name)).map_err(anyhow::Error::new)?;
            damaged += damage.len();
            bar.suspend(|| {
                say(&format!("{name}: {}", if damage.is_empty() { "whole" } else { "damaged" }));
                for found in damage {
                    say(&format!("  {}: {}", found.file, found.what));
                }
            });
            bar.inc(1);
        }
        bar.finish_and_clear();
        if damaged > 0 {
            bail!(
                "There is damage. A torn end is mended when the station starts, and is nothing to \
                 worry about while it records."
            );
        }
        Ok(())
    }

    fn withhold(&self, args: WithholdArgs) -> Result<(), Failure> {
        let names = self.of_one_stream(&args.span.tape)?;
        let named = |name: &str| std::env::var(name).ok().filter(|who| !who.is_empty());
        // A service or a timer has no name, but somebody it runs as.
        let own = || named("USER").or_else(|| named("LOGNAME"));
        let who = args.who.filter(|who| !who.is_empty()).or_else(own);
        let who = who.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
        let decision = Withholding {
            span: self.span(&args.span)?,
            policy: match args.policy {
                PolicyName::Public => Policy::Public,
                PolicyName::LiveOnly => Policy::LiveOnly,
                PolicyName::Withheld => Policy::Withheld,
                PolicyName::Sealed => Policy::Sealed,
            },
            who,
            why: args.why,
        };
        for name in names {
            let (folder, decision) = (self.folder(&name), decision.clone());
            say(&withhold::decide(&self.data, &folder, &name, decision, self.clock.clone())?);
        }
        Ok(())
    }

    /// The tapes' names: station, stream and rendition.
    fn names(&self) -> anyhow::Result<Vec<String>> {
        let root = self.data.join("tape");
        let mut names = Vec::new();
        for station in folders(&root)? {
            for stream in folders(&root.join(&station))? {
                for rendition in folders(&root.join(&station).join(&stream))? {
                    names.push(format!("{station}/{stream}/{rendition}"));
                }
            }
        }
        if names.is_empty() {
            bail!("No tapes are in {} (another folder: --dir or --config)", self.data.display());
        }
        Ok(names)
    }

    /// The one tape with this name, or part of a name.
    fn only(&self, part: &str) -> anyhow::Result<String> {
        match self.fitting(part)?.as_slice() {
            [only] => Ok(only.clone()),
            several => bail!("`{part}` may be any of {}", several.join(", ")),
        }
    }

    /// The tapes of one stream with this name, or part of a name: all of its renditions, or one.
    fn of_one_stream(&self, part: &str) -> anyhow::Result<Vec<String>> {
        let names = self.fitting(part)?;
        let stream = |name: &String| name.rsplit_once('/').map(|(stream, _)| stream.to_owned());
        if names.windows(2).any(|pair| stream(&pair[0]) != stream(&pair[1])) {
            bail!("`{part}` may be any of {}", names.join(", "));
        }
        Ok(names)
    }

    /// The tapes with this name, or part of a name; at least one.
    fn fitting(&self, part: &str) -> anyhow::Result<Vec<String>> {
        let names = self.names()?;
        if names.iter().any(|name| name == part) {
            return Ok(vec![part.to_owned()]);
        }
        let framed = format!("/{}/", part.trim_matches('/'));
        let fits = |name: &&String| format!("/{name}/").contains(&framed);
        let fitting: Vec<String> = names.iter().filter(fits).cloned().collect();
        if fitting.is_empty() {
            bail!("There is no tape `{part}`. There are: {}", names.join(", "));
        }
        Ok(fitting)
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.data.join("tape").join(name)
    }

    fn open(&self, name: &str) -> anyhow::Result<Tape> {
        Tape::open_read_only(&self.folder(name), self.clock.clone())
            .with_context(|| format!("Can't read the tape {name}"))
    }

    fn span(&self, args: &SpanArgs) -> anyhow::Result<Span> {
        let now = self.clock.now();
        let (from, to) = (time(&args.from, now)?, time(&args.to, now)?);
        Span::new(from, to).map_err(|_| anyhow!("--to must be later than --from ({from}, {to})"))
    }
}

/// Who may hear a stretch that isn't for everybody.
fn in_words(policy: Policy) -> &'static str {
    match policy {
        Policy::Public => "for everybody",
        Policy::LiveOnly => "was live only",
        Policy::Withheld => "withheld",
        Policy::Sealed => "sealed",
    }
}

/// Seconds before `now`, or a date and time.
fn time(text: &str, now: ProgrammeTime) -> anyhow::Result<ProgrammeTime> {
    match text.strip_prefix('-').map(str::parse::<f64>) {
        Some(Ok(seconds)) => {
            let back = Duration::try_from_secs_f64(seconds)
                .with_context(|| format!("`{text}` is no number of seconds"))?;
            Ok(now.saturating_sub(back))
        }
        _ => Ok(ProgrammeTime::parse_rfc3339(text)?),
    }
}

/// The data folder that is meant.
fn data_folder(dir: Option<PathBuf>, config: Option<PathBuf>) -> Result<PathBuf, Failure> {
    if let Some(dir) = dir {
        return Ok(dir);
    }
    let usual = Path::new("longwave.toml");
    match config {
        Some(file) => Ok(config::load(&file)?.dir),
        None if usual.exists() => Ok(config::load(usual)?.dir),
        None => Ok(demo::default_dir()),
    }
}

/// The names of the folders in a folder, in order; none if it isn't there.
fn folders(path: &Path) -> anyhow::Result<Vec<String>> {
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(anyhow!("Can't read {}: {error}", path.display())),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir()
            && let Ok(name) = entry.file_name().into_string()
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// How often what is shown moves.
const TICK: Duration = Duration::from_millis(100);

/// Shown on a terminal only.
fn spinner(what: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(what.to_owned());
    bar.set_style(style("{spinner} {msg}  {bytes}  {bytes_per_sec}  {elapsed}"));
    bar.enable_steady_tick(TICK);
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// A span for people: to the second, and how long it is.
fn whole_seconds(span: Span) -> String {
    let length = HumanDuration(span.duration());
    format!("{} to {}  ({length})", Seconds(span.from()), Seconds(span.to()))
}

/// A moment without its fraction of a second.
struct Seconds(ProgrammeTime);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.0.to_string();
        match text.split_once('.') {
            Some((whole, _)) => write!(f, "{whole}Z"),
            None => f.write_str(&text),
        }
    }
}

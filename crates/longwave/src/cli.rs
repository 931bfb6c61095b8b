//! The command line.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::demo::{self, DemoArgs};
use crate::failure::Failure;
use crate::init::{self, InitArgs};
use crate::logging::LogFormat;
use crate::screen::complain;
use crate::serve::{self, ConfigArgs};
use crate::tape_command::{self, TapeArgs};
use crate::transcripts::{self, TranscriptArgs};

const AFTER_HELP: &str = "\
Begin with:
  longwave demo                       hear a station now, at http://127.0.0.1:8000/

Your own station:
  longwave init                       write longwave.toml, and show its passwords once
  longwave serve                      put it on the air
  longwave reload                     take up changes without dropping anyone

Broadcast transcripts, in any form:
  longwave transcript read story.html see what was said, by whom, as JSON

Exit codes: 0 done, 1 failed, 2 wrong command line, 3 wrong configuration; of transcripts also
4 no story in it, 5 something to look at.
";

/// A whole public-radio station in one program.
///
/// Takes live audio from any Icecast or SHOUTcast source, keeps everything that was aired on tape,
/// and lets listeners hear it live or again by its time.
#[derive(Debug, Parser)]
#[command(name = "longwave", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Cli {
    /// How log lines look (which: LONGWAVE_LOG=error, warn, info, debug or trace) [default: human].
    #[arg(long, global = true, value_enum, value_name = "FORMAT")]
    log_format: Option<LogFormat>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Put a demonstration station on the air: two streams, a home page, a door for sources.
    Demo(DemoArgs),
    /// Put the station of a configuration file on the air.
    Serve(ConfigArgs),
    /// Write a commented configuration file, with new passwords.
    Init(InitArgs),
    /// Say what a configuration comes to, or what is wrong with it.
    CheckConfig(ConfigArgs),
    /// Have the running station take up its changed configuration, without dropping anyone.
    Reload(ConfigArgs),
    /// Look at what was recorded, cut from it, or withhold some of it.
    Tape(TapeArgs),
    /// Read broadcast transcripts in any form, check, compare and write them.
    Transcript(TranscriptArgs),
    /// Read a password and print its hash, for the configuration.
    HashPassword,
}

/// Runs the command that `args` (the program's name first) ask for, and says how it went.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(wrong) => {
            // Also `--help` and `--version`, which end well. A closed pipe is nobody's fault.
            let _ = wrong.print();
            return ExitCode::from(u8::try_from(wrong.exit_code()).unwrap_or(2));
        }
    };
    match cli.command.run(cli.log_format) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !matches!(failure, Failure::Said(_)) {
                complain(&format!("longwave: {failure}"));
            }
            failure.exit_code()
        }
    }
}

impl Command {
    fn run(self, log_format: Option<LogFormat>) -> Result<(), Failure> {
        match self {
            Self::Demo(args) => demo::run(args, log_format),
            Self::Serve(args) => serve::run(&args, log_format),
            Self::Init(args) => init::run(&args),
            Self::CheckConfig(args) => serve::check(&args),
            Self::Reload(args) => serve::tell_to_reload(&args),
            Self::Tape(args) => tape_command::run(args),
            Self::Transcript(args) => transcripts::run(args),
            Self::HashPassword => init::hash_password(),
        }
    }
}

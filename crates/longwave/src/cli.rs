//! The command line.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::demo::{self, DemoArgs};
use crate::failure::Failure;
use crate::logging::{self, LogFormat};
use crate::screen::complain;

const AFTER_HELP: &str = "\
Begin with:
  longwave demo                             hear a station now, at http://127.0.0.1:8000/
";

/// A whole public-radio station in one program.
///
/// Takes live audio from any Icecast or SHOUTcast source, keeps everything that was aired on tape,
/// and lets listeners hear it live or again by its time.
#[derive(Debug, Parser)]
#[command(name = "longwave", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Cli {
    /// How log lines look (how many: LONGWAVE_LOG=error, warn, info, debug or trace).
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    log_format: LogFormat,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Put a demonstration station on the air.
    Demo(DemoArgs),
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
    logging::start(cli.log_format);
    match cli.command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&format!("longwave: {failure}"));
            failure.exit_code()
        }
    }
}

impl Command {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Demo(args) => demo::run(args),
        }
    }
}

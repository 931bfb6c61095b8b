//! The log: lines on standard error, for people or for programs.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// The variable that says how much is logged.
const FILTER: &str = "LONGWAVE_LOG";

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// One readable line each.
    #[default]
    Human,
    /// One JSON object each.
    Json,
}

/// Starts logging at the level that `LONGWAVE_LOG` names, else at `info`. A second call changes
/// nothing.
pub(crate) fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_env(FILTER).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Human => lines.with_target(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    // Only a second call can fail.
    drop(started);
}

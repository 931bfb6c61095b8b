//! The log: lines on standard error, for people or for programs.

use std::io::IsTerminal as _;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use crate::screen::complain;

/// The variable that says how much is logged.
const FILTER: &str = "LONGWAVE_LOG";

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// One readable line each.
    #[default]
    Human,
    /// One JSON object each.
    Json,
}

/// Decoders tell of every frame that leans on one they weren't shown: the levels of stretches that
/// are cut out of a stream are measured all the time.
const HUSHED: [&str; 5] = [
    "symphonia_core",
    "symphonia_bundle_mp3",
    "symphonia_bundle_flac",
    "symphonia_codec_aac",
    "symphonia_codec_vorbis",
];

/// Starts logging, at the level that `LONGWAVE_LOG` names, else at `level`, else at `info`. A second
/// call changes nothing.
pub(crate) fn start(format: Option<LogFormat>, level: Option<&str>) {
    let filter = match std::env::var(FILTER) {
        Ok(wanted) if !wanted.is_empty() => EnvFilter::try_new(&wanted).unwrap_or_else(|_| {
            complain(&format!(
                "longwave: {FILTER}=\"{wanted}\" is not understood: it is `info` now"
            ));
            EnvFilter::new("info")
        }),
        _ => EnvFilter::new(level.unwrap_or("info")),
    };
    let hushed = HUSHED.iter().filter_map(|name| format!("{name}=off").parse().ok());
    let filter = hushed.fold(filter, EnvFilter::add_directive);
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format.unwrap_or_default() {
        LogFormat::Human => {
            lines.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init()
        }
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    // Only a second call can fail.
    drop(started);
}

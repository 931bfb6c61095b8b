//! How the program ends when something is wrong.

use std::process::ExitCode;

use thiserror::Error;

/// Why a command could not do what it was asked. Shown to a person as it is: each message says
/// what happened, where, and what to do about it.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The configuration is wrong; the text has a line for each mistake.
    #[error("{0}")]
    Config(String),
    /// Anything else.
    #[error("{0:#}")]
    Other(#[from] anyhow::Error),
}

impl Failure {
    /// 1: something failed. 3: the configuration is wrong. (2, a wrong command line, is clap's.)
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) => ExitCode::from(3),
            Self::Other(_) => ExitCode::from(1),
        }
    }
}

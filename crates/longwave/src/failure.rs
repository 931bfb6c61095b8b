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
    /// The command line asks for something that can't be.
    #[error("{0}")]
    Usage(String),
    /// What there is to say has been said; only the exit code is left.
    #[error("")]
    Said(u8),
    /// Anything else.
    #[error("{0:#}")]
    Other(#[from] anyhow::Error),
}

impl Failure {
    /// The exit code where a file holds no story.
    pub(crate) const NO_STORY: u8 = 4;
    /// The exit code where a check or a comparison found something.
    pub(crate) const SOMETHING_FOUND: u8 = 5;

    /// 1: something failed. 2: a wrong command line (mostly clap's). 3: the configuration is wrong.
    /// 4 and 5: see the constants.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) => ExitCode::from(3),
            Self::Usage(_) => ExitCode::from(2),
            Self::Said(code) => ExitCode::from(*code),
            Self::Other(_) => ExitCode::from(1),
        }
    }
}

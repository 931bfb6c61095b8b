//! Longwave beside Icecast, and beside a bare `send()` loop, in one run: CPU and memory per
//! listener, a rush of listeners, and how long joining takes. Prints tables of ratios.
//!
//! Everything runs on loopback and stops by itself. Servers are measured from outside, by
//! `/proc`, as separate processes; listeners and source are threads of this one.
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures the machine's own time")]
#![allow(clippy::print_stdout, reason = "the table is what this program is for")]

mod crowd;
mod feeder;
mod floor;
mod measure;
mod scenario;
mod server;
mod table;

use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Longwave beside Icecast and beside a bare send() loop, in one run")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Every table: about an hour (with --quick about eight minutes).
    All(Conditions),
    /// CPU and memory per listener: 1,000 and 5,000 listeners, plain, with ICY titles, and (at 1,000) TLS.
    Listeners(Conditions),
    /// 5,000 listeners in 2.5 seconds.
    Rush(Conditions),
    /// 100 joins a second with 1,000 seated.
    Join(Conditions),
    /// (the floor program itself: one thread, one send() a second per socket)
    #[command(hide = true)]
    Floor,
}

/// How long and how often is measured.
#[derive(clap::Args, Clone, Debug)]
struct Conditions {
    /// Measure for this many seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Alternate this many runs; medians are printed.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Ten seconds and one run: shows the shape, not the figure.
    #[arg(long)]
    quick: bool,
    /// Listeners, in place of 1,000 and 5,000.
    #[arg(long)]
    listeners: Vec<usize>,
    /// The program to measure (default: target/release/longwave).
    #[arg(long, default_value = "target/release/longwave")]
    longwave: std::path::PathBuf,
}

impl Conditions {
    fn span(&self) -> Duration {
        Duration::from_secs(if self.quick { 10 } else { self.seconds })
    }

    fn runs(&self) -> usize {
        if self.quick { 1 } else { self.runs.max(1) }
    }

    fn counts(&self) -> Vec<usize> {
        if self.listeners.is_empty() { vec![1000, 5000] } else { self.listeners.clone() }
    }
}

fn main() -> Result<()> {
    measure::allow_many_files();
    match Arguments::parse().command {
        Command::Floor => floor::run(),
        Command::Listeners(conditions) => scenario::listeners(&conditions),
        Command::Rush(conditions) => scenario::rush(&conditions),
        Command::Join(conditions) => scenario::join(&conditions),
        Command::All(conditions) => {
            scenario::listeners(&conditions)?;
            scenario::rush(&conditions)?;
            scenario::join(&conditions)
        }
    }
}

//! How long hostile inputs take, and how much memory:
//! `cargo run --release -p transcript --example hostile -- [NAME] [MEGABYTES]`.
//!
//! Each is read at one, two, four … megabytes, with the factor that doubling costs: about two, where
//! reading takes linear time.
#![allow(clippy::print_stdout, reason = "the table is what this program is for")]
#![allow(clippy::disallowed_methods, reason = "it measures the machine's own time")]
#![allow(clippy::unwrap_used, dead_code, reason = "a tool, not for others' input")]

#[path = "../tests/it/hostile.rs"]
mod hostile;

use std::time::Instant;

use transcript::{ReadOptions, read};

fn main() {
    let mut args = std::env::args().skip(1);
    let only = args.next().unwrap_or_default();
    let most: usize = args.next().map_or(4, |most| most.parse().unwrap());
    for input in hostile::all() {
        if !input.name.starts_with(&only) {
            continue;
        }
        let mut line = format!("{:<24}", input.name);
        let mut last = 0.0;
        let mut megabytes = 1;
        while megabytes <= most {
            let text = input.text(megabytes << 20);
            let start = Instant::now();
            let options = ReadOptions { from: Some(input.format), ..ReadOptions::default() };
            // Most are refused; how they end is for the tests.
            let _ = read(text.as_bytes(), &options);
            let took = start.elapsed().as_secs_f64();
            line += &format!(" {megabytes:>3} MB {took:7.3} s");
            if last > 0.05 {
                line += &format!(" x{:.1}", took / last);
            }
            last = took;
            megabytes *= 2;
        }
        println!("{line}  {} MiB", peak());
    }
}

/// The most memory that the process has had, in MiB (Linux only).
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

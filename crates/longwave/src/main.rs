//! The program `longwave`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    longwave::run(std::env::args_os())
}

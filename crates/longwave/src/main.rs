//! Longwave: a whole public-radio station in one program.
#![forbid(unsafe_code)]

fn main() {}

#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod front;

pub use front::{FrontSettings, serve};

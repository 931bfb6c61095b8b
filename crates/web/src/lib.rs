#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod admin;
mod api;
mod assets;
mod band;
mod error;
mod events;
mod front;
mod health;
mod home;
mod metrics;
mod playlist;
mod port;
mod reply;
mod route;
mod site;

pub use front::{FrontSettings, serve};
pub use port::listen_on;

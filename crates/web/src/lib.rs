#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod admin;
mod airing;
mod api;
mod assets;
mod band;
mod crowd;
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

pub use crowd::FrontSettings;
pub use front::Front;
pub use port::listen_on;

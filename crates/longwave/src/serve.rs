//! A station from its configuration, and what a reload changes.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use arc_swap::ArcSwap;
use clap::Args;
use door::DoorSettings;
use station::{Station, StationSettings};
use web::FrontSettings;

use crate::config::{self, Plan};
use crate::failure::Failure;
use crate::logging::{self, LogFormat};
use crate::on_air::{self, OnAir, Port};
use crate::order::{self, Answer, Order};
use crate::running::Running;
use crate::screen::say;
use crate::{sounds, withhold};

/// Which configuration.
#[derive(Args, Debug)]
pub(crate) struct ConfigArgs {
    /// The configuration file.
    #[arg(long, default_value = "longwave.toml", value_name = "FILE")]
    pub(crate) config: PathBuf,
}

/// Puts the station on the air until it is stopped.
pub(crate) fn run(args: &ConfigArgs, log_format: Option<LogFormat>) -> Result<(), Failure> {
    let plan = config::load(&args.config)?;
    logging::start(log_format.or(plan.log_format), plan.log_level.as_deref());
    let _running = Running::claim(&plan.dir)?;
    let doors = Doors::new(&plan);
    let ports = doors.ports(&plan);
    let settings = StationSettings {
        dir: plan.dir.clone(),
        lineup: plan.lineup.clone(),
        grants: plan.grants.clone(),
        listen: plan.listeners.clone(),
        retention: plan.retention,
        builtins: sounds::builtins(),
        public_url: plan.public_url.clone(),
    };
    let runtime = on_air::runtime()?;
    let outcome = runtime.block_on(async {
        let limits = FrontSettings {
            max_connections: plan.max_connections,
            max_per_address: plan.max_per_address,
            ..FrontSettings::default()
        };
        let on_air = OnAir::start(&ports, settings, limits)?;
        for address in &on_air.addresses {
            tracing::info!(%address, tls = plan.door.tls.is_some(), "listening");
        }
        let served = Served { config: &args.config, doors: &doors, started: plan };
        on_air.until_stopped(|station| served.on_hangup(station)).await
    });
    on_air::end(runtime);
    outcome
}

/// Says what a configuration comes to.
pub(crate) fn check(args: &ConfigArgs) -> Result<(), Failure> {
    let plan = config::load(&args.config)?;
    say(&format!("{} is right.", args.config.display()));
    for address in &plan.listen {
        let scheme = if plan.door.tls.is_some() { "http and https" } else { "http" };
        say(&format!("  listens on {address} ({scheme})"));
    }
    for address in &plan.shoutcast {
        say(&format!("  listens on {address} (SHOUTcast sources)"));
    }
    for mount in plan.lineup.mounts() {
        let stream = plan.lineup.stream_of(mount).map_or("", |stream| stream.name.as_str());
        say(&format!("  mount {} ({stream})", mount.path));
        if mount.source.accepts && !plan.may_be_fed(&mount.path) {
            say("    note: no user may send to it (`may` of a [[user]])");
        }
        if plan.lineup.filling(mount).fallback.is_empty() {
            say("    note: it is silent when its source is gone (`fallback`)");
        }
    }
    say(&format!("  recordings in {}", plan.dir.display()));
    Ok(())
}

/// Checks the configuration, and then has the running station take it up.
pub(crate) fn tell_to_reload(args: &ConfigArgs) -> Result<(), Failure> {
    let plan = config::load(&args.config)?;
    let file = whole(&args.config)?;
    say(&order::give(&plan.dir, &Order::Reload { file })?);
    Ok(())
}

/// A file's path from the root on, by which two processes mean the same.
fn whole(file: &Path) -> Result<PathBuf, Failure> {
    let path = std::fs::canonicalize(file);
    Ok(path.with_context(|| format!("Can't find {}", file.display()))?)
}

/// The doors' rules, one set for each kind of port, swapped whole on reload.
struct Doors {
    plain: Arc<ArcSwap<DoorSettings>>,
    shoutcast: Arc<ArcSwap<DoorSettings>>,
}

impl Doors {
    fn new(plan: &Plan) -> Self {
        Self {
            plain: Arc::new(ArcSwap::from_pointee(plan.door.clone())),
            shoutcast: Arc::new(ArcSwap::from_pointee(with_shoutcast(plan))),
        }
    }

    fn ports(&self, plan: &Plan) -> Vec<Port> {
        let plain = plan.listen.iter().map(|&address| Port { address, door: self.plain.clone() });
        let shoutcast =
            plan.shoutcast.iter().map(|&address| Port { address, door: self.shoutcast.clone() });
        plain.chain(shoutcast).collect()
    }

    fn swap(&self, plan: &Plan) {
        self.plain.store(Arc::new(plan.door.clone()));
        self.shoutcast.store(Arc::new(with_shoutcast(plan)));
    }
}

fn with_shoutcast(plan: &Plan) -> DoorSettings {
    DoorSettings { shoutcast: true, ..plan.door.clone() }
}

/// A running station and what it was started as.
struct Served<'a> {
    config: &'a Path,
    doors: &'a Doors,
    started: Plan,
}

impl Served<'_> {
    /// Carries out what is asked; a bare SIGHUP asks for a reload.
    fn on_hangup(&self, station: &Station) -> ControlFlow<()> {
        let some = order::carry_out(&self.started.dir, |order| match order {
            Order::Reload { file } => match whole(self.config) {
                Ok(own) if own != file => Err(format!(
                    "The station with this data folder runs by {}, not by {}.",
                    own.display(),
                    file.display()
                )),
                _ => self.reload(station),
            },
            Order::Withhold { tape, decision } => withhold::on_air(station, &tape, decision),
        });
        if !some {
            // What comes of it is in the log.
            let _ = self.reload(station);
        }
        ControlFlow::Continue(())
    }

    /// Takes up the configuration as it is now. If it is wrong, nothing is changed.
    fn reload(&self, station: &Station) -> Answer {
        let next = match config::load(self.config) {
            Ok(next) => next,
            Err(error) => {
                tracing::error!("not reloaded, nothing is changed: {error}");
                return Err(format!("Not reloaded, nothing is changed: {error}"));
            }
        };
        let mut said = String::new();
        for setting in next.needs_restart(&self.started) {
            tracing::warn!("`{setting}` is not as it was at the start: that needs a restart");
            said.push_str(&format!(
                "\n  note: `{setting}` is not as it was at the start: that needs a restart"
            ));
        }
        self.doors.swap(&next);
        let reloaded = station.reload(next.lineup.clone(), next.grants.clone());
        if let Err(error) = reloaded {
            tracing::error!("reloaded but for this: {error}");
            return Err(format!("Reloaded but for this: {error}{said}"));
        }
        let mounts = next.lineup.mounts().len();
        tracing::info!(mounts, "reloaded");
        Ok(format!("Reloaded: {mounts} mounts are on the air.{said}"))
    }
}

impl From<config::ConfigError> for Failure {
    fn from(error: config::ConfigError) -> Self {
        match error {
            config::ConfigError::Wrong(mistakes) => {
                Self::Config(format!("the configuration is wrong:\n{mistakes}"))
            }
            unreadable @ config::ConfigError::Unreadable { .. } => {
                Self::Other(anyhow!("{unreadable}"))
            }
        }
    }
}

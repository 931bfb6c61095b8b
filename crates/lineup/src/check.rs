//! The rules that join the parts of a lineup.

use std::collections::HashSet;
use std::fmt::Display;
use std::hash::Hash;

use codec::Codec;

use crate::{Fallback, Lineup, LineupError, Mount, Rendition};

/// The first rule that `lineup` breaks.
pub(crate) fn check(lineup: &Lineup) -> Result<(), LineupError> {
    check_stations(lineup)?;
    check_streams(lineup)?;
    check_renditions(lineup)?;
    check_mounts(lineup)?;
    // Only now: whatever a fallback refers to is known to be sound.
    lineup.mounts().iter().try_for_each(|mount| check_fallback(lineup, mount))
}

fn check_stations(lineup: &Lineup) -> Result<(), LineupError> {
    let stations = lineup.stations();
    once("station", stations.iter().map(|station| &station.id))?;
    for station in stations {
        let unusable = |why| unusable("station", &station.id, why);
        if station.name.trim().is_empty() {
            return Err(unusable("it has no name"));
        }
        for host in &station.hosts {
            let allowed = |c: char| c.is_ascii_alphanumeric() || ".-_[]:".contains(c);
            if host.is_empty() || !host.chars().all(allowed) {
                return Err(unusable("one of its hosts is no host name"));
            }
            if host.contains(':') && !(host.starts_with('[') && host.ends_with(']')) {
                return Err(unusable("its hosts are given without a port"));
            }
            if host.ends_with('.') {
                return Err(unusable("its hosts are given without a final dot"));
            }
        }
    }
    let hosts = stations.iter().flat_map(|station| &station.hosts);
    once("host", hosts.map(|host| host.to_ascii_lowercase()))
}

fn check_streams(lineup: &Lineup) -> Result<(), LineupError> {
    let names = lineup.streams().iter().map(|stream| format!("{}/{}", stream.station, stream.id));
    once("stream", names)?;
    for stream in lineup.streams() {
        if !lineup.stations().iter().any(|station| station.id == stream.station) {
            let refers = format!("station `{}`", stream.station);
            return Err(LineupError::Dangling {
                what: "stream",
                name: stream.id.to_string(),
                refers,
            });
        }
        if stream.name.trim().is_empty() {
            return Err(unusable("stream", &stream.id, "it has no name"));
        }
    }
    Ok(())
}

fn check_renditions(lineup: &Lineup) -> Result<(), LineupError> {
    let renditions = lineup.renditions();
    let names = renditions.iter().map(|own| format!("{}/{}/{}", own.station, own.stream, own.id));
    once("rendition", names)?;
    for rendition in renditions {
        if lineup.stream(&rendition.station, &rendition.stream).is_none() {
            let refers = format!("stream `{}/{}`", rendition.station, rendition.stream);
            let name = rendition.id.to_string();
            return Err(LineupError::Dangling { what: "rendition", name, refers });
        }
        if rendition.bitrate == Some(0) {
            return Err(unusable("rendition", &rendition.id, "its bit rate is 0"));
        }
    }
    Ok(())
}

fn check_mounts(lineup: &Lineup) -> Result<(), LineupError> {
    once("mount", lineup.mounts().iter().map(|mount| &mount.path))?;
    for (i, mount) in lineup.mounts().iter().enumerate() {
        let unusable = |why| unusable("mount", &mount.path, why);
        if lineup.rendition_of(mount).is_none() {
            let refers =
                format!("rendition `{}/{}/{}`", mount.station, mount.stream, mount.rendition);
            let name = mount.path.to_string();
            return Err(LineupError::Dangling { what: "mount", name, refers });
        }
        if mount.max_lag <= mount.burst.get() {
            return Err(unusable("its longest lag has to be longer than its burst"));
        }
        if mount.source.by_default {
            let others = &lineup.mounts()[..i];
            if others.iter().any(|other| other.source.by_default) {
                return Err(unusable("another mount is where sources go by default"));
            }
            if !mount.source.accepts {
                return Err(unusable("sources go here by default, and it takes none"));
            }
        }
        let rivals = lineup.mounts()[..i].iter().filter(|other| other.is_heard_like(mount));
        if mount.fills() && rivals.into_iter().any(Mount::fills) {
            return Err(unusable(
                "another mount of the same rendition relays or falls back already: only one can",
            ));
        }
        if mount.source.timeout.is_zero() {
            return Err(unusable("a source's timeout can't be zero"));
        }
        for url in [&mount.source.relay, &mount.listener_auth].into_iter().flatten() {
            if !is_http(url) {
                return Err(unusable("the URLs that it asks begin with http:// or https://"));
            }
        }
    }
    Ok(())
}

fn check_fallback(lineup: &Lineup, mount: &Mount) -> Result<(), LineupError> {
    let codec = |mount| lineup.rendition_of(mount).map(|rendition| rendition.codec);
    for (i, fallback) in mount.fallback.iter().enumerate() {
        let refuse = |why| {
            let (mount, to) = (mount.path.clone(), fallback.to_string());
            Err(LineupError::Fallback { mount, to, why })
        };
        if codec(mount) == Some(Codec::Opaque) {
            return refuse("audio of an unknown kind can't be joined to other audio");
        }
        if mount.fallback[..i].contains(fallback) {
            return refuse("it is named twice");
        }
        match fallback {
            Fallback::Mount(path) if *path == mount.path => return refuse("it is the same mount"),
            Fallback::Mount(path) => {
                let Some(other) = lineup.mount(path) else {
                    let refers = format!("mount `{path}`");
                    let name = mount.path.to_string();
                    return Err(LineupError::Dangling { what: "mount", name, refers });
                };
                if other.is_heard_like(mount) {
                    return refuse("the same is heard there");
                }
                if codec(other) != codec(mount) {
                    return refuse("it is encoded otherwise");
                }
                let (own, their) = (lineup.rendition_of(mount), lineup.rendition_of(other));
                let declared = |of: fn(&Rendition) -> Option<u32>| {
                    own.and_then(of)
                        .zip(their.and_then(of))
                        .is_some_and(|(own, their)| own != their)
                };
                if declared(|rendition| rendition.sample_rate) {
                    return refuse("it has another sample rate");
                }
                if declared(|rendition| rendition.channels.map(u32::from)) {
                    return refuse("it has another number of channels");
                }
                let leads_on = lineup.fallback_mounts(other);
                if leads_on.iter().any(|further| further.is_heard_like(mount)) {
                    return refuse("that one falls back to this one");
                }
            }
            Fallback::File(file) if file.as_os_str().is_empty() => {
                return refuse("no file is named");
            }
            Fallback::Builtin(name) if name.is_empty() => return refuse("nothing is named"),
            Fallback::File(_) | Fallback::Builtin(_) => {}
        }
    }
    Ok(())
}

fn once<T: Eq + Hash + Display>(
    what: &'static str,
    names: impl IntoIterator<Item = T>,
) -> Result<(), LineupError> {
    let mut known = HashSet::new();
    for name in names {
        if known.contains(&name) {
            return Err(LineupError::Twice { what, name: name.to_string() });
        }
        known.insert(name);
    }
    Ok(())
}

fn unusable(what: &'static str, name: &impl ToString, why: &'static str) -> LineupError {
    LineupError::Unusable { what, name: name.to_string(), why }
}

/// Is `url` an absolute URL of the web with a host?
fn is_http(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let sound = |c: char| !c.is_control() && c != ' ';
    rest.is_some_and(|rest| {
        !rest.is_empty() && !rest.starts_with(['/', '?', ':', '#']) && rest.chars().all(sound)
    })
}

//! The house: a room imports only from floors below it.

use crate::none;
use crate::workspace::members;

/// The rooms, from the ground up.
const FLOORS: &[(u8, &[&str])] = &[
    (1, &["airtime", "codec", "lineup", "access", "transcript"]),
    (2, &["tape", "schedule", "align", "door"]),
    (3, &["air", "listen", "newsroom"]),
    (4, &["store"]),
    (5, &["search", "syndicate"]),
    (6, &["station"]),
    (7, &["web"]),
    (8, &["longwave"]),
];

/// What stands beside the house: it measures the program from outside and imports no room.
const OUTSIDE: &[&str] = &["bench"];

/// Doors between rooms of the same floor, with the reason.
const ON_ONE_FLOOR: &[(&str, &str, &str)] = &[
    ("lineup", "codec", "a mount declares the codec that it carries"),
    ("access", "lineup", "a right is a right to a mount"),
    ("access", "airtime", "back-off and cached credentials run by the injected clock"),
];

/// Rooms above the second floor that know no async runtime either.
const PURE: &[&str] = &["newsroom"];

/// Rooms on the lower floors that do.
const ASYNC: &[&str] = &["door"];

const RUNTIMES: &[&str] = &[
    "actix-rt",
    "async-executor",
    "async-std",
    "axum",
    "futures-executor",
    "hyper",
    "hyper-util",
    "mio",
    "smol",
    "tokio",
    "tokio-rustls",
    "tower",
];

#[test]
fn a_room_imports_only_from_floors_below() {
    let mut faults = Vec::new();
    let mut passed = Vec::new();
    for member in members() {
        if OUTSIDE.contains(&member.name.as_str()) {
            for import in &member.imports {
                faults.push(format!("{} stands outside and imports {import}", member.name));
            }
            continue;
        }
        let Some(own) = floor(&member.name) else {
            faults.push(format!("{} has no floor: enter it in FLOORS", member.name));
            continue;
        };
        for import in &member.imports {
            let door = (member.name.as_str(), import.as_str());
            match floor(import) {
                Some(below) if below < own => {}
                Some(same) if same == own && is_door(door) => {
                    passed.push((member.name.clone(), import.clone()));
                }
                other => faults.push(format!(
                    "{} (floor {own}) imports {import} (floor {other:?})",
                    member.name
                )),
            }
        }
    }
    for (from, to, _) in ON_ONE_FLOOR {
        if !passed.iter().any(|(f, t)| f == from && t == to) {
            faults.push(format!("{from} no longer imports {to}: take it from ON_ONE_FLOOR"));
        }
    }
    none(&faults);
}

#[test]
fn the_lower_floors_know_no_async_runtime() {
    let mut faults = Vec::new();
    for member in members() {
        let name = member.name.as_str();
        let low = floor(name).is_some_and(|floor| floor <= 2) && !ASYNC.contains(&name);
        if low || PURE.contains(&name) {
            for runtime in RUNTIMES.iter().filter(|runtime| member.tree.contains(**runtime)) {
                faults.push(format!("{name} is built with {runtime}"));
            }
        }
    }
    none(&faults);
}

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(_, rooms)| rooms.contains(&room)).map(|(floor, _)| *floor)
}

fn is_door((from, to): (&str, &str)) -> bool {
    ON_ONE_FLOOR.iter().any(|(f, t, _)| *f == from && *t == to)
}

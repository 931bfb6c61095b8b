//! What cargo knows of the workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::{none, root};

/// A crate of this workspace.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) manifest: PathBuf,
    /// The crates of this workspace that it imports; what only its tests import is left out.
    pub(crate) imports: BTreeSet<String>,
    /// Every package that is built for it, by name.
    pub(crate) tree: BTreeSet<String>,
    /// The root files of its libraries and programs.
    pub(crate) roots: Vec<PathBuf>,
}

/// The workspace's crates, as `cargo metadata` resolves them for this machine.
pub(crate) fn members() -> Vec<Member> {
    let rustc = run("rustc", &["-vV"]);
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let cargo = env!("CARGO");
    let metadata =
        run(cargo, &["metadata", "--format-version", "1", "--offline", "--filter-platform", host]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();

    let packages: BTreeMap<&str, &Value> =
        list(&metadata["packages"]).map(|package| (text(&package["id"]), package)).collect();
    let graph: BTreeMap<&str, Vec<&str>> = list(&metadata["resolve"]["nodes"])
        .map(|node| (text(&node["id"]), list(&node["deps"]).filter_map(built).collect()))
        .collect();
    let ids: BTreeSet<&str> = list(&metadata["workspace_members"]).map(text).collect();
    let name = |id: &str| text(&packages[id]["name"]).to_owned();

    let member = |id: &&str| {
        let mut tree = BTreeSet::new();
        let mut open = vec![*id];
        while let Some(next) = open.pop() {
            if tree.insert(next) {
                open.extend(&graph[next]);
            }
        }
        let roots = list(&packages[id]["targets"])
            .filter(|target| list(&target["kind"]).any(|kind| matches!(text(kind), "lib" | "bin")));
        Member {
            name: name(id),
            manifest: text(&packages[id]["manifest_path"]).into(),
            imports: graph[id].iter().filter(|dep| ids.contains(*dep)).map(|d| name(d)).collect(),
            tree: tree.into_iter().map(&name).collect(),
            roots: roots.map(|target| text(&target["src_path"]).into()).collect(),
        }
    };
    ids.iter().map(member).collect()
}

#[test]
fn every_crate_inherits_the_workspace_lints() {
    let mut faults = Vec::new();
    for member in members() {
        let manifest = std::fs::read_to_string(&member.manifest).unwrap();
        if !manifest.contains("[lints]\nworkspace = true") {
            faults.push(format!("{}: no `[lints] workspace = true`", member.manifest.display()));
        }
    }
    none(&faults);
}

/// Crates that may hold unsafe code, with the reason. None does.
const UNSAFE: &[(&str, &str)] = &[];

#[test]
fn every_crate_forbids_unsafe_code() {
    let mut faults = Vec::new();
    for member in members() {
        if UNSAFE.iter().any(|(name, _)| *name == member.name) {
            continue;
        }
        for file in &member.roots {
            if !std::fs::read_to_string(file).unwrap().contains("#![forbid(unsafe_code)]") {
                faults.push(format!("{}: no `#![forbid(unsafe_code)]`", file.display()));
            }
        }
    }
    none(&faults);
}

/// The package that `dependency` leads to, unless only tests need it.
fn built(dependency: &Value) -> Option<&str> {
    let needed = list(&dependency["dep_kinds"]).any(|kind| kind["kind"] != "dev");
    needed.then(|| text(&dependency["pkg"]))
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(root()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

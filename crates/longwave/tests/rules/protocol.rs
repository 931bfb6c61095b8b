//! `docs/protocol.md`: each fact of the protocols names the test that shows it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::files::rust_below;
use crate::{none, root};

/// A row of a table: what is so, where it is known from, and what shows it.
struct Fact {
    line: usize,
    fact: String,
    shown_by: String,
}

#[test]
fn each_fact_names_a_test_that_exists_or_says_why_it_is_left_out() {
    let mut faults = Vec::new();
    let facts = facts();
    assert!(facts.len() >= 80, "the table has shrunk to {} facts", facts.len());
    for fact in &facts {
        let complain =
            |what: &str| format!("docs/protocol.md:{}: {}: {what}", fact.line, fact.fact);
        if let Some(reason) = fact.shown_by.strip_prefix("left out:") {
            if reason.trim().len() < 10 {
                faults.push(complain("left out without a reason"));
            }
            continue;
        }
        let tests: Vec<&str> = fact.shown_by.split('`').skip(1).step_by(2).collect();
        if tests.is_empty() {
            faults.push(complain("neither a test nor `left out: <reason>`"));
        }
        for test in tests {
            if let Err(why) = look_up(test) {
                faults.push(complain(&why));
            }
        }
    }
    none(&faults);
}

#[test]
fn no_fact_stands_twice() {
    let mut seen = BTreeSet::new();
    let twice: Vec<String> = facts()
        .into_iter()
        .map(|fact| fact.fact)
        .filter(|fact| !seen.insert(fact.clone()))
        .collect();
    none(&twice);
}

fn facts() -> Vec<Fact> {
    let text = fs::read_to_string(root().join("docs/protocol.md")).unwrap();
    let rows = text.lines().enumerate().filter(|(_, line)| line.starts_with('|'));
    rows.filter_map(|(number, line)| {
        let line = line.replace("\\|", "&#124;");
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let heading = cells[0] == "Fact" || cells[0].starts_with("--");
        assert!(cells.len() == 3, "docs/protocol.md:{}: not three cells", number + 1);
        (!heading).then(|| Fact {
            line: number + 1,
            fact: cells[0].to_owned(),
            shown_by: cells[2].to_owned(),
        })
    })
    .collect()
}

/// Is there a test `crate::module::name`? The module is the file or the `mod` that holds it.
fn look_up(test: &str) -> Result<(), String> {
    let [room, modules @ .., name] = &*test.split("::").collect::<Vec<_>>() else {
        return Err(format!("`{test}` is no crate::module::test"));
    };
    let Some(module) = modules.last() else {
        return Err(format!("`{test}` names no module"));
    };
    let dir = root().join("crates").join(room);
    if !dir.is_dir() {
        return Err(format!("there is no crate `{room}`"));
    }
    let found = rust_below(&dir).into_iter().any(|file| {
        let text = fs::read_to_string(&file).unwrap();
        in_module(&file, &text, module) && is_test(&text, name)
    });
    if found { Ok(()) } else { Err(format!("there is no test `{test}`")) }
}

fn in_module(file: &Path, text: &str, module: &str) -> bool {
    let stem = file.file_stem().is_some_and(|stem| stem == module);
    let dir = file.parent().and_then(Path::file_name).is_some_and(|dir| dir == module);
    stem || (dir && matches!(file.file_stem().and_then(|s| s.to_str()), Some("mod" | "main")))
        || text.contains(&format!("mod {module} {{"))
}

/// Is there a function `name` with a test's attribute?
fn is_test(text: &str, name: &str) -> bool {
    text.match_indices(&format!("fn {name}(")).any(|(at, _)| {
        let above = text[..at].rsplit('\n').skip(1);
        let mut attributes = above.map(str::trim).take_while(|line| {
            line.starts_with("#[") || line.starts_with("//") || line.ends_with(")]")
        });
        attributes.any(|line| line.contains("test]") || line.contains("test("))
    })
}

//! The table of rules is true: every rule has cases that show it.

use std::collections::HashMap;

use crate::corpus;

/// How many rules there are of reading broadcast transcripts.
const RULES: usize = 31;

#[test]
fn every_rule_is_shown_by_two_cases() {
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/transcript-rules.md");
    let table = std::fs::read_to_string(table).unwrap();
    let cases: HashMap<String, Vec<String>> =
        corpus::cases().into_iter().map(|case| (case.name, case.rules)).collect();
    let mut wrong = Vec::new();
    for rule in 1..=RULES {
        let row = table.lines().find(|line| line.starts_with(&format!("| {rule} |")));
        let Some(shown) = row.and_then(|row| row.rsplit('|').nth(1)) else {
            wrong.push(format!("rule {rule} isn't in the table"));
            continue;
        };
        let named: Vec<&str> = shown.split('`').skip(1).step_by(2).collect();
        if named.len() < 2 {
            wrong.push(format!("rule {rule} has {} cases", named.len()));
        }
        for name in named {
            match cases.get(name) {
                None => wrong.push(format!("rule {rule}: there is no case {name}")),
                Some(rules) if !rules.contains(&rule.to_string()) => {
                    wrong.push(format!("rule {rule}: {name} doesn't claim it"));
                }
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

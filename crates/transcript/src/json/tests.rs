//! The schema says what is written, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::rc::Rc;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::Value;

use super::JSON_SCHEMA;
use crate::arbitrary;
use crate::read::{ReadOptions, read};
use crate::write::{Form, write};

/// A schema of the few keywords that ours uses, and what of it was met.
struct Checker {
    root: Rc<Value>,
    /// The properties and the values of enumerations that were met, as JSON pointers.
    met: BTreeSet<String>,
}

impl Checker {
    fn new() -> Self {
        Self { root: Rc::new(serde_json::from_str(JSON_SCHEMA).unwrap()), met: BTreeSet::new() }
    }

    /// Checks a value against the whole.
    fn check(&mut self, value: &Value) -> Result<(), String> {
        self.at("", value, "")
    }

    fn at(&mut self, pointer: &str, value: &Value, place: &str) -> Result<(), String> {
        let root = Rc::clone(&self.root);
        let schema = root.pointer(pointer).unwrap();
        for (keyword, rule) in schema.as_object().unwrap() {
            let holds = match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" => true,
                "$ref" => {
                    let target = rule.as_str().unwrap().strip_prefix('#').unwrap().to_owned();
                    self.at(&target, value, place)?;
                    true
                }
                "anyOf" => (0..rule.as_array().unwrap().len()).any(|index| {
                    self.at(&format!("{pointer}/anyOf/{index}"), value, place).is_ok()
                }),
                "type" => {
                    let one = std::slice::from_ref(rule);
                    rule.as_array().map_or(one, Vec::as_slice).iter().any(|kind| is(value, kind))
                }
                "const" => value == rule,
                "enum" => {
                    let index = rule.as_array().unwrap().iter().position(|one| one == value);
                    index.inspect(|index| {
                        self.met.insert(format!("{pointer}/enum/{index}"));
                    });
                    index.is_some()
                }
                "minimum" => value.as_f64().is_none_or(|value| value >= rule.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|value| value <= rule.as_f64().unwrap()),
                "required" => {
                    let names = rule.as_array().unwrap();
                    names.iter().all(|name| value.get(name.as_str().unwrap()).is_some())
                }
                "properties" => {
                    for (name, inner) in value.as_object().into_iter().flatten() {
                        let place = format!("{place}/{name}");
                        if rule.get(name).is_none() {
                            return Err(format!("{place} isn't in the schema"));
                        }
                        let pointer = format!("{pointer}/properties/{name}");
                        self.at(&pointer, inner, &place)?;
                        self.met.insert(pointer);
                    }
                    true
                }
                "items" => {
                    for (index, inner) in value.as_array().into_iter().flatten().enumerate() {
                        self.at(&format!("{pointer}/items"), inner, &format!("{place}/{index}"))?;
                    }
                    true
                }
                _ => return Err(format!("this checker doesn't know {keyword}")),
            };
            if !holds {
                return Err(format!("{place}: {value} isn't as {pointer}/{keyword} says"));
            }
        }
        Ok(())
    }
}

fn is(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    }
}

/// Every property and every value of an enumeration below a place in the schema.
fn listed(schema: &Value, pointer: &str, found: &mut BTreeSet<String>) {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        found.extend((0..values.len()).map(|index| format!("{pointer}/enum/{index}")));
    }
    for key in ["properties", "$defs"] {
        for (name, inner) in schema.get(key).and_then(Value::as_object).into_iter().flatten() {
            let pointer = format!("{pointer}/{key}/{name}");
            listed(inner, &pointer, found);
            if key == "properties" {
                found.insert(pointer);
            }
        }
    }
    if let Some(items) = schema.get("items") {
        listed(items, &format!("{pointer}/items"), found);
    }
}

#[test]
fn all_that_is_written_is_in_the_schema_and_the_other_way_round() {
    let mut checker = Checker::new();
    let mut runner = TestRunner::deterministic();
    let documents = arbitrary::document();
    for _ in 0..400 {
        let document = documents.new_tree(&mut runner).unwrap().current();
        let written = write(&document, Form::Json).text;
        checker.check(&serde_json::from_str(&written).unwrap()).unwrap();
    }
    let mut all = BTreeSet::new();
    listed(&checker.root, "", &mut all);
    let never: Vec<_> = all.difference(&checker.met).collect();
    assert!(never.is_empty(), "never written: {never:#?}");
}

#[test]
fn every_property_is_described() {
    let schema: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
    let mut all = BTreeSet::new();
    listed(&schema, "", &mut all);
    for pointer in all.iter().filter(|pointer| !pointer.contains("/enum/")) {
        let property = schema.pointer(pointer).unwrap();
        let target = property.get("$ref").and_then(Value::as_str).map(|path| &path[1..]);
        let target = target.and_then(|path| schema.pointer(path)).unwrap_or(property);
        let described = [property, target].iter().any(|one| one.get("description").is_some());
        assert!(described, "{pointer} isn't described");
    }
}

#[test]
fn what_is_read_of_the_corpus_is_written_as_the_schema_says() {
    let mut checker = Checker::new();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut read_well = 0;
    for set in fs::read_dir(corpus).unwrap() {
        for file in fs::read_dir(set.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.to_string_lossy().ends_with(".answer.json") {
                continue;
            }
            let Ok(document) = read(&fs::read(&path).unwrap(), &ReadOptions::default()) else {
                continue;
            };
            let written = write(&document, Form::Json).text;
            let checked = checker.check(&serde_json::from_str(&written).unwrap());
            assert_eq!(checked, Ok(()), "{}", path.display());
            read_well += 1;
        }
    }
    assert!(read_well > 100, "only {read_well} files were read");
}

//! Each form is written as its specification says, and read back as what it holds.

mod carried;
mod corpus;
mod forms;
mod markup;
mod timed;

use crate::arbitrary;
use crate::model::Document;
use crate::read::{ReadOptions, read};
use crate::write::{Form, write};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn json_holds_everything(document in arbitrary::document()) {
        let written = write(&document, Form::Json);
        prop_assert_eq!(&written.warnings, &vec![]);
        let again: Document = serde_json::from_str(&written.text).unwrap();
        prop_assert_eq!(again, document);
    }

    #[test]
    fn json_is_read_as_json(document in arbitrary::document()) {
        let written = write(&document, Form::Json);
        let options = ReadOptions { from: Some(crate::model::Format::Json), ..ReadOptions::default() };
        prop_assert_eq!(read(written.text.as_bytes(), &options).unwrap(), document);
    }
}

#[test]
fn a_form_is_found_by_its_name() {
    for form in Form::ALL {
        assert_eq!(Form::from_name(form.name()), Some(form));
        assert!(!form.extension().is_empty());
    }
    assert_eq!(Form::from_name("docx"), None);
}

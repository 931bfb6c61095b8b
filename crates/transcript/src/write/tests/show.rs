use crate::read::{ReadOptions, read};
use crate::write::{Form, write};
#[test]
#[ignore]
fn show() {
    let path = std::env::var("SHOW").unwrap();
    let form = Form::from_name(&std::env::var("FORM").unwrap()).unwrap();
    let document = read(&std::fs::read(path).unwrap(), &ReadOptions::default()).unwrap();
    let written = write(&document, form);
    std::fs::write("/tmp/scratch/out", &written.text).unwrap();
    std::fs::write("/tmp/scratch/warn", format!("{:#?}", written.warnings)).unwrap();
}

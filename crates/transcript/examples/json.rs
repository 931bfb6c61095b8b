use transcript::*;
fn main() {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path).unwrap();
        let out = match read(&bytes, &ReadOptions { name: Some(&path), ..Default::default() }) {
            Err(err) => serde_json::json!({"refused": err.to_string()}),
            Ok(d) => serde_json::to_value(&d).unwrap(),
        };
        println!("{}", serde_json::json!([path, out]));
    }
}

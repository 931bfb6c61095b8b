//! The examples of `docs/transcripts.md` are what the program prints.

use std::path::Path;

use crate::rig::longwave_reading;

/// The page with the output of every `console` block as the program prints it now: a line with `$`
/// is a command, which reads the `transcript` block above it.
fn run(page: &str, dir: &Path) -> String {
    let mut out = String::new();
    let mut input = String::new();
    let mut block: Option<&str> = None;
    for line in page.lines() {
        match (block, line) {
            (None, "```transcript") => {
                input.clear();
                block = Some("transcript");
            }
            (None, "```console") => block = Some("console"),
            (Some(_), "```") => block = None,
            (Some("transcript"), words) => {
                input.push_str(words);
                input.push('\n');
            }
            (Some("console"), printed) => {
                let Some(command) = printed.strip_prefix("$ longwave ") else { continue };
                let args: Vec<&str> = command.split(' ').collect();
                let ran = longwave_reading(&args, dir, &input);
                out.push_str(line);
                out.push('\n');
                out.push_str(&String::from_utf8(ran.stdout).unwrap());
                continue;
            }
            _ => {}
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[test]
fn the_page_on_transcripts_shows_what_is_printed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/transcripts.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let now = run(&page, dir.path());
    if std::env::var_os("UPDATE_EXAMPLE").is_some() {
        std::fs::write(&path, &now).unwrap();
        return;
    }
    assert!(
        page == now,
        "UPDATE_EXAMPLE=1 cargo test -p longwave --test it transcript_docs\n{now}"
    );
    for convention in transcript::CONVENTIONS {
        assert!(page.contains(&format!("(`{}`)", convention.name)), "{}", convention.name);
    }
}

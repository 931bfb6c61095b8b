//! A first configuration, and passwords for it.

use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use access::{PasswordHash, Secret};
use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::config;
use crate::failure::Failure;
use crate::screen::{complain, say};

/// Options of `longwave init`.
#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// The file to write; `-` writes to standard output.
    #[arg(long, default_value = "longwave.toml", value_name = "FILE")]
    output: PathBuf,
}

/// Writes the commented configuration, and shows its passwords once.
pub(crate) fn run(args: &InitArgs) -> Result<(), Failure> {
    let (source, admin) = (new_password()?, new_password()?);
    let text = config::with_hashes(hash(&source)?.as_str(), hash(&admin)?.as_str());
    let passwords = format!(
        "Passwords, shown this once (the file keeps only their hashes):\n\n  \
         user source   password {}\n  user admin    password {}\n",
        source.expose(),
        admin.expose()
    );
    if args.output == Path::new("-") {
        say(text.trim_end());
        complain(&passwords);
        return Ok(());
    }
    write_new(&args.output, &text)?;
    let file = args.output.display();
    say(&format!(
        "Wrote {file}.\n\n{passwords}\n\
         Look through it, then put the station on the air:\n\n  longwave serve --config {file}"
    ));
    Ok(())
}

/// Reads a password and prints its hash.
pub(crate) fn hash_password() -> Result<(), Failure> {
    let secret = read_password()?;
    if secret.expose().is_empty() {
        return Err(Failure::Other(anyhow!("The password is empty: nothing is hashed.")));
    }
    say(hash(&secret)?.as_str());
    Ok(())
}

/// A password that nobody knows yet.
pub(crate) fn new_password() -> Result<Secret, Failure> {
    Ok(Secret::generate().context("no password can be generated")?)
}

/// The hash of a password.
pub(crate) fn hash(secret: &Secret) -> Result<PasswordHash, Failure> {
    Ok(PasswordHash::hash(secret).context("a password can't be hashed")?)
}

fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut file = match File::options().write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!(
                "{} is there already: choose another file with --output, or move it away",
                path.display()
            );
        }
        Err(error) => return Err(anyhow!("Can't write {}: {error}", path.display())),
    };
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("Can't write {}", path.display()))
}

/// A line from standard input; from a terminal without showing it.
fn read_password() -> Result<Secret, Failure> {
    let input = std::io::stdin();
    let shown = input.is_terminal().then(|| tcgetattr(&input).ok()).flatten();
    if let Some(shown) = &shown {
        complain("Password (it isn't shown):");
        let mut hidden = shown.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&input, OptionalActions::Flush, &hidden)
            .context("the terminal can't be hushed")?;
    }
    let mut line = String::new();
    let read = input.read_line(&mut line);
    if let Some(shown) = &shown {
        tcsetattr(&input, OptionalActions::Flush, shown)
            .context("the terminal can't be restored")?;
    }
    read.context("no password can be read")?;
    Ok(Secret::new(line.trim_end_matches(['\n', '\r'])))
}

//! The servers that are measured, each as a process of its own.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::feeder::Feeder;

/// Base64 of `source:bench`.
const SOURCE: &str = "c291cmNlOmJlbmNo";

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    /// This project's own program.
    Longwave,
    /// The same, over TLS.
    LongwaveTls,
    /// Icecast from Debian.
    Icecast,
    /// One `send()` a second per socket and nothing else.
    Floor,
}

impl Contender {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Longwave => "Longwave",
            Self::LongwaveTls => "Longwave TLS",
            Self::Icecast => "Icecast",
            Self::Floor => "bare send()",
        }
    }
}

/// A running server with a source on its one mount. Stopped when dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The path that listeners ask for.
    pub(crate) path: &'static str,
    // Before the folder: the source must end before the server's folder goes.
    _feeder: Option<Feeder>,
    _dir: TempDir,
}

impl Server {
    /// Starts `contender` and its source, and waits until it takes connections.
    pub(crate) fn start(contender: Contender, longwave: &Path) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        match contender {
            Contender::Floor => Self::floor(dir),
            Contender::Icecast => Self::icecast(dir),
            Contender::Longwave => Self::longwave(dir, longwave, false),
            Contender::LongwaveTls => Self::longwave(dir, longwave, true),
        }
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    fn floor(dir: TempDir) -> Result<Self> {
        let mut child =
            Command::new(std::env::current_exe()?).arg("floor").stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("no output from the floor program")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = SocketAddr::from(([127, 0, 0, 1], line.trim().parse()?));
        Ok(Self { child, address, path: "/", _feeder: None, _dir: dir })
    }

    fn icecast(dir: TempDir) -> Result<Self> {
        let address = free_address()?;
        let root = dir.path().display();
        let port = address.port();
        let config = dir.path().join("icecast.xml");
        // Everything as Icecast ships it, but for the limits of listeners.
        fs::write(
            &config,
            format!(
                "<icecast><location>bench</location><admin>bench</admin><hostname>localhost</hostname>\
                 <limits><clients>20000</clients><sources>2</sources><queue-size>524288</queue-size>\
                 <client-timeout>30</client-timeout><header-timeout>15</header-timeout>\
                 <source-timeout>10</source-timeout><burst-on-connect>1</burst-on-connect>\
                 <burst-size>65535</burst-size></limits>\
                 <authentication><source-password>bench</source-password>\
                 <admin-user>admin</admin-user><admin-password>bench</admin-password></authentication>\
                 <listen-socket><port>{port}</port><bind-address>127.0.0.1</bind-address></listen-socket>\
                 <paths><basedir>{root}</basedir><logdir>{root}</logdir><webroot>{root}</webroot>\
                 <adminroot>{root}</adminroot></paths>\
                 <logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog>\
                 <loglevel>2</loglevel></logging>\
                 <security><chroot>0</chroot><changeowner><user>nobody</user><group>nogroup</group>\
                 </changeowner></security></icecast>"
            ),
        )?;
        // Icecast refuses to run as root, and then writes its logs as nobody.
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777))?;
        let child = Command::new("icecast2")
            .arg("-c")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("icecast2 can't be started (apt-get install icecast2)")?;
        Self::with_source(child, address, "/bench.mp3", dir)
    }

    fn longwave(dir: TempDir, longwave: &Path, tls: bool) -> Result<Self> {
        let address = free_address()?;
        let hash = hash_password(longwave)?;
        let tls = if tls { certificate(&dir)? } else { String::new() };
        let config = dir.path().join("longwave.toml");
        fs::write(
            &config,
            format!(
                "data_dir = \"data\"\n[server]\nlisten = [\"{address}\"]\n{tls}\
                 [[station]]\nid = \"bench\"\nname = \"Bench\"\n\
                 [[station.stream]]\nid = \"bench\"\nname = \"Bench\"\n\
                 [[station.stream.rendition]]\nid = \"mp3\"\ncodec = \"mp3\"\nbitrate = 128\n\
                 [[station.stream.rendition.mount]]\npath = \"/bench.mp3\"\nfallback = []\n\
                 [[user]]\nname = \"source\"\npassword = \"{hash}\"\nmay = [\"source *\"]\n"
            ),
        )?;
        let child = Command::new(longwave)
            .args(["serve", "--config"])
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(fs::File::create(dir.path().join("longwave.log"))?)
            .spawn()
            .with_context(|| {
                format!("{} can't be started (cargo build --release)", longwave.display())
            })?;
        Self::with_source(child, address, "/bench.mp3", dir)
    }

    fn with_source(
        child: Child,
        address: SocketAddr,
        path: &'static str,
        dir: TempDir,
    ) -> Result<Self> {
        let mut server = Self { child, address, path, _feeder: None, _dir: dir };
        server.wait_until_open()?;
        server._feeder = Some(Feeder::start(address, path, SOURCE)?);
        // Let its source fill the burst.
        std::thread::sleep(Duration::from_secs(10));
        Ok(server)
    }

    fn wait_until_open(&mut self) -> Result<()> {
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended at once: {status}");
            }
            if begun.elapsed() > Duration::from_secs(20) {
                bail!("the server does not listen after 20 s");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self._feeder = None;
        // Both fail only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The hash of the source's password, as the configuration wants it.
fn hash_password(longwave: &Path) -> Result<String> {
    let mut child = Command::new(longwave)
        .arg("hash-password")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| {
            format!("{} can't be started (cargo build --release)", longwave.display())
        })?;
    child.stdin.take().context("no way to say the password")?.write_all(b"bench\n")?;
    let said = String::from_utf8(child.wait_with_output()?.stdout)?;
    let hash = said.split_whitespace().find(|word| word.starts_with("$argon2"));
    Ok(hash.context("hash-password printed no hash")?.to_owned())
}

/// A certificate of the bench's own, and the lines of the configuration that name it.
fn certificate(dir: &TempDir) -> Result<String> {
    let signed = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
    fs::write(dir.path().join("cert.pem"), signed.cert.pem())?;
    fs::write(dir.path().join("key.pem"), signed.signing_key.serialize_pem())?;
    Ok("[[server.tls]]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n".to_owned())
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

//! Listeners by the thousand: one thread, one epoll, everything that is read is thrown away.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rustix::event::epoll;

/// How a crowd comes and what it asks for.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    pub(crate) address: SocketAddr,
    pub(crate) path: &'static str,
    pub(crate) count: usize,
    /// Over how long they come, evenly.
    pub(crate) within: Duration,
    /// Ask for ICY titles.
    pub(crate) icy: bool,
    /// Over TLS (no certificate is checked: it is the bench's own).
    pub(crate) tls: bool,
}

/// Listeners that are connected until this is dropped.
pub(crate) struct Crowd {
    stop: Arc<AtomicBool>,
    seated: Arc<AtomicUsize>,
    thread: Option<JoinHandle<Result<Vec<Listener>>>>,
}

/// What one of them lived to see.
#[derive(Clone, Debug)]
pub(crate) struct Listener {
    /// From asking for the connection to the first byte of audio; `None`: never came.
    pub(crate) first_audio: Option<Duration>,
    /// The first bytes of audio were the start of an MPEG frame.
    pub(crate) whole: bool,
    /// Bytes of all kinds.
    pub(crate) bytes: u64,
    /// The server closed the connection.
    pub(crate) closed: bool,
}

impl Crowd {
    /// Sends them on their way.
    pub(crate) fn gather(manner: Manner) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let seated = Arc::new(AtomicUsize::new(0));
        let (stopped, counted) = (stop.clone(), seated.clone());
        let thread = std::thread::spawn(move || run(&manner, &stopped, &counted));
        Self { stop, seated, thread: Some(thread) }
    }

    /// Waits until `count` hear something.
    pub(crate) fn wait(&self, count: usize, patience: Duration) -> Result<()> {
        let begun = Instant::now();
        while self.seated.load(Ordering::Relaxed) < count {
            if begun.elapsed() > patience {
                let heard = self.seated.load(Ordering::Relaxed);
                bail!("only {heard} of {count} hear something after {patience:?}");
            }
            if self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
                bail!("the crowd gave up");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Sends them home and asks what they lived to see.
    pub(crate) fn disperse(mut self) -> Result<Vec<Listener>> {
        self.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.take().context("already dispersed")?;
        thread.join().map_err(|_| anyhow!("the crowd's thread panicked"))?
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Only reached when an earlier error is on its way out already.
            let _ = thread.join();
        }
    }
}

struct Seat {
    socket: TcpStream,
    tls: Option<Box<rustls::ClientConnection>>,
    asked: Instant,
    sent: bool,
    /// The last bytes of the reply's head, while it is being read.
    head: Vec<u8>,
    in_audio: bool,
    report: Listener,
}

fn run(manner: &Manner, stop: &AtomicBool, seated: &AtomicUsize) -> Result<Vec<Listener>> {
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let tls = if manner.tls { Some(Arc::new(trusting()?)) } else { None };
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n{}\r\n",
        manner.path,
        if manner.icy { "Icy-MetaData: 1\r\n" } else { "" }
    );
    let begun = Instant::now();
    let mut seats: Vec<Seat> = Vec::with_capacity(manner.count);
    let mut events = Vec::with_capacity(1024);
    let mut scratch = vec![0_u8; 256 * 1024];
    while !stop.load(Ordering::Relaxed) {
        while seats.len() < manner.count && begun.elapsed() >= share(manner, seats.len()) {
            let seat = arrive(manner.address, tls.as_ref())?;
            let key = epoll::EventData::new_u64(seats.len() as u64);
            let wanted = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::ET;
            epoll::add(&poll, seat.socket.as_fd(), key, wanted)?;
            seats.push(seat);
        }
        let patience = rustix::event::Timespec { tv_sec: 0, tv_nsec: 2_000_000 };
        events.clear();
        match epoll::wait(&poll, rustix::buffer::spare_capacity(&mut events), Some(&patience)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for event in &events {
            let index = usize::try_from(event.data.u64())?;
            let Some(seat) = seats.get_mut(index) else { continue };
            let heard = seat.report.first_audio.is_some();
            seat.turn(&request, &mut scratch);
            if !heard && seat.report.first_audio.is_some() {
                seated.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    Ok(seats.into_iter().map(|seat| seat.report).collect())
}

/// When the `index`th of them comes.
fn share(manner: &Manner, index: usize) -> Duration {
    manner.within.mul_f64(index as f64 / manner.count.max(1) as f64)
}

fn arrive(address: SocketAddr, tls: Option<&Arc<rustls::ClientConfig>>) -> Result<Seat> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};
    let asked = Instant::now();
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    match connect(&socket, &address) {
        Ok(()) | Err(rustix::io::Errno::INPROGRESS) => {}
        Err(error) => return Err(error.into()),
    }
    let tls = match tls {
        Some(config) => {
            let name = "localhost".to_owned().try_into()?;
            Some(Box::new(rustls::ClientConnection::new(config.clone(), name)?))
        }
        None => None,
    };
    let report = Listener { first_audio: None, whole: false, bytes: 0, closed: false };
    let socket = TcpStream::from(socket);
    Ok(Seat { socket, tls, asked, sent: false, head: Vec::new(), in_audio: false, report })
}

impl Seat {
    /// Does all that can be done now without waiting.
    fn turn(&mut self, request: &str, scratch: &mut [u8]) {
        match self.try_turn(request, scratch) {
            Ok(()) => {}
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => {}
            Err(_) => self.report.closed = true,
        }
    }

    fn try_turn(&mut self, request: &str, scratch: &mut [u8]) -> std::io::Result<()> {
        if self.tls.is_some() {
            return self.turn_tls(request, scratch);
        }
        if !self.sent {
            self.socket.write_all(request.as_bytes())?;
            self.sent = true;
        }
        loop {
            let n = self.socket.read(scratch)?;
            if n == 0 {
                self.report.closed = true;
                return Ok(());
            }
            self.hear(scratch.get(..n).unwrap_or_default());
        }
    }

    fn turn_tls(&mut self, request: &str, scratch: &mut [u8]) -> std::io::Result<()> {
        let Some(mut tls) = self.tls.take() else { return Ok(()) };
        if !self.sent {
            tls.writer().write_all(request.as_bytes())?;
            self.sent = true;
        }
        let result = loop {
            while tls.wants_write() {
                if tls.write_tls(&mut self.socket).is_err() {
                    break;
                }
            }
            match tls.read_tls(&mut self.socket) {
                Ok(0) => {
                    self.report.closed = true;
                    break Ok(());
                }
                Ok(_) => {}
                Err(error) => break Err(error),
            }
            if let Err(error) = tls.process_new_packets() {
                break Err(std::io::Error::other(error));
            }
            while let Ok(n) = tls.reader().read(scratch) {
                if n == 0 {
                    break;
                }
                self.hear(scratch.get(..n).unwrap_or_default());
            }
        };
        self.tls = Some(tls);
        result
    }

    fn hear(&mut self, bytes: &[u8]) {
        self.report.bytes += bytes.len() as u64;
        if self.report.first_audio.is_some() {
            return;
        }
        let mut audio = bytes;
        if !self.in_audio {
            self.head.extend_from_slice(bytes);
            let Some(end) = self.head.windows(4).position(|four| four == b"\r\n\r\n") else {
                return;
            };
            if !self.head.starts_with(b"HTTP/1.0 200") && !self.head.starts_with(b"HTTP/1.1 200") {
                self.report.closed = true;
                return;
            }
            self.in_audio = true;
            let already = self.head.len() - bytes.len();
            audio = bytes.get((end + 4).saturating_sub(already)..).unwrap_or_default();
        }
        if let [first, ..] = audio {
            self.report.first_audio = Some(self.asked.elapsed());
            let second = audio.get(1).copied().unwrap_or(0xE0);
            self.report.whole = *first == 0xFF && second & 0xE0 == 0xE0;
            self.head = Vec::new();
        }
    }
}

/// A TLS client that believes every certificate.
fn trusting() -> Result<rustls::ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Anyone(provider.clone()));
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

#[derive(Debug)]
struct Anyone(Arc<rustls::crypto::CryptoProvider>);

impl rustls::client::danger::ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _end_entity: &rustls::pki_types::CertificateDer<'_>,
        _intermediates: &[rustls::pki_types::CertificateDer<'_>],
        _server_name: &rustls::pki_types::ServerName<'_>,
        _ocsp_response: &[u8],
        _now: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &rustls::pki_types::CertificateDer<'_>,
        _signature: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &rustls::pki_types::CertificateDer<'_>,
        _signature: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

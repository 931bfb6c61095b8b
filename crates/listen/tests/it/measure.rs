//! What a listener costs, beside a bare loop that does one `send()` a second per socket. Not a
//! test: it prints, and is run by hand:
//! `cargo nextest run -p listen --run-ignored only --no-capture measure`.
#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use airtime::{Clock, SystemClock};
use bytes::{Bytes, BytesMut};
use codec::{Codec, Format, Packet};
use door::{Conn, Peer, Transport};
use listen::{Listen, ListenSettings};
use tape::{Discontinuity, Epoch, EventLog, Retention, Tape, TapeOptions};

use crate::studio::{FRAME_TIME, Plan, frame, path, setup};

const LISTENERS: usize = 4000;
const SECONDS: u64 = 20;

/// CPU time of the threads of this process whose name begins with `name`.
fn cpu(name: &str) -> Duration {
    let mut total = 0;
    for task in fs::read_dir("/proc/self/task").unwrap().flatten() {
        let read = |file: &str| fs::read_to_string(task.path().join(file)).unwrap_or_default();
        if read("comm").starts_with(name) {
            let stat = read("schedstat");
            total += stat.split_whitespace().next().and_then(|ns| ns.parse().ok()).unwrap_or(0);
        }
    }
    Duration::from_nanos(total)
}

fn resident() -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with("RssAnon")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// Reads whatever comes at `sockets` and throws it away.
fn swallow(
    sockets: Vec<TcpStream>,
    stop: Arc<AtomicBool>,
    got: Arc<AtomicU64>,
    clock: Arc<SystemClock>,
) {
    let mut buffer = vec![0; 256 * 1024];
    while !stop.load(Relaxed) {
        for mut socket in &sockets {
            if let Ok(n) = socket.read(&mut buffer) {
                got.fetch_add(n as u64, Relaxed);
            }
        }
        clock.sleep(Duration::from_millis(200));
    }
}

#[test]
#[ignore = "prints figures, takes a minute"]
fn what_a_listener_costs() {
    let clock = SystemClock::start();
    for titles in [false, true] {
        let floor = floor(&clock);
        let (own, memory, first) = own(&clock, titles);
        let ratio = own.as_secs_f64() / floor.as_secs_f64();
        println!(
            "titles {titles}: pump {own:?}, bare loop {floor:?} in {SECONDS} s for {LISTENERS}: {ratio:.2}; \
             {memory} bytes each; joining p50 {:?} p99 {:?}",
            first[first.len() / 2],
            first[first.len() * 99 / 100],
        );
    }
}

fn floor(clock: &Arc<SystemClock>) -> Duration {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut near, mut far) = (Vec::new(), Vec::new());
    for _ in 0..LISTENERS {
        let socket = TcpStream::connect(server.local_addr().unwrap()).unwrap();
        socket.set_nonblocking(true).unwrap();
        far.push(socket);
        let (socket, _) = server.accept().unwrap();
        socket.set_nonblocking(true).unwrap();
        near.push(socket);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let got = Arc::new(AtomicU64::new(0));
    let reader = {
        let (stop, got, clock) = (stop.clone(), got.clone(), clock.clone());
        std::thread::spawn(move || swallow(far, stop, got, clock))
    };
    let sender = {
        let clock = clock.clone();
        let body = move || {
            let block = vec![0_u8; 16_000];
            for _ in 0..SECONDS {
                let begun = clock.monotonic();
                for mut socket in &near {
                    let _ = socket.write(&block);
                }
                clock.sleep(Duration::from_secs(1).saturating_sub(clock.monotonic() - begun));
            }
            cpu("floor")
        };
        std::thread::Builder::new().name("floor".to_owned()).spawn(body).unwrap()
    };
    let cost = sender.join().unwrap();
    stop.store(true, Relaxed);
    reader.join().unwrap();
    assert!(got.load(Relaxed) > 16_000 * LISTENERS as u64 * (SECONDS - 2));
    cost
}

fn own(clock: &Arc<SystemClock>, titles: bool) -> (Duration, u64, Vec<Duration>) {
    let dir = tempfile::tempdir().unwrap();
    let shared: Arc<dyn Clock> = clock.clone();
    let options = TapeOptions {
        dir: Some(dir.path().join("tape")),
        ring: Duration::from_secs(90),
        retention: Retention { max_age: Duration::from_secs(6 * 3600), max_bytes: 20 << 30 },
    };
    let (tape, mut appender) = Tape::open(options, shared.clone()).unwrap();
    let events = EventLog::open(&dir.path().join("events"), shared.clone()).unwrap();
    let settings = ListenSettings {
        pumps: 1,
        interval: Duration::from_secs(2),
        max_listeners: None,
        sessions: Some(dir.path().join("sessions")),
        keep_addresses_days: 30,
    };
    let listen = Listen::open(settings, shared).unwrap();
    let mut mount = Plan::new().mount;
    mount.path = path();
    listen.set_mount(setup(mount, Duration::ZERO, &tape, &events));
    let stop = Arc::new(AtomicBool::new(false));
    let feeder = {
        let (stop, clock) = (stop.clone(), clock.clone());
        let format = Format { codec: Codec::Mp3, sample_rate: 48_000, channels: 2 };
        appender.begin(Epoch { format, header: Arc::from([]) }, Discontinuity::Start);
        std::thread::spawn(move || {
            let mut at = clock.now().saturating_sub(Duration::from_secs(30));
            for n in 0.. {
                let bytes = Bytes::from(frame(n));
                let packet = Packet { bytes, samples: 1152, entry: true, reservoir: 0 };
                appender.append(&packet, at);
                at = at.saturating_add(FRAME_TIME);
                if stop.load(Relaxed) {
                    break;
                }
                clock.sleep(at.since(clock.now()));
            }
        })
    };
    clock.sleep(Duration::from_secs(1));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let server = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = server.local_addr().unwrap();
    {
        let listen = listen.clone();
        runtime.spawn(async move {
            loop {
                let (socket, from) = server.accept().await.unwrap();
                let listen = listen.clone();
                tokio::spawn(async move {
                    let peer = Peer { client: from.ip(), socket: from };
                    let mut conn =
                        Conn::from_parts(Transport::Plain(socket), peer, BytesMut::new());
                    let patience = Duration::from_secs(15);
                    let settings = door::DoorSettings { patience, ..Default::default() };
                    if let Ok(Some(door::Opening::Request(head))) = conn.read_head(&settings).await
                    {
                        let _ = listen.join(conn, &head, &path()).await;
                    }
                });
            }
        });
    }
    let before = resident();
    let mut sockets = Vec::new();
    let mut first = Vec::new();
    let mut buffer = vec![0; 256 * 1024];
    let wish = if titles { "Icy-MetaData: 1\r\n" } else { "" };
    let begun = clock.monotonic();
    for n in 0..LISTENERS {
        // Two thousand a second.
        clock
            .sleep(Duration::from_micros(500 * n as u64).saturating_sub(clock.monotonic() - begun));
        let asked = clock.monotonic();
        let mut socket = TcpStream::connect(address).unwrap();
        socket
            .write_all(
                format!("GET /news.mp3 HTTP/1.1\r\nHost: x\r\nUser-Agent: Test/1\r\n{wish}\r\n")
                    .as_bytes(),
            )
            .unwrap();
        let n = socket.read(&mut buffer).unwrap();
        assert!(n > 0);
        first.push(clock.monotonic() - asked);
        socket.set_nonblocking(true).unwrap();
        sockets.push(socket);
    }
    first.sort_unstable();
    let stopped = Arc::new(AtomicBool::new(false));
    let got = Arc::new(AtomicU64::new(0));
    let reader = {
        let (stop, got, clock) = (stopped.clone(), got.clone(), clock.clone());
        std::thread::spawn(move || swallow(sockets, stop, got, clock))
    };
    clock.sleep(Duration::from_secs(4));
    let (cpu_before, got_before) = (cpu("pump"), got.load(Relaxed));
    clock.sleep(Duration::from_secs(SECONDS));
    let cost = cpu("pump") - cpu_before;
    let memory = (resident() - before) / LISTENERS as u64;
    let bytes = (got.load(Relaxed) - got_before) / LISTENERS as u64 / SECONDS;
    println!("{bytes} bytes a second each; {:?}", listen.counts(&path()));
    stopped.store(true, Relaxed);
    reader.join().unwrap();
    stop.store(true, Relaxed);
    feeder.join().unwrap();
    listen.stop();
    (cost, memory, first)
}

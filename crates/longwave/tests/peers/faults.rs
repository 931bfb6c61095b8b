//! Peers that misbehave: whatever they do, those who listen hear on.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::rig::{Listener, PASSWORD, Rig};
use crate::sound::{Sound, frames};

/// Asserts that somebody who comes now hears three seconds and the station calls itself healthy.
fn assert_on_the_air(rig: &Rig) {
    let mut listener = Listener::join(rig, "/news.mp3", "");
    let already = {
        listener.until("the burst", |heard| frames(heard).len() > 100);
        frames(listener.heard()).len()
    };
    listener.until("three seconds more", |heard| frames(heard).len() > already + 115);
    assert_eq!(rig.health()["ok"], true, "{}", rig.health());
}

fn login(rig: &Rig, mount: &str) -> TcpStream {
    let mut socket = TcpStream::connect(rig.address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(
        socket,
        "SOURCE {mount} HTTP/1.0\r\nAuthorization: Basic {}\r\nContent-Type: audio/mpeg\r\n\r\n",
        base64_of(&format!("source:{PASSWORD}"))
    )
    .unwrap();
    let mut reply = [0; 256];
    let n = socket.read(&mut reply).unwrap();
    assert!(String::from_utf8_lossy(&reply[..n]).contains(" 200 "), "the source was refused");
    socket
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn two_thousand_connections_that_say_nothing() {
    let rig = Rig::demo();
    let silent: Vec<TcpStream> =
        (0..2000).map(|_| TcpStream::connect(rig.address).unwrap()).collect();
    assert_on_the_air(&rig);
    drop(silent);
}

#[test]
fn a_header_without_end_is_cut_off() {
    let rig = Rig::demo();
    assert_on_the_air(&rig);
    let before = rig.memory();
    let mut socket = TcpStream::connect(rig.address).unwrap();
    socket.write_all(b"GET /news.mp3 HTTP/1.1\r\n").unwrap();
    let line = [b"X-Filler: ".as_slice(), &[b'a'; 1000], b"\r\n"].concat();
    // A gibibyte, or until the station has had enough.
    let sent = (0..1 << 20).take_while(|_| socket.write_all(&line).is_ok()).count();
    assert!(sent < 100_000, "the station read {sent} lines of one header");
    assert!(rig.memory() < before + (8 << 20), "the header was kept in memory");
    assert_on_the_air(&rig);
}

#[test]
fn a_source_that_sends_garbage_never_goes_on_the_air() {
    let rig = Rig::demo();
    let mut listener = Listener::join(&rig, "/news.mp3", "");
    let mut source = login(&rig, "/news.mp3");
    let mut state = 7_u64;
    let garbage: Vec<u8> = (0..2 << 20)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as u8
        })
        .collect();
    // It may be let go while it still sends.
    let _ = source.write_all(&garbage);
    let already = frames(listener.heard()).len();
    listener.until("three seconds of the loop", |heard| {
        assert!(!rig.has_source("/news.mp3"), "garbage is on the air");
        frames(heard).len() > already + 115
    });
    assert_on_the_air(&rig);
}

#[test]
fn a_source_that_sends_nothing_is_let_go() {
    let rig = Rig::demo();
    let mut source = login(&rig, "/news.mp3");
    assert_on_the_air(&rig);
    let mut rest = Vec::new();
    // The mount's timeout is 10 s; the socket's own patience here is 20 s.
    source.read_to_end(&mut rest).expect("the station let a silent source stay");
}

#[test]
fn a_source_that_sends_a_byte_a_second_never_goes_on_the_air_and_is_let_go() {
    let rig = Rig::demo();
    let sound = Sound::mp3(rig.dir.path(), "trickle", 1);
    let bytes = std::fs::read(&sound.path).unwrap();
    let mut source = login(&rig, "/news.mp3");
    // The station has nothing to say: each wait is a second long.
    source.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let let_go = bytes.iter().take(25).any(|byte| {
        assert!(!rig.has_source("/news.mp3"), "it is on the air");
        source.write_all(&[*byte]).is_err()
            || match source.read(&mut [0; 64]) {
                Ok(_) => true,
                Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
            }
    });
    assert!(let_go, "a byte a second is taken for audio");
    assert_on_the_air(&rig);
}

#[test]
fn a_burst_is_aired_at_a_steady_pace() {
    let rig = Rig::demo();
    let sound = Sound::mp3(rig.dir.path(), "burst", 30);
    let mut listener = Listener::join(&rig, "/news.mp3", "");
    let mut source = login(&rig, "/news.mp3");
    source.write_all(&std::fs::read(&sound.path).unwrap()).unwrap();
    rig.until("the burst is on the air", || rig.has_source("/news.mp3"));
    let begun = std::time::Instant::now();
    listener.until("nearly all of the burst", |heard| sound.count(heard) > 1130);
    // 1,130 frames are 29.5 s; a listener is sent to every 2 s and had a burst of 6 s.
    let took = begun.elapsed();
    assert!(took > Duration::from_secs(24), "30 s of sound were aired in {took:?}");
    sound.assert_whole(listener.heard());
}

#[test]
fn listeners_that_never_read_cost_nothing() {
    let rig = Rig::demo();
    // It is connected to before it has read its sounds.
    assert_on_the_air(&rig);
    let mut idle = Vec::new();
    for _ in 0..200 {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(&rig.address.into()).unwrap();
        let mut socket = TcpStream::from(socket);
        socket.write_all(b"GET /music.mp3 HTTP/1.0\r\n\r\n").unwrap();
        idle.push(socket);
    }
    let before = rig.memory();
    assert_on_the_air(&rig);
    let mut listener = Listener::join(&rig, "/music.mp3", "");
    listener.until("fifteen seconds", |heard| frames(heard).len() > 575);
    let grown = rig.memory().saturating_sub(before);
    assert!(grown < 8 << 20, "200 listeners that never read cost {grown} bytes");
}

#[test]
fn wrong_passwords_by_the_thousand_keep_nobody_out() {
    let rig = Rig::demo();
    // All of 127/8 is this machine: the guesser has an address of its own.
    let guesser = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 77), 0));
    let mut listener = Listener::join(&rig, "/news.mp3", "");
    let mut open = Vec::new();
    for attempt in 0..3000 {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&guesser.into()).unwrap();
        socket.connect(&rig.address.into()).unwrap();
        let mut socket = TcpStream::from(socket);
        write!(
            socket,
            "SOURCE /news.mp3 HTTP/1.0\r\nAuthorization: Basic {}\r\nContent-Type: audio/mpeg\r\n\r\n",
            base64_of(&format!("source:guess-{attempt}"))
        )
        .unwrap();
        open.push(socket);
    }
    let begun = std::time::Instant::now();
    let source = login(&rig, "/news.mp3");
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "the right password waited {:?}",
        begun.elapsed()
    );
    let already = frames(listener.heard()).len();
    listener.until("three seconds", |heard| frames(heard).len() > already + 115);
    for mut socket in open {
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut reply = [0; 64];
        let n = socket.read(&mut reply).unwrap_or(0);
        let reply = String::from_utf8_lossy(&reply[..n]).into_owned();
        assert!(!reply.contains(" 200 "), "a guess was let in: {reply}");
    }
    assert!(!rig.program.log().contains("guess-"), "passwords are in the log");
    drop(source);
}

#[test]
fn guesses_from_everywhere_take_no_more_memory_than_two_checks() {
    let rig = Rig::demo();
    assert_on_the_air(&rig);
    let before = rig.memory();
    let guess = |last: u8| {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 9, 0, last), 0)).into()).unwrap();
        socket.connect(&rig.address.into()).unwrap();
        let mut socket = TcpStream::from(socket);
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let guess = base64_of(&format!("source:guess-{last}"));
        write!(socket, "GET /admin/stats HTTP/1.0\r\nAuthorization: Basic {guess}\r\n\r\n")
            .unwrap();
        let mut reply = String::new();
        socket.read_to_string(&mut reply).unwrap();
        assert!(reply.contains(" 401 ") || reply.contains(" 503 "), "{reply}");
    };
    // Each by a thread of the station's own, as it comes.
    std::thread::scope(|scope| {
        for first in 0..8_u8 {
            scope.spawn(move || (1..=25).for_each(|n| guess(first * 25 + n)));
        }
    });
    let grown = rig.memory().saturating_sub(before);
    // A check takes 19 MiB.
    assert!(grown < 48 << 20, "200 guesses took {grown} bytes");
}

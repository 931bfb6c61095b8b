//! The floor: what sending costs when nothing else is done.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use anyhow::Result;

/// One second of 128 kbit/s.
const SECOND: [u8; 16_000] = [0x55; 16_000];

/// Listens on a free port, prints it, and sends one second of bytes a second to everyone, in one
/// thread, with one `send()` each.
pub(crate) fn run() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    println!("{}", listener.local_addr()?.port());
    std::io::stdout().flush()?;
    let mut sockets = Vec::new();
    let mut due = Instant::now();
    loop {
        match listener.accept() {
            Ok((mut socket, _)) => {
                // The request is short and on loopback: it comes in one piece.
                let mut head = [0; 1024];
                let _ = socket.read(&mut head);
                socket.write_all(b"HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n")?;
                socket.write_all(&SECOND)?;
                socket.set_nonblocking(true)?;
                sockets.push(socket);
                if Instant::now() < due {
                    continue;
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                std::thread::sleep(
                    due.saturating_duration_since(Instant::now()).min(Duration::from_millis(20)),
                );
            }
            Err(error) => return Err(error.into()),
        }
        if Instant::now() >= due {
            due += Duration::from_secs(1);
            sockets.retain_mut(|socket| match socket.write(&SECOND) {
                Ok(_) => true,
                Err(error) => error.kind() == ErrorKind::WouldBlock,
            });
        }
    }
}

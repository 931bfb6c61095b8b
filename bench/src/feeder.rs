//! A source: 128 kbit/s MP3 in real time.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// Sends until dropped.
pub(crate) struct Feeder {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Feeder {
    /// Logs in at `path` and begins to send.
    pub(crate) fn start(to: SocketAddr, path: &str, authorization: &str) -> Result<Self> {
        let mut socket = TcpStream::connect(to)?;
        write!(
            socket,
            "SOURCE {path} HTTP/1.0\r\nAuthorization: Basic {authorization}\r\n\
             Content-Type: audio/mpeg\r\nice-name: bench\r\nice-bitrate: 128\r\n\r\n"
        )?;
        socket.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut reply = [0; 512];
        let n = socket.read(&mut reply).context("no answer to the source")?;
        let reply = String::from_utf8_lossy(reply.get(..n).unwrap_or_default()).into_owned();
        ensure!(reply.contains(" 200 "), "the source was refused: {reply}");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || send(&mut socket, &stopped));
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A feeder that failed has nothing to add: the listeners' figures show it.
            let _ = thread.join();
        }
    }
}

fn send(socket: &mut TcpStream, stop: &AtomicBool) {
    let begun = Instant::now();
    let mut frames = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        // Frames that should have been sent by now; 1,152 samples each, and two seconds ahead to
        // begin with, as encoders with a buffer do.
        let due =
            (begun.elapsed() + Duration::from_secs(2)).as_nanos() * 44_100 / 1_152 / 1_000_000_000;
        let mut piece = Vec::new();
        while u128::from(frames) < due {
            piece.extend_from_slice(&frame(frames));
            frames += 1;
        }
        if socket.write_all(&piece).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The `index`th frame of a silent MPEG-1 layer III stream, 128 kbit/s, 44.1 kHz, joint stereo.
///
/// 144 × 128,000 / 44,100 = 417 + 47/49 bytes: a frame is padded by one byte in 47 of 49.
fn frame(index: u64) -> Vec<u8> {
    let padded = (index + 1) * 47 / 49 > index * 47 / 49;
    let mut frame = vec![0_u8; if padded { 418 } else { 417 }];
    let header = [0xFF, 0xFB, if padded { 0x92 } else { 0x90 }, 0x64];
    frame.splice(..4, header);
    // The frame's number stands in its ancillary data, so that no two are alike.
    frame.splice(60..68, index.to_be_bytes());
    frame
}

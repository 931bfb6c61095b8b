#!/usr/bin/env python3
"""Makes the two loops of `longwave demo`: news.mp3 and music.mp3.

Needs numpy, espeak-ng, ffmpeg (with soxr) and lame. Run it from anywhere:

    python3 scripts/demo-audio/build.py [news|music]

A loop is plain constant-bit-rate MP3 that can be played over and over: no Xing header, no trailing
tag. Each item is encoded by itself, so that no frame leans on the item before it, and begins with
an ID3v2.3 tag with its title and artist.
"""

import re
import struct
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import numpy as np

import music
import newscast
from synth import RATE

OUT = Path(__file__).resolve().parents[2] / "crates/longwave/audio"
LOUDNESS = -17.0  # LUFS
CEILING = 0.72  # -2.9 dBFS: encoding overshoots by up to a decibel or two.


def main() -> None:
    wanted = sys.argv[1:] or ["news", "music"]
    OUT.mkdir(exist_ok=True)
    if "music" in wanted:
        items = [(title, music.ARTIST, piece()) for title, piece in music.PIECES]
        write_loop(OUT / "music.mp3", items, bit_rate=96)
    if "news" in wanted:
        items = [(title, who, newscast.item(n)) for n, (title, who, _) in enumerate(newscast.ITEMS)]
        write_loop(OUT / "news.mp3", items, bit_rate=64)


def write_loop(path: Path, items: list, bit_rate: int) -> None:
    """Writes the items one after another."""
    with path.open("wb") as out:
        for title, artist, samples in items:
            mp3 = encode(trimmed(samples), bit_rate)
            out.write(id3v2(title, artist) + mp3)
            print(f"{path.name}: {title}: {len(mp3) * 8 / bit_rate / 1000:.1f} s")


def trimmed(samples: np.ndarray) -> np.ndarray:
    """Without the tail that nobody hears: the next item follows at once."""
    level = np.abs(samples).max(axis=1)
    end = np.nonzero(level > level.max() * 0.04)[0][-1]
    fade = int(0.15 * RATE)
    samples = samples[: end + fade].copy()
    samples[-fade:] *= np.linspace(1, 0, fade)[:, None]
    return samples


def encode(samples: np.ndarray, bit_rate: int) -> bytes:
    """As MP3 at the common loudness."""
    with tempfile.TemporaryDirectory() as folder:
        raw, even, mp3 = (str(Path(folder, name)) for name in ("raw.wav", "even.wav", "out.mp3"))
        write_wav(raw, samples / np.abs(samples).max() * 0.5)
        # The limiter costs a little loudness, so the gain is found in two passes.
        gain = 0.0
        for _ in range(2):
            level = f"volume={gain:.2f}dB,aresample=176400,alimiter=limit={CEILING}:level=0,aresample={RATE}"
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", raw, "-af", level, even], check=True)
            gain += LOUDNESS - loudness(even)
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", raw, "-af",
                        f"volume={gain:.2f}dB,aresample=176400,alimiter=limit={CEILING}:level=0,aresample={RATE}",
                        even], check=True)
        command = ["lame", "--quiet", "-t", "--cbr", "-b", str(bit_rate), "-m", "j", "-q", "2",
                   "--resample", "44.1", even, mp3]
        subprocess.run(command, check=True)
        return Path(mp3).read_bytes()


def loudness(path: str) -> float:
    """Integrated loudness (EBU R 128) in LUFS."""
    report = subprocess.run(["ffmpeg", "-nostats", "-i", path, "-af", "ebur128", "-f", "null", "-"],
                            capture_output=True, text=True, check=True).stderr
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", report)[-1])


def write_wav(path: str, samples: np.ndarray) -> None:
    with wave.open(path, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())


def id3v2(title: str, artist: str) -> bytes:
    """An ID3v2.3 tag with TIT2 and TPE1."""
    frames = b"".join(text_frame(*frame) for frame in ((b"TIT2", title), (b"TPE1", artist)))
    size = bytes((len(frames) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + frames


def text_frame(name: bytes, text: str) -> bytes:
    body = b"\x00" + text.encode("latin-1")
    return name + struct.pack(">IH", len(body), 0) + body


if __name__ == "__main__":
    main()

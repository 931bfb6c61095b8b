"""Instruments and a mixing desk: everything is made of sines and seeded noise."""

import numpy as np

RATE = 44_100
NOISE = np.random.default_rng(907)

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def pitch(name: str) -> float:
    """Hertz of a note such as `F#4` or `Bb2`; A4 is 440."""
    step = STEPS[name[0]] + name.count("#") - name[1:].count("b")
    semitones = step + 12 * (int(name[-1]) - 4) - 9
    return 440.0 * 2.0 ** (semitones / 12)


class Desk:
    """Stereo tape to lay sounds on, at seconds."""

    def __init__(self, seconds: float):
        self.tape = np.zeros((int(seconds * RATE), 2))

    def lay(self, sound: np.ndarray, at: float, gain: float = 1.0, pan: float = 0.0) -> None:
        """Adds a mono sound; `pan` runs from -1 (left) to 1 (right), at constant power."""
        start = max(0, int(at * RATE))
        sound = sound[: max(0, len(self.tape) - start)]
        angle = (pan + 1) * np.pi / 4
        self.tape[start : start + len(sound), 0] += sound * gain * np.cos(angle)
        self.tape[start : start + len(sound), 1] += sound * gain * np.sin(angle)

    def with_room(self, seconds: float = 1.6, wet: float = 0.22) -> np.ndarray:
        """The tape with a room around it: decaying noise, a different one in each ear."""
        length = int(seconds * RATE)
        decay = np.exp(-6.0 * np.arange(length) / length)
        size = 1 << (len(self.tape) + length).bit_length()
        out = self.tape.copy()
        for ear in (0, 1):
            noise = smooth(NOISE.standard_normal(length), 6) * decay
            noise /= np.sqrt(np.sum(noise**2))
            spectrum = np.fft.rfft(self.tape[:, ear], size) * np.fft.rfft(noise, size)
            out[:, ear] += wet * np.fft.irfft(spectrum, size)[: len(out)]
        return out


def smooth(sound: np.ndarray, width: int) -> np.ndarray:
    """A soft low-pass: the mean over `width` samples."""
    return np.convolve(sound, np.ones(width) / width, mode="same")


def clock(seconds: float) -> np.ndarray:
    """The times of the samples of a sound."""
    return np.arange(int(seconds * RATE)) / RATE


def gate(t: np.ndarray, attack: float, release: float) -> np.ndarray:
    """Rises over `attack` seconds and falls over the last `release` seconds."""
    return np.clip(t / attack, 0, 1) * np.clip((t[-1] - t) / release, 0, 1)


def pluck(note: str, seconds: float = 2.5, bright: float = 1.0) -> np.ndarray:
    """A plucked string: higher partials start weaker and die sooner."""
    t, f = clock(seconds), pitch(note)
    partials = range(1, max(2, min(14, int(9_000 / f))))
    out = sum(
        np.sin(2 * np.pi * f * n * t * (1 + 0.0004 * n * n) ** 0.5)
        * np.exp(-t * (1.1 + 0.55 * n))
        * np.sin(np.pi * n * 0.21)
        / n ** (1.6 / bright)
        for n in partials
    )
    return out * gate(t, 0.003, 0.05)


def electric_piano(note: str, seconds: float, touch: float = 1.0) -> np.ndarray:
    """Two-operator FM: a tine that mellows while it rings."""
    t, f = clock(seconds + 0.4), pitch(note)
    tine = 1.6 * touch * np.exp(-t * 4) * np.sin(2 * np.pi * f * t)
    bark = 0.25 * touch * np.exp(-t * 18) * np.sin(2 * np.pi * f * 14 * t)
    return np.sin(2 * np.pi * f * t + tine + bark) * np.exp(-t * 1.1) * gate(t, 0.004, 0.35)


def bell(note: str, seconds: float = 4.0) -> np.ndarray:
    """FM with an inharmonic ratio."""
    t, f = clock(seconds), pitch(note)
    shimmer = 2.2 * np.exp(-t * 1.4) * np.sin(2 * np.pi * f * 3.515 * t)
    return np.sin(2 * np.pi * f * t + shimmer) * np.exp(-t * 1.1) * gate(t, 0.004, 0.3)


def marimba(note: str, seconds: float = 0.9) -> np.ndarray:
    """A bar tuned to its fundamental and two octaves above."""
    t, f = clock(seconds), pitch(note)
    bar = np.sin(2 * np.pi * f * t) * np.exp(-t * 5)
    knock = 0.35 * np.sin(2 * np.pi * f * 4 * t) * np.exp(-t * 16)
    return (bar + knock) * gate(t, 0.002, 0.05)


def reed(note: str, seconds: float, vibrato: float = 0.004) -> np.ndarray:
    """Two reeds a few cents apart, like a concertina."""
    t, f = clock(seconds), pitch(note)
    wobble = vibrato * np.sin(2 * np.pi * 5.2 * t) / (2 * np.pi * 5.2) * np.clip(t * 2, 0, 1)
    out = 0
    for detune in (0.9985, 1.0015):
        phase = 2 * np.pi * f * detune * (t + wobble)
        out = out + sum(np.sin(n * phase) / n**1.4 for n in range(1, 9))
    return 0.4 * out * gate(t, 0.05, 0.09)


def pad(notes: list[str], seconds: float) -> np.ndarray:
    """A held chord of soft, detuned voices."""
    t = clock(seconds)
    out = 0
    for note in notes:
        for detune in (0.997, 1.0, 1.003):
            phase = 2 * np.pi * pitch(note) * detune * t + NOISE.uniform(0, 6)
            out = out + np.sin(phase) + 0.3 * np.sin(2 * phase) + 0.12 * np.sin(3 * phase)
    return out / (3 * len(notes)) * gate(t, min(1.2, seconds / 3), min(1.2, seconds / 3))


def double_bass(note: str, seconds: float) -> np.ndarray:
    """A finger on a thick string."""
    t, f = clock(seconds), pitch(note)
    out = sum(np.sin(2 * np.pi * f * n * t) * np.exp(-t * (1.6 + n)) / n**1.1 for n in range(1, 7))
    return out * gate(t, 0.008, 0.04)


def brush(seconds: float = 0.12, sharp: float = 30.0) -> np.ndarray:
    """A brush on a snare, or with a higher `sharp` a closed hat."""
    t = clock(seconds)
    noise = NOISE.standard_normal(len(t))
    return (noise - smooth(noise, 8)) * np.exp(-t * sharp) * gate(t, 0.002, 0.02)


def kick() -> np.ndarray:
    """A felt beater: a sine that drops."""
    t = clock(0.28)
    return np.sin(2 * np.pi * (48 * t + 2.2 * (1 - np.exp(-t * 32)))) * np.exp(-t * 11)

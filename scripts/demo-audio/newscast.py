"""The news stream: a script for synthesised voices, over a quiet bed, between sounders.

Kestrel Public Radio, Alder Falls, and everybody and everything named here are invented.
"""

import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

import synth
from synth import RATE, Desk

# espeak-ng voice, speed (words a minute), pitch (0..99), place in stereo.
CAST = {
    "HALLOWAY": ("en-us+f3", 158, 48, -0.12),
    "FINCH": ("en-us+m3", 162, 42, 0.12),
    "MARSH": ("en-gb-scotland+f2", 150, 36, 0.05),
    "OKORO": ("en-029+m7", 154, 40, -0.05),
}

ITEMS = [
    ("Headlines from the KSTL newsroom", "Wren Halloway", [
        ("HALLOWAY", "This is Kestrel Public Radio, ninety point seven, K S T L, Alder Falls. I'm Wren Halloway."),
        ("HALLOWAY", "The old mill bridge is open again, two years after the river took its middle arch. "
                     "The county library has started to lend seeds beside its books. "
                     "And if the sky stays clear, tonight is the best night this month to look up."),
        ("HALLOWAY", "Those stories, and the forecast, in the next three minutes. This stream is a demonstration: "
                     "the town, the people and the voices are all made up, and the sound was made for this station."),
    ]),
    ("The mill bridge reopens", "Tobias Finch", [
        ("HALLOWAY", "People in Alder Falls walked across the old mill bridge this morning for the first time in two years. "
                     "Tobias Finch was there before the ribbon was."),
        ("FINCH", "At seven o'clock it is still dark under the cottonwoods, and there are already forty people in line. "
                  "Some have brought coffee. One has brought a goat. "
                  "When the barrier comes up, nobody hurries."),
        ("MARSH", "My grandmother crossed it every day to the wool mill. I counted the planks when I was small. "
                  "There are two hundred and twelve. I counted again today, and they have put in one more."),
        ("FINCH", "Ida Marsh keeps the river gauge for the county. She says the new arch stands half a meter higher than the old, "
                  "so that the next flood has somewhere to go. The work cost less than was feared, because the stone of the old arch "
                  "was found, nearly all of it, in the pool below. For Kestrel Public Radio, I'm Tobias Finch, at the mill bridge."),
    ]),
    ("A library that lends seeds", "Wren Halloway with Samuel Okoro", [
        ("HALLOWAY", "At the Juniper County library there is a new drawer next to the card catalog. "
                     "It holds beans, and squash, and eleven kinds of tomato. Samuel Okoro runs it. How does one return a seed?"),
        ("OKORO", "You don't. You plant it, you eat well, and in the fall you bring back a handful of what it made. "
                  "We ask for ten for every one. Most people bring a jar."),
        ("HALLOWAY", "And if the garden fails?"),
        ("OKORO", "Then you tell us why, and we write it on the packet. That is the most useful part. "
                  "We have a bean with nine years of excuses on it, and it is the best bean we have."),
        ("HALLOWAY", "Samuel Okoro, of the Juniper County library."),
    ]),
    ("Alder Falls weather", "Wren Halloway", [
        ("HALLOWAY", "Now the weather for Alder Falls and the valley. Fog along the river until mid morning, then sun. "
                     "A high of fifty one, a low tonight of twenty nine. Light wind from the west. "
                     "Tomorrow starts clear, and there may be snow above five thousand feet by evening."),
    ]),
    ("Looking up", "Tobias Finch", [
        ("FINCH", "Here is what you can see tonight without a telescope. Go out an hour after sunset and find a place with no lamps. "
                  "Give your eyes ten minutes. Low in the west is a bright light that does not twinkle: that is a planet, "
                  "and it is in no hurry. High above you, a faint band runs from one side of the sky to the other. "
                  "That is the galaxy, seen from the inside."),
        ("FINCH", "And if something small and quick crosses it, that may be a bat. They live under the mill bridge, "
                  "and they did not wait for the ribbon."),
        ("HALLOWAY", "You are listening to Kestrel Public Radio, K S T L, Alder Falls. Every second of this hour is on tape: "
                     "ask for an earlier time, and you will hear it again. The news starts over now."),
    ]),
]


def item(number: int) -> np.ndarray:
    """One item as stereo samples: sounder, turns a breath apart, and the bed under all of it."""
    turns = ITEMS[number][2]
    spoken = [(speak(*CAST[who][:3], text), CAST[who][3]) for who, text in turns]
    opening, breath = (1.5 if number == 0 else 0.7), 0.22
    seconds = opening + sum(len(voice) / RATE + breath for voice, _ in spoken) + 0.25
    desk = Desk(seconds)
    sounder(desk, long=number == 0)
    at = opening
    for voice, pan in spoken:
        desk.lay(voice, at, 1.0, pan)
        at += len(voice) / RATE + breath
    return desk.tape + bed(seconds, number)


def sounder(desk: Desk, long: bool) -> None:
    """The station's four notes, or the last two of them."""
    notes = "E4 B4 F#5 E5".split() if long else "B4 E5".split()
    for step, note in enumerate(notes):
        desk.lay(synth.marimba(note, 1.4), step * 0.24, 0.22, -0.3 + 0.2 * step)
        desk.lay(synth.bell(note, 1.8), step * 0.24, 0.07, 0.3 - 0.2 * step)


def bed(seconds: float, number: int) -> np.ndarray:
    """A held chord and a slow pulse, about 26 dB below the voices: the air is never silent."""
    desk = Desk(seconds)
    chords = ["E3 B3 F#4", "A2 E3 B3", "D3 A3 E4", "G2 D3 A3", "C3 G3 D4"]
    at, n = -1.0, number
    while at < seconds:
        desk.lay(synth.pad(chords[n % 5].split(), 7.5), max(at, 0), 0.035)
        for step in range(10):
            if at + step * 0.6 > 0:
                desk.lay(synth.marimba(chords[n % 5].split()[step % 3], 0.7), at + step * 0.6, 0.012, 0.4)
        at, n = at + 6.0, n + 1
    return desk.tape


def speak(voice: str, speed: int, tone: int, text: str) -> np.ndarray:
    """A turn as mono samples at full rate, without silence at its ends, and evened out."""
    with tempfile.TemporaryDirectory() as folder:
        raw, even = Path(folder, "raw.wav"), Path(folder, "even.wav")
        command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(tone), "-g", "1", "-w", raw, text]
        subprocess.run(command, check=True)
        shape = (
            "highpass=f=90,equalizer=f=250:t=q:w=1:g=2,equalizer=f=3200:t=q:w=1.2:g=-3,lowpass=f=9000,"
            "acompressor=threshold=-24dB:ratio=3:attack=5:release=120:makeup=4,"
            "silenceremove=stop_periods=-1:stop_duration=0.34:stop_threshold=-45dB:stop_silence=0.30,"
            f"aresample={RATE}:resampler=soxr,loudnorm=I=-20:TP=-4:LRA=7"
        )
        command = ["ffmpeg", "-v", "error", "-i", raw, "-af", shape, "-ar", str(RATE), "-ac", "1", even]
        subprocess.run(command, check=True)
        with wave.open(str(even)) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768
    loud = np.nonzero(np.abs(samples) > 0.003)[0]
    return samples[max(0, loud[0] - 400) : loud[-1] + 400]

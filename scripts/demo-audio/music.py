"""The pieces of the music stream. Each function returns stereo samples; all are made here."""

import numpy as np

import synth
from synth import Desk

ARTIST = "Alder Falls Tape Ensemble"


def morning_over_the_falls() -> np.ndarray:
    """A guitar waltz in D: arpeggios, a bass note to each bar, a melody from the second half."""
    beat = 60 / 112
    bars = [
        ("D3", "A3 D4 F#4 A4"), ("B2", "F#3 B3 D4 F#4"), ("G2", "D3 G3 B3 D4"), ("A2", "E3 A3 C#4 E4"),
        ("D3", "A3 D4 F#4 A4"), ("F#2", "C#4 F#3 A3 C#4"), ("G2", "D3 G3 B3 E4"), ("A2", "E3 A3 D4 E4"),
    ]
    melody = [
        ("F#5", 2), ("E5", 1), ("D5", 3), ("B4", 2), ("D5", 1), ("E5", 3),
        ("F#5", 1), ("G5", 1), ("A5", 1), ("F#5", 3), ("E5", 2), ("D5", 1), ("E5", 3),
        ("A5", 2), ("F#5", 1), ("D5", 3), ("G5", 2), ("B5", 1), ("A5", 3),
        ("F#5", 1), ("E5", 1), ("D5", 1), ("C#5", 3), ("B4", 1), ("E5", 1), ("C#5", 1), ("D5", 3),
    ]
    rounds = 4
    desk = Desk(rounds * 8 * 3 * beat + 4)
    for bar in range(rounds * 8):
        root, chord = bars[bar % 8]
        at, notes = bar * 3 * beat, chord.split()
        desk.lay(synth.pluck(root, 3, 0.8), at, 0.9, -0.1)
        for step, voice in enumerate((0, 1, 2, 3, 2, 1)):
            desk.lay(synth.pluck(notes[voice], 2.2), at + (step + 0.04 * (step % 2)) * beat / 2, 0.42, 0.35 - 0.12 * voice)
        if bar >= 8:
            desk.lay(synth.pad(notes[:3], 3 * beat + 0.8), at, 0.16)
    at = 8 * 3 * beat
    for note, beats in melody + melody:
        desk.lay(synth.pluck(note, 2.6, 1.2), at, 0.62, 0.15)
        at += beats * beat
        if at > (rounds * 8 - 1) * 3 * beat:
            break
    for i, note in enumerate("D3 A3 D4 F#4 A4 D5".split()):
        desk.lay(synth.pluck(note, 4), rounds * 24 * beat + i * 0.05, 0.6, -0.3 + 0.12 * i)
    return desk.with_room(1.8, 0.24)


def kestrel_walks() -> np.ndarray:
    """A swinging trio in F: electric piano, walking bass, brushes; AABA, then a tag."""
    beat = 60 / 138
    a = [
        ("G2 A2 Bb2 B2", "F3 Bb3 D4 A4"), ("C3 D3 E3 G3", "E3 Bb3 D4 A4"),
        ("F3 E3 D3 C3", "E3 A3 C4 G4"), ("D3 C3 A2 F#2", "F#3 C4 E4 B4"),
    ]
    b = [
        ("Bb2 C3 D3 F3", "D3 A3 C4 F4"), ("B2 D3 F3 G#2", "D3 G#3 B3 F4"),
        ("A2 C3 E3 G3", "G3 C4 E4 A4"), ("D3 A2 D3 F#3", "F#3 C4 E4 B4"),
    ]
    tune_a = [(0, "D5", 1.5), (1.67, "C5", 0.3), (2, "A4", 1.6), (4.67, "G4", 0.3), (5, "Bb4", 0.6),
              (5.67, "D5", 0.3), (6, "E5", 1.8), (8.67, "C5", 0.3), (9, "A4", 0.6), (9.67, "G4", 0.3),
              (10, "A4", 1.8), (12.67, "C5", 0.3), (13, "B4", 0.6), (13.67, "A4", 0.3), (14, "F#4", 1.6)]
    tune_b = [(0, "F5", 2.4), (2.67, "D5", 0.3), (3, "C5", 0.9), (4, "B4", 2.4), (6.67, "D5", 0.3), (7, "F5", 0.9),
              (8, "E5", 1.5), (9.67, "G5", 0.3), (10, "E5", 0.6), (10.67, "C5", 0.3), (11, "A4", 0.9),
              (12, "B4", 1), (13, "C5", 1), (14, "D5", 0.6), (14.67, "F#5", 1.2)]
    form = [(a, tune_a), (a, tune_a), (b, tune_b), (a, tune_a), (a, None), (b, tune_b), (a, tune_a)]
    desk = Desk(len(form) * 16 * beat + 5)
    for part, (chords, tune) in enumerate(form):
        start = part * 16 * beat
        for bar, (walk, chord) in enumerate(chords):
            at = start + bar * 4 * beat
            for step, note in enumerate(walk.split()):
                desk.lay(synth.double_bass(note, beat * 0.96), at + step * beat, 0.72, -0.05)
                desk.lay(synth.brush(0.10, 42), at + step * beat, 0.10, 0.3)
            for when, strength in ((1, 0.30), (3, 0.30), (1.67, 0.10), (3.67, 0.12)):
                desk.lay(synth.brush(0.16, 24), at + when * beat, strength, 0.15)
            for when, length in ((0, 0.7), (1.67, 0.5)) if bar % 2 == 0 else ((0.67, 0.4), (2, 1.2)):
                for voice, note in enumerate(chord.split()):
                    desk.lay(synth.electric_piano(note, length, 0.7), at + when * beat, 0.17, -0.4 + 0.1 * voice)
        for when, note, length in tune or ():
            desk.lay(synth.electric_piano(note, length * beat, 1.3), start + when * beat, 0.44, 0.2)
    end = len(form) * 16 * beat
    for voice, note in enumerate("F2 F3 A3 C4 E4 G4 A4".split()):
        desk.lay(synth.electric_piano(note, 3.5), end, 0.30, -0.3 + 0.1 * voice)
    return desk.with_room(1.1, 0.16)


def slow_freight() -> np.ndarray:
    """Bells over long chords in C minor, with a train's pulse far away."""
    bar = 4.0
    chords = ["C3 G3 Eb4 Bb4", "Ab2 Eb3 C4 G4", "F2 C3 Ab3 Eb4", "G2 D3 Bb3 F4"]
    bells = ["G5 - Eb5 D5", "C5 - - Eb5", "F5 Eb5 C5 -", "D5 - Bb4 G4"]
    desk = Desk(11 * bar + 5)
    for n in range(11):
        at, notes = n * bar, chords[n % 4].split()
        desk.lay(synth.pad(notes, bar + 2.4), at, 0.75)
        desk.lay(synth.double_bass(notes[0], 3.6), at, 0.5)
        for pulse in range(16):
            desk.lay(synth.brush(0.09, 50), at + pulse * bar / 16, (0.07, 0.025, 0.045, 0.025)[pulse % 4], -0.2)
        if n >= 1:
            for step, note in enumerate(bells[n % 4].split()):
                if note != "-":
                    desk.lay(synth.bell(note, 4.5), at + step * bar / 4, 0.26, -0.5 + 0.33 * step)
        if n >= 5:
            for step in range(8):
                note = notes[(1, 2, 3, 2, 1, 3, 2, 3)[step]]
                desk.lay(synth.marimba(note, 0.8), at + step * bar / 8, 0.24, 0.45)
    desk.lay(synth.pad("C3 G3 C4 Eb4".split(), 4.5), 11 * bar, 0.8)
    return desk.with_room(2.6, 0.34)


def lantern_waltz() -> np.ndarray:
    """A concertina waltz in A minor that turns to the major to end."""
    beat = 60 / 156
    harmony = [
        ("A2", "A3 C4 E4"), ("A2", "A3 C4 E4"), ("D3", "A3 D4 F4"), ("D3", "A3 D4 F4"),
        ("E2", "G#3 B3 E4"), ("E2", "G#3 D4 E4"), ("A2", "A3 C4 E4"), ("E3", "G#3 B3 E4"),
        ("F2", "A3 C4 F4"), ("G2", "G3 B3 D4"), ("C3", "G3 C4 E4"), ("A2", "A3 C4 E4"),
        ("D3", "A3 D4 F4"), ("E2", "G#3 B3 D4"), ("A2", "A3 C4 E4"), ("A2", "A3 C4 E4"),
    ]
    tune = [
        ("E5", 2), ("D5", 1), ("C5", 1), ("B4", 1), ("A4", 1), ("F5", 2), ("E5", 1), ("D5", 3),
        ("B4", 1), ("C5", 1), ("D5", 1), ("E5", 2), ("G#4", 1), ("A4", 1), ("B4", 1), ("C5", 1), ("B4", 3),
        ("A5", 2), ("F5", 1), ("G5", 1), ("F5", 1), ("D5", 1), ("E5", 2), ("G5", 1), ("C5", 3),
        ("D5", 1), ("E5", 1), ("F5", 1), ("E5", 1), ("D5", 1), ("B4", 1), ("A4", 3), ("A4", 3),
    ]
    rounds = 3
    desk = Desk(rounds * 48 * beat + 4)
    for bar in range(rounds * 16):
        root, chord = harmony[bar % 16]
        at = bar * 3 * beat
        desk.lay(synth.double_bass(root, 2.6 * beat), at, 0.85)
        for step in (1, 2):
            for voice, note in enumerate(chord.split()):
                desk.lay(synth.pluck(note, 0.8), at + step * beat, 0.30, -0.45 + 0.1 * voice)
    for turn in range(rounds):
        at = turn * 48 * beat
        for note, beats in tune:
            desk.lay(synth.reed(note, beats * beat * 0.97), at, 0.26, 0.15)
            if turn == 1:
                desk.lay(synth.marimba(note), at, 0.30, 0.5)
            if turn == 2:
                desk.lay(synth.bell(note, 1.6), at, 0.10, -0.5)
            at += beats * beat
    for voice, note in enumerate("A2 E3 A3 C#4 E4 A4".split()):
        desk.lay(synth.reed(note, 2.6), rounds * 48 * beat, 0.16, -0.3 + 0.12 * voice)
    return desk.with_room(1.5, 0.2)


def canon_for_four_clocks() -> np.ndarray:
    """One eight-beat figure on four marimbas, each coming in later and an eighth further off."""
    eighth = 60 / 132 / 2
    figure = "E4 B4 F#5 E5 B4 G5 F#5 E5 D5 B4 A4 E5 B4 D5 F#5 A4".split()
    roots = ["E2", "G2", "A2", "D2"]
    cycles = 12
    desk = Desk(cycles * 16 * eighth + 4)
    for voice in range(4):
        pan = -0.75 + 0.5 * voice
        for cycle in range(2 * voice, cycles):
            shift = max(0, cycle - 2 * voice - 1) if voice % 2 else 0
            for step in range(16):
                note = figure[(step + shift) % 16]
                if voice == 3:
                    note = note[:-1] + str(int(note[-1]) - 1)
                accent = 0.34 if step % 4 == 0 else 0.24
                desk.lay(synth.marimba(note), (cycle * 16 + step) * eighth, accent, pan)
    for cycle in range(cycles):
        at, root = cycle * 16 * eighth, roots[(cycle // 2) % 4]
        for when in (0, 6, 10):
            desk.lay(synth.double_bass(root, 5 * eighth), at + when * eighth, 0.55)
        for when in range(0, 16, 4):
            desk.lay(synth.kick(), at + when * eighth, 0.5 if cycle >= 4 else 0.25)
        if cycle >= 6:
            desk.lay(synth.pad([root[:-1] + "3", "B3", "E4"], 16 * eighth + 1), at, 0.3)
    end = cycles * 16 * eighth
    for voice, note in enumerate("E2 B3 E4 G4 B4 E5".split()):
        desk.lay(synth.marimba(note, 2.5), end, 0.4, -0.5 + 0.2 * voice)
    desk.lay(synth.pad("E3 B3 E4".split(), 4), end - 0.4, 0.4)
    return desk.with_room(1.4, 0.2)


PIECES = [
    ("Morning over the Falls", morning_over_the_falls),
    ("Kestrel Walks", kestrel_walks),
    ("Slow Freight", slow_freight),
    ("Lantern Waltz", lantern_waltz),
    ("Canon for Four Clocks", canon_for_four_clocks),
]

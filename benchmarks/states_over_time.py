"""Draw the states of hidden Markov models over time, and tell how they classify.

    python benchmarks/states_over_time.py DATA_FOLDER OUT_FOLDER

reads sequences/BasicMotions.npz (six sensors of four activities) and fsdd/wav.zip (spoken
digits), and writes states_motions.png and states_digits.png. One model of all motions finds states without
labels; its states colour the background of one test sequence of each activity. A left-right
model of each digit cuts words into six states; they colour the strip under the spectrogram.
Both data sets are then classified by one chain a class, on their official test parts.
"""

import argparse
import io
import wave
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.fft import dct

from drawlike import GaussianHMM

STATE_COLOURS = (
    "#7fb8e6",
    "#f6b26b",
    "#93c47d",
    "#e6a1c4",
    "#c9b8f0",
    "#e8dc72",
    "#8fd3c8",
    "#d0b49f",
)
LINE_COLOURS = ("#10222f", "#7a1f1f", "#1d5e2b", "#3b2a7a", "#8a5a00", "#00606b")
WIDTH, HEIGHT, MARGIN = 1100, 190, 56
RATE, FRAME, HOP, BANDS, COEFFICIENTS = 8000, 200, 80, 24, 12


def main() -> None:
    """Draw and classify both data sets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    motions(asked.data / "sequences" / "BasicMotions.npz", asked.out / "states_motions.png")
    digits(asked.data / "fsdd" / "wav.zip", asked.out / "states_digits.png")


def motions(source: Path, target: Path) -> None:
    """Eight states of all motions, without labels; a chain of four states a class."""
    with np.load(source) as arrays:
        data = dict(arrays)
    train, test = (np.swapaxes(data[f"X_{part}"], 1, 2) for part in ("train", "test"))
    model = GaussianHMM(8, covariance_type="diag", n_init=3, random_state=0)
    model.fit(train, listener=None)
    chosen = [int(np.flatnonzero(data["y_test"] == c)[0]) for c in range(4)]
    panels = [
        lines(test[i], model.predict(test[i]), f"{data['classes'][data['y_test'][i]]} (test {i})")
        for i in chosen
    ]
    stack(panels, "BasicMotions: six sensors (lines), the state of each step (background)", target)
    right = accuracy(GaussianHMM(4, random_state=0), train, data["y_train"], test, data["y_test"])
    told(target, "a chain of 4 states for each of 4 activities", right, len(test))


def digits(source: Path, target: Path) -> None:
    """A left-right chain of six states for each digit."""
    spectra, features, labels, takes = spoken(source)
    held = takes < 5  # the customary test part
    train = [part for part, out in zip(features, held, strict=True) if not out]
    model = GaussianHMM(6, transitions="left-right", random_state=0)
    model.fit(train, labels[~held], listener=None)
    panels = []
    for digit in (0, 3, 6, 7):
        i = int(np.flatnonzero(held & (labels == digit))[0])
        own = GaussianHMM(6, transitions="left-right", random_state=0)
        own.fit([f for f, y in zip(train, labels[~held], strict=True) if y == digit], listener=None)
        panels.append(spectrum(spectra[i], own.predict(features[i]), f"digit {digit}"))
    stack(panels, "Spoken digits: log-mel spectrum, the state of each 10 ms (strip)", target)
    test = [part for part, out in zip(features, held, strict=True) if out]
    right = float((model.predict(test) == labels[held]).mean())
    told(target, "a left-right chain of 6 states for each of 10 digits", right, len(test))


def accuracy(
    model: GaussianHMM, X: np.ndarray, y: np.ndarray, test: np.ndarray, truth: np.ndarray
) -> float:
    """Share of test sequences whose class is found."""
    return float((model.fit(X, y, listener=None).predict(test) == truth).mean())


def told(target: Path, what: str, right: float, n: int) -> None:
    """Say what was measured."""
    print(f"{target.name}: {what}: {right:.3f} of {n} test sequences right")


def spoken(source: Path) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray, np.ndarray]:
    """Log-mel spectra and cepstra of all words, their digits and takes."""
    spectra, features, labels, takes = [], [], [], []
    with zipfile.ZipFile(source) as archive:
        for name in sorted(n for n in archive.namelist() if n.endswith(".wav")):
            digit, _, take = Path(name).stem.split("_")
            with wave.open(io.BytesIO(archive.read(name))) as sound:
                samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
            spectra.append(log_mel(samples / 32768))
            features.append(cepstra(spectra[-1]))
            labels.append(int(digit))
            takes.append(int(take))
    return spectra, features, np.array(labels), np.array(takes)


def log_mel(samples: np.ndarray) -> np.ndarray:
    """Log of the energy in 24 mel bands every 10 ms, (T, 24)."""
    samples = np.pad(samples, (0, max(0, FRAME - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hamming(FRAME), 256)) ** 2
    return np.log(power @ mel_filters(power.shape[1]).T + 1e-8)


def mel_filters(n: int) -> np.ndarray:
    """Triangles that are evenly spaced in mel, (24, n)."""
    highest = 2595 * np.log10(1 + RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, highest, BANDS + 2) / 2595) - 1)
    hertz = np.linspace(0, RATE / 2, n)
    low, middle, high = (edges[i : i + BANDS, None] for i in range(3))
    return np.clip(
        np.minimum((hertz - low) / (middle - low), (high - hertz) / (high - middle)), 0, 1
    )


def cepstra(spectrum: np.ndarray) -> np.ndarray:
    """Cepstral coefficients without the word's mean, and their slopes, (T, 24)."""
    static = dct(spectrum, axis=1, norm="ortho")[:, :COEFFICIENTS]
    static = static - static.mean(0)
    return np.hstack([static, np.gradient(static, axis=0)])


def lines(signal: np.ndarray, states: np.ndarray, title: str) -> Image.Image:
    """Signals as lines over the colours of the states."""
    panel, draw = blank(title)
    shade(draw, states, 0, HEIGHT)
    low, high = signal.min(), signal.max()
    x = MARGIN + (np.arange(len(signal)) + 0.5) * (WIDTH - 2 * MARGIN) / len(signal)
    for column, colour in zip(signal.T, LINE_COLOURS, strict=False):
        y = HEIGHT - 6 - (column - low) / (high - low) * (HEIGHT - 12)
        draw.line(list(zip(x.tolist(), (y + 24).tolist(), strict=True)), fill=colour, width=2)
    axis(draw, f"{len(signal)} steps", f"{high:.0f}", f"{low:.0f}", HEIGHT)
    return panel


def spectrum(bands: np.ndarray, states: np.ndarray, title: str) -> Image.Image:
    """A spectrum in grey over a strip of the colours of the states."""
    panel, draw = blank(title)
    grey = (bands.T[::-1] - bands.min()) / np.ptp(bands)
    image = Image.fromarray((255 * (1 - grey)).astype(np.uint8))
    panel.paste(image.resize((WIDTH - 2 * MARGIN, HEIGHT - 40)), (MARGIN, 24))
    shade(draw, states, HEIGHT - 40, HEIGHT)
    axis(draw, f"{len(bands) * 10} ms", "4 kHz", "0 Hz", HEIGHT - 40)
    return panel


def shade(draw: ImageDraw.ImageDraw, states: np.ndarray, top: int, bottom: int) -> None:
    """Colour the steps, and name each state where it stays."""
    width = (WIDTH - 2 * MARGIN) / len(states)
    ends = np.flatnonzero(np.r_[states[1:] != states[:-1], True]) + 1
    for begin, end in zip(np.r_[0, ends[:-1]], ends, strict=True):
        box = (MARGIN + begin * width, 24 + top, MARGIN + end * width, 24 + bottom)
        draw.rectangle(box, fill=STATE_COLOURS[states[begin] % len(STATE_COLOURS)])
        if (end - begin) * width > 16:
            draw.text((box[0] + 4, box[3] - 16), str(states[begin]), fill="#333333", font=font(12))


def axis(draw: ImageDraw.ImageDraw, end: str, high: str, low: str, bottom: int) -> None:
    """Mark both ends of both axes."""
    draw.text((MARGIN, HEIGHT + 26), "0", fill="black", font=font(12))
    draw.text((WIDTH - MARGIN - 60, HEIGHT + 26), end, fill="black", font=font(12))
    draw.text((4, 24), high, fill="black", font=font(12))
    draw.text((4, bottom + 8), low, fill="black", font=font(12))


def blank(title: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Give a white panel with a title."""
    panel = Image.new("RGB", (WIDTH, HEIGHT + 48), "white")
    draw = ImageDraw.Draw(panel)
    draw.text((MARGIN, 4), title, fill="black", font=font(14))
    return panel, draw


def stack(panels: list[Image.Image], title: str, target: Path) -> None:
    """Write panels, one below the other."""
    height = sum(panel.height for panel in panels) + 34
    whole = Image.new("RGB", (WIDTH, height), "white")
    ImageDraw.Draw(whole).text((MARGIN, 8), title, fill="black", font=font(17))
    top = 34
    for panel in panels:
        whole.paste(panel, (0, top))
        top += panel.height
    whole.quantize(96).save(target, optimize=True)


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Give PIL's own font."""
    return ImageFont.load_default(size)


if __name__ == "__main__":
    main()

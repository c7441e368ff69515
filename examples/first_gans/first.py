"""What the six programs share: images to learn from, a fit, and a picture of what came of it."""

import argparse
from pathlib import Path

import numpy as np

import drawlike as dl
from drawlike.base import GenerativeModel
from drawlike.report import write_png_grid


def learn(model: GenerativeModel, name: str, watched: str = "energy distance") -> None:
    """Fit a model to images, say what its training watched, and write a grid of draws."""
    parser = argparse.ArgumentParser(description=f"Train {name} and draw 64 images.")
    parser.add_argument("--data", default="sample:digits", help="file or folder of images")
    parser.add_argument("--steps", type=int, help="at most so many (default: the model's own)")
    parser.add_argument("--out", type=Path, default=Path(f"{name}.png"))
    options = parser.parse_args()
    images = dl.read(options.data).X
    if options.steps:
        model.set_params(max_steps=options.steps)
    model.fit(images)
    figures = model.history_.curve(watched)[1]
    print(f"{watched}: {figures[0]:.4g} at first, {min(figures):.4g} at best")
    brightness = 255 / np.max(images)
    write_png_grid((model.sample(64, random_state=0) * brightness).astype(np.uint8), options.out)
    print(f"64 draws are in {options.out}")

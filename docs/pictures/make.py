"""Makes the pictures of the pages with the program itself: python docs/pictures/make.py.

It takes some minutes, and needs Chromium for the pictures of the report.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page, sync_playwright

import drawlike as dl
from drawlike.report import image_grid

HERE = Path(__file__).resolve().parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
DRAWLIKE = str(Path(sys.executable).with_name("drawlike"))
MODELS = {
    "VAE": dl.VAE(random_state=0),
    "GAN": dl.GAN(max_steps=1500, random_state=0),
    "Gaussian mixture": dl.GaussianMixture(3, random_state=0),
}
WIDTH, REPORT_HEIGHT, NAMES_WIDTH, GAP = 1100, 790, 150, 14


def digits() -> Image.Image:
    """Draw two of each digit: real ones, and those of each model."""
    train, _ = dl.split(dl.read("sample:digits"))
    wanted = np.tile(np.arange(10), 2)
    first = [np.flatnonzero(train.y == digit)[:2] for digit in range(10)]
    rows = {"real": train.X[np.stack(first, 1).ravel()]}
    for name, model in MODELS.items():
        rows[name] = model.fit(train).sample(y=wanted, random_state=0)
    brighten = 255 / train.X.max()
    return _under_each_other(
        {name: (images * brighten).astype(np.uint8) for name, images in rows.items()}
    )


def _under_each_other(rows: dict[str, np.ndarray]) -> Image.Image:
    grids = {name: image_grid(images, columns=10, scale=7) for name, images in rows.items()}
    width, height = next(iter(grids.values())).size
    total = (NAMES_WIDTH + width, len(grids) * (height + GAP) - GAP)
    sheet = Image.new("L", total, "white")
    font, draw = ImageFont.load_default(17), ImageDraw.Draw(sheet)
    for place, (name, grid) in enumerate(grids.items()):
        top = place * (height + GAP)
        sheet.paste(grid, (NAMES_WIDTH, top))
        draw.text((4, top + height / 2), name, fill="black", font=font, anchor="lm")
    return sheet


def reports() -> None:
    """Take pictures of the top of a report, in both languages."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        run = Path(folder, "run")
        _call("fit", "sample:breast_cancer", "--out", run)
        _call("sample", run, "-n", 455, "--seed", 0, "--out", run / "more.csv")
        _call("evaluate", run, run / "more.csv", "--out", run / "report.html")
        found = next(filter(None, map(shutil.which, BROWSERS)))
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": REPORT_HEIGHT})
        page.goto((run / "report.html").as_uri())
        _photograph(page, "English", "report.png")
        _photograph(page, "中文", "report.zh.png")
        browser.close()


def _call(*words: object) -> None:
    subprocess.run([DRAWLIKE, *map(str, words), "--quiet"], check=True)


def _photograph(page: Page, language: str, name: str) -> None:
    page.get_by_role("button", name=language).click()
    page.mouse.move(0, 0)
    page.screenshot(path=HERE / name)
    # few colours are enough for a page of text, and a quarter of the bytes
    with Image.open(HERE / name) as picture:
        picture.convert("RGB").quantize(64).save(HERE / name, optimize=True)


if __name__ == "__main__":
    reports()
    digits().save(HERE / "digits.png", optimize=True)

"""The parts of the report that explain."""

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter

from drawlike.evaluation import evaluate
from drawlike.report import Curves, Histograms, Paragraph, Scatter, Table, render
from tests.evaluation.explaining.test_document import blocks
from tests.evaluation.metrics.test_spectrum import images

GIVEN_AWAY, TAUGHT = "What gives them away", "What learners make of them"


def table(rng, n=400, broken=False):
    a = rng.normal(size=n)
    b = a + 0.3 * rng.normal(size=n)
    job = np.where(a > 0, "cook", "nurse")
    if broken:
        b, job = rng.permutation(b), rng.permutation(job)
    return pd.DataFrame({"a": a, "b": b, "job": job, "rich": np.where(a + b > 0, "yes", "no")})


@pytest.fixture(scope="module")
def document():
    rng = np.random.default_rng(0)
    return evaluate(table(rng), table(rng), table(rng, broken=True), label="rich").to_document()


def section(document, title):
    return next((s for s in document.sections if s.title.en == title), None)


def test_what_gave_a_table_away_is_listed_and_drawn(document):
    by_column, *_ = section(document, GIVEN_AWAY).blocks
    names = [row[0] for row in by_column.rows]
    assert set(names) <= {"a", "b", "job", "rich"}
    assert by_column.rows[0][1].bar == 1
    assert not any(isinstance(b, Histograms) for b in section(document, GIVEN_AWAY).blocks)
    words = next(b for b in section(document, GIVEN_AWAY).blocks if isinstance(b, Paragraph))
    assert words.text.en.startswith("By itself every column looks right")


def test_a_column_that_tells_by_itself_is_drawn(rng):
    moved = table(rng).assign(b=lambda frame: frame["b"] + 2)
    found = section(evaluate(table(rng), table(rng), moved).to_document(), GIVEN_AWAY)
    drawn = next(b for b in found.blocks if isinstance(b, Histograms))
    assert drawn.items[0].name == "b"


def test_the_broken_pair_is_shown(document):
    by_pair, shown = section(document, GIVEN_AWAY).blocks[2:4]
    assert isinstance(by_pair, Table) and "relation is broken" in by_pair.caption.en
    assert isinstance(shown, Scatter | Table)
    assert shown.caption.en.startswith("How ")


def test_learners_and_importances_are_listed(document):
    learners, _, importances = section(document, TAUGHT).blocks
    assert [row[0].en for row in learners.rows] == ["linear", "boosted trees", "forest"]
    shares = importances.items[0].shares
    assert {share.name for share in shares} == {"a", "b", "job"}
    assert sum(share.real for share in shares) == pytest.approx(1)
    assert sum(share.synthetic for share in shares) == pytest.approx(1)


def test_nothing_is_explained_where_nothing_tells(rng):
    document = evaluate(*(table(rng) for _ in range(3))).to_document()
    assert section(document, TAUGHT) is None


def test_images_show_their_spectrum_and_scales(rng):
    sharp = images(rng)
    blurred = gaussian_filter(images(rng).astype(float), (0, 0.6, 0.6)).astype(np.uint8)
    document = evaluate(sharp, images(rng), blurred).to_document()
    curves = next(b for b in blocks(document, Curves) if b.band)
    assert curves.log
    assert len(curves.band.low) == len(curves.series[0].values)
    words = " ".join(str(b.text) for b in blocks(document, Paragraph))
    assert "fine detail below" in words
    scales = next(b for b in section(document, GIVEN_AWAY).blocks if isinstance(b, Table))
    assert scales.rows[0][0].en == "shape and brightness"
    assert "95 % of fresh real images" in render(document)

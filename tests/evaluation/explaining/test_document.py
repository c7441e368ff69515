import numpy as np
import pandas as pd
import pytest

from drawlike.evaluation import Judge, evaluate
from drawlike.events import Emitter, History
from drawlike.report import Alert, Curves, Fold, Histograms, ImageGrid, Matrix, Scatter, Table


@pytest.fixture
def history():
    history = History()
    events = Emitter(history, "train")
    for step in range(5):
        events.metric("generator loss", 1 / (step + 1), step)
        events.metric("critic loss", 0.5, step)
        events.metric("distance", 0.1, step)
    events.metric("seed", 7)
    return history


@pytest.fixture(scope="module")
def evaluation():
    """What was found in fresh rows of two columns."""
    rng = np.random.default_rng(0)
    return evaluate(*(rng.normal(size=(60, 2)) for _ in range(3)))


def blocks(document, kind):
    return [b for section in document.sections for b in section.blocks if isinstance(b, kind)]


def test_a_report_says_where_rare_categories_were_drawn():
    def rows(*odd):
        job = ["cook"] * 60 + ["nurse"] * 40 + list(odd)
        return pd.DataFrame({"job": job, "pay": np.arange(len(job)) / 7})

    train, holdout = rows("spy", "spy"), rows()
    said = [
        [b.text.en for b in blocks(evaluate(train, holdout, drawn).to_document(), Alert)]
        for drawn in (rows("spy"), rows())
    ]
    assert any("fewer than 5 training rows" in text and "job (1)" in text for text in said[0])
    assert not any("fewer than 5" in text for text in said[1])
    folds = blocks(evaluate(train, holdout, rows()).to_document(), Fold)
    read = next(f for f in folds if f.summary.en == "How columns were read").blocks[0].rows
    assert [row[:2] for row in read] == [("job", "category")]
    assert "spy" not in str(read)


def test_a_table_shows_its_columns_pairs_and_nearest_rows(rng):
    def draw(n):
        return pd.DataFrame(
            {
                "pay": rng.normal(size=n),
                "job": rng.choice(["cook", "nurse"], n),
                "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 9, n), "D"),
            }
        )

    train, holdout, fresh = draw(90), draw(60), draw(90)
    judge = Judge(train, holdout)
    document = judge(train).to_document()
    histograms = blocks(document, Histograms)[0].items
    assert [item.name for item in histograms] == ["pay", "day", "job"]
    assert blocks(document, Matrix)[0].names == ("pay", "day", "job")
    nearest = next(b for b in blocks(document, Table) if "look most like copies" in str(b.caption))
    synthetic, origin = nearest.rows[:2]
    assert synthetic[0].en.split()[1] == origin[0].en.split()[1]  # the same row of both sets
    assert synthetic[1] == synthetic[2].value == 0
    assert synthetic[2].note.en == "0 of 60 hold-out rows as low"
    assert [cell.value for cell in synthetic[3:]] == list(origin[3:])
    assert {cell.mark for cell in synthetic[3:]} == {"warn"}
    assert "cook" in origin or "nurse" in origin
    assert any(str(value).startswith("2024-01-0") for value in origin[3:])
    assert document.verdict.passed is False
    assert judge(fresh).to_document().verdict.passed is True


def test_images_stand_beside_their_nearest_training_images(rng):
    train, holdout = (rng.integers(0, 255, (40, 8, 8, 3), np.uint8) for _ in range(2))
    document = evaluate(train, holdout, train[:30]).to_document()
    suspects, typical, _training = blocks(document, ImageGrid)
    for grid in (suspects, typical):
        assert grid.images.shape == (24, 8, 8, 3)
        np.testing.assert_array_equal(grid.images, grid.partners)
    assert suspects.captions == ("0.00",) * 24
    assert "scattering-1 sha256:" in str(document.sections[-1])


def test_copied_images_are_shown_first(rng):
    train, holdout, fresh = (rng.integers(0, 255, (60, 8, 8), np.uint8) for _ in range(3))
    fresh[::10] = train[:6]
    suspects, typical, _ = blocks(evaluate(train, holdout, fresh).to_document(), ImageGrid)
    equal = (suspects.images == suspects.partners).all((1, 2))
    assert equal[:6].all()
    assert not equal[6:].any()
    assert (typical.images == typical.partners).all((1, 2)).sum() < 6


def test_two_columns_of_numbers_are_scattered(evaluation):
    assert len(blocks(evaluation.to_document(), Scatter)) == 1


def test_curves_of_a_training_are_shown(evaluation, history):
    curves = blocks(evaluation.to_document(history), Curves)
    assert [[line.name for line in block.series] for block in curves] == [
        ["critic loss", "generator loss"],
        ["distance"],
    ]


def test_what_cannot_be_judged_is_marked_so(rng):
    rows = rng.normal(size=(60, 2))
    document = evaluate(rows, None, rows).to_document()
    assert document.verdict.passed is None
    assert all(check.passed is not True for check in document.verdict.checks)


def test_the_report_is_one_file(evaluation, history, tmp_path):
    evaluation.to_html(tmp_path / "report.html", history)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.startswith(("<!DOCTYPE html>", "<!doctype html>"))
    assert "Are these rows like real ones?" in page
    assert len(page) < 1_500_000

"""Pictures of a model: which there are, that they are of this model, and why one is not."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import drawlike as dl
from drawlike import GAN, VAE, Gaussian, GaussianHMM, GaussianMixture, TopK, show
from drawlike.datasets import as_dataset, load_sample
from drawlike.errors import SettingError
from drawlike.events import History
from drawlike.experiment import as_pictures
from drawlike.experiment.showing.latents import directions, paths
from drawlike.experiment.showing.neighbours import neighbours
from drawlike.experiment.showing.page import PAGE
from drawlike.experiment.showing.plane import plane
from drawlike.experiment.showing.samples import classes, samples
from drawlike.experiment.showing.view import NotShownError, View
from drawlike.report import image_grid
from tests.scenarios import mixed_table, switching, two_modes

FILES = {"samples", "classes", "interpolation", "directions", "neighbours"}


def view_of(model, data=None):
    return View(model, data, History(), 0)


@pytest.fixture(scope="module")
def digits():
    return load_sample("digits").take(np.arange(200))


@pytest.fixture(scope="module")
def vae(digits):
    return VAE(max_steps=60, hidden=(16,), n_latent=4, random_state=0).fit(digits, listener=None)


@pytest.fixture(scope="module")
def shown(vae, digits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shown")
    (folder / "mine.txt").write_text("stays")
    return show(vae, folder / "pictures", data=digits)


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_images_are_shown_in_every_way_but_as_points(shown):
    assert list(shown.left_out) == ["In the plane"]
    names = {path.name for path in shown.files}
    assert names == {f"{name}.png" for name in FILES} | {"film.gif"}
    assert all(path.exists() for path in (*shown.files, shown.page))
    page = shown.page.read_text(encoding="utf-8")
    for title in ("Samples", "Film of the training", "Training", "Not shown, and why"):
        assert title in page
    assert shown.left_out["In the plane"] in page


def test_the_pictures_are_of_this_model(shown, vae):
    drawn = vae.sample(64, random_state=0)
    grid = np.asarray(image_grid(as_pictures(vae.codec_, drawn)))
    np.testing.assert_array_equal(np.asarray(Image.open(shown.page.parent / "samples.png")), grid)
    with Image.open(shown.page.parent / "film.gif") as film:
        assert film.n_frames == len(vae.film_.steps)


def test_a_kept_model_shows_the_same_bytes(shown, vae, digits, tmp_path):
    vae.save(tmp_path / "m")
    again = show(dl.load(tmp_path / "m"), tmp_path / "p", data=digits, history=vae.history_)
    assert bytes_of(again.page.parent) == bytes_of(shown.page.parent)


def test_pictures_are_replaced_only_when_asked(tmp_path):
    model, folder = Gaussian().fit(two_modes(50), listener=None), tmp_path / "p"
    folder.mkdir()
    (folder / "mine.txt").write_text("stays")
    (folder / "film.gif").write_bytes(b"of another model")
    show(model, folder)
    with pytest.raises(SettingError, match="overwrite=True"):
        show(model, folder)
    show(model, folder, overwrite=True)
    assert {path.name for path in folder.iterdir()} == {"mine.txt", PAGE}


def test_what_cannot_be_shown_says_why(tmp_path):
    model = Gaussian().fit(np.random.default_rng(0).normal(size=(60, 3)), listener=None)
    left_out = show(model, tmp_path / "p", history=History()).left_out
    assert set(left_out) == {
        *("Classes", "Film of the training", "In the plane", "From row to row"),
        *("Single directions", "Nearest training rows", "Training"),
    }
    assert "--data FILE" in left_out["Nearest training rows"]
    assert "without labels" in left_out["Classes"]


def test_each_class_has_its_line(digits):
    model = TopK(allow_copies=True, random_state=0).fit(digits, listener=None)
    lines = classes(view_of(model)).blocks[0].rows
    assert [line.name for line in lines] == [str(digit) for digit in range(10)]
    own = {str(d): as_pictures(model.codec_, digits.X[digits.y == d]) for d in range(10)}
    for line in lines:
        assert all((own[line.name] == image).all((1, 2)).any() for image in line.images)


def test_a_copy_is_nearest_to_its_origin(digits):
    model = TopK(allow_copies=True, random_state=0).fit(digits, listener=None)
    for line in neighbours(view_of(model, digits)).blocks[0].rows:
        assert line.lead == 1
        np.testing.assert_array_equal(line.images[0], line.images[1])
        assert line.name == "0"


def test_a_copied_row_of_a_table_is_above_its_origin():
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(60), "D")
    table = pd.DataFrame({"a": np.arange(60.0) ** 2, "b": list("xyz") * 20, "day": days})
    model = TopK(allow_copies=True, random_state=0).fit(table, listener=None)
    lines = neighbours(view_of(model, as_dataset(table))).blocks[0].rows
    drawn, near = ([cell.value for cell in line] for line in lines[:2])
    assert drawn[0].en == "drawn 1" and near[0].en.startswith("training ")
    assert near[1] == 0 and near[2:] == drawn[2:]
    assert near[4].startswith("2024-0")


def test_the_density_is_highest_where_the_rows_are():
    X = np.random.default_rng(0).normal((3.0, -1.0), (1.0, 0.1), (300, 2))
    scatter = plane(view_of(Gaussian().fit(X, listener=None))).blocks[0]
    field = scatter.field
    row, column = np.unravel_index(field.values.argmax(), field.values.shape)
    ends = ((field.x, column), (field.y, row))
    at = [low + (place + 0.5) / 48 * (high - low) for (low, high), place in ends]
    assert np.abs(np.array(at) - X.mean(0)).max() < 0.15
    assert scatter.real is None
    assert field.high - field.low == pytest.approx(10)


def test_the_critic_is_asked_about_each_class():
    X = two_modes(300)
    frame = pd.DataFrame(X, columns=["a", "b"]).assign(side=np.where(X[:, 0] > 0, "r", "l"))
    model = GAN(max_steps=30, hidden=(16,), random_state=0).fit(frame, label="side", listener=None)
    view = view_of(model, as_dataset(frame, label="side"))
    usual, other = plane(view).blocks
    assert usual.caption.en == "Class l" and other.caption.en == "Class r"
    assert (usual.real[:, 0] < 0).all() and (other.real[:, 0] > 0).all()
    x, y = (np.linspace(*end, 97)[1::2] for end in (usual.field.x, usual.field.y))
    cells = pd.DataFrame({"a": x[:5], "b": y[7], "side": "l"})
    np.testing.assert_allclose(usual.field.values[7, :5], model.realism(cells), rtol=1e-5)
    assert usual.field.about_zero


def test_whole_numbers_have_points_and_no_field():
    X = np.random.default_rng(0).integers(0, 9, (100, 2))
    scatter = plane(view_of(GaussianMixture(2).fit(X, listener=None))).blocks[0]
    assert scatter.field is None and len(scatter.synthetic)


def test_ways_begin_and_end_at_drawn_rows(vae):
    lines = paths(view_of(vae)).blocks[0].rows
    labels = np.tile(view_of(vae).classes[:5], 2)
    drawn = vae.sample(10, labels, random_state=0)
    ends = as_pictures(vae.codec_, vae.decode(vae.encode(drawn, labels), labels))
    for i, line in enumerate(lines):
        assert len(line.images) == 9
        gap = np.abs(line.images[[0, -1]].astype(int) - ends[[i, 5 + i]].astype(int))
        assert gap.max() <= 1, "one by one and together round alike"


def test_the_direction_that_moves_the_rows_comes_first(digits):
    model = GAN(latent="normal", n_latent=5, hidden=(16,), max_steps=5, random_state=0)
    model.fit(digits.X, listener=None)
    first = next(model.generator_.parameters())
    assert first.shape[1] == 5
    first.data[:, [0, 1, 2, 4]] = 0
    lines = directions(view_of(model)).blocks[0].rows
    assert lines[0].name.en == "direction 3"
    changes = [np.ptp(line.images.astype(int), axis=0).max() for line in lines]
    assert changes[0] > 0 and not any(changes[1:])


def test_rows_of_a_table_move_without_noise():
    table = pd.DataFrame(two_modes(200), columns=["a", "b"])
    model = VAE(max_steps=40, hidden=(16,), n_latent=2, random_state=0).fit(table, listener=None)
    lines = paths(view_of(model)).blocks[1].rows
    first = [line[1].value for line in lines if line[0].value.en == "way 1"]
    assert len(first) == 5
    assert np.abs(np.diff(first)).max() < 0.1 * model.sample(500, random_state=0)["a"].std()


def test_a_mixture_has_no_ways():
    model = GAN(max_steps=5, hidden=(8,), random_state=0).fit(two_modes(60), listener=None)
    for make in (paths, directions):
        with pytest.raises(NotShownError, match="no latent vectors"):
            make(view_of(model))


def test_rows_of_tables_are_read_as_people_write_them():
    table = mixed_table()
    lines = samples(view_of(TopK(allow_copies=True, random_state=0).fit(table))).blocks[0].rows
    names = list(table.columns)
    cells = [dict(zip(names, line, strict=True)) for line in lines]
    assert len(cells) == 12
    assert {cell["member"].value for cell in cells} <= {"True", "False"}
    assert all(cell["since"].value[:2] == "20" and len(cell["since"].value) == 10 for cell in cells)
    assert None in {cell["score"].value for cell in cells}, "15 % are missing"


@pytest.mark.parametrize(
    "X",
    [pytest.param(switching(), marks=pytest.mark.slow), switching()[0]],
    ids=["several", "one"],
)
def test_sequences_are_curves(X):
    model = GaussianHMM(2, n_iter=3, random_state=0).fit(X, listener=None)
    curves = samples(view_of(model)).blocks
    assert [line.name for line in curves[0].series] == ["x0", "x1"]
    assert len(curves[0].series[0].values) > 10


def test_of_many_classes_the_usual_ones_are_shown():
    y = np.repeat(np.arange(25), [9, *[2] * 23, 8])
    X = np.random.default_rng(0).normal(size=(len(y), 2))
    view = view_of(Gaussian(shrinkage=0.5).fit(X, y, listener=None))
    assert view.usual_classes(2).tolist() == [0, 24]
    assert view.usual_classes(25).tolist() == list(range(25))
    assert [block.caption.en for block in plane(view).blocks][::3] == ["Class 0", "Class 24"]

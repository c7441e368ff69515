import datetime as dt
import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp, norm

from drawlike.codecs.table import TableCodec
from drawlike.errors import DataError, SchemaError, SettingError
from drawlike.events import Emitter, History
from drawlike.layout import Choice, Mixed, Real

EARLY, LATE = dt.datetime(1990, 1, 1), dt.datetime(2030, 1, 1)
NUMBERS = ("normal", "identity")


def floats(width):
    # rounded columns know no negative zero
    finite = st.floats(-1e6, 1e6, width=width, allow_subnormal=False)
    return finite.map(lambda x: 0.0 if abs(x) < 1e-6 else x)


def cents():
    return st.integers(-(10**6), 10**6).map(lambda c: c / 100)


COLUMNS = {
    "int8": ("integer", st.integers(-128, 127), pl.Int8),
    "uint64": ("integer", st.integers(2**63, 2**63 + 10**6), pl.UInt64),
    "int64": ("integer", st.integers(-(10**9), 10**9), pl.Int64),
    "float64": ("real", floats(64), pl.Float64),
    "float32": ("real", floats(32), pl.Float32),
    "cents": ("real", cents(), pl.Float64),
    "bool": ("boolean", st.booleans(), pl.Boolean),
    "string": ("category", st.text(st.characters(codec="utf-8"), max_size=3), pl.String),
    "categorical": ("category", st.sampled_from("abc"), pl.Categorical),
    "enum": ("category", st.sampled_from("abc"), pl.Enum(["c", "b", "a", "z"])),
    "date": ("date", st.dates(EARLY.date(), LATE.date()), pl.Date),
    "datetime": ("datetime", st.datetimes(EARLY, LATE), pl.Datetime("us")),
    "zoned": ("datetime", st.datetimes(EARLY, LATE), pl.Datetime("us", "Europe/Paris")),
    "time": ("time", st.times(), pl.Time),
    "duration": ("duration", st.timedeltas(-(LATE - EARLY), LATE - EARLY), pl.Duration("us")),
}


@st.composite
def polars_columns(draw, name):
    """A column of one type, cells missing, beside one that gives every table a width."""
    _, values, dtype = COLUMNS[name]
    cells = draw(st.lists(st.one_of(st.none(), values), min_size=1, max_size=60))
    column = pl.Series("x", cells, dtype=dtype)
    return pl.DataFrame({"x": column, "other": [0.5 * (i % 2) for i in range(len(cells))]})


def as_backend(frame, backend):
    convert = {"polars": lambda f: f, "pyarrow": lambda f: f.to_arrow()}
    convert["pandas"] = lambda f: f.to_pandas()
    convert["nullable"] = lambda f: f.to_pandas(use_pyarrow_extension_array=True)
    return convert[backend](frame)


def cells_of(column):
    """Cells with their types, so that 1, 1.0, NaN and None all differ."""
    listed = column.to_list() if hasattr(column, "to_list") else column.to_pylist()
    return [(type(cell), str(cell)) for cell in listed]


def dtypes_of(frame):
    return frame.schema if hasattr(frame, "schema") else frame.dtypes.tolist()


@pytest.mark.parametrize("backend", ["polars", "pyarrow", "pandas", "nullable"])
@pytest.mark.parametrize("name", COLUMNS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_identity_round_trips_exactly(data, name, backend):
    frame = as_backend(data.draw(polars_columns(name)), backend)
    kind = "datetime" if (name, backend) == ("date", "pandas") else COLUMNS[name][0]
    schema = {"x": kind, "other": "category", "rare": "keep"}
    codec = TableCodec(schema, numbers="identity").fit(frame)
    again = codec.decode(codec.encode(frame))
    assert type(again) is type(frame)
    assert dtypes_of(again) == dtypes_of(frame)
    assert cells_of(again["x"]) == cells_of(frame["x"])


@pytest.mark.parametrize("name", COLUMNS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_normal_round_trips_exactly_save_for_the_last_digits_of_reals(data, name):
    frame = data.draw(polars_columns(name))
    codec = TableCodec({"x": COLUMNS[name][0], "other": "category", "rare": "keep"}).fit(frame)
    again = codec.decode(codec.encode(frame))
    if "float" not in name:
        assert cells_of(again["x"]) == cells_of(frame["x"])
        return
    before, after = frame["x"].to_numpy(), again["x"].to_numpy()
    np.testing.assert_allclose(
        after, before, rtol=1e-9, atol=1e-9 * np.nanmax([1, *np.abs(before)])
    )


def sample_frame(n=600, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 90, n),
            "gain": np.where(rng.random(n) < 0.7, 0, rng.integers(100, 10**5, n)),
            "score": rng.gamma(2, 3, n),
            "price": rng.lognormal(3, 1, n).round(2),
            "job": rng.choice(["clerk", "cook", "smith"], n, p=[0.6, 0.3, 0.1]),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
            "happy": rng.random(n) < 0.5,
            "unit": "kg",
            "id": np.arange(1, n + 1),
        }
    )
    frame.loc[rng.random(n) < 0.1, "score"] = np.nan
    frame.loc[rng.random(n) < 0.1, "job"] = None
    return frame


def draw(layout, n, rng):
    """Independent blocks at the training frequencies, reals standard normal."""
    parts = []
    for block in layout.blocks:
        n_codes = {Choice: "n_categories", Mixed: "n_codes"}.get(type(block))
        codes = rng.choice(getattr(block, n_codes), n, p=block.frequencies) if n_codes else 0
        values = np.where(codes == 0, rng.standard_normal(n), np.nan)
        both = np.stack([np.broadcast_to(codes, n), values], 1)
        parts.append({Choice: both[:, :1], Real: both[:, 1:], Mixed: both}[type(block)])
    return np.concatenate(parts, 1)


def test_the_layout_says_what_each_column_became():
    codec = TableCodec().fit(sample_frame())
    kinds = {block.name: type(block) for block in codec.layout_.blocks}
    assert kinds == {
        "age": Real,
        "gain": Mixed,
        "score": Mixed,
        "price": Real,
        "job": Choice,
        "since": Real,
        "happy": Choice,
    }
    job = next(block for block in codec.layout_.blocks if block.name == "job")
    assert job.n_categories == 4  # three and missing
    np.testing.assert_allclose(job.frequencies.sum(), 1)


def test_decoded_draws_have_the_margins_of_the_table(rng):
    frame = sample_frame(4000)
    codec = TableCodec().fit(frame)
    drawn = codec.decode(draw(codec.layout_, 4000, rng), rng)
    for name in ("age", "gain", "score", "price"):
        assert ks_2samp(frame[name].dropna(), drawn[name].dropna()).statistic < 0.045
        assert drawn[name].min() >= frame[name].min()
        assert drawn[name].max() <= frame[name].max()
    assert abs((drawn.gain == 0).mean() - (frame.gain == 0).mean()) < 0.03
    assert abs(drawn.score.isna().mean() - frame.score.isna().mean()) < 0.02
    assert abs(drawn.job.isna().mean() - frame.job.isna().mean()) < 0.02
    assert (drawn.price == drawn.price.round(2)).all()
    assert drawn.dtypes.equals(frame.dtypes)
    assert drawn.id.min() > frame.id.max()
    assert drawn.id.is_unique


def test_a_codec_from_its_state_decodes_the_same(rng):
    for frame in (sample_frame(), pl.from_pandas(sample_frame())):
        codec = TableCodec().fit(frame)
        state = codec.state()
        leaves = json.dumps(state, default=lambda leaf: leaf.dtype.kind)  # arrays, and JSON
        assert '"O"' not in leaves
        again = TableCodec.from_state(state)
        encoded = draw(codec.layout_, 50, rng)
        one, other = (c.decode(encoded, np.random.default_rng(1)) for c in (codec, again))
        assert one.equals(other)
        assert type(one) is type(frame)
        np.testing.assert_array_equal(codec.encode(frame), again.encode(frame))
        np.testing.assert_array_equal(codec.log_jacobian(frame), again.log_jacobian(frame))
        assert [b.cell for b in again.layout_.blocks if isinstance(b, Mixed)] == [
            b.cell for b in codec.layout_.blocks if isinstance(b, Mixed)
        ]


def test_fitting_twice_gives_the_same_state():
    first, second = (TableCodec().fit(sample_frame()).state() for _ in range(2))
    assert json.dumps(first, default=np.ndarray.tolist) == json.dumps(
        second, default=np.ndarray.tolist
    )


def test_a_density_of_encoded_rows_becomes_one_of_the_data():
    """Sums and integrals of exp(log p(z) + log jacobian) over a column are one."""
    rng = np.random.default_rng(3)
    n = 5000
    frame = pd.DataFrame(
        {
            "count": rng.poisson(40, n),
            "real": rng.gamma(2, 3, n),
            "cents": rng.normal(10, 2, n).round(2),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 400, n), "D"),
        }
    )
    frame["day"] = frame["day"].dt.date
    grid = {
        "count": (np.arange(-200, 400), 1.0),
        "real": (np.linspace(-40, 100, 200_000), 140 / 200_000),
        "cents": (np.arange(-2000, 4000) / 100, 0.01),
        "day": ([dt.date(2015, 1, 1) + dt.timedelta(d) for d in range(4000)], 1.0),
    }
    for name, (values, step) in grid.items():
        codec = TableCodec().fit(frame[[name]])
        rows = pd.DataFrame({name: values})
        log_density = norm.logpdf(codec.encode(rows)[:, 0]) + codec.log_jacobian(rows)
        np.testing.assert_allclose(np.exp(log_density).sum() * step, 1, atol=0.02)


def test_the_jacobian_is_the_derivative():
    frame = pd.DataFrame({"x": np.random.default_rng(0).gamma(2, 3, 2000)})
    codec = TableCodec().fit(frame)
    at = pd.DataFrame({"x": np.random.default_rng(1).gamma(2, 3, 200)})
    ends = [codec.encode(at + shift)[:, 0] for shift in (-1e-7, 1e-7)]
    slopes = (ends[1] - ends[0]) / 2e-7
    # a knot between the ends bends a difference; nearly no row has one
    close = np.isclose(codec.log_jacobian(at), np.log(slopes), rtol=1e-4, atol=1e-4)
    assert close.mean() > 0.98


def test_seconds_are_the_unit_of_times():
    moments = pd.date_range("2020-01-01", periods=900, freq="17min").to_series(index=range(900))
    codec = TableCodec(numbers="identity").fit(pd.DataFrame({"t": moments}))
    encoded = codec.encode(pd.DataFrame({"t": moments}))
    np.testing.assert_allclose(encoded[:3, 0], [0, 17 * 60, 34 * 60])
    np.testing.assert_allclose(codec.log_jacobian(pd.DataFrame({"t": moments})), 0)


def test_a_category_never_seen_has_no_density_and_warns_once():
    codec = TableCodec().fit(pd.DataFrame({"c": list("aab"), "x": [1.5, 2.5, 9.5]}))
    odd = pd.DataFrame({"c": list("azq"), "x": [1.5, 2.5, 9.5]})
    with pytest.warns(UserWarning, match=r"'c' .*'z', 'q'.* 2 rows") as caught:
        encoded, _ = codec.encode(odd), codec.encode(odd)
    assert len(caught) == 1
    np.testing.assert_array_equal(np.isnan(encoded[:, 0]), [False, True, True])
    np.testing.assert_array_equal(np.isneginf(codec.log_jacobian(odd)), [False, True, True])


def test_a_missing_cell_never_seen_is_unobserved():
    codec = TableCodec().fit(pd.DataFrame({"x": np.arange(50) / 7}))
    with pytest.warns(UserWarning, match="'x'"):
        assert np.isnan(codec.encode(pd.DataFrame({"x": [np.nan]}))).all()
    assert codec.decode(np.array([[np.nan]])).x.notna().all()


def test_an_excluded_column_is_put_back_in_its_place():
    frame = sample_frame()
    codec = TableCodec().fit(frame, exclude=["job"])
    assert "job" not in [block.name for block in codec.layout_.blocks]
    encoded = codec.encode(frame.drop(columns="job"))
    labels = np.array(["cook", "clerk"] * 300)
    drawn = codec.decode(encoded, columns={"job": labels})
    assert drawn.columns.tolist() == frame.columns.tolist()
    assert drawn.job.tolist() == labels.tolist()
    with pytest.raises(SchemaError, match="columns={'job'"):
        codec.decode(encoded)
    with pytest.raises(DataError, match="599"):
        codec.decode(encoded, columns={"job": labels[1:]})


def test_an_excluded_categorical_keeps_its_categories():
    frame = pl.DataFrame(
        {"x": [0.5, 1.5, 3.5], "y": pl.Series(["a", "b", "a"], dtype=pl.Enum(["b", "a", "c"]))}
    )
    codec = TableCodec().fit(frame, exclude=["y"])
    drawn = codec.decode(codec.encode(frame), columns={"y": np.array(["b", "b", "a"])})
    assert drawn.schema == frame.schema


def test_weights_count_as_repeated_rows():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=300), "c": rng.choice(list("abc"), 300)})
    times = rng.integers(1, 4, 300)
    weighted = TableCodec().fit(frame, weight=times)
    repeated = TableCodec().fit(frame.loc[frame.index.repeat(times)])
    np.testing.assert_allclose(
        weighted.layout_.blocks[1].frequencies, repeated.layout_.blocks[1].frequencies
    )
    shift = weighted.encode(frame)[:, 0] - repeated.encode(frame)[:, 0]
    assert np.abs(shift).mean() < 0.06


def test_declared_bounds_hold_and_may_be_wider_than_the_data():
    frame = pd.DataFrame({"x": np.random.default_rng(0).normal(50, 5, 500)})
    codec = TableCodec({"x": {"low": 0, "high": 100}}).fit(frame)
    low, high = codec.decode(np.array([[-1e3], [1e3]])).x
    assert (low, high) == (0, 100)
    with pytest.raises(SchemaError, match="'x' .* low = 50"):
        TableCodec({"x": {"low": 50}}).fit(frame)


def test_whatever_a_model_draws_is_decoded_defensively():
    frame = sample_frame()
    codec = TableCodec().fit(frame)
    for wild in (np.inf, -np.inf, np.nan, 1e300, -7.3):
        drawn = codec.decode(np.full((3, codec.layout_.width), wild))
        assert drawn.dtypes.equals(frame.dtypes)
        assert drawn.age.between(frame.age.min(), frame.age.max()).all()
    with pytest.raises(DataError, match="expected"):
        codec.decode(np.zeros((3, 1)))


def test_no_rows_decode_to_an_empty_frame_of_the_same_kind():
    for frame in (sample_frame(), pl.from_pandas(sample_frame())):
        codec = TableCodec().fit(frame)
        empty = codec.decode(np.empty((0, codec.layout_.width)))
        assert len(empty) == 0
        assert list(empty.dtypes) == list(frame.dtypes)


def test_constants_and_empty_columns_come_back():
    frame = pd.DataFrame(
        {
            "x": [0.5, 1.5, 2.5],
            "unit": "kg",
            "none": pd.Series([None] * 3, dtype=object),
            "nan": np.nan,
            "seven": np.array([7, 7, 7], np.int16),
            "when": pd.Timestamp("2020-01-01"),
        }
    )
    codec = TableCodec().fit(frame)
    assert codec.layout_.width == 1
    pd.testing.assert_frame_equal(codec.decode(codec.encode(frame)), frame)
    other = frame.assign(unit="g")
    with pytest.warns(UserWarning, match="'unit'"):
        codec.encode(other)
    assert np.isneginf(codec.log_jacobian(other)).all()


def test_declared_types_model_what_detection_would_not():
    one = pd.DataFrame({"x": [3.5], "c": ["a"]})
    codec = TableCodec({"x": "real", "c": "category"}).fit(one)
    pd.testing.assert_frame_equal(codec.decode(codec.encode(one)), one)


def test_free_text_is_refused_with_remedies():
    words = np.random.default_rng(0).choice(["a", "sea", "of", "words", "goes", "on"], (60, 9))
    text = pd.DataFrame({"x": range(100, 160), "review": [" ".join(row) for row in words]})
    with pytest.raises(SchemaError, match="free text.*remove.*category.*identifier"):
        TableCodec().fit(text)
    codec = TableCodec({"review": "identifier"}).fit(text)
    fresh = codec.decode(codec.encode(text)).review
    assert not set(fresh) & set(text.review)
    copied = TableCodec({"review": {"type": "category", "rare": "keep"}}).fit(text)
    assert copied.decode(copied.encode(text)).equals(text)


def test_texts_that_spell_numbers_and_dates_are_modelled_and_spelled_again():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "amount": [f"{x:.2f}" for x in rng.normal(100, 10, 200)],
            "day": pd.date_range("2020-01-01", periods=200).strftime("%d/%m/%Y"),
            "at": pd.date_range("2020-01-01", periods=200, freq="h").strftime("%Y-%m-%d %H:%M"),
        }
    ).astype(object)
    codec = TableCodec().fit(frame)
    assert [column.type for column in codec.schema_.columns] == ["real", "date", "datetime"]
    assert codec.decode(codec.encode(frame)).equals(frame)
    drawn = codec.decode(draw(codec.layout_, 200, rng))
    assert drawn.amount.str.fullmatch(r"\d+\.\d\d").all()
    pd.to_datetime(drawn.day, format="%d/%m/%Y", errors="raise")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="age"), "lacks"),
        (lambda f: f.assign(new=1), "brings"),
        (lambda f: f.assign(age=f.age.astype(str)), "'age' holds string values.*integer"),
        (lambda f: f.assign(job=1), "'job' holds integer"),
        (lambda f: f.assign(price=np.inf), "'price' is infinite in row 0"),
    ],
)
def test_tables_unlike_the_training_table_are_refused(change, message):
    frame = sample_frame()
    codec = TableCodec().fit(frame)
    for verb in (codec.encode, codec.log_jacobian):
        with pytest.raises(DataError, match=message):
            verb(change(frame))


def test_integers_that_became_floats_by_a_missing_cell_are_still_read():
    codec = TableCodec().fit(pd.DataFrame({"n": range(100, 200), "k": [1, 2] * 50}))
    one, other = pd.DataFrame({"n": [150.0], "k": [2.0]}), pd.DataFrame({"n": [150], "k": [2]})
    np.testing.assert_array_equal(codec.encode(one), codec.encode(other))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"x": []}), "no rows"),
        (pd.DataFrame({"x": [1, 1], "id": [1, 2]}), "no column to model: x .constant.*identifier"),
        (pd.DataFrame({"x": [1.0, np.inf]}), "'x' is infinite in row 1"),
    ],
    ids=["empty", "nothing varies", "infinite"],
)
def test_tables_without_anything_to_learn_are_refused(frame, message):
    with pytest.raises(DataError, match=message):
        TableCodec().fit(frame)


def test_bad_settings_and_weights_are_refused():
    frame = sample_frame()
    with pytest.raises(SettingError, match="'gauss'.*normal, identity"):
        TableCodec(numbers="gauss").fit(frame)
    for weight in (np.ones(3), -np.ones(600), np.zeros(600), np.full(600, np.nan)):
        with pytest.raises(DataError, match="weight"):
            TableCodec().fit(frame, weight=weight)
    with pytest.raises(SchemaError, match="did you mean 'job'"):
        TableCodec().fit(frame, exclude=["jobs"])


def test_many_categories_are_kept_once_and_coded_by_frequency():
    rng = np.random.default_rng(0)
    values = np.array([f"v{i:05d}" for i in range(20_000)], object)
    frame = pd.DataFrame({"c": values[(rng.random(60_000) ** 2 * 20_000).astype(int)]})
    codec = TableCodec({"rare": "keep"}).fit(frame)
    block = codec.layout_.blocks[0]
    assert block.n_categories == frame.c.nunique()
    assert (np.diff(block.frequencies) <= 0).all()
    assert codec.decode(codec.encode(frame)).equals(frame)


def test_progress_and_notes_are_events():
    heard = History()
    TableCodec().fit(sample_frame(), events=Emitter(heard, "codec"))
    steps = [event.step for event in heard if event.kind == "progress"]
    assert steps == list(range(10))
    assert any("'id'" in (event.message or "") for event in heard if event.kind == "warning")


def test_the_input_is_left_as_it_was():
    frame = sample_frame()
    before = frame.copy(deep=True)
    codec = TableCodec().fit(frame)
    codec.encode(frame)
    pd.testing.assert_frame_equal(frame, before)


REAL = {
    "adult/adult_ctgan.csv.gz": {"fnlwgt": "integer", "capital-gain": "integer"},
    "tabular/titanic.csv.gz": {"age": "integer", "embarked": "category"},
    "tabular/diamonds.csv.gz": {"carat": "real", "price": "integer"},
    "sequences/airline-passengers.csv.gz": {"Month": "date"},
    "large/nycflights13_100k.parquet": {"time_hour": "datetime", "tailnum": "category"},
}


@pytest.mark.parametrize("path", REAL)
def test_real_tables_round_trip_and_keep_their_margins(path, data_folder, rng):
    read = pd.read_csv if ".csv" in path else pd.read_parquet
    frame = read(data_folder / path)
    codec = TableCodec({"rare": "keep"}).fit(frame)
    types = {column.name: column.type for column in codec.schema_.columns}
    assert types == types | REAL[path]
    assert "identifier" not in types.values()
    pd.testing.assert_frame_equal(codec.decode(codec.encode(frame)), frame, check_exact=True)
    assert np.isfinite(codec.log_jacobian(frame)).all()
    drawn = codec.decode(draw(codec.layout_, len(frame), rng))
    for name in frame.select_dtypes("number"):
        assert ks_2samp(frame[name].dropna(), drawn[name].dropna()).statistic < max(
            0.02, 2 / np.sqrt(len(frame))
        )


def test_an_arrow_table_of_real_flights_round_trips(data_folder):
    import pyarrow.parquet as pq

    table = pq.read_table(data_folder / "large/nycflights13_100k.parquet").slice(0, 5000)
    codec = TableCodec({"rare": "keep"}, numbers="identity").fit(table)
    again = codec.decode(codec.encode(table))
    assert isinstance(again, pa.Table)
    assert again.to_pylist() == table.to_pylist()
    assert again.schema.equals(table.schema)

import pytest

from drawlike import GAN, KDE
from drawlike.cli.words import change, listed, make_model, pairs, whole_numbers
from drawlike.errors import SettingError


def test_values_are_json_or_text():
    given = ["a=1", "b=0.5", "c=[1, 2]", "d=true", "e=null", "f=full", "g=>50K", "h=x=y", "i=False"]
    assert pairs(given, "--set") == {
        "a": 1,
        "b": 0.5,
        "c": [1, 2],
        "d": True,
        "e": None,
        "f": "full",
        "g": ">50K",
        "h": "x=y",
        "i": False,
    }


@pytest.mark.parametrize("word", ["a", "=1", ""])
def test_a_word_without_name_or_value_is_refused(word):
    with pytest.raises(SettingError, match="name=value"):
        pairs([word], "--set")


def test_values_may_be_written_as_in_python():
    given = ["a=.5", "b={'c2st': .55}", "c=(0.5, .9)", "d=[x", "e=(a and b)", "f=-.5"]
    assert list(pairs(given, "--set").values()) == [
        *(0.5, {"c2st": 0.55}, (0.5, 0.9), "[x", "(a and b)", -0.5)
    ]


def test_a_model_gets_its_settings_seed_and_device():
    model = make_model("vae", {"n_latent": 3, "hidden": [8], "max_seconds": 2}, 5, "cpu")
    assert (model.n_latent, model.hidden, model.max_seconds) == (3, [8], 2)
    assert (model.random_state, model.device) == (5, "cpu")


def test_an_unknown_setting_lists_the_model_s_own():
    with pytest.raises(SettingError, match=r"no setting 'latent'.*n_latent=16"):
        make_model("vae", {"latent": 3}, 0, "cpu")


def test_a_setting_takes_every_sort_that_its_docstring_names():
    assert make_model("gaussian-mixture", {"means_init": [[0.0]]}, 0, "cpu").means_init == [[0.0]]
    assert make_model("gan", {"augment": "cutout"}, 0, "cpu").augment == "cutout"
    for name, setting, value in (("vae", "hidden", 3), ("gaussian-mixture", "tol", "small")):
        with pytest.raises(SettingError, match="its default"):
            make_model(name, {setting: value}, 0, "cpu")


def test_the_seed_is_no_setting():
    with pytest.raises(SettingError, match="no setting 'random_state'"):
        make_model("vae", {"random_state": 3}, 0, "cpu")


@pytest.mark.parametrize(
    "wrong", [{"n_latent": "many"}, {"hidden": 3}, {"network": 1}, {"lr": True}]
)
def test_a_setting_of_another_sort_than_its_default_is_refused(wrong):
    with pytest.raises(SettingError, match="should be like"):
        make_model("vae", wrong, 0, "cpu")


def test_lists():
    assert listed("a, b,,c", "--models") == ["a", "b", "c"]
    assert whole_numbers("0,1, 2", "--seeds") == [0, 1, 2]


@pytest.mark.parametrize("seeds", ["", "a", "1,-2", "1.5"])
def test_seeds_are_whole_numbers(seeds):
    with pytest.raises(SettingError, match="--seeds"):
        whole_numbers(seeds, "--seeds")


def test_a_preset_is_a_start_that_settings_change():
    model = make_model("gan", {"preset": "wgan-gp", "critic_steps": 2}, 0, "cpu")
    assert (model.loss, model.penalty, model.critic_steps) == ("wasserstein", {"gradient": 10.0}, 2)
    with pytest.raises(SettingError, match="wgan-gp"):
        make_model("gan", {"preset": "wgan2"}, 0, "cpu")
    with pytest.raises(SettingError, match="no setting 'preset'"):
        make_model("kde", {"preset": "wgan"}, 0, "cpu")
    vae = make_model("vae", {"preset": "784-20-3-784", "n_latent": 4}, 0, "cpu")
    assert (vae.hidden, vae.decoder_hidden, vae.n_latent) == ((20,), (), 4)


def test_a_fitted_model_draws_by_other_settings_but_was_fitted_by_its_own():
    gan = change(GAN(), ["truncation=.5", "refine=rejection"])
    assert (gan.truncation, gan.refine, gan.tries) == (0.5, "rejection", GAN().tries)
    with pytest.raises(SettingError, match=r"draws by no setting 'lr'. It has: truncation=0.5"):
        change(gan, ["lr=1"])
    with pytest.raises(SettingError, match="It has: none"):
        change(KDE(), ["bandwidth=1"])

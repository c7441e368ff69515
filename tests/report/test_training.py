from drawlike.events import Emitter, Event, History
from drawlike.report import Alert, Curves, training_blocks
from drawlike.report.training import _ALARMS
from drawlike.training.alarms import ALARMS


def history():
    heard = History()
    emitter = Emitter(heard, "fit")
    for step in (100, 200):
        emitter.metric("generator loss", 1.0 / step, step)
        emitter.metric("critic loss", 2.0 / step, step)
        emitter.metric("energy distance", 3.0 / step, step)
    emitter.metric("seed", 7)
    return heard


def test_losses_share_a_chart_and_other_figures_have_their_own():
    charts = list(training_blocks(history()))
    names = [[line.name for line in chart.series] for chart in charts]
    assert names == [["critic loss", "generator loss"], ["energy distance"]]
    assert charts[1].series[0].values.tolist() == [0.03, 0.015]


def test_other_stages_are_named_and_drawn_from_left_to_right():
    heard = History()
    for step in (1, 8, 4):
        Emitter(heard, "mixture").metric("bic", -float(step), step)
    (chart,) = training_blocks(heard)
    assert chart.caption == "mixture"
    assert chart.series[0].steps.tolist() == [1, 4, 8]
    assert chart.series[0].values.tolist() == [-1, -4, -8]


def test_what_was_warned_of_at_a_step_is_a_flag_and_in_words():
    heard = history()
    for step, message in ((150, "modes went"), (180, "it exploded at step 180")):
        heard(Event(0.0, "run", "fit", "warning", step=step, message=message))
    Emitter(heard, "fit").warning("of no step")
    blocks = list(training_blocks(heard))
    charts = [block for block in blocks if isinstance(block, Curves)]
    assert all([flag.step for flag in chart.flags] == [150, 180] for chart in charts)
    assert charts[0].flags[0].text == "modes went"
    prefixed, told = (block.text for block in blocks if isinstance(block, Alert))
    assert prefixed.en == "Step 150: modes went"
    assert told == "it exploded at step 180"


def test_an_alarm_of_a_known_name_is_told_in_both_languages():
    history = History()
    message = "orbit at step 3: the mean goes around. Try R1."
    Emitter(history, "fit").warning(message, "orbit", step=3, value=0.5)
    (alert,) = training_blocks(history)
    assert alert.text.en == message and "0.5" in alert.text.zh and "绕圈" in alert.text.zh


def test_every_alarm_has_chinese_words():
    assert set(_ALARMS) == {check.name for check in ALARMS} | {"posterior collapse"}

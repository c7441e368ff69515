"""How a training went: its figures as curves, and its alarms beside them."""

from collections.abc import Iterator

import numpy as np

from drawlike.events import Event, History
from drawlike.report.document import Alert, Block, Curves, Flag, Series, Text

_TOGETHER = ("loss", "gradient")  # figures whose names hold such a word share a chart
_MOST_ALARMS = 12
_ALARMS = {
    "exploding gradient": ("梯度爆炸", "降低学习率、裁剪梯度或惩罚判别器"),
    "vanishing gradient": ("梯度消失", "换用 leaky-relu 激活或减少层数"),
    "critic wins": ("判别器压倒生成器", "惩罚判别器、降低判别器学习率或减少判别器步数"),
    "mode collapse": ("模式坍塌", "惩罚判别器、加入噪声、换用成对损失或打包"),
    "orbit": ("绕圈而不收敛", "加 R1 惩罚、换用乐观优化器或降低学习率"),
    "critic overfit": ("判别器过拟合", "加入噪声、惩罚判别器、减小网络或增加数据"),
    "posterior collapse": ("后验坍塌", "减小 beta、延长预热（warm_up=0.2）或加 free_bits"),
    "critic wins a class": (
        "判别器压倒一个稀有类",
        "class_sampling='square-root'、数据增强或惩罚判别器",
    ),
    "rare classes overfit": ("稀有类过拟合", "更多数据、数据增强（augment）或减少步数"),
    "memorising": ("记住训练数据", "惩罚判别器、减小网络、减少步数或增加数据"),
}
_SAID = Text("Step {step}: {message}", "第 {step} 步：{message}")
_USUAL = "fit"  # the stage that needs no name


def training_blocks(history: History) -> Iterator[Block]:
    """Curves of all that was measured at steps, with what was warned of as flags and in words."""
    for stage in dict.fromkeys(event.stage for event in history):
        events = [e for e in history if e.stage == stage and e.step is not None]
        measured = [e for e in events if e.kind == "metric" and e.name and e.value is not None]
        flags = tuple(Flag(e.step or 0, e.message or "") for e in events if e.kind == "warning")
        for names in _groups(sorted({str(e.name) for e in measured})):
            series = tuple(_series(measured, name) for name in names)
            yield Curves(series, flags=flags, caption=None if stage == _USUAL else stage)
    alarms = [e for e in history if e.kind == "warning" and e.step is not None]
    yield from (_alert(alarm) for alarm in alarms[:_MOST_ALARMS])


def _groups(names: list[str]) -> Iterator[list[str]]:
    for word in _TOGETHER:
        if group := [name for name in names if word in name]:
            yield group
        names = [name for name in names if word not in name]
    yield from ([name] for name in names)


def _series(measured: list[Event], name: str) -> Series:
    """Give a line from left to right, whatever order it was measured in."""
    points = np.array([(e.step, e.value) for e in measured if e.name == name], float)
    steps, values = points[points[:, 0].argsort(kind="stable")].T
    return Series(name, steps, values)


def _alert(alarm: Event) -> Alert:
    message, known = alarm.message or "", _ALARMS.get(alarm.name or "")
    if known is not None and alarm.value is not None:
        name, advice = known
        chinese = f"第 {alarm.step} 步：{name}，指标为 {alarm.value:.3g}。建议：{advice}。"
        return Alert(Text(message, chinese), "warn")
    if f"step {alarm.step}" in message:
        return Alert(message, "warn")
    return Alert(_SAID.format(step=alarm.step, message=message), "warn")

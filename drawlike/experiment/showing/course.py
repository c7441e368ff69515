"""How the training went."""

from ...report import Text, training_blocks
from .view import NotShownError, Scene, View


def course(view: View) -> Scene:
    """Show losses, gradients and other figures over the steps, with the alarms."""
    if not view.history:
        raise NotShownError(_NO_EVENTS)
    blocks = tuple(training_blocks(view.history))
    if not blocks:
        raise NotShownError(_NO_STEPS)
    return Scene(blocks)


_NO_EVENTS = Text(
    "What the fit told is not at hand: give history= in Python; the command line keeps events.jsonl.",
    "没有拟合过程的记录：在 Python 中使用 history=；命令行会保存 events.jsonl。",
)
_NO_STEPS = Text("The model measures nothing as it learns.", "模型在学习过程中没有测量任何指标。")

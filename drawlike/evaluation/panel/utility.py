"""Utility: whether rows teach what real ones do."""

from ...report import Text
from .. import utility
from ..metric import Metric, kept_share, kept_skill
from .words import AUC, R_SQUARED

UTILITY: tuple[Metric, ...] = (
    Metric(
        title=Text("utility AUC", "效用 AUC"),
        measure=utility.classification,
        ideal=1.0,
        better="higher",
        unit=AUC,
        aspect="utility",
        about=Text(
            "a classifier of the label, trained on synthetic rows, tested on the hold-out; "
            "beside it, trained on real rows",
            "用合成行训练、在留出行上测试的标签分类器；旁列用真实行训练的结果",
        ),
        source="train on synthetic, test on real (Esteban et al. 2017, arXiv:1706.02633)",
        kept=kept_skill,
        tolerance=0.9,
    ),
    Metric(
        title=Text("utility R2", "效用 R²"),
        measure=utility.regression,
        ideal=1.0,
        better="higher",
        unit=R_SQUARED,
        aspect="utility",
        about=Text(
            "a regression of the label, trained on synthetic rows, tested on the hold-out; "
            "beside it, trained on real rows",
            "用合成行训练、在留出行上测试的标签回归；旁列用真实行训练的结果",
        ),
        source="train on synthetic, test on real (Esteban et al. 2017, arXiv:1706.02633)",
        kept=kept_share,
        tolerance=0.9,
    ),
)

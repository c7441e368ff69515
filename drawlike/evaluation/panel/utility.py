"""Utility: whether rows teach what real ones do."""

from ...report import Text
from ..learning import importance, utility
from ..metric import Metric, kept_share, kept_skill
from .words import AUC, COLUMNS, COSINE, R_SQUARED

UTILITY: tuple[Metric, ...] = (
    Metric(
        title=Text("utility AUC", "效用 AUC"),
        measure=utility.classification,
        ideal=1.0,
        better="higher",
        unit=AUC,
        aspect="utility",
        about=Text(
            "classifiers of the label (linear, forest, and boosted trees where a table has three "
            "classes at most), trained on synthetic rows, tested on the hold-out, mean; beside it, "
            "trained on real rows",
            "用合成行训练、在留出行上测试的标签分类器（线性、随机森林；表格且不超过三类时还有提升树）的平均；旁列用真实行训练的结果",
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
            "regressions of the label (linear, boosted trees, forest), trained on synthetic rows, "
            "tested on the hold-out, mean; beside it, trained on real rows",
            "用合成行训练、在留出行上测试的标签回归（线性、提升树、随机森林）的平均；旁列用真实行训练的结果",
        ),
        source="train on synthetic, test on real (Esteban et al. 2017, arXiv:1706.02633)",
        kept=kept_share,
        tolerance=0.9,
    ),
    Metric(
        title=Text("importance agreement", "重要性一致"),
        measure=importance.importance_agreement,
        ideal=1.0,
        better="higher",
        unit=COSINE,
        aspect="utility",
        about=Text(
            "whether the columns that matter for the label, taught by synthetic rows, are those "
            "that real rows teach; beside it, other real rows",
            "用合成行训练时对标签重要的列，与用真实行训练时是否一致；旁列为其他真实行",
        ),
        source="permutation importance (Fisher, Rudin and Dominici 2019, arXiv:1801.01489)",
        kept=kept_share,
        kinds=COLUMNS,
    ),
)

"""Copying: whether rows are real ones."""

from ...report import Text
from .. import attacks
from ..metric import (
    Metric,
    kept_anyway,
    kept_density,
    kept_excess,
    kept_frequencies,
    kept_membership,
    kept_risk,
)
from ..metrics import copying, feature_likelihood
from .words import (
    AUC,
    CHI_SQUARE,
    COLUMNS,
    GIOMI,
    HUNDREDTHS,
    JIRALERSPONG,
    OF_PREDICATES,
    OF_SYNTHETIC,
    OF_TRAINING,
)

COPYING: tuple[Metric, ...] = (
    Metric(
        title=Text("exact copies", "完全拷贝"),
        measure=copying.exact_copies,
        ideal=0.0,
        better="lower",
        unit=OF_SYNTHETIC,
        aspect="copying",
        about=Text(
            "synthetic rows that equal a training row; beside it, hold-out rows that do",
            "与某一训练行完全相同的合成行比例；旁列留出行的同一比例",
        ),
        source="Fisher's exact test against the hold-out",
        kept=kept_excess,
        tolerance=0.95,
        fewest=1,
    ),
    Metric(
        title=Text("equal frequencies", "频数雷同"),
        measure=copying.equal_frequencies,
        ideal=1.0,
        better="higher",
        unit=CHI_SQUARE,
        aspect="copying",
        about=Text(
            "where rows repeat: scatter of their frequencies around the training rows'; 0 is a copy",
            "当行会重复时：各种行的频数与训练数据的离散程度；0 即为拷贝",
        ),
        source="Pearson's chi-square, lower tail",
        kept=kept_frequencies,
    ),
    Metric(
        title=Text("near copies", "近似拷贝"),
        measure=copying.near_copies,
        ideal=0.01,
        better="lower",
        unit=OF_SYNTHETIC,
        aspect="copying",
        about=Text(
            "synthetic rows nearer to the training rows than 99 % of the hold-out rows are",
            "比 99% 的留出行更接近训练数据的合成行比例",
        ),
        source="beta-binomial law of exchangeable distances and of their ratios",
        kept=kept_excess,
    ),
    Metric(
        title=Text("membership AUC", "成员推断 AUC"),
        measure=copying.membership,
        ideal=0.5,
        better="lower",
        unit=AUC,
        aspect="copying",
        about=Text(
            "how well training rows are told from hold-out rows by their distance to the synthetic",
            "根据与合成行的距离区分训练行与留出行的能力",
        ),
        source="Hilprecht et al. 2019, doi:10.2478/popets-2019-0067; Mann-Whitney",
        kept=kept_membership,
    ),
    Metric(
        title=Text("membership at 1 %", "1% 误认下的成员推断"),
        measure=copying.membership_of_few,
        ideal=0.01,
        better="lower",
        unit=OF_TRAINING,
        aspect="copying",
        about=Text(
            "training rows recognised when 1 % of the hold-out rows are by mistake",
            "在误认 1% 留出行的条件下能被认出的训练行比例",
        ),
        source="Carlini et al. 2022, arXiv:2112.03570",
        kept=kept_excess,
    ),
    Metric(
        title=Text("feature likelihood gap", "特征似然差距"),
        measure=feature_likelihood.gap,
        ideal=0.0,
        better="lower",
        unit=HUNDREDTHS,
        aspect="copying",
        about=Text(
            "log-density that training rows gain over hold-out rows under normals around "
            "synthetic rows; beside it, what other deals of the same rows gain",
            "以合成行为中心的正态混合下，训练行比留出行多得的对数密度；旁列重新分配同样的行所得",
        ),
        source=f"{JIRALERSPONG}; permutation test",
        kept=kept_density,
    ),
    Metric(
        title=Text("nearer to train", "更近训练集"),
        measure=copying.nearer_to_train,
        ideal=0.5,
        better="lower",
        unit=OF_SYNTHETIC,
        aspect="copying",
        about=Text(
            "synthetic rows nearer to a training than to a hold-out row, of equally many (DCR); "
            "a smoke alarm only",
            "在数量相等时更接近训练行而非留出行的合成行比例（DCR）；仅作烟雾报警",
        ),
        source="DCR share with the training rows cut to the hold-out's number",
        kept=kept_anyway,
    ),
    Metric(
        title=Text("copies of the hold-out", "留出行拷贝"),
        measure=copying.holdout_copies,
        ideal=0.0,
        better="lower",
        unit=OF_SYNTHETIC,
        aspect="copying",
        about=Text(
            "synthetic rows that equal a hold-out row: then the hold-out was not held out",
            "与某一留出行完全相同的合成行比例：若偏高，说明留出数据已泄漏",
        ),
        source="Fisher's exact test against the training rows",
        kept=kept_excess,
        tolerance=0.95,
        fewest=1,
    ),
    Metric(
        title=Text("univariate singling out", "单列单独识别"),
        measure=attacks.univariate,
        ideal=0.0,
        better="lower",
        unit=OF_PREDICATES,
        aspect="copying",
        about=Text(
            "values that one synthetic row has and exactly one training row; beside it, one "
            "hold-out row: real values given out again, even column by column",
            "只有一个合成行具有、且恰好单独指向一个训练行的取值比例；旁列留出行的同一比例："
            "真实取值被原样输出，即使各列独立",
        ),
        source=GIOMI,
        kept=kept_risk,
        kinds=COLUMNS,
    ),
    Metric(
        title=Text("multivariate singling out", "多列单独识别"),
        measure=attacks.multivariate,
        ideal=0.0,
        better="lower",
        unit=OF_PREDICATES,
        aspect="copying",
        about=Text(
            "conditions on three columns that hold for one synthetic row and for exactly one "
            "training row; beside it, one hold-out row",
            "三列上的条件只对一个合成行成立、且恰好单独指向一个训练行的比例；旁列留出行的同一比例",
        ),
        source=GIOMI,
        kept=kept_risk,
        kinds=COLUMNS,
    ),
    Metric(
        title=Text("linkability", "可关联性"),
        measure=attacks.linkability,
        ideal=0.0,
        better="lower",
        unit=OF_TRAINING,
        aspect="copying",
        about=Text(
            "training rows of which both halves have the same nearest synthetic row; beside it, "
            "hold-out rows",
            "两半列的最近合成行相同、因而可被重新关联的训练行比例；旁列留出行的同一比例",
        ),
        source=GIOMI,
        kept=kept_risk,
        kinds=COLUMNS,
    ),
    Metric(
        title=Text("attribute inference", "属性推断"),
        measure=attacks.inference,
        ideal=0.0,
        better="lower",
        unit=OF_TRAINING,
        aspect="copying",
        about=Text(
            "training rows of which a secret column is guessed from the synthetic row nearest in "
            "all others; beside it, hold-out rows; of the worst column",
            "由其余各列最近的合成行猜中某一保密列的训练行比例；旁列留出行的同一比例；取最严重的一列",
        ),
        source=GIOMI,
        kept=kept_risk,
        kinds=COLUMNS,
    ),
)

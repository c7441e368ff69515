"""Diversity: whether everything that real rows show comes back."""

from ...report import Text
from ..metric import Metric, kept_excess, kept_factor, kept_gap, kept_share
from ..metrics import diversity, sparse, supports
from .words import (
    AGREEMENT,
    ALAA,
    COLUMNS,
    KYNKAANNIEMI,
    LOG_RATIO,
    OF_CATEGORIES,
    OF_ROWS,
    OF_SYNTHETIC,
    OF_TRAINING,
    PRDC,
    RATIO,
)

DIVERSITY: tuple[Metric, ...] = (
    Metric(
        title=Text("recall", "召回率"),
        measure=diversity.recall,
        ideal=1.0,
        better="higher",
        unit=OF_TRAINING,
        aspect="diversity",
        about=Text(
            "training rows within reach of a synthetic row; the rest are lost",
            "落在合成样本邻域内的训练行比例；其余已丢失",
        ),
        source=KYNKAANNIEMI,
        kept=kept_share,
        tolerance=0.9,
    ),
    Metric(
        title=Text("coverage", "覆盖率"),
        measure=diversity.coverage,
        ideal=1.0,
        better="higher",
        unit=OF_TRAINING,
        aspect="diversity",
        about=Text(
            "training rows with a synthetic row in their neighbourhood",
            "邻域内有合成行的训练行比例",
        ),
        source=PRDC,
        kept=kept_share,
        tolerance=0.9,
    ),
    Metric(
        title=Text("beta-recall", "β 召回率"),
        measure=supports.beta_recall,
        ideal=1.0,
        better="higher",
        unit=AGREEMENT,
        aspect="diversity",
        about=Text(
            "whether training rows have a near synthetic row among the typical ones, for each "
            "share that is called typical",
            "对每一典型比例，训练行附近是否有属于典型部分的合成行",
        ),
        source=ALAA,
        kept=kept_share,
        tolerance=0.9,
    ),
    Metric(
        title=Text("mode occupancy", "模式占比"),
        measure=diversity.mode_occupancy,
        ideal=1.0,
        better="higher",
        unit=RATIO,
        aspect="diversity",
        about=Text(
            "size of the cluster that shrinks or swells most, over its size among real rows",
            "变化最大的聚类的大小与其在真实行中大小之比",
        ),
        source="12 and 20 k-means clusters, chi-square and hypergeometric tests",
        kept=kept_share,
    ),
    Metric(
        title=Text("categories kept", "类别保留"),
        measure=diversity.categories_kept,
        ideal=1.0,
        better="higher",
        unit=OF_CATEGORIES,
        aspect="diversity",
        about=Text(
            "categories of five training rows or more that come back",
            "训练数据中至少出现五次的类别在合成数据中再现的比例",
        ),
        source="expected share of a fresh sample",
        kept=kept_share,
        tolerance=0.9,
        kinds=COLUMNS,
    ),
    Metric(
        title=Text("rare mass", "稀有类别占比"),
        measure=sparse.rare_mass,
        ideal=0.0,
        better="lower",
        unit=OF_ROWS,
        aspect="diversity",
        about=Text(
            "largest difference of the share of rows in categories that fewer than five training "
            "rows hold, of columns of over fifty",
            "类别超过五十个的各列中，属于训练行不足五行的类别的行所占比例的最大差异",
        ),
        source="difference of shares; other deals of the same real rows",
        kept=kept_gap,
        tolerance=0.0,  # a remark: such categories are left out unless they are asked for
        only_proven=True,
        kinds=COLUMNS,
    ),
    Metric(
        title=Text("distinct values", "不同取值数"),
        measure=sparse.distinct_values,
        ideal=0.0,
        better="lower",
        unit=LOG_RATIO,
        aspect="diversity",
        about=Text(
            "how many of a column's categories come, against how many would in as many rows, of "
            "columns of over fifty",
            "类别超过五十个的各列中，出现的类别数与同样行数下应出现的类别数之比",
        ),
        source="log-ratio; other deals of the same real rows",
        kept=kept_factor,
        tolerance=0.0,
        only_proven=True,
        kinds=COLUMNS,
    ),
    Metric(
        title=Text("repeated rows", "重复行"),
        measure=diversity.repeated_rows,
        ideal=0.0,
        better="lower",
        unit=OF_SYNTHETIC,
        aspect="diversity",
        about=Text("synthetic rows that occur more than once", "出现不止一次的合成行比例"),
        source="share of rows",
        kept=kept_excess,
    ),
)

"""Units, kinds and sources that several records name."""

from ...report import Text

COLUMNS = ("table", "array")
SDMETRICS = "sdmetrics, https://docs.sdv.dev/sdmetrics"
PRDC = "Naeem et al. 2020, arXiv:2002.09797"
KYNKAANNIEMI = "Kynkaanniemi et al. 2019, arXiv:1904.06991"
GIOMI = "Giomi et al. 2023, arXiv:2211.10459; Fisher's exact test against the hold-out"
LIKENESS = Text("1 - distance", "1 - 距离")
ALAA = "Alaa et al. 2022, arXiv:2102.08921"
JIRALERSPONG = "Jiralerspong et al. 2023, arXiv:2302.04440"
HUNDREDTHS = Text("hundredths of a nat a dimension", "每维百分之一奈特")
AGREEMENT = Text("1 - 2 x distance from the diagonal", "1 - 2 x 与对角线的距离")
OF_ROWS = Text("share of rows", "行的比例")
AUC = Text("AUC", "AUC")
OF_SYNTHETIC = Text("share of synthetic rows", "合成行的比例")
RATIO = Text("ratio", "比值")
SQUARED_MMD = Text("squared kernel distance", "核距离平方")
DEVIATIONS = Text("standard deviations", "标准差")
VARIANCES = Text("total variances", "总方差")
OF_TRAINING = Text("share of training rows", "训练行的比例")
OF_PREDICATES = Text("share of predicates", "谓词的比例")
OF_CATEGORIES = Text("share of categories", "类别的比例")
CHI_SQUARE = Text("chi-square over its mean", "卡方与其均值之比")
LOG_RATIO = Text("log ratio", "比值的对数")
COSINE = Text("cosine", "余弦")
R_SQUARED = Text("R squared", "R²")
NATS = Text("nats a row", "奈特每行")
SHAPE = Text("difference of shapes", "形状之差")
PARETO = "generalised Pareto law, Zhang and Stephens 2009, doi:10.1198/tech.2009.08017"

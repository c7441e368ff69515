"""What a report found: frames, words, a page."""

import json
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...datasets.atomic import replacing
from ...report import Document, render
from ..leaks import Leak
from .calibration import calibration_curve
from .methods import NOTHING, UNCORRECTED
from .repeated import adjusted, mean_over_folds
from .trials import Trials
from .verdict import Case, Judgement, judge


@dataclass(frozen=True, eq=False, repr=False)
class BalanceReport:
    """Ways to treat rare classes, side by side on left-out rows; :func:`balance_report` makes it.

    ``leaks`` say that rows were resampled before the split, which makes all figures too good.
    ``twins`` (k,) is the share of test rows of each class that a training row equals or nearly so.
    """

    trials: Trials
    leaks: list[Leak]
    twins: np.ndarray
    data_name: str = ""

    def __repr__(self) -> str:
        """Verdict and table as text."""
        return f"{self.verdict}\n\n{self._shown().to_string()}"

    def _repr_html_(self) -> str:
        """Verdict and table in a notebook."""
        return f"<p>{escape(self.verdict)}</p>{self._shown().to_html()}"

    @property
    def verdict(self) -> str:
        """The answer in words; what leaked stands first."""
        return self.judgement.words.en

    @property
    def verdict_zh(self) -> str:
        """The answer in Chinese words."""
        return self.judgement.words.zh

    @property
    def passed(self) -> bool | None:
        """False where rows leaked, None where rows are too few to tell, else True."""
        return self.judgement.passed

    @property
    def helpful(self) -> list[str]:
        """Names of the methods that surely gain over a tuned threshold, the best first."""
        return self._case.helpful

    @property
    def errors(self) -> dict[str, str]:
        """Why methods that failed are left out."""
        return self.trials.errors

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a method: each figure's mean over folds, with the ends of its 95 % interval."""
        lines = [{"method": name, **self._means(name)} for name in self.trials.scores]
        return pd.DataFrame(lines)

    @cached_property
    def tests(self) -> pd.DataFrame:
        """A row a method and figure against nothing: ``gain``, ``low``, ``high``, ``chance``.

        A gain is the mean difference in the direction that is better, with its 95 % interval.
        ``chance`` is that of so large a difference by luck, for all methods together; PR-AUC and
        the metric that thresholds are tuned for share one correction, since either decides.
        """
        frame = pd.DataFrame(
            [self._test(name, figure) for name in self._tested for figure in self.trials.figures],
            columns=["method", "figure", "gain", "low", "high", "chance"],
        )
        family = frame["figure"].where(~frame["figure"].isin(self._deciding), "")
        frame["chance"] = frame.groupby(family)["chance"].transform(
            lambda x: adjusted(x.to_numpy())
        )
        return frame

    @cached_property
    def scores(self) -> pd.DataFrame:
        """A row a method and fold: every figure."""
        names, folds = [f.name for f in self.trials.figures], self.trials.plan.folds
        parts = [
            pd.DataFrame(values, columns=names).assign(
                method=method,
                repeat=np.arange(len(values)) // folds,
                fold=np.arange(len(values)) % folds,
            )
            for method, values in self.trials.scores.items()
        ]
        return pd.concat(parts, ignore_index=True)[["method", "repeat", "fold", *names]]

    @cached_property
    def calibration(self) -> pd.DataFrame:
        """A row a method and bin: mean probability ``said``, share that came ``true``, its interval.

        Of two classes it is the rarer one's probability, of more those of all classes pooled.
        """
        target = self.trials.target
        k = len(target.classes)
        judged = [self.trials.rare] if k == 2 else list(range(k))
        parts = [
            calibration_curve(proba, target.codes, judged).assign(method=method)
            for method, proba in self.trials.proba.items()
        ]
        return pd.concat(parts, ignore_index=True)[
            ["method", "said", "true", "low", "high", "rows"]
        ]

    @cached_property
    def judgement(self) -> Judgement:
        """The verdict with its parts."""
        return judge(self._case)

    def to_document(self) -> Document:
        """Give the report's content."""
        from .document import document

        return document(self)

    def to_html(self, path: str | Path) -> None:
        """Write the report as one self-contained file."""
        _write(render(self.to_document()), path)

    def to_json(self, path: str | Path | None = None) -> str:
        """Give everything as JSON, and write it where a path is given."""
        target, plan = self.trials.target, self.trials.plan
        content = {
            "data": self.data_name,
            "passed": self.passed,
            "verdict": self.verdict,
            "verdict_zh": self.verdict_zh,
            "helpful": self.helpful,
            "leaks": [vars(leak) | {"message": str(leak)} for leak in self.leaks],
            "twins": self._by_class(self.twins.tolist()),
            "rows": self._by_class(target.counts.tolist()),
            "folds": plan.folds,
            "repeats": plan.repeats,
            "random_state": plan.seed,
            "errors": self.errors,
            **{
                name: json.loads(getattr(self, name).to_json(orient="records", double_precision=15))
                for name in ("table", "tests", "calibration")
            },
        }
        text = json.dumps(content, ensure_ascii=False, indent=1, default=str)
        if path is not None:
            _write(text + "\n", path)
        return text

    @property
    def _tested(self) -> list[str]:
        return [name for name in self.trials.scores if name not in (NOTHING, UNCORRECTED)]

    @property
    def _deciding(self) -> tuple[str, str]:
        return self.trials.figures[0].name, self.trials.figures[1].name

    @cached_property
    def _case(self) -> Case:
        target, trials = self.trials.target, self.trials
        return Case(
            tests=self.tests,
            deciding=self._deciding,
            leaks=self.leaks,
            twins=self._by_class(self.twins.tolist()),
            rare=str(target.name(trials.rare)),
            n_rare=int(target.counts.min()),
            uncorrected=self._uncorrected(),
        )

    def _uncorrected(self) -> tuple[float, float] | None:
        means = self.table.set_index("method")["Brier"]
        if UNCORRECTED not in means:
            return None
        return float(means[UNCORRECTED]), float(means.get("over", means[NOTHING]))

    def _means(self, method: str) -> dict[str, float]:
        line: dict[str, float] = {}
        for figure in self.trials.figures:
            mean = mean_over_folds(self.trials.of(method, figure), self.trials.plan.folds)
            line |= {
                figure.name: mean.value,
                f"{figure.name} low": mean.low if figure.sign > 0 else max(mean.low, 0.0),
                f"{figure.name} high": min(mean.high, 1.0) if figure.sign > 0 else mean.high,
            }
        return line

    def _test(self, method: str, figure: Any) -> tuple[str, str, float, float, float, float]:
        less = self.trials.of(method, figure) - self.trials.of(NOTHING, figure)
        mean = mean_over_folds(figure.sign * less, self.trials.plan.folds)
        return method, figure.name, mean.value, mean.low, mean.high, mean.chance

    def _by_class(self, values: list[Any]) -> dict[str, Any]:
        names = map(str, self.trials.target.classes.tolist())
        return dict(zip(names, values, strict=True))

    def _shown(self) -> pd.DataFrame:
        """Means, and what PR-AUC gains, as a person reads them."""
        shown = self.table.set_index("method")[[f.name for f in self.trials.figures]]
        tests = self.tests[self.tests["figure"] == self._deciding[0]].set_index("method")
        gains = {
            name: f"{x['gain']:+.3f} [{x['low']:.3f}, {x['high']:.3f}]"
            for name, x in tests.iterrows()
        }
        return shown.round(4).assign(
            **{"PR-AUC gain": pd.Series(gains).reindex(shown.index).fillna("")}
        )


def _write(text: str, path: str | Path) -> None:
    with replacing(Path(path)) as part:
        part.write_text(text, encoding="utf-8")

"""Models before the judge: this is the only room that sees both."""

from .auto import Auto
from .choose import Choice, choose
from .compare import compare, models_for
from .comparison import Comparison
from .pictures import as_pictures
from .showing import Shown, show
from .suited import suited
from .trial import Trial, draw, log_probs

__all__ = [
    "Auto",
    "Choice",
    "Comparison",
    "Shown",
    "Trial",
    "as_pictures",
    "choose",
    "compare",
    "draw",
    "log_probs",
    "models_for",
    "show",
    "suited",
]

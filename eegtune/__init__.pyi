from eegtune.api import Run as Run
from eegtune.api import load as load
from eegtune.api import open_run as open_run
from eegtune.api import run as run
from eegtune.tuning import tune as tune

__version__: str
__all__ = ["Run", "load", "open_run", "run", "tune"]

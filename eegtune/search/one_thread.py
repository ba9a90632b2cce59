"""Linear algebra on one thread: the matrices of a model of trials are small.

Several threads wait for each other longer than they compute, and longest where trials use the
processor's cores: a search of 60 trials took ten times the CPU seconds. One thread also rounds
alike on machines with few and many cores.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def on_one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function's linear algebra (numpy, scipy) use one thread while it runs."""

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        import scipy.linalg  # noqa: F401  # only what is loaded can be limited
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, "blas"):
            return function(*args, **kwargs)

    return limited

from __future__ import annotations

import scipy.linalg  # noqa: F401
from threadpoolctl import threadpool_info, threadpool_limits

from eegtune.search.one_thread import on_one_thread


def threads() -> set[int]:
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}


def test_the_limit_holds_while_the_function_runs() -> None:
    with threadpool_limits(2, "blas"):
        assert threads() == {2}
        assert on_one_thread(threads)() == {1}
        assert threads() == {2}

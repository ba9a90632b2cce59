from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eegtune.metrics.filters import CustomFilter, DefaultFilter, line_filters

# Katib's default filter as its source has it, with Go's blanks.
KATIB = re.compile(
    r"([\w|-]+)[ \t\n\f\r]*=[ \t\n\f\r]*([+-]?\d*(\.\d+)?([Ee][+-]?\d+)?)", re.ASCII
)


def by_katib(line: str, names: set[str]) -> list[tuple[str, str]]:
    found = [(match.group(1), match.group(2)) for match in KATIB.finditer(line)]
    return [(name, value) for name, value in found if name in names]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("loss = 0.5", [("loss", "0.5")]),
        ("loss=1e-3", [("loss", "1e-3")]),
        ("loss=.5", [("loss", ".5")]),
        ("loss=+0.5", [("loss", "+0.5")]),
        ("{loss=0.5}", [("loss", "0.5")]),
        ("loss=1.", [("loss", "1")]),
        ("loss=0,5", [("loss", "0")]),
        ("loss=1_000", [("loss", "1")]),
        ("loss=nan", [("loss", "")]),
        ("loss=inf", [("loss", "")]),
        ("loss=None", [("loss", "")]),
        ("loss==0.5", [("loss", "")]),
        ("loss=tensor(0.5)", [("loss", "")]),
        ("loss=-inf", [("loss", "-")]),
        ("val/loss=0.5", [("loss", "0.5")]),
        ("val_loss=0.5", []),
        ("Loss=0.5", []),
        ("loss: 0.5", []),
        ("\x1b[32mloss=0.5", []),
        ("|loss=1", []),
        ("loss=0.5 acc=1 loss=0.4", [("loss", "0.5"), ("acc", "1"), ("loss", "0.4")]),
        ("acc=5loss=3", [("acc", "5"), ("loss", "3")]),
        ("=loss=3", [("loss", "3")]),
        ("lößs=1 löss=2 ßloss=3", [("loss", "3")]),
    ],
)
def test_default_filter_finds_what_katib_finds(line: str, expected: list[tuple[str, str]]) -> None:
    assert list(DefaultFilter(["loss", "acc"]).find(line)) == expected


@given(st.text(alphabet="ab=_-|. \t+eE15\n\x0b\xa0é", max_size=40))
def test_default_filter_is_katibs_expression(line: str) -> None:
    names = {"a", "b", "ab", "a-b", "|", "a5", "_", "é"}
    assert list(DefaultFilter(names).find(line)) == by_katib(line, names)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("line", ["a" * 10**6, "= " * 10**5 + "loss=1", " " * 10**6 + "=1"])
def test_default_filter_takes_linear_time(line: str) -> None:
    assert [value for _, value in DefaultFilter(["loss"]).find(line)] in ([], ["1"])


@pytest.mark.parametrize(
    ("pattern", "line", "expected"),
    [
        (r"{metricName: ([\w|-]+), metricValue: ((-?\d+)(\.\d+)?)}",
         "{metricName: loss, metricValue: 0.5};{metricName: acc, metricValue: -2}",
         [("loss", "0.5"), ("acc", "-2")]),
        (r"(\w+): *(\S+)", "loss:  nan", [("loss", "nan")]),
        (r"(?i)(LOSS)=(\d+)", "loss=1 loss=2", [("loss", "1"), ("loss", "2")]),
        (r"([[:alpha:]]+)=(\d+)\z", "loss=1 loss=2", [("loss", "2")]),
        (r"\Q[m]\E (\w+) (\w+)", "[m] loss 3", [("loss", "3")]),
        (r"(\w+)=(\d+)", "löss=1", []),  # \w is ASCII in Go: `ss` is no metric
        (r"(loss)", "loss=1", []),
        (r"( loss)=( 1 )", " loss= 1 ", [("loss", "1")]),
        (r"(loss)(=1)?", "loss", [("loss", "")]),
    ],
)  # fmt: skip
def test_custom_filter(pattern: str, line: str, expected: list[tuple[str, str]]) -> None:
    assert list(CustomFilter(pattern, ["loss", "acc"]).find(line)) == expected


def test_all_filters_of_an_experiment_are_used_and_a_wrong_one_is_refused() -> None:
    assert len(line_filters([r"(a)=(\d)", r"(b)=(\d)"], ["a", "b"])) == 2
    with pytest.raises(ValueError, match="look-ahead"):
        line_filters([r"(a)(?=b)"], ["a"])

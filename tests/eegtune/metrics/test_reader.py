from __future__ import annotations

import pytest

from eegtune.metrics.reader import JsonReader, MetricFormatError, TextReader


def pairs(reports: object) -> list[tuple[str, str]]:
    return [(each.name, each.text) for each in reports]  # type: ignore[attr-defined]


def test_text_line_with_time() -> None:
    reports = TextReader(["loss", "acc"]).read("2026-01-31T12:00:00Z epoch=3 loss=0.5 acc=0.9")
    assert pairs(reports) == [("loss", "0.5"), ("acc", "0.9")]
    assert {each.time and each.time.hour for each in reports} == {12}


def test_text_line_without_any_name_is_not_looked_at() -> None:
    reader = TextReader(["loss"])
    assert reader.read("acc=1") == ()
    assert not reader.may_matter(b"acc=1\nfoo")
    assert reader.may_matter(b"xx\nloss=1")


def test_filters_are_applied_one_after_the_other() -> None:
    reader = TextReader(["a", "b"], [r"(b)=(\d)", r"(\w)=(\d)"])
    assert pairs(reader.read("a=1 b=2")) == [("b", "2"), ("a", "1"), ("b", "2")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"loss": "0.5", "acc": "1", "x": "2"}', [("loss", "0.5"), ("acc", "1")]),
        ('{"acc": "1", "loss": "0.5"}', [("loss", "0.5"), ("acc", "1")]),
        ('{"loss": 0.5}', []),
        ('{"loss": null}', []),
        ("null", []),
        ("", []),
    ],
)
def test_json_values_are_texts(line: str, expected: list[tuple[str, str]]) -> None:
    assert pairs(JsonReader(["loss", "acc"]).read(line)) == expected


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ('"2026-01-31T12:00:00Z"', "2026-01-31T12:00:00+00:00"),
        ("1600000000", "2020-09-13T12:26:40+00:00"),
        ("1600000000.5", "2020-09-13T12:26:40.500000+00:00"),
        ('"yesterday"', None),
        ("true", None),
        ("1e300", None),
    ],
)
def test_json_time(timestamp: str, expected: str | None) -> None:
    (report,) = JsonReader(["loss"]).read(f'{{"loss": "1", "timestamp": {timestamp}}}')
    assert (report.time.isoformat() if report.time else None) == expected


@pytest.mark.parametrize("line", ["loss=1", "[1]", '"loss"', " ", '{"loss": NaN}', "{" * 5000])
def test_a_line_that_is_not_a_json_object_is_an_error(line: str) -> None:
    with pytest.raises(MetricFormatError, match=r"not JSON|not a JSON object"):
        JsonReader(["loss"]).read(line)

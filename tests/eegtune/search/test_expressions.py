from __future__ import annotations

import random

import pytest

from eegtune.search.expressions import Kind, by_celpy, parse_expression, split_expressions
from eegtune.search.translation import translate

KINDS: tuple[tuple[str, Kind], ...] = (
    ("a", "int"), ("b", "int"), ("x", "double"), ("k", "text"), ("f", "flag"),
)  # fmt: skip
TRANSLATED = [
    "a % b == 0",
    "a / b > 1",
    "-x * 2.0 < 1.0e-3 || !(k in ['u', \"v\"])",
    "f == 'true' ? a > b : a < b",
    "int(x * 3.0) + 3 - 2 > size(k)",
    "a * b <= 20 && a + b > 3",
    "a - b - 1 == 0",
    "double(a) / 2.0 != x",
    "string(a) == '3'",
]


@pytest.mark.parametrize("text", TRANSLATED)
def test_agrees_with_cel_python(text: str) -> None:
    import celpy

    tree = celpy.Environment().compile(text)
    assert translate(tree) is not None
    reference, ours = by_celpy(tree, dict(KINDS)), parse_expression(text, KINDS, "constraints")
    chance, seen = random.Random(1), set()
    for _ in range(80):
        values = {
            "a": chance.randint(-9, 9), "b": chance.randint(-3, 5), "x": chance.uniform(-1, 1),
            "k": chance.choice("uvw"), "f": chance.choice(["true", "false"]),
        }  # fmt: skip
        try:
            expected = reference(values)
        except ValueError:
            assert not ours.holds(values)  # a division by zero
            continue
        assert ours.holds(values) is expected
        seen.add(expected)
    assert seen == {True, False} or text.startswith("double")


@pytest.mark.parametrize(
    ("text", "values", "holds"),
    [
        ("x * 2 < 1", {"x": 0.25}, True),  # plain CEL refuses double times int
        ("f", {"f": "true"}, True),
        ("f == true", {"f": "true"}, True),
        ("!f", {"f": "true"}, False),
        ("k == 16", {"k": "16"}, False),  # text is no number: cannot be computed
        ("k.startsWith('u')", {"k": "uv"}, True),
        ("[1, 2].exists(i, i == a)", {"a": 2}, True),
    ],
)
def test_beyond_plain_cel(text: str, values: dict[str, object], holds: bool) -> None:
    assert parse_expression(text, KINDS, "constraints").holds(values) is holds


@pytest.mark.parametrize(
    ("text", "message"),
    [("a %% b", "is not CEL"), ("a + missing > 1", "names missing; known are a, b, f, k, x")],
)
def test_what_cannot_be_read_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_expression(text, KINDS, "constraints")


def test_semicolons_in_quotes_do_not_split() -> None:
    assert split_expressions("a > 1; k == 'x;y' ;; b < 2") == ("a > 1", "k == 'x;y'", "b < 2")
    assert split_expressions(None) == ()

"""Text to trees, with places and limits."""

import pytest

from eegtune.spec import SpecError
from eegtune.spec.reader import MAX_BYTES, MAX_DEPTH, read_trees


def plain(text):
    return [node.plain() for node, _ in read_trees(text)]


def rule_of(text):
    with pytest.raises(SpecError) as caught:
        read_trees(text)
    (finding,) = caught.value.findings
    return finding.rule, finding.line, finding.column


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("a: 1\n---\nb: 2\n", [{"a": 1}, {"b": 2}]),
        ("---\n---\na: y\n", [{"a": True}]),
        ("", []),
        ("# only a comment\n", []),
        ("y: 1\n1: 2\n1.5: 3\n", [{"true": 1, "1": 2, "1.5": 3}]),
        ("a: &x {b: 1}\nc: *x\n", [{"a": {"b": 1}, "c": {"b": 1}}]),
        ("a: &x {b: 1}\nd: {<<: *x, c: 3}\n", [{"a": {"b": 1}, "d": {"b": 1, "c": 3}}]),
        ("a: &x {b: 1}\nd: {<<: *x, b: 3}\n", [{"a": {"b": 1}, "d": {"b": 3}}]),
        ("d: {c: 3, <<: [{b: 1}, {b: 2, e: 4}]}", [{"d": {"c": 3, "b": 1, "e": 4}}]),
        ('a: !!str 1\nb: !!binary "aGk="\nc: !custom 5\n', [{"a": "1", "b": "hi", "c": "5"}]),
        ("a: |\n  two\n  lines\n", [{"a": "two\nlines\n"}]),
        ('{"a": [1, 2.0, null, true, "x"]}', [{"a": [1, 2, None, True, "x"]}]),
        ('{"a": "\\ud83d\\ude00",\t"b": 1}', [{"a": "😀", "b": 1}]),
        (b"\xef\xbb\xbfa: 1\n", [{"a": 1}]),
        ("a: 1\n".encode("utf-16"), [{"a": 1}]),
    ],
)  # fmt: skip
def test_documents(text, documents):
    assert plain(text) == documents


def test_places_count_from_one():
    ((root, _),) = read_trees("a:\n  - b: 'x y'\n")
    node = root.nearest(("a", 0, "b"))
    assert (node.line, node.column, node.width) == (2, 8, 5)


def test_a_key_that_stands_twice_is_told_and_the_last_counts():
    ((root, findings),) = read_trees("a: 1\nb: 2\na: 3\n")
    assert root.plain() == {"a": 3, "b": 2}
    assert [(f.rule, f.line) for f in findings] == [("duplicate-key", 3)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [1, 2", ("not-yaml", 2, 1)),
        ("a: b: c", ("not-yaml", 1, 5)),
        ("a: *nowhere", ("not-yaml", 1, 4)),
        ("\tb: 1", ("not-yaml", 1, 1)),
        ("{{ template }}: 1", ("not-yaml", 1, 2)),
        ("a: {<<: 5}", ("not-yaml", 1, 9)),
        ("a: .nan", ("not-json", 1, 4)),
        ("a: [-.inf]", ("not-json", 1, 5)),
        (b"a: 1\nb: \xff\xfe\n", ("not-text", 2, 1)),
        ("[" * (MAX_DEPTH + 1), ("too-deep", 1, MAX_DEPTH + 1)),
        ("a: " + "x" * MAX_BYTES, ("file-too-large", 1, 1)),
        ("- 1\n" * 50_001, ("too-many-values", 50_000, 3)),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text, expected):
    assert rule_of(text) == expected


def test_an_alias_bomb_is_stopped():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    assert rule_of("\n".join(lines))[0] == "too-many-values"


def test_an_anchor_that_holds_itself_is_no_endless_loop():
    assert rule_of("a: &a [*a]")[0] == "not-yaml"

r"""What Go's regexp compiles; the answers are those of Go 1.26's own `regexp.Compile`."""

import re

import pytest

from eegtune.spec.go_regexp import check_go


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "(a)(b)",
        "a**"[:2],
        "a{2}?",
        "^*",
        r"\b+",
        "a(?i)*",
        "(?)",
        "(?-i)a",
        "(?U)a",
        "(?i-s:a)",
        "(?P<1a>x)",
        "(?<name>x)",
        r"\12",
        r"\07",
        r"\x41",
        r"\x{10FFFF}",
        r"\_",
        r"\Q((\E",
        r"\Q(",
        r"\z",
        r"\pL+",
        r"\p{^Greek}",
        r"\P{Any}",
        r"\p{lowercase letter}",
        r"\pz",
        "[[:^alpha:]]",
        "[[:foo]",
        "[]a]",
        "[^]a]",
        r"[\d\pN-]",
        "[a-]",
        "[-a]",
        "x{,3}",
        "x{01}",
        "x{1000}",
        "(a{500}){2}",
        "(a|b|)",
        "a|*"[:2],
        "{",
        "}",
        "]",
        "é→",
        "(a{0}){1000}",
        "((((a))))",
    ],
)
def test_go_compiles(pattern):
    check_go(pattern)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(a", "missing closing )"),
        ("a)", "unexpected )"),
        ("*", "missing argument"),
        ("(*)", "missing argument"),
        ("a|*", "missing argument"),
        ("(?i)*", "missing argument"),
        ("a**", "nested repetition"),
        ("a*??", "nested repetition"),
        ("a{2}{3}", "nested repetition"),
        ("a++", "nested repetition"),
        ("x{1001}", "repeat count"),
        ("x{3,2}", "repeat count"),
        ("(a{500}){3}", "repeat count"),
        ("((a{10}b){11}){10}", "repeat count"),
        ("(?=a)", "Perl syntax"),
        ("(?<=a)", "Perl syntax"),
        ("(?>a)", "Perl syntax"),
        ("(?x)a", "Perl syntax"),
        ("(?i-)a", "Perl syntax"),
        ("(?P<é>a)", "Perl syntax"),
        ("(?P<a>x)(?P<a>y)", "duplicate"),
        (r"(a)\1", "escape"),
        (r"\8", "escape"),
        (r"\C", "escape"),
        (r"\Z", "escape"),
        (r"\é", "escape"),
        (r"\→", "escape"),
        ("a\\", "escape"),
        (r"\x{110000}", "escape"),
        (r"\xg", "escape"),
        (r"\p{Nope}", "class range"),
        (r"\p", "class range"),
        ("[a", "missing closing ]"),
        ("[]", "missing closing ]"),
        ("[z-a]", "class range"),
        (r"[a-\d]", "escape"),
        ("[[:foo:]]", "class range"),
    ],
)
def test_go_does_not_compile(pattern, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        check_go(pattern)

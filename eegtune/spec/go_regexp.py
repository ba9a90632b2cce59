r"""Whether Go's `regexp` compiles an expression: its parser's rules, without building anything.

Katib's webhook compiles `metricsFormat` with Go. This follows `regexp/syntax/parse.go` with the
flags of `regexp.Compile`; what Python makes of the expression is `re2.py`'s business.
"""

from __future__ import annotations

import re

from eegtune.spec.unicode_classes import is_unicode_class

_MOST_REPEATS = 1000
_DEEPEST = 1000
_POSIX = frozenset(
    ("alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
     "space", "upper", "word", "xdigit")
)  # fmt: skip
_REPEAT = re.compile(r"\{([0-9]+)(,([0-9]*))?\}")
_FLAGS = re.compile(r"\(\?([imsU]*)(-[imsU]+)?([:)])")
_NAME = re.compile(r"\(\?P?<([0-9A-Za-z_]+)>")
_ESCAPE = re.compile(
    r"\\(?:[1-7][0-7]{1,2}|0[0-7]{0,2}|x[0-9A-Fa-f]{2}|x\{([0-9A-Fa-f]+)\}|[afnrtv]|"
    r"[^0-9A-Za-z\x80-\U0010ffff])",
    re.DOTALL,
)
_PROPERTY = re.compile(r"\\[pP](?:\{\^?([^}]*)\}|(.))", re.DOTALL)
_GROUP, _BAR = -1, -2  # what a repeat cannot follow, besides nothing


def check_go(pattern: str) -> None:
    """Check that Go compiles an expression.

    Raises:
        ValueError: It does not; the message says why, in Go's words where they are plain.
    """
    _Parser(pattern).run()


class _Parser:
    """Walks through an expression once.

    The stack holds, for each part in the open groups, how often the repeats within it multiply
    (Go allows 1,000), and marks for open groups and alternatives.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._stack: list[int] = []
        self._names: set[str] = set()
        self._repeated = False

    def run(self) -> None:
        while self._at < len(self._pattern):
            before, self._repeated_before = self._at, self._repeated
            self._repeated = False
            self._step()
            assert self._at > before
        if _GROUP in self._stack:
            raise self._error("missing closing )")

    def _step(self) -> None:
        character = self._pattern[self._at]
        if character in "*+?":
            self._at += 1
            self._repeat(1)
        elif character == "{" and (match := _REPEAT.match(self._pattern, self._at)):
            self._count(match)
        elif character == "(":
            self._open()
        elif character == ")":
            self._close()
        elif character == "|":
            self._at += 1
            self._join()
            self._stack.append(_BAR)
        elif character == "[":
            self._class()
        elif character == "\\":
            self._backslash()
        else:
            self._take(1)

    def _take(self, count: int) -> None:
        self._at += count
        self._stack.append(1)

    def _repeat(self, most: int) -> None:
        if self._pattern.startswith("?", self._at):
            self._at += 1
        if self._repeated_before:
            raise self._error("invalid nested repetition operator")
        if not self._stack or self._stack[-1] < 0:
            raise self._error("missing argument to repetition operator")
        self._stack[-1] *= max(most, 1)
        if self._stack[-1] > _MOST_REPEATS:
            raise self._error("invalid repeat count")
        self._repeated = True

    def _count(self, match: re.Match[str]) -> None:
        low, high = match.group(1), match.group(3)
        if any(len(text) > 1 and text[0] == "0" for text in (low, high) if text):
            self._take(1)  # not a number to Go, so no repeat
            return
        least = int(low[:5])
        most = least if match.group(2) is None else int(high[:5]) if high else None
        if max(least, most or 0) > _MOST_REPEATS or (most is not None and least > most):
            raise self._error("invalid repeat count")
        self._at = match.end()
        self._repeat(least if most is None else most)

    def _open(self) -> None:
        flags = _FLAGS.match(self._pattern, self._at)
        name = _NAME.match(self._pattern, self._at)
        if flags and flags.group(3) == ")":
            self._at = flags.end()
            return
        if name:
            if name.group(1) in self._names:
                raise self._error("duplicate capture group name")
            self._names.add(name.group(1))
        elif not flags and self._pattern.startswith("(?", self._at):
            raise self._error("invalid or unsupported Perl syntax")
        found = flags or name
        self._at = found.end() if found else self._at + 1
        self._stack.append(_GROUP)
        if self._stack.count(_GROUP) > _DEEPEST:
            raise self._error("expression nests too deeply")

    def _close(self) -> None:
        if _GROUP not in self._stack:
            raise self._error("unexpected )")
        self._at += 1
        self._join()
        weight = 1
        while (part := self._stack.pop()) != _GROUP:
            weight = max(weight, part)
        self._stack.append(weight)

    def _join(self) -> None:
        """Make one part of those since the last mark: what a bar divides."""
        weight = 1
        while self._stack and self._stack[-1] >= 0:
            weight = max(weight, self._stack.pop())
        self._stack.append(weight)

    def _backslash(self) -> None:
        following = self._pattern[self._at + 1 : self._at + 2]
        if following == "Q":
            end = self._pattern.find(r"\E", self._at)
            literal = self._pattern[self._at + 2 : end if end >= 0 else None]
            self._at += 2 + len(literal) + (2 if end >= 0 else 0)
            self._stack += [1] if literal else []
        elif following and following in "AbBzdDsSwW":
            self._take(2)
        else:
            self._at = self._property(self._at) or self._escape(self._at)
            self._stack.append(1)

    def _property(self, at: int) -> int | None:
        r"""Return where `\p{…}` ends; None where there is none.

        Raises:
            ValueError: Unicode has no such class.
        """
        if self._pattern[at : at + 2] not in (r"\p", r"\P"):
            return None
        match = _PROPERTY.match(self._pattern, at)
        name = (match.group(1) if match.group(2) is None else match.group(2)) if match else ""
        if match is None or not is_unicode_class(name):
            raise self._error("invalid character class range")
        return match.end()

    def _escape(self, at: int) -> int:
        match = _ESCAPE.match(self._pattern, at)
        if match is None or (match.group(1) and int(match.group(1)[:9], 16) > 0x10FFFF):
            raise self._error("invalid escape sequence")
        return match.end()

    def _class(self) -> None:
        at = self._at + 1
        at += self._pattern.startswith("^", at)
        first = True
        while first or not self._pattern.startswith("]", at):
            first = False
            at = self._class_member(at)
        self._at = at + 1
        self._stack.append(1)

    def _class_member(self, at: int) -> int:
        end = self._pattern.find(":]", at + 2) if self._pattern.startswith("[:", at) else -1
        if end >= 0:
            if self._pattern[at + 2 : end].removeprefix("^") not in _POSIX:
                raise self._error("invalid character class range")
            return end + 2
        after = self._property(at)
        if after is not None:
            return after
        if re.compile(r"\\[dDsSwW]").match(self._pattern, at):
            return at + 2
        after, low = self._class_character(at)
        if self._pattern.startswith("-", after) and self._pattern[after + 1 : after + 2] != "]":
            if after + 1 == len(self._pattern):
                raise self._error("missing closing ]")
            after, high = self._class_character(after + 1)
            if high < low:
                raise self._error("invalid character class range")
        return after

    def _class_character(self, at: int) -> tuple[int, int]:
        if at >= len(self._pattern):
            raise self._error("missing closing ]")
        if self._pattern[at] != "\\":
            return at + 1, ord(self._pattern[at])
        end = self._escape(at)
        return end, _code_point(self._pattern[at + 1 : end])

    def _error(self, why: str) -> ValueError:
        return ValueError(
            f"Go cannot compile the filter {self._pattern!r}: {why} near position {self._at + 1}"
        )


def _code_point(escape: str) -> int:
    """Return the character that an escape without its backslash stands for."""
    if escape[0] in "01234567":
        return int(escape, 8)
    if escape[0] == "x" and len(escape) > 1:
        return int(escape[1:].strip("{}"), 16)
    control = "afnrtv".find(escape)
    return (7, 12, 10, 13, 9, 11)[control] if control >= 0 else ord(escape)

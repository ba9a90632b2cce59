r"""Compile a regular expression that is written for Go (RE2) with Python's `re`.

What both write differently is translated: `\z`, `\Q…\E`, `[[:alpha:]]`, `(?<name>…)`,
`\x{10FFFF}`, flags in mid-expression. In Go `\w`, `\d`, `\s`, `\b` are ASCII, so they are here.
What Go refuses and Python knows (look-around, back references, atomic groups, possessive
repeats, conditions) is refused, because the same Experiment would fail under Katib; what Go
knows and Python does not (`\p{…}`, `\C`, the flag `U`) is refused with a reason.
"""

from __future__ import annotations

import re
import warnings

_POSIX_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": r"0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_SAME_ESCAPES = frozenset("aAbBdDfnrsStvwW0")
_REPEAT_BEFORE_PLUS = re.compile(r"[*+?]\+")
_REFUSED_GROUPS = {
    "(?=": "look-ahead",
    "(?!": "look-ahead",
    "(?<=": "look-behind",
    "(?<!": "look-behind",
    "(?>": "atomic group",
    "(?(": "condition",
    "(?#": "comment",
    "(?P=": "back reference",
    "(?P>": "recursion",
}


def compile_go(pattern: str) -> re.Pattern[str]:
    """Compile a Go regular expression.

    Raises:
        ValueError: Go refuses the expression, or Python has no counterpart of a part of it.
    """
    translated = _Translator(pattern).translate()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of sets such as [[a]
            return re.compile(translated, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"metricsFormat {pattern!r}: {error}") from error


class _Translator:
    """Walks through an expression once and writes the Python one."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._position = 0
        self._written: list[str] = []
        self._groups: list[list[str]] = [[]]  # the flags in force in each open group

    def translate(self) -> str:
        while self._position < len(self._pattern):
            self._step()
        return "".join(self._written) + ")" * len(self._groups[0])

    def _step(self) -> None:
        character = self._pattern[self._position]
        if character == "\\":
            self._escape()
        elif character == "[":
            self._set()
        elif character == "(":
            self._open_group()
        elif character == ")":
            scoped = self._groups.pop() if len(self._groups) > 1 else []
            self._take(1, ")" * (len(scoped) + 1))
        elif character == "|":
            # In Go a flag lasts to the end of its group, over the alternatives too.
            scoped = self._groups[-1]
            self._take(1, ")" * len(scoped) + "|" + "".join(scoped))
        elif _REPEAT_BEFORE_PLUS.search(self._pattern, self._position, self._position + 2):
            raise self._refuse("a repeat of a repeat (Go has no possessive repeats)")
        else:
            self._take(1, character)

    def _escape(self) -> None:
        following = self._rest(1)[:1]
        if following == "Q":
            end = self._pattern.find(r"\E", self._position)
            end = len(self._pattern) if end < 0 else end
            literal = self._pattern[self._position + 2 : end]
            self._take(len(literal) + 2 + len(self._pattern[end : end + 2]), re.escape(literal))
        elif following == "z":
            self._take(2, r"\Z")
        elif following == "x" and self._rest(2).startswith("{"):
            end = self._pattern.find("}", self._position)
            self._take(end + 1 - self._position, self._code_point(end))
        else:
            self._take(2, self._plain_escape(following))

    def _plain_escape(self, following: str) -> str:
        if following.isdigit() and following != "0":
            raise self._refuse("a back reference")
        if following in ("p", "P", "C"):
            raise self._refuse(f"\\{following}, which Python's expressions do not have")
        known = following in _SAME_ESCAPES or following == "x" or not following.isalnum()
        if not known or not following:
            raise self._refuse(f"the escape \\{following}, which Go does not know")
        return "\\" + following

    def _code_point(self, end: int) -> str:
        try:
            return re.escape(chr(int(self._pattern[self._position + 3 : end], 16)))
        except (ValueError, OverflowError):
            raise self._refuse("a code point that does not exist") from None

    def _set(self) -> None:
        self._take(1, "[")
        if self._rest(0).startswith("^"):
            self._take(1, "^")
        if self._rest(0).startswith("]"):
            self._take(1, r"\]")
        while self._position < len(self._pattern) and not self._rest(0).startswith("]"):
            self._set_member()
        self._take(1, "]")

    def _set_member(self) -> None:
        rest = self._rest(0)
        posix = re.match(r"\[:(\^?)(\w+):\]", rest)
        if posix is not None:
            name = posix.group(2)
            if posix.group(1) or name not in _POSIX_CLASSES:
                raise self._refuse(f"the class {posix.group(0)}")
            self._take(len(posix.group(0)), _POSIX_CLASSES[name])
        elif rest.startswith("\\"):
            self._escape()
        else:
            self._take(1, r"\[" if rest.startswith("[") else rest[:1])

    def _open_group(self) -> None:
        rest = self._rest(0)
        for start, what in _REFUSED_GROUPS.items():
            if rest.startswith(start):
                raise self._refuse(f"a {what}")
        flags = re.match(r"\(\?([a-zA-Z-]*)([:)])", rest)
        if rest.startswith("(?<"):
            self._groups.append([])
            self._take(3, "(?P<")
        elif flags is None:
            self._groups.append([])
            self._take(1, "(")
        else:
            self._flags(flags)

    def _flags(self, flags: re.Match[str]) -> None:
        letters = flags.group(1)
        if set(letters) - set("ims-"):
            raise self._refuse(f"the flags {letters!r}")
        if flags.group(2) == ")":
            self._groups[-1].append(f"(?{letters}:")
        else:
            self._groups.append([])
        self._take(len(flags.group(0)), f"(?{letters}:")

    def _rest(self, ahead: int) -> str:
        return self._pattern[self._position + ahead :]

    def _take(self, count: int, written: str) -> None:
        self._position += count
        self._written.append(written)

    def _refuse(self, what: str) -> ValueError:
        return ValueError(
            f"metricsFormat {self._pattern!r} has {what} at position {self._position}; "
            "Katib's collector reads regular expressions of Go"
        )

"""Rules on the trial's command, which Katib joins to one shell line to collect its output."""

# ruff: noqa: D103 - the declaration above each check is its documentation
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from eegtune.spec.case import WRAPPED, Case
from eegtune.spec.edits import Edit
from eegtune.spec.rendering import PLACEHOLDER
from eegtune.spec.rules.rule import Problem, broken, poor

_SHELLS = ("sh", "bash")
_OTHER_SHELL = re.compile(r"(/usr)?(/local)?(/bin/)?(ba|da|z|k)?sh")
_SPECIAL = re.compile(r"""[\s"'`&|;<>()\\]|^\#|^~""")
_QUOTED = re.compile(r"""'[^']*'|"[^"$`\\\\]*\"""")
_DOLLAR = re.compile(r"\$(?!\()")
_VARIABLE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")
_PYTHON = re.compile(r"(.*/)?python[0-9.]*")
_HERE_DOCUMENT = re.compile(r"<<-?\s*['\"\\]?\w+")
_EXEC = re.compile(r"exec\s(?!\s*[0-9]*[<>])")
_BREAK = re.compile(r"[;&|\n]")
_SEPARATOR = re.compile(r"(?<!;);(?!;)|\n|(?<!&)&(?![&>])")


@broken(
    "command-words",
    "Katib joins the command's words with blanks and gives them to `sh -c`: "
    "a word with a blank or a shell character in it falls apart, or is a syntax error.",
    "Put it into a program of the image, or write one `sh -c` line.",
    only_on_katib=True,
)
def command_words(case: Case) -> Iterator[Problem]:
    known = _variables(case)
    for path, word in _plain_words(case):
        text = _QUOTED.sub("", _without_variables(word, known).replace("$$", ""))
        if PLACEHOLDER.search(word):
            continue  # undeclared, which another rule reports
        if not word:
            yield Problem(path, "an empty word vanishes in the joined line.")
        elif _SPECIAL.search(text) or _DOLLAR.search(text):
            yield Problem(path, f"the shell would not read {word!r} as one word.")


@broken(
    "command-values",
    "Katib pastes a parameter's value into a line for `sh -c`; a value with a "
    "blank or a shell character in it breaks that line.",
    "Use values of letters, digits and _ - + . : / = ,",
    only_on_katib=True,
)
def command_values(case: Case) -> Iterator[Problem]:
    if case.collector not in WRAPPED or case.primary is None:
        return
    used = {entry.get("reference") for entry in case.trial_parameters}
    for index, parameter in enumerate(case.parameters):
        if parameter.get("parameterType") != "categorical" or parameter.get("name") not in used:
            continue
        for place, value in enumerate(parameter["feasibleSpace"].get("list") or ()):
            if value and (_SPECIAL.search(value) or "$" in value):
                path = ("spec", "parameters", index, "feasibleSpace", "list", place)
                yield Problem(path, f"the shell would not read {value!r} as one word.")


@broken(
    "command-shell",
    "Katib knows `sh -c` and `bash -c` as exactly these two words; another "
    "shell's script is wrapped once more and loses its quotes.",
    "Write the words sh and -c.",
    only_on_katib=True,
)
def command_shell(case: Case) -> Iterator[Problem]:
    words, paths = _words(case)
    if len(words) < 3 or _is_kept(words) or not _OTHER_SHELL.fullmatch(words[0]):
        return
    if words[1].startswith("-") and "c" in words[1] and re.search(r"\s", words[2]):
        plain = words[0].rpartition("/")[2]
        edit = Edit(paths[0], plain) if words[1] == "-c" and plain in _SHELLS else None
        yield Problem(paths[0], f"{words[0]} {words[1]} is not kept as it is.", edit=edit)


@broken(
    "command-here-document",
    "Katib appends its redirection to the last line, which ends a here-document's marker.",
    "Put the text into a file of the image.",
    only_on_katib=True,
)
def command_here_document(case: Case) -> Iterator[Problem]:
    for path, script in _script(case):
        if _HERE_DOCUMENT.search(script):
            yield Problem(path, "the script has a here-document.")


@broken(
    "command-exec",
    "After `exec` nothing of the line runs any more, so Katib's mark that the "
    "trial has ended is never written, and the trial fails.",
    "Leave out exec.",
    only_on_katib=True,
)
def command_exec(case: Case) -> Iterator[Problem]:
    for path, script in _script(case):
        if any(_EXEC.match(part.strip()) for part in _BREAK.split(script)):
            yield Problem(path, "the script uses exec.")


@poor(
    "command-compound",
    "In `a; b` Katib's redirection, and its look at success, belong to the "
    "last command only: what the others print is not collected, their failure not noticed.",
    "Join the commands with &&, or put ( ) around them.",
    only_on_katib=True,
)
def command_compound(case: Case) -> Iterator[Problem]:
    for path, script in _script(case):
        bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", script.strip())
        grouped = bare.startswith(("(", "{")) and bare.endswith((")", "}"))
        if _SEPARATOR.search(bare) and not grouped:
            yield Problem(path, "the script has several commands.")


@poor(
    "python-buffered",
    "Python keeps output back when it is not a terminal: metric lines reach "
    "the file late, and those of a stopped trial never.",
    "Write python -u, or set the environment's PYTHONUNBUFFERED.",
)
def python_buffered(case: Case) -> Iterator[Problem]:
    if case.primary is None or case.collector != "StdOut":
        return
    words, paths = _words(case)
    names = [str(e.get("name")) for e in case.primary[1].get("env") or () if isinstance(e, dict)]
    if not words or not _PYTHON.fullmatch(words[0]) or "PYTHONUNBUFFERED" in names:
        return
    options = [word for word in words[1:3] if re.fullmatch(r"-[A-Za-z]+", word)]
    if not any("u" in option for option in options):
        edit = Edit(paths[0], "-u", is_insertion=True) if paths[0][-2] == "command" else None
        yield Problem(paths[0], f"{words[0]} runs without -u.", edit=edit)


def _words(case: Case) -> tuple[list[str], list[tuple[str | int, ...]]]:
    """Return the words of the primary container's command and arguments, with their places."""
    if case.primary is None:
        return [], []
    base, container = case.primary
    words: list[str] = []
    paths: list[tuple[str | int, ...]] = []
    for key in ("command", "args"):
        entries: Any = container.get(key)
        for index, word in enumerate(entries if isinstance(entries, list) else ()):
            words.append(word if isinstance(word, str) else "")
            paths.append((*base, key, index))
    return words, paths


def _variables(case: Case) -> set[str] | None:
    """Return the environment variables that are declared; None where there may be others."""
    container = case.primary[1] if case.primary else {}
    entries = container.get("env")
    names = {str(e.get("name")) for e in entries or () if isinstance(e, dict)}
    return None if container.get("envFrom") else names


def _without_variables(word: str, known: set[str] | None) -> str:
    """Take out each `$(NAME)` that Kubernetes replaces before the shell sees it."""
    return _VARIABLE.sub(
        lambda m: "" if known is None or m.group(1) in known else m.group(0), word
    )


def _is_kept(words: list[str]) -> bool:
    return len(words) > 1 and words[0] in _SHELLS and words[1] == "-c"


def _plain_words(case: Case) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the words that Katib joins, unless they are a shell's own line."""
    words, paths = _words(case)
    is_shell = len(words) > 1 and bool(_OTHER_SHELL.fullmatch(words[0]))
    if case.collector in WRAPPED and not _is_kept(words) and not is_shell:
        yield from zip(paths, words, strict=True)


def _script(case: Case) -> Iterator[tuple[tuple[str | int, ...], str]]:
    words, paths = _words(case)
    if case.collector in WRAPPED and _is_kept(words) and len(words) > 2:
        yield paths[2], words[2]


RULES = (
    command_words,
    command_values,
    command_shell,
    command_here_document,
    command_exec,
    command_compound,
    python_buffered,
)

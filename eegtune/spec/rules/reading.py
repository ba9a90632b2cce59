"""What is found while a file is read, before any rule looks at an Experiment."""

from __future__ import annotations

from eegtune.spec.finding import Severity
from eegtune.spec.rules.rule import Rule, broken, refused


def _unreadable(id: str, reason: str, fix: str) -> Rule:
    return Rule(id, Severity.UNREADABLE, reason, fix)


RULES = (
    _unreadable("no-file", "The file cannot be read.", "Check its name and permissions."),
    _unreadable("not-text", "The file is not UTF-8 text.", "Save it as UTF-8."),
    _unreadable("not-yaml", "The text is not YAML.", "Look at the place and the line before it."),
    _unreadable("not-json", "kubectl sends JSON, which has no .nan and .inf.", "Quote the text."),
    _unreadable(
        "file-too-large",
        "A file has at most 2 MiB; a cluster stores objects of at most 1.5 MiB.",
        "Keep data out of it.",
    ),
    _unreadable("too-deep", "Values are nested more than 64 levels deep.", "Look for brackets."),
    _unreadable(
        "too-many-values",
        "A file holds at most 50,000 values, aliases counted in full.",
        "Split it, or write fewer aliases.",
    ),
    _unreadable("no-experiment", "No document is an Experiment.", "Give a file that holds one."),
    _unreadable(
        "one-experiment",
        "Where one Experiment is expected, there are none or several.",
        "Give a file with one.",
    ),
    broken(
        "duplicate-key",
        "A key that stands twice in a mapping: the first value is silently lost.",
        "Keep one of the two.",
    ),
    broken(
        "unknown-field",
        "Katib drops fields that it does not know without a word, so a typing "
        "error leaves the field's default in place.",
        "Correct the name.",
    ),
    broken(
        "own-search",
        "eegtune's services would refuse the algorithm's settings or the space; looked at with "
        "--katib-config eegtune.",
        "Correct the setting or the space.",
    ),
    refused(
        "unknown-metadata",
        "The API server refuses fields of metadata that it does not know.",
        "Correct the name.",
    ),
    refused(
        "wrong-type",
        "A value of the wrong JSON type cannot be decoded: feasibleSpace and "
        'settings hold text (`min: "0.1"`), counts whole numbers, and YAML reads unquoted y, '
        "n, on, off as booleans.",
        "Quote text, unquote numbers.",
    ),
    refused(
        "trial-spec-kind",
        "An inline trialSpec without kind cannot be decoded.",
        "Add `kind: Job`.",
    ),
)

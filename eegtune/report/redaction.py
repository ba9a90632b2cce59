"""Keeping secrets out of everything that is written.

Environment values are never recorded. But a trial may print one, and a command line may hold
one, so every text that leaves goes through here.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eegtune.spec.experiment import Experiment

HIDDEN = "[hidden]"

_SECRET_NAME = re.compile(
    r"(secret|token|passw|passphrase|credential|auth(?!or)|cookie|api_?key|access_?key"
    r"|account_?key|private_?key|signing_?key|encryption_?key|_key$|_pat$|_dsn$|webhook)",
    re.IGNORECASE,
)
_SHORTEST_SECRET = 6
_KNOWN_FORMS = re.compile(
    r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"  # AWS access keys
    r"|\bgh[pousr]_[0-9A-Za-z]{20,}\b"  # GitHub
    r"|\bgithub_pat_[0-9A-Za-z_]{20,}\b"
    r"|\bhf_[0-9A-Za-z]{20,}\b"  # Hugging Face
    r"|\bxox[abprs]-[0-9A-Za-z-]{10,}\b"  # Slack
    r"|\beyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{5,}\b"  # JSON web tokens
)
_USER_IN_URL = re.compile(r"(?<=://)[^/\s:@'\"]+:[^/\s@'\"]+(?=@)")


def secrets_of(
    environment: Mapping[str, str], experiment: Experiment | None = None
) -> tuple[str, ...]:
    """Return the values of variables whose names speak of secrets, the longest first.

    Args:
        environment: The variables of this process.
        experiment: One whose template may give variables as they are.
    """
    given = list(environment.items())
    if experiment is not None:
        given += _variables(experiment.spec.trial_template.to_dict())
    values = {
        value.strip()
        for name, value in given
        if _SECRET_NAME.search(name) and len(value.strip()) >= _SHORTEST_SECRET
    }
    found = {value for value in values if not _is_harmless(value)}
    return tuple(sorted(found, key=lambda value: (-len(value), value)))


def _variables(node: Any) -> Iterator[tuple[str, str]]:
    """Yield name and value of each variable within a template."""
    if isinstance(node, dict):
        name, value = node.get("name"), node.get("value")
        if isinstance(name, str) and isinstance(value, str):
            yield name, value
        node = list(node.values())
    for each in node if isinstance(node, list) else ():
        yield from _variables(each)


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """Return text without secrets: known values, known forms, and users in addresses."""
    for secret in secrets:
        for form in _forms(secret):
            text = text.replace(form, HIDDEN)
    return _USER_IN_URL.sub(HIDDEN, _KNOWN_FORMS.sub(HIDDEN, text))


def _forms(secret: str) -> set[str]:
    """Return how a text is written in HTML, JSON, a script's JSON and quoted YAML."""
    as_json = json.dumps(secret, ensure_ascii=False)[1:-1]
    in_script = "".join(f"\\u{ord(c):04x}" if c in "<>&" else c for c in as_json)
    as_html = html.escape(secret)
    numbered = as_html.replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    return {secret, as_json, in_script, as_html, numbered, secret.replace("'", "''")}


def redacted_words(words: Sequence[str], secrets: Iterable[str] = ()) -> tuple[str, ...]:
    """Return a command's words without secrets, nor what follows a name that speaks of one.

    >>> redacted_words(["run", "--api-key=abc", "--token", "def", "--set=env.PASSWORD=x"])
    ('run', '--api-key=[hidden]', '--token', '[hidden]', '--set=env.PASSWORD=[hidden]')
    """
    known = tuple(secrets)
    clean, hides_next = [], False
    for word in words:
        if hides_next and not word.startswith("-"):
            clean.append(HIDDEN)
            hides_next = False
            continue
        name, has_value, _ = word.rpartition("=")
        if has_value and is_secret_name(name):
            clean.append(f"{name}={HIDDEN}")
        else:
            clean.append(redacted(word, known))
        hides_next = not has_value and word.startswith("-") and is_secret_name(word)
    return tuple(clean)


def is_secret_name(name: str) -> bool:
    """Say whether a variable's or argument's name speaks of a secret."""
    return bool(_SECRET_NAME.search(name.replace("-", "_")))


def _is_harmless(value: str) -> bool:
    """Say whether a value is a path, a number or a word that texts hold anyway."""
    return (
        value.startswith("/")
        or value.lower() in ("default", "disabled", "enabled", "unknown")
        or (value.replace(".", "").isdigit() and len(value) < 8)
    )

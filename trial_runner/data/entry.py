"""A data set's entry: what its YAML file says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from trial_runner.errors import DataError, DataNotFoundError

if TYPE_CHECKING:
    from trial_runner.data.remote import Remote

GROUPS = ("subject", "session", "label", "partition")


class Entry(BaseModel):
    """What is known about a data set; every file matches one pattern.

    Attributes:
        name: Its name.
        title: One line for people.
        files: Regular expression for the path of a file below the folder, with the named groups
            `subject`, `session`, `label`, `partition` for what the path tells.
        classes: Names of the classes; the last is the positive one of two.
        labels: Class of each text of the group `label`; the text itself where absent.
        where: Where the files lie, if not on this machine: `s3://bucket/prefix` or `https://…`.
        endpoint_url: Of S3, where it is not AWS.
        unsigned: Whether S3 is read without credentials, as public buckets are.
        subjects: People whose files bear several names: by name, the one that stands for them.
        label_from: `path` where the path tells a recording's class; `events` where its events
            (annotations of the file, or BIDS events.tsv) tell that of the window after each;
            `intervals` where windows within a named stretch are of its class.
        intervals: File beside a recording that names its stretches, as a pattern with `*`,
            `{folder}`, `{subject}` and `{session}`; the recording's own annotations where absent.
        background: Class of windows outside all stretches; they are left out where absent.
        event_offset_seconds: From an event to the start of its window.
        package: Python package that ships the data.
        folder: Where the files lie: below the package, or below the entry's own folder.
        test_partition: Text of the group `partition` that marks test files.
        test_subjects_share: Share of subjects that are kept for the test, where no partition is
            marked.
        channels: Channels to keep, in this order; all where absent. For formats that name no
            channels (.ts), the names of all.
        reference: `average`, or the channels whose mean is subtracted from all others; the file's
            own where absent. They are left out where `channels` does not name them.
        montage: Where electrodes lie: one of MNE's built-in montages; the 10-05 system's where
            absent.
        sfreq_hz: Sampling frequency; recordings with another one are resampled.
        unit: Unit of numbers in formats that tell none.
        filter_low_hz: Frequencies below are removed from recordings.
        filter_high_hz: Frequencies above are removed.
        window_seconds: Length of the windows that recordings are cut into.
        step_seconds: Distance of their starts; `window_seconds` where absent.
        size: Of all files, as the publisher says it.
        hashes: Where the files' hashes come from.
        licence: Under which the data may be used.
        citation: What to cite.
        fetch: How to get the data.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    title: str = ""
    files: str
    classes: tuple[str, ...] = Field(min_length=2)
    labels: dict[str, str] = {}
    subjects: dict[str, str] = {}
    label_from: Literal["path", "events", "intervals"] = "path"
    intervals: str = ""
    background: str = ""
    event_offset_seconds: float = 0.0
    where: str = ""
    endpoint_url: str | None = None
    unsigned: bool = False
    package: str | None = None
    folder: str = "."
    test_partition: str | None = None
    test_subjects_share: float | None = Field(default=None, gt=0, lt=1)
    channels: tuple[str, ...] = ()
    reference: tuple[str, ...] = ()
    montage: str = ""
    sfreq_hz: float | None = Field(default=None, gt=0)
    unit: Literal["volts", "millivolts", "microvolts"] = "volts"
    filter_low_hz: float | None = Field(default=None, gt=0)
    filter_high_hz: float | None = Field(default=None, gt=0)
    window_seconds: float | None = Field(default=None, gt=0)
    step_seconds: float | None = Field(default=None, gt=0)
    size: str = ""
    hashes: str = ""
    licence: str = ""
    citation: str = ""
    fetch: str = ""

    @field_validator("reference", mode="before")
    @classmethod
    def _one_name_is_a_list(cls, given: object) -> object:
        return (given,) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _check(self) -> Self:
        groups = _named_groups(self.files)
        if self.where and not self.where.startswith(("s3://", "https://", "http://")):
            raise ValueError(f"where: {self.where!r} is no address; write s3://… or https://…")
        unknown = groups - set(GROUPS)
        if unknown:
            raise ValueError(f"files: no group {sorted(unknown)[0]!r}; there are {GROUPS}")
        if self.test_partition is not None and "partition" not in groups:
            raise ValueError("test_partition needs the group (?P<partition>…) in files")
        if self.label_from != "path" and "label" in groups:
            raise ValueError(
                f"label_from is {self.label_from}, but files has the group (?P<label>…)"
            )
        if self.label_from != "intervals" and (self.intervals or self.background):
            raise ValueError("intervals and background need label_from: intervals")
        if self.background and self.background not in self.classes:
            raise ValueError(
                f"background: {self.background!r} is none of the classes {self.classes}"
            )
        if len(self.reference) == 1 and self.reference[0] in self.channels:
            raise ValueError(
                f"reference: {self.reference[0]!r} is among the channels, where it would "
                "be flat; leave it out of these"
            )
        wrong = sorted(set(self.labels.values()) - set(self.classes))
        if wrong:
            raise ValueError(f"labels: {wrong[0]!r} is none of the classes {self.classes}")
        return self

    @property
    def remote(self) -> Remote:
        """The place that `where` names."""
        from trial_runner.data.remote import Remote

        return Remote(self.where, self.endpoint_url, self.unsigned)

    @property
    def unit_in_volts(self) -> float:
        """Volts in one unit of the numbers in files that name no unit."""
        return {"volts": 1.0, "millivolts": 1e-3, "microvolts": 1e-6}[self.unit]


def read_entry(path: Path) -> Entry:
    """Read a data set's entry.

    Raises:
        DataNotFoundError: There is no such file.
        DataError: It is no YAML, or not an entry; the message names the field.
    """
    try:
        # Every scalar is a text first: a class `no` is no boolean, a label 1 no number.
        fields = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except FileNotFoundError:
        raise DataNotFoundError(f"{path} does not exist") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(fields, dict):
        raise DataError(f"{path} holds no fields; a data set needs name, files and classes")
    try:
        return Entry.model_validate(fields)
    except ValidationError as error:
        raise DataError(f"{path}: {_explain(error)}") from None


def _named_groups(pattern: str) -> set[str]:
    try:
        return set(re.compile(pattern).groupindex)
    except re.error as error:
        raise ValueError(f"files: {pattern!r} is no regular expression: {error}") from None


def _explain(error: ValidationError) -> str:
    problems = []
    for problem in error.errors():
        field = ".".join(map(str, problem["loc"]))
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            message = f"unknown field; there are {', '.join(Entry.model_fields)}"
        elif problem["type"] != "missing" and field:
            message = f"{message}, not {problem['input']!r}"
        problems.append(f"{field}: {message}" if field else message)
    return "; ".join(problems)

"""A campaign's file: its typed form, and reading it.

An Experiment stays Katib's; a campaign only says in which order Experiments run, and how each
follows from those before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d)?")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


class CampaignError(ValueError):
    """A campaign cannot be run as it is written; the message names the field and the fix."""


def seconds_of(value: object) -> float:
    """Return the seconds of a time such as `90s`, `30m`, `8h`; a number alone is seconds.

    >>> seconds_of("1.5h"), seconds_of(90)
    (5400.0, 90.0)

    Raises:
        ValueError: It is no time, or not above 0.
    """
    match = _TIME.fullmatch(str(value).strip())
    if match is None or float(match.group(1)) == 0:
        raise ValueError(f"{value!r} is not a time above 0 such as 90s, 30m, 8h")
    return float(match.group(1)) * _SECONDS[match.group(2) or "s"]


def text_of(value: object) -> str:
    """Return a value as Katib writes it.

    >>> text_of(True), text_of(0.1), text_of("adamw")
    ('true', '0.1', 'adamw')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


Seconds = Annotated[float, BeforeValidator(seconds_of)]
Text = Annotated[str, BeforeValidator(text_of)]
Values = dict[str, Text]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Budget(_Model):
    """The most that a campaign may spend.

    Attributes:
        trials: Trials of all phases together.
        time: Seconds in which trials run.
    """

    trials: int | None = Field(default=None, ge=1)
    time: Seconds | None = None


class Around(_Model):
    """How wide one parameter's range is around the best value: one of the two.

    Attributes:
        factor: From the value divided by it to the value times it.
        delta: From the value minus it to the value plus it.
    """

    factor: float | None = Field(default=None, gt=1)
    delta: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.factor is None) == (self.delta is None):
            raise ValueError("give one of factor and delta")
        return self


class Narrow(_Model):
    """Ranges around the best values.

    Attributes:
        factor: For parameters on a logarithmic scale.
        share: For the others: how much of the whole range to either side.
        top: Instead of both: from the lowest to the highest value of so many best trials.
        margin: How much of that interval is added on either side.
        parameters: What holds for single ones.
    """

    factor: float = Field(default=10.0, gt=1)
    share: float = Field(default=0.25, gt=0, le=1)
    top: int | None = Field(default=None, ge=2)
    margin: float = Field(default=0.1, ge=0)
    parameters: dict[str, Around] = {}


class Grid(_Model):
    """A grid around the best values.

    Attributes:
        factors: What numbers are multiplied with.
        neighbours: How many listed values to either side of the best one.
    """

    factors: tuple[float, ...] = (0.5, 1.0, 2.0)
    neighbours: int = Field(default=1, ge=1)

    @field_validator("factors")
    @classmethod
    def _are_positive(cls, factors: tuple[float, ...]) -> tuple[float, ...]:
        if not factors or min(factors) <= 0:
            raise ValueError("factors must be numbers above 0")
        return factors


class OneAtATime(_Model):
    """The best configuration so far with each parameter changed in turn, all else as it is.

    Attributes:
        factors: What numbers are multiplied with.
        neighbours: How many listed values to either side; of names all are tried.
        repeats: How often each configuration is scored, on other splits and seeds.
    """

    factors: tuple[float, ...] = (0.5, 2.0)
    neighbours: int = Field(default=1, ge=1)
    repeats: int = Field(default=1, ge=1)


class Ablation(_Model):
    """The winner, the starting values, and the winner without each of its changes.

    Attributes:
        repeats: How often each is scored, on other splits and seeds; intervals need two.
    """

    repeats: int = Field(default=5, ge=2)


class Stop(_Model):
    """End a phase that gains nothing more.

    Attributes:
        trials: After so many trials whose gain over all before has an interval that holds 0.
    """

    trials: int = Field(ge=1)


class Phase(_Model):
    """One Experiment of a campaign.

    Attributes:
        name: Its name.
        experiment: An Experiment's file instead of the campaign's.
        patch: What is merged into the Experiment, lists by the name of their entries.
        set: Values by path, such as `spec.objective.goal: 0.9`.
        after: The phases it builds on; by default the one written before it.
        algorithm: The search algorithm.
        trials: The most trials.
        time: The most seconds in which its trials run.
        search: The only parameters that are searched; the others are frozen.
        freeze: Parameters that keep the best value so far.
        narrow: How ranges are narrowed around the best values.
        grid: A grid around the best values; the algorithm is then `grid`.
        one_at_a_time: One change of the best configuration at a time.
        ablation: What each change of the winner is worth, with intervals.
        transfer: Whether the search knows the trials of the phases before.
        stop: When it ends early.
        repeat: How often it is run, each time on top of the last; it ends when nothing is gained.
    """

    name: str
    experiment: str | None = None
    patch: dict[str, Any] = {}
    set: Values = {}
    after: tuple[str, ...] | None = None
    algorithm: str | None = None
    trials: int | None = Field(default=None, ge=1)
    time: Seconds | None = None
    search: tuple[str, ...] | None = None
    freeze: tuple[str, ...] = ()
    narrow: Narrow | None = None
    grid: Grid | None = None
    one_at_a_time: OneAtATime | None = None
    ablation: Ablation | None = None
    transfer: bool = False
    stop: Stop | None = None
    repeat: int = Field(default=1, ge=1)

    @field_validator("name")
    @classmethod
    def _is_a_label(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} must be lower-case letters, digits and dashes")
        return name

    @property
    def is_probe(self) -> bool:
        """Whether it tries given points instead of searching."""
        return self.one_at_a_time is not None or self.ablation is not None

    @field_validator("narrow", "grid", "one_at_a_time", "ablation", mode="before")
    @classmethod
    def _true_means_defaults(cls, value: object) -> object:
        return {} if value is True else None if value is False else value

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if set(self.model_fields_set) <= {"name", "after"}:
            raise ValueError(
                f"phase {self.name!r} is empty; say what it changes: experiment, patch, set, "
                "algorithm, search, freeze, narrow, grid, one_at_a_time, ablation, trials or time"
            )
        kinds = ("narrow", "grid", "one_at_a_time", "ablation")
        given = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(given) > 1:
            raise ValueError(f"phase {self.name!r} has {' and '.join(given)}; give one of them")
        if self.is_probe:
            self._tries_given_points(given[0])
        return self

    def _tries_given_points(self, kind: str) -> None:
        for field in ("algorithm", "transfer", "stop", "freeze"):
            if getattr(self, field):
                raise ValueError(
                    f"phase {self.name!r} has {kind}, which tries given points; leave out {field}"
                )


class CampaignSpec(_Model):
    """What a campaign does.

    Attributes:
        experiment: The Experiment's file, beside the campaign's.
        phases: In the order in which they are written.
        budget: The most that may be spent.
        start: Values of parameters before any phase has searched them.
        seed: Sets `random_state` of each phase, each to another number.
        parallel: How many phases that do not wait for each other run side by side.
    """

    experiment: str | None = None
    phases: tuple[Phase, ...] = Field(min_length=1)
    budget: Budget = Budget()
    start: Values = {}
    seed: int | None = Field(default=None, ge=0)
    parallel: int = Field(default=1, ge=1)


class Metadata(_Model):
    """A campaign's name."""

    name: str

    @field_validator("name")
    @classmethod
    def _is_a_label(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} must be lower-case letters, digits and dashes")
        return name


class Campaign(_Model):
    """A campaign as its file says it."""

    apiVersion: Literal["eegtune/v1"]
    kind: Literal["Campaign"]
    metadata: Metadata
    spec: CampaignSpec

    @property
    def name(self) -> str:
        """The campaign's name."""
        return self.metadata.name

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Its phases as they are written."""
        return self.spec.phases


def load_campaign(path: Path) -> Campaign:
    """Read a campaign's file.

    Raises:
        CampaignError: It is none; the message names every field that is wrong.
    """
    import yaml

    try:
        document = yaml.safe_load(path.read_bytes())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CampaignError(f"{path}: it cannot be read: {error}") from None
    if not isinstance(document, Mapping) or document.get("kind") != "Campaign":
        raise CampaignError(
            f"{path}: this is no campaign; it must hold apiVersion: eegtune/v1 and kind: Campaign"
        )
    try:
        return Campaign.model_validate(document)
    except ValidationError as error:
        errors = error.errors()
        # Of a list whose only entry is wrong pydantic says, too, that nothing is left of it.
        others = [item for item in errors if item["type"] != "too_short"]
        lines = [_line(item, document) for item in others or errors]
        raise CampaignError("\n".join(f"{path}: {line}" for line in lines)) from None


def _line(item: Any, document: Mapping[str, Any]) -> str:
    parts = [str(part) for part in item["loc"]]
    place = re.sub(r"\.(\d+)", r"[\1]", ".".join(parts))
    message = str(item["msg"]).removeprefix("Value error, ")
    message = message.replace("Input should be greater than or equal to", "it must be at least")
    if item["type"] == "extra_forbidden":
        return f"{place}: there is no such field; `eegtune campaign --help` lists them"
    if item["type"] == "missing":
        return f"{place}: this is missing"
    if item["type"] == "model_type":
        return f"{place}: it must be a mapping with a name, but it is {item.get('input')!r}"
    if item["type"] == "too_short":
        return f"{place}: it is empty; give at least one"
    given = item.get("input")
    if isinstance(given, (str, int, float)) and repr(given) not in message:
        message += f", but it is {given!r}"
    return f"{place}: {message}" if place else message

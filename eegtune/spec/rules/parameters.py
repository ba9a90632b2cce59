"""Rules on the searched parameters and their spaces."""

# ruff: noqa: D103 - the declaration above each check is its documentation
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from eegtune.spec.case import Case, number
from eegtune.spec.edits import Edit
from eegtune.spec.rules.rule import Problem, broken, poor, refused

_TYPES = ("double", "int", "discrete", "categorical")
_DISTRIBUTIONS = ("uniform", "logUniform", "normal", "logNormal")
_NUMERIC = ("double", "int")
_LISTED = ("discrete", "categorical")
Place = tuple[str | int, ...]


@refused(
    "parameters",
    "There must be parameters to search, or a nasConfig, and not both.",
    "Give spec.parameters.",
)
def parameters(case: Case) -> Iterator[Problem]:
    if not case.parameters and "nasConfig" not in case.spec:
        yield Problem(("spec", "parameters"), "there is nothing to search.", at_key=True)
    if case.parameters and "nasConfig" in case.spec:
        yield Problem(("spec", "nasConfig"), "there are parameters and a nasConfig.", at_key=True)


@refused(
    "parameter-type", "Katib knows four types of parameters.", f"Write one of {', '.join(_TYPES)}."
)
def parameter_type(case: Case) -> Iterator[Problem]:
    for path, parameter in _parameters(case):
        kind = parameter.get("parameterType", "")
        if kind not in (*_TYPES, "unknown"):
            near = {"float": "double", "integer": "int", "string": "categorical"}
            guess = near.get(kind.lower(), kind.lower())
            place = (*path, "parameterType")
            edit = Edit(place, guess) if guess in _TYPES else None
            fix = f"Write {guess}." if edit else ""
            yield Problem(place, f"the type is {kind!r}.", fix, edit)


@refused(
    "distribution", "Katib knows four distributions.", f"Write one of {', '.join(_DISTRIBUTIONS)}."
)
def distribution(case: Case) -> Iterator[Problem]:
    for path, parameter in _parameters(case):
        found = _space(parameter).get("distribution", "")
        if found not in (*_DISTRIBUTIONS, "unknown"):
            squeezed = found.lower().replace("-", "").replace("_", "")
            same = next((d for d in _DISTRIBUTIONS if d.lower() == squeezed), None)
            place = (*path, "feasibleSpace", "distribution")
            fix = f"Write {same}." if same else ""
            edit = Edit(place, same) if same else None
            yield Problem(place, f"the distribution is {found!r}.", fix, edit)


@broken(
    "unknown-type",
    "`unknown` passes Katib's webhook, and no algorithm can search it.",
    "Write what it is.",
)
def unknown_type(case: Case) -> Iterator[Problem]:
    for path, parameter in _parameters(case):
        if parameter.get("parameterType") == "unknown":
            yield Problem((*path, "parameterType"), "the type is 'unknown'.")
        if _space(parameter).get("distribution") == "unknown":
            yield Problem(
                (*path, "feasibleSpace", "distribution"), "the distribution is 'unknown'."
            )


@refused(
    "space-list",
    "double and int take min and max, not a list.",
    "Write min and max, or make the parameter discrete or categorical.",
)
def space_list(case: Case) -> Iterator[Problem]:
    for path, parameter in _of(case, _NUMERIC):
        if _space(parameter).get("list"):
            place = (*path, "feasibleSpace", "list")
            yield Problem(place, f"{_label(parameter)} has a list.", at_key=True)


@refused("space-bounds", "double and int need min and max.", "Give both, quoted.")
def space_bounds(case: Case) -> Iterator[Problem]:
    for path, parameter in _of(case, _NUMERIC):
        missing = [key for key in ("min", "max") if not _space(parameter).get(key)]
        if missing:
            place = (*path, "feasibleSpace")
            yield Problem(
                place, f"{_label(parameter)} has no {' and no '.join(missing)}.", at_key=True
            )


@refused(
    "space-range",
    "discrete and categorical take a list, not min, max or step.",
    "Write the values as list.",
)
def space_range(case: Case) -> Iterator[Problem]:
    for path, parameter in _of(case, _LISTED):
        found = [key for key in ("min", "max", "step") if _space(parameter).get(key)]
        if found:
            place = (*path, "feasibleSpace", found[0])
            yield Problem(place, f"{_label(parameter)} has {', '.join(found)}.", at_key=True)


@broken(
    "parameter-name",
    "A parameter without a name, or two of one name, cannot be told apart: "
    "Katib admits them and then creates no trial.",
    "Give each its own name.",
)
def parameter_name(case: Case) -> Iterator[Problem]:
    counts, seen = Counter(case.parameter_names), set[str]()
    for index, name in enumerate(case.parameter_names):
        place = ("spec", "parameters", index, "name")
        if not name:
            yield Problem(place, "the parameter has no name.", at_key=True)
        elif name in seen:
            yield Problem(place, f"there are {counts[name]} parameters {name!r}.")
        seen.add(name)


@broken(
    "bound-number",
    "min, max and step must be numbers, whole ones for int; Katib does not "
    "look, and its search then fails at each call.",
    "Write a number in quotes.",
)
def bound_number(case: Case) -> Iterator[Problem]:
    for path, parameter in _of(case, _NUMERIC):
        whole = parameter["parameterType"] == "int"
        for key in ("min", "max", "step"):
            text = _space(parameter).get(key)
            value = number(text)
            if text and (value is None or (whole and not _is_whole(text))):
                wanted = "a whole number" if whole else "a number"
                place = (*path, "feasibleSpace", key)
                yield Problem(place, f"{key} of {_label(parameter)} is {text!r}, not {wanted}.")


@broken("bounds-order", "With min above max there is nothing to search.", "Swap them.")
def bounds_order(case: Case) -> Iterator[Problem]:
    for path, parameter in _of(case, _NUMERIC):
        low, high = _bounds(parameter)
        if low is not None and high is not None and low > high:
            place = (*path, "feasibleSpace", "min")
            yield Problem(place, f"{_label(parameter)} has min {low:g} above max {high:g}.")


@poor("one-value", "A parameter with one value is not searched.", "Widen it, or make it constant.")
def one_value(case: Case) -> Iterator[Problem]:
    for path, parameter in _parameters(case):
        low, high = _bounds(parameter)
        step = number(_space(parameter).get("step"))
        values: list[str] = _space(parameter).get("list") or []
        place = (*path, "feasibleSpace")
        if low is not None and low == high:
            yield Problem((*place, "max"), f"{_label(parameter)} has only the value {low:g}.")
        elif low is not None and high is not None and step and low + step > high > low:
            yield Problem(
                (*place, "step"), f"step {step:g} leaves {_label(parameter)} only {low:g}."
            )
        elif len(values) == 1:
            yield Problem((*place, "list"), f"{_label(parameter)} has only {values[0]!r}.")


@broken("step", "A step must be above 0.", "Give a positive step, or none.")
def step(case: Case) -> Iterator[Problem]:
    for path, parameter in _of(case, _NUMERIC):
        value = number(_space(parameter).get("step"))
        if value is not None and value <= 0:
            place = (*path, "feasibleSpace", "step")
            yield Problem(place, f"the step of {_label(parameter)} is {value:g}.")


@broken(
    "log-range",
    "A logarithmic range must start above 0; Katib's searches fail at each call, "
    "or sample next to nothing but 1e-10.",
    "Raise min, or search uniformly.",
)
def log_range(case: Case) -> Iterator[Problem]:
    for path, parameter in _of(case, _NUMERIC):
        low, _ = _bounds(parameter)
        found = _space(parameter).get("distribution")
        if found in ("logUniform", "logNormal") and low is not None and low <= 0:
            place = (*path, "feasibleSpace", "min")
            yield Problem(place, f"{_label(parameter)} is {found} from {low:g}.")


@broken(
    "list-empty",
    "A list without values passes Katib's webhook, and nothing can be drawn from it.",
    "List the values.",
)
def list_empty(case: Case) -> Iterator[Problem]:
    for path, parameter in _of(case, _LISTED):
        if not _space(parameter).get("list"):
            place = (*path, "feasibleSpace")
            yield Problem(place, f"{_label(parameter)} has no values.", at_key=True)


@poor(
    "list-twice",
    "A value listed twice is drawn twice as often, and a grid tries it twice.",
    "List it once.",
)
def list_twice(case: Case) -> Iterator[Problem]:
    for path, parameter in _of(case, _LISTED):
        seen = set()
        for index, value in enumerate(_space(parameter).get("list") or ()):
            if value in seen:
                place = (*path, "feasibleSpace", "list", index)
                yield Problem(place, f"{value!r} stands in the list before.")
            seen.add(value)


@broken("discrete-number", "discrete values must be numbers.", "Use categorical for names.")
def discrete_number(case: Case) -> Iterator[Problem]:
    for path, value in _values(case, ("discrete",)):
        if number(value) is None:
            yield Problem(path, f"the value {value!r} is no number.")


@broken(
    "value-quote",
    "Katib pastes values into JSON text as they are; a quote or a backslash "
    "breaks it, and no trial is created.",
    'Use values without " and \\.',
)
def value_quote(case: Case) -> Iterator[Problem]:
    for path, value in _values(case):
        if '"' in value or "\\" in value or any(ord(character) < 32 for character in value):
            yield Problem(path, f"the value {value!r} breaks the template.")


@poor(
    "value-empty",
    "An empty value (null becomes one) reaches the trial as no text at all.",
    "Write the value, quoted where YAML takes it for null.",
)
def value_empty(case: Case) -> Iterator[Problem]:
    for path, value in _values(case):
        if not value:
            yield Problem(path, "the value is empty.")


@poor(
    "value-comma",
    "Katib's UI joins its table's cells with commas, so this value shifts the columns.",
    "Use another character.",
    only_on_katib=True,
)
def value_comma(case: Case) -> Iterator[Problem]:
    for path, value in _values(case):
        if "," in value:
            yield Problem(path, f"the value {value!r} has a comma.")


def _parameters(case: Case) -> Iterator[tuple[Place, dict[str, Any]]]:
    for index, parameter in enumerate(case.parameters):
        yield ("spec", "parameters", index), parameter


def _of(case: Case, kinds: tuple[str, ...]) -> Iterator[tuple[Place, dict[str, Any]]]:
    for path, parameter in _parameters(case):
        if parameter.get("parameterType") in kinds:
            yield path, parameter


def _values(case: Case, kinds: tuple[str, ...] = _LISTED) -> Iterator[tuple[Place, str]]:
    for path, parameter in _of(case, kinds):
        for index, value in enumerate(_space(parameter).get("list") or ()):
            yield (*path, "feasibleSpace", "list", index), value


def _space(parameter: dict[str, Any]) -> dict[str, Any]:
    space: dict[str, Any] = parameter["feasibleSpace"]
    return space


def _bounds(parameter: dict[str, Any]) -> tuple[float | None, float | None]:
    space = _space(parameter)
    return number(space.get("min")), number(space.get("max"))


def _is_whole(text: str) -> bool:
    return text.strip().lstrip("+-").isdigit()


def _label(parameter: dict[str, Any]) -> str:
    return f"{parameter.get('parameterType')} {parameter.get('name', '')!r}"


RULES = (
    parameters,
    parameter_type,
    distribution,
    unknown_type,
    space_list,
    space_bounds,
    space_range,
    parameter_name,
    bound_number,
    bounds_order,
    one_value,
    step,
    log_range,
    list_empty,
    list_twice,
    discrete_number,
    value_quote,
    value_empty,
    value_comma,
)

"""A run as LaTeX tables (booktabs): the searched space with its winner, and the best trials."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eegtune.execution.best import chosen_trials
from eegtune.report.command import component_command
from eegtune.report.material import Material
from eegtune.report.numbers import format_number
from eegtune.spec.experiment import Parameter

_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def latex_tables(material: Material, count: int = 10) -> str:
    """Return two tables: every parameter with range, default and best value; the best trials.

    Raises:
        ValueError: No trial has a result.
    """
    if material.best is None:
        raise ValueError(f"{material.folder}: no trial has a result yet")
    return f"% needs \\usepackage{{booktabs}}\n{_space(material)}\n{_top(material, count)}"


def escaped(text: str) -> str:
    r"""Return text that LaTeX prints as it is.

    >>> escaped("val_auroc 95%")
    'val\\_auroc 95\\%'
    """
    return "".join(_SPECIAL.get(character, character) for character in text)


def _space(material: Material) -> str:
    assert material.best is not None
    best = material.best.trial.assignments
    command = component_command(material.experiment, best)
    defaults = command.default_assignments() if command else {}
    rows = [
        (p.name, _range(p), _value(defaults.get(p.name, "--")), _value(best.get(p.name, "--")))
        for p in material.experiment.spec.parameters
    ]
    caption = (
        f"Hyperparameters searched by {material.experiment.spec.algorithm.algorithm_name} in "
        f"{len(material.records)} trials ({material.experiment.name})."
    )
    return _table(caption, ("hyperparameter", "range", "default", "best"), "llll", rows)


def _top(material: Material, count: int) -> str:
    experiment = material.experiment
    numbers = {record.name: record.number for record in material.records}
    metrics = experiment.spec.objective.metric_names
    trials = chosen_trials(experiment, [record.trial for record in material.records], count)
    rows = [
        (str(rank), str(numbers[trial.name]),
         *(format_number(trial.metrics.get(metric)) for metric in metrics))
        for rank, trial in enumerate(trials, 1)
    ]  # fmt: skip
    caption = f"The best configurations of {experiment.name} on the data that the search used."
    return _table(caption, ("rank", "trial", *metrics), "rr" + "r" * len(metrics), rows)


def _range(parameter: Parameter) -> str:
    space = parameter.feasible_space
    if space.values is not None:
        return ", ".join(_value(value) for value in space.values)
    log = " (log)" if space.distribution.startswith("log") else ""
    step = f", step {space.step}" if space.step else ""
    return f"{_value(space.min or '')} to {_value(space.max or '')}{step}{log}"


def _value(text: str) -> str:
    try:
        return format_number(float(text))
    except ValueError:
        return text


def _table(caption: str, head: Sequence[str], columns: str, rows: Iterable[Sequence[str]]) -> str:
    lines = [" & ".join(map(escaped, row)) + r" \\" for row in rows]
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{escaped(caption)}}}",
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            " & ".join(map(escaped, head)) + r" \\",
            r"\midrule",
            *lines,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )

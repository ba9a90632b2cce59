"""The best configuration as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eegtune.report.activity import activity
from eegtune.report.command import ComponentCommand
from eegtune.report.material import Material
from eegtune.report.numbers import readable
from eegtune.report.summary import space_text


@dataclass(frozen=True, slots=True)
class Setting:
    """One parameter of the best configuration.

    Attributes:
        name: The parameter.
        value: Its best value.
        default: The declared default; None where no declaration is known.
        space: What was searched.
        importance: Its share; None where that could not be computed.
        is_used: Whether its condition holds.
        help: What it is; empty where no declaration is known.
    """

    name: str
    value: str
    default: str | None
    space: str
    importance: float | None
    is_used: bool
    help: str

    @property
    def is_changed(self) -> bool:
        """Whether the best value is not the default one."""
        return self.default is not None and not _same(self.value, self.default)


def best_settings(
    material: Material, command: ComponentCommand | None, importances: Mapping[str, float]
) -> tuple[Setting, ...]:
    """Return the best trial's parameters, the most important first; empty without one."""
    best = material.best
    if best is None:
        return ()
    values = best.trial.assignments
    defaults = command.default_assignments() if command else {}
    helps = {each.name: each.help for each in command.component.hyperparameters} if command else {}
    searched = command.searched if command else {}
    used = activity(material.experiment, [values])
    settings = [
        Setting(
            parameter.name,
            readable(values.get(parameter.name, "–")),
            defaults.get(parameter.name),
            space_text(parameter),
            importances.get(parameter.name),
            used.get(parameter.name, (True,))[0],
            helps.get(searched.get(parameter.name, ""), ""),
        )
        for parameter in material.experiment.spec.parameters
    ]
    return tuple(sorted(settings, key=lambda setting: -(setting.importance or 0.0)))


def _same(value: str, default: str) -> bool:
    try:
        return float(value) == float(default)
    except ValueError:
        return value.lower() == default.lower()

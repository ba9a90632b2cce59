"""Where a run comes from, in a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eegtune.report.material import Material

_SHOWN_PACKAGES = (
    "torch",
    "mne",
    "numpy",
    "scipy",
    "scikit-learn",
    "optuna",
    "pytorch-lightning",
    "braindecode",
    "autoreject",
    "yasa",
    "lightgbm",
    "xgboost",
)


def facts(material: Material) -> list[tuple[str, str]]:
    """Return names and texts of what the provenance says, and what the Experiment does."""
    provenance = material.provenance
    code, machine = _part(provenance, "code"), _part(provenance, "machine")
    spec = material.experiment.spec
    settings = ", ".join(f"{k}={v}" for k, v in spec.algorithm.settings.items())
    found = [
        ("Algorithm", f"{spec.algorithm.algorithm_name}{f' ({settings})' if settings else ''}"),
        ("Started", _time(material.state.start_time)),
        ("Ended", _time(material.state.completion_time)),
        ("Command", str(provenance.get("command", ""))),
        ("Code", _code(code)),
        ("Data", "; ".join(_data(each) for each in provenance.get("data", ()))),
        ("Machine", _machine(machine)),
        ("Packages", _packages(_part(provenance, "packages"))),
        ("Random seeds", _seeds(_part(provenance, "seeds"))),
    ]
    return [(name, text) for name, text in found if text]


def _part(provenance: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = provenance.get(name)
    return part if isinstance(part, Mapping) else {}


def _time(time: Any) -> str:
    return "" if time is None else time.strftime("%Y-%m-%d %H:%M:%S UTC")


def _code(code: Mapping[str, Any]) -> str:
    version = f"eegtune {code.get('version', '')}"
    if not code.get("commit"):
        return version
    state = ", with changes not committed" if code.get("is_dirty") else ""
    return f"{version}, commit {str(code['commit'])[:12]}{state}"


def _data(data: Mapping[str, Any]) -> str:
    digest = data.get("sha256")
    return f"{data.get('name', '')}{f' (sha256 {str(digest)[:16]}…)' if digest else ''}"


def _machine(machine: Mapping[str, Any]) -> str:
    parts = [
        str(machine.get("system", "")),
        str(machine.get("processor", "")),
        f"{machine['cpu_count']} cores" if machine.get("cpu_count") else "",
        f"{machine['memory_gib']} GiB" if machine.get("memory_gib") else "",
        ", ".join(machine.get("gpus", ())),
        f"Python {machine['python']}" if machine.get("python") else "",
    ]
    return ", ".join(part for part in parts if part)


def _packages(packages: Mapping[str, Any]) -> str:
    """Return the versions that decide about results; the file has all."""
    shown = [f"{name} {packages[name]}" for name in _SHOWN_PACKAGES if name in packages]
    more = len(packages) - len(shown)
    return ", ".join(shown) + (f" and {more} more in provenance.json" if more > 0 else "")


def _seeds(seeds: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in seeds.items() if value is not None)

"""`model_card.md`: what the tuned model is, what it was trained and scored on, what it is not for.

After Mitchell et al. 2019, "Model Cards for Model Reporting". Written where a run has scores on
test data; of a model that was never scored on untouched data there is nothing to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from eegtune.report.command import ComponentCommand
from eegtune.report.evaluation.results import TUNED, Evaluation
from eegtune.report.markdown import escape, table
from eegtune.report.material import Material
from eegtune.report.numbers import format_interval, format_score
from eegtune.report.page.best import best_settings
from eegtune.report.page.commands import best_command
from eegtune.report.page.facts import facts
from eegtune.report.page.scores import method
from eegtune.report.summary import speaks_of_one_person


def model_card(
    material: Material,
    command: ComponentCommand | None,
    data_note: str,
    titles: Mapping[str, str],
    kept: Mapping[str, Any] | None = None,
) -> str | None:
    """Return the card; None where the best configuration has no scores on test data.

    Args:
        material: The run.
        command: Of its best trial, where it is one of our components.
        data_note: What a trial said of its data.
        titles: Of metrics.
        kept: What the model that was kept says of itself.
    """
    evaluation = material.evaluation
    if evaluation is None or evaluation.kind != "test" or material.best is None:
        return None
    what = command.component.name if command else "the trial’s command"
    blocks = [
        f"# Model card: {escape(material.experiment.name)}",
        f"{escape(what)}, tuned by {len(material.records):,} trials "
        f"({escape(material.experiment.spec.algorithm.algorithm_name)}) for "
        f"{escape(material.metric)}.",
        "## Data",
        *_data(material, evaluation, command, data_note),
        "## Scores on test data",
        _scores(evaluation, titles),
        escape(method(evaluation)),
        "## Limits",
        "\n".join(f"- {escape(limit)}" for limit in _limits(material, evaluation, data_note)),
        *_kept(material, kept),
        "## Configuration",
        _configuration(material, command),
        "## Train it again",
        f"```bash\n{best_command(material)}\n```",
        "\n".join(f"- {escape(name)}: {escape(text)}" for name, text in facts(material)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _data(
    material: Material, evaluation: Evaluation, command: ComponentCommand | None, data_note: str
) -> list[str]:
    name = command.arguments.get("data", "") if command else ""
    subjects = f"{evaluation.subjects:,}" if evaluation.subjects else "an unknown number of"
    noun = "person" if evaluation.subjects == 1 else "people"
    hashes: list[Mapping[str, Any]] = [
        each for each in material.provenance.get("data", ()) if each.get("sha256")
    ]
    return [
        escape(f"Data set: {name}." if name else ""),
        escape(f"Trained on: {data_note}." if data_note else ""),
        f"Scored on: {evaluation.trial_count:,} test trials of {subjects} {noun}, used "
        f"{max(1, len(material.touches))} {'times' if len(material.touches) > 1 else 'time'}.",
        *(f"SHA-256 of {escape(str(each.get('name')))}: `{each['sha256']}`" for each in hashes),
    ]


def _scores(evaluation: Evaluation, titles: Mapping[str, str]) -> str:
    tuned = evaluation.configuration(TUNED)
    against = {each.against: each for each in evaluation.comparisons if each.name == TUNED}
    default = against.get("default")
    rows = []
    for metric, score in tuned.scores.items():
        interval = score.interval
        row = [titles.get(metric, metric), format_score(interval.value),
               format_interval(interval.low, interval.high)]  # fmt: skip
        if default is not None:
            gain = default.differences[metric].interval
            row.append(
                f"{format_score(gain.value, signed=True)} "
                f"({format_interval(gain.low, gain.high, signed=True)})"
            )
        rows.append(row)
    head = ["score", "value", "95 % interval", *(["over the default"] if default else [])]
    return table(head, rows)


def _limits(material: Material, evaluation: Evaluation, data_note: str) -> Iterator[str]:
    if speaks_of_one_person(material, data_note):
        yield "The data are of one person: nothing is known of anybody else."
    elif evaluation.subjects:
        yield (
            f"Intervals are over {evaluation.subjects:,} people as in the data set; other "
            "devices, montages, ages or diagnoses were not seen."
        )
    for comparison in evaluation.comparisons:
        interval = comparison.differences[evaluation.test_metric or evaluation.metrics[0]].interval
        if comparison.name == TUNED and interval.low <= 0 <= interval.high:
            yield f"It is not measurably better than “{comparison.against}”."
    if len(material.touches) > 1:
        yield (
            f"The test data were used {len(material.touches)} times: where a choice was made by "
            "them, these scores flatter."
        )
    yield "It is a research model, no medical device, and decides about nobody."


def _kept(material: Material, kept: Mapping[str, Any] | None) -> Iterator[str]:
    if kept is None:
        return
    yield "## The model"
    yield (
        "`model/` holds the tuned configuration with its preprocessing, trained on all training "
        f"data: the first of those whose scores are above. Classes: "
        f"{escape(', '.join(kept.get('classes', ())))}. It takes {escape(_taken(kept))}."
    )
    yield f"```bash\neegtune predict {material.folder} recording.edf\n```"
    files = kept["files"].items()
    yield "\n".join(f"- {escape(name)}: SHA-256 `{digest}`" for name, digest in files)


def _taken(kept: Mapping[str, Any]) -> str:
    takes = kept.get("takes") or {}
    kind, channels = takes.get("kind"), takes.get("channels", ())
    if kind == "windows":
        seconds = takes["samples"] / takes["sfreq_hz"]
        return (
            f"recordings with the channels {', '.join(channels)}, cut into windows of "
            f"{seconds:g} s at {takes['sfreq_hz']:g} Hz"
        )
    if kind == "night":
        return f"nights with channels of the kind {', '.join(channels).upper()}"
    if kind == "motion":
        return f"{channels} signals at {takes['sfreq_hz']:g} Hz"
    return f"rows of {takes.get('features', 'its')} features"


def _configuration(material: Material, command: ComponentCommand | None) -> str:
    settings = best_settings(material, command, {})
    rows = [[each.name, each.value, each.default or "–"] for each in settings]
    fixed = sorted(command.fixed.items()) if command else []
    rows += [[name, text, "held fixed"] for name, text in fixed if name != "trial_name"]
    return table(["parameter", "value", "default"], rows)

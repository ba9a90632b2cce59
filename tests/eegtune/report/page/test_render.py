import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from eegtune.report.command import component_command
from eegtune.report.page.render import breakable, packed_plotly, render_page, script_json
from eegtune.spec.trial import TrialCondition

from ..runs import PARAMETERS, evaluation, experiment, material, record

NOW = datetime(2026, 1, 31, 13, tzinfo=UTC)
NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&\u2028'\""


def _page(made, note=""):
    best = made.best
    command = component_command(made.experiment, best.trial.assignments) if best else None
    return render_page(made, command, note, NOW, {"auroc": "AUROC", "accuracy": "Accuracy"})


def _script(page, name):
    return json.loads(re.search(rf'id="{name}">(.*?)</script>', page.html, re.DOTALL).group(1))


def _without_plotly(page):
    return page.html.replace(packed_plotly(), "")


def test_a_run_has_every_part():
    page = _page(material(40, evaluated=True), "data: 268 windows of one subject, 6 channels")
    assert not page.notes
    keys = [figure["key"] for figure in _script(page, "figures")]
    wanted = {"history", "importance", "parallel", "curves", "timeline", "failures", "winner",
              "scores", "differences", "pair-0", "pair-1", "pair-2"}  # fmt: skip
    slices = {f"slice-{number}" for number in range(len(PARAMETERS))}
    assert set(keys) == wanted | slices
    assert len(keys) == len(set(keys))
    for text in (
        "The data are of one person", "Tuning helps on the 293 test trials of one person",
        "Uses of the test data", "Best configuration", "eegtune run runs/demo/experiment.yaml",
    ):  # fmt: skip
        assert text in page.html, text


def test_the_page_needs_no_network():
    text = _without_plotly(_page(material(40, evaluated=True)))
    assert not re.search(r"(src|href)\s*=\s*[\"'](https?:)?//", text)
    assert "@import" not in text
    assert "url(" not in text


def test_the_page_is_small():
    assert len(_page(material(40, evaluated=True)).html) < 3_000_000


@pytest.mark.slow
def test_ten_thousand_trials_fit():
    page = _page(material(10_000))
    assert len(page.html.encode()) < 6_000_000
    assert len(_script(page, "rows")["rows"]) == 10_000
    assert "even sample of 150 of" in page.html
    assert "Shows 300 of" in page.html


def test_every_text_of_users_is_escaped():
    parameters = (
        {"name": NASTY, "parameterType": "categorical", "feasibleSpace": {"list": [NASTY, "b"]}},
    )
    made = experiment(
        parameters,
        name=NASTY,
        objective={"type": "maximize", "objectiveMetricName": NASTY},
        algorithm={"algorithmName": NASTY},
        command=("python", NASTY),
    )
    records = []
    for number in range(12):
        kept = record(number, {NASTY: NASTY if number % 2 else "b"}, 0.5 + number / 100)
        metrics = {NASTY: 0.5 + number / 100}
        records.append(replace(kept, trial=replace(kept.trial, metrics=metrics)))
    records.append(record(12, {NASTY: "b"}, None, TrialCondition.FAILED, NASTY))
    found = evaluation()
    odd = replace(found.configurations[2], name=NASTY, parameters={NASTY: NASTY})
    run = replace(
        material(0), experiment=made, records=tuple(records), folder=NASTY,
        evaluations=(replace(found, configurations=(*found.configurations[:2], odd)),),
        provenance={"command": NASTY, "data": [{"name": NASTY}]},
    )  # fmt: skip
    text = _without_plotly(_page(run, NASTY))
    assert "<img" not in text
    assert "alert(1)</script>" not in text.replace("alert(1)\\u003c/script", "")
    assert text.count("<script") == 4


@pytest.mark.parametrize(
    "records",
    [
        (),
        (record(0, {}, None, TrialCondition.RUNNING),),
        (record(0, {"batch_size": "16"}, 0.5),),
        tuple(record(n, {}, None, TrialCondition.FAILED, "exit code 1: boom") for n in range(3)),
        tuple(record(n, {"batch_size": "16", "features": "band_power"}, 0.5) for n in range(20)),
    ],
    ids=["no trial", "one running", "one finished", "only failed", "constant"],
)
def test_runs_with_little_in_them(records):
    page = _page(replace(material(0), records=records))
    assert not [note for note in page.notes.values() if "could not be drawn" in note]
    assert page.notes
    assert "<h1>linear-probe</h1>" in page.html


def test_only_failures_say_why():
    records = tuple(
        record(n, {}, None, TrialCondition.FAILED, "exit code 1: boom\ntrace") for n in range(3)
    )
    page = _page(replace(material(0), records=records))
    assert "<strong>3 ×</strong> exit code 1: boom</li>" in page.html
    assert "No trial has a result" in page.html


def test_a_space_of_names_only():
    page = _page(material(30, made=experiment((PARAMETERS[3], PARAMETERS[4]))))
    assert not [note for note in page.notes.values() if "could not be drawn" in note]


def test_a_figure_that_breaks_becomes_a_note(monkeypatch):
    def broken(*_):
        raise RuntimeError("no luck <b>")

    monkeypatch.setattr("eegtune.report.page.drawing.parallel", broken)
    page = _page(material(20))
    assert "no luck" in page.notes["parallel"]
    assert "could not be drawn (RuntimeError: no luck &lt;b&gt;)" in page.html
    assert "history" in [figure["key"] for figure in _script(page, "figures")]


def test_figures_have_words_for_those_who_cannot_see_them():
    page = _page(material(40, evaluated=True))
    drawings = re.findall(r'<div class="drawing"[^>]*>', page.html)
    assert len(drawings) == len(_script(page, "figures"))
    assert all(re.search(r'role="img" aria-label="[^"]{20,}"', drawing) for drawing in drawings)


def test_text_goes_through_clean():
    made = material(12)
    page = render_page(made, None, "", NOW, {}, clean=lambda text: text.replace("val_", "XX_"))
    assert "val_auroc" not in _without_plotly(page)
    assert packed_plotly() in page.html


def test_json_cannot_end_its_script():
    assert "<" not in script_json({"a": NASTY})
    assert json.loads(script_json({"a": NASTY})) == {"a": NASTY}


def test_long_names_may_break():
    assert breakable("a_b+<c>") == "a_<wbr>b+&lt;c&gt;"

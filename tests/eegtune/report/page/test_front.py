from __future__ import annotations

from eegtune.report.analysis.fronts import front
from eegtune.report.page.front import front_table
from eegtune.report.summary import lead

from ..runs import experiment, material

SETTINGS = [{"name": "objectives", "value": "val_auroc:max,val_accuracy:max,ms:min"}]
NAMES = {"objectiveMetricName": "val_auroc", "additionalMetricNames": ["val_accuracy", "ms"]}
SEVERAL = experiment(
    algorithm={"algorithmName": "nsga2", "algorithmSettings": SETTINGS},
    objective={"type": "maximize", **NAMES},
)


def test_the_front_is_a_table_with_the_best_first() -> None:
    run = material(40, made=SEVERAL)
    for record in run.finished:
        record.trial.metrics["ms"] = 10.0 + record.number % 7
    found = front(run.experiment, run.records)
    assert found is not None
    table = front_table(run, found)
    assert table is not None
    assert table.columns[:4] == ("trial", "val_auroc", "val_accuracy", "ms")
    assert len(table.rows) == min(20, sum(found.is_front))
    assert table.rows[0][0] == str(table.best), "the highest val_auroc is on the front"
    values = [float(row[1]) for row in table.rows]
    assert values == sorted(values, reverse=True)


def test_one_objective_has_no_front() -> None:
    run = material(12)
    assert front_table(run, front(run.experiment, run.records)) is None


def test_the_first_sentence_names_all_objectives() -> None:
    said = lead(material(12, made=SEVERAL), None)
    assert said.endswith("looking for the highest val_auroc, the highest val_accuracy and the "
                         "lowest ms together.")  # fmt: skip

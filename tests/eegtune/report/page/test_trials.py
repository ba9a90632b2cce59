from dataclasses import replace

from eegtune.report.page.trials import trial_table
from eegtune.spec.trial import TrialCondition

from ..runs import material, record


def test_the_best_trial_comes_first_and_failures_last_with_their_reason():
    failed = TrialCondition.FAILED
    records = (
        record(0, {"batch_size": "16"}, 0.5), record(1, {}, None, failed, "boom"),
        record(2, {"features": "band_power"}, 0.9), record(3, {}, None, failed, "boom"),
    )  # fmt: skip
    table = trial_table(replace(material(0), records=records))
    assert [row[0] for row in table.rows] == [2, 0, 1, 3]
    assert table.columns[table.main]["name"] == "val_auroc"
    assert table.reasons == ("boom",)
    assert table.rows[2][-1] == 0
    assert table.rows[0][-1] is None
    by_name = {column["name"]: i for i, column in enumerate(table.columns)}
    assert table.rows[0][by_name["features"]] == "band_power"
    assert table.rows[1][by_name["batch_size"]] == 16.0


def test_reasons_are_bounded():
    records = tuple(
        record(n, {}, None, TrialCondition.FAILED, f"{n} " + "x" * 5000) for n in range(600)
    )
    table = trial_table(replace(material(0), records=records))
    assert len(table.reasons) <= 301
    assert max(map(len, table.reasons)) <= 701

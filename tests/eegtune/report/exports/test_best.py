from dataclasses import replace

import yaml

from eegtune.report.exports.best import best_json, best_yaml

from ..runs import evaluation, material


def test_json_holds_typed_hyperparameters_and_metadata():
    made = material(40)
    found = best_json(made, made.best, "")
    values = found["hyperparameters"]
    assert isinstance(values["learning_rate"], float)
    assert isinstance(values["hidden_dim"], int)
    assert isinstance(values["batch_size"], int)
    assert isinstance(values["use_hidden"], bool)
    assert isinstance(values["features"], str)
    metadata = found["metadata"]
    assert metadata["best_score"] == made.best.trial.metrics["val_auroc"]
    assert metadata["timestamp"] == made.best.trial.completion_time.isoformat()
    assert metadata["trial"] == made.best.name


def test_yaml_has_sections_and_the_same_values():
    made = replace(material(40), evaluations=(evaluation(),))
    document = yaml.safe_load(best_yaml(made, made.best, ""))
    assert set(document) == {
        "experiment", "trial", "data", "model", "training", "regularisation", "evaluation",
    }  # fmt: skip
    assert set(document["training"]) == {"learning_rate", "batch_size"}
    values = best_json(made, made.best, "")["hyperparameters"]
    sections = [document[name] for name in ("data", "model", "training", "regularisation")]
    assert {k: v for section in sections for k, v in section.items()} == values
    scores = document["evaluation"]["test"]["scores"]
    assert scores["auroc"] == {"value": 0.9, "interval_95": [0.87, 0.93]}
    assert document["evaluation"]["test"]["gap_tuning_minus_test"] == 0.03
    assert document["evaluation"]["one_person"] is True

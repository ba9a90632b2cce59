from __future__ import annotations

import random
from typing import Any

import pytest

from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import TrialCondition
from eegtune.stopping import Rule, StaticRule, TrialCurve, make_rule, validate_stopping

OK, STOPPED, RUNNING = (
    TrialCondition.SUCCEEDED,
    TrialCondition.EARLY_STOPPED,
    TrialCondition.RUNNING,
)


def experiment(name: str | None, settings: dict[str, str], objective: str) -> Experiment:
    spec: dict[str, Any] = {
        "objective": {"type": objective, "objectiveMetricName": "score"},
        "algorithm": {"algorithmName": "random"},
        "trialTemplate": {
            "primaryContainerName": "trial",
            "successCondition": "ok",
            "failureCondition": "bad",
        },
    }
    if name:
        pairs = [{"name": key, "value": value} for key, value in settings.items()]
        spec["earlyStopping"] = {"algorithmName": name, "algorithmSettings": pairs}
    return Experiment.model_validate({"metadata": {"name": "stopping"}, "spec": spec})


def rule(name: str, objective: str = "maximize", **settings: str) -> Rule:
    made = make_rule(experiment(name, settings, objective))
    assert made is not None
    return made


def curves(*values: list[float], condition: TrialCondition = OK) -> list[TrialCurve]:
    return [TrialCurve(f"t{i}", condition, v) for i, v in enumerate(values)]


def test_without_early_stopping_there_is_no_rule() -> None:
    assert make_rule(experiment(None, {}, "maximize")) is None


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("mean", {}, "unknown early stopping 'mean'; allowed are asha-stop, medianstop"),
        ("medianstop", {"start": "1"}, "unknown setting 'start'.*min_trials_required, start_step"),
        ("medianstop", {"start_step": "0"}, "'start_step' is '0'; allowed is a whole number of"),
        ("percentile", {"percentile": "120"}, "of at least 0 and of at most 100"),
        ("wilcoxon", {"p_threshold": "x"}, "'p_threshold' is 'x'; allowed is a number"),
    ],
)
def test_wrong_settings_are_refused(name: str, settings: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_rule(experiment(name, settings, "maximize"))


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("medianstop", None),
        ("percentile", "judged once, at report min_epochs, by what was known at its start"),
        ("asha-stop", "only the first rung is judged, by what was known at the trial's start"),
        ("patience", "not available: a trial is not compared with itself"),
        ("wilcoxon", "not available: a trial is compared fold by fold"),
    ],
)
def test_what_each_rule_loses_under_katib_is_said_and_true(name: str, loss: str | None) -> None:
    said = validate_stopping(experiment(name, {}, "maximize"))
    assert [loss in text for text in said] == ([True] if loss else [])
    known = curves(*([float(n)] * 6 for n in range(9)))
    static = rule(name).static_rules(known)
    assert len(static) == (0 if "not available" in (loss or "") else 1)


class TestMedianStop:
    others = curves([0.1, 0.2, 0.9], [0.3, 0.4, 0.9], [0.5, 0.6, 0.9])
    settings = {"min_trials_required": "3", "start_step": "2"}  # noqa: RUF012

    def test_threshold_is_the_mean_of_the_means_of_the_first_values(self) -> None:
        made = rule("medianstop", **self.settings).static_rules(self.others)
        assert made == (StaticRule("score", pytest.approx(0.35), "less", 2),)

    def test_minimize_stops_above_the_threshold(self) -> None:
        made = rule("medianstop", "minimize", **self.settings)
        assert made.static_rules(self.others)[0].comparison == "greater"
        assert made.should_stop([0.5, 0.4], self.others).stop
        assert not made.should_stop([0.5, 0.3], self.others).stop

    @pytest.mark.parametrize(
        ("curve", "stop"),
        [
            ([0.1], False),  # too early
            ([0.1, 0.34], True),
            ([0.36, 0.1], False),  # the best so far counts
            ([0.1, 0.1, 0.1], False),  # looked at once only
        ],
    )
    def test_judges_once_and_the_best_so_far(self, curve: list[float], stop: bool) -> None:
        assert rule("medianstop", **self.settings).should_stop(curve, self.others).stop is stop

    def test_needs_enough_succeeded_trials(self) -> None:
        made = rule("medianstop", **self.settings)
        assert made.static_rules(self.others[:2]) == ()
        stopped = [*self.others[:2], *curves([0.5, 0.6], condition=STOPPED)]
        assert made.static_rules(stopped) == ()

    def test_trials_that_ended_later_do_not_count(self) -> None:
        late = TrialCurve("late", OK, [0.5, 0.6], ended_before=False)
        made = rule("medianstop", **self.settings)
        assert not made.should_stop([0.0, 0.0], [*self.others[:2], late]).stop


class TestPercentile:
    @pytest.mark.parametrize("objective", ["maximize", "minimize"])
    def test_agrees_with_optuna(self, objective: str) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        generator = random.Random(3)
        made = rule("percentile", objective, percentile="30", min_epochs="3", min_history="4")
        stops = 0
        for _ in range(60):
            known = [[generator.gauss(0, 1) for _ in range(6)] for _ in range(7)]
            curve = [generator.gauss(0, 1) for _ in range(generator.randint(1, 6))]
            pruner = optuna.pruners.PercentilePruner(
                30.0, n_startup_trials=4, n_warmup_steps=3, n_min_trials=4
            )
            study = optuna.create_study(direction=objective, pruner=pruner)
            for values in known:
                trial = study.ask()
                for step, value in enumerate(values, 1):
                    trial.report(value, step)
                study.tell(trial, values[-1])
            trial = study.ask()
            for step, value in enumerate(curve, 1):
                trial.report(value, step)
            expected = bool(trial.should_prune())
            assert made.should_stop(curve, curves(*known)).stop is expected
            stops += expected
        assert 0 < stops < 60

    def test_interval(self) -> None:
        made = rule("percentile", min_epochs="2", min_history="1", interval="2")
        others = curves([1.0, 1.0, 1.0, 1.0])
        stops = [made.should_stop([0.0] * n, others).stop for n in range(1, 5)]
        assert stops == [False, True, False, True]


class TestPatience:
    @pytest.mark.parametrize(
        ("curve", "stop"),
        [
            ([0.5, 0.6, 0.5, 0.5], False),
            ([0.6, 0.5, 0.5, 0.5], True),
            ([0.5, 0.55, 0.6, 0.65], False),
            ([0.6, 0.605, 0.606, 0.607], True),  # less than min_delta
        ],
    )
    def test_counts_reports_since_the_last_improvement(
        self, curve: list[float], stop: bool
    ) -> None:
        made = rule("patience", patience="3", min_delta="0.01")
        assert made.should_stop(curve, []).stop is stop

    def test_katib_loses_it(self) -> None:
        assert rule("patience").static_rules(curves([1.0])) == ()
        assert "not available" in validate_stopping(experiment("patience", {}, "maximize"))[0]


class TestAshaStop:
    @pytest.mark.parametrize(
        ("curve", "stop"),
        [
            ([0.9], False),
            ([0.3], True),
            ([0.3, 0.3], False),  # not a rung
            ([0.2, 0.2, 0.85], False),  # the best third of three
            ([0.2, 0.2, 0.2], True),
        ],
    )
    def test_rungs(self, curve: list[float], stop: bool) -> None:
        others = curves([0.5, 0.6, 0.7], [0.6, 0.7, 0.8], [0.4], condition=RUNNING)
        made = rule("asha-stop", min_resource="1", reduction_factor="3")
        assert made.should_stop(curve, others).stop is stop

    def test_the_first_trials_go_on(self) -> None:
        made = rule("asha-stop")
        assert not made.should_stop([0.0], curves([1.0])).stop
        assert made.should_stop([0.0], curves([1.0], [1.0])).stop


class TestWilcoxon:
    best = curves([0.8, 0.7, 0.9, 0.75, 0.85])

    @pytest.mark.parametrize(
        ("curve", "stop"),
        [
            ([0.7], False),
            ([0.7, 0.6], False),  # two folds never reach p < .1 (the least p is .25)
            ([0.7, 0.6, 0.8, 0.65], True),
            ([0.9, 0.8, 0.95, 0.8], False),
            ([0.7, 0.8, 0.85, 0.8], False),
        ],
    )
    def test_compares_fold_by_fold(self, curve: list[float], stop: bool) -> None:
        assert rule("wilcoxon").should_stop(curve, self.best).stop is stop

    def test_agrees_with_optuna(self) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        generator = random.Random(5)
        made = rule("wilcoxon", "minimize", p_threshold="0.2", min_folds="3")
        stops = 0
        for _ in range(80):
            best = [generator.gauss(0, 1) for _ in range(6)]
            shift = generator.uniform(-1, 1.5)
            curve = [b + generator.gauss(shift, 1) for b in best[: generator.randint(1, 6)]]
            pruner = optuna.pruners.WilcoxonPruner(p_threshold=0.2, n_startup_steps=3)
            study = optuna.create_study(pruner=pruner)
            for values in (best, curve):
                trial = study.ask()
                for step, value in enumerate(values):
                    trial.report(value, step)
                if values is best:
                    study.tell(trial, sum(values) / len(values))
            expected = bool(trial.should_prune())
            assert made.should_stop(curve, curves(best)).stop is expected
            stops += expected
        assert 5 < stops < 75

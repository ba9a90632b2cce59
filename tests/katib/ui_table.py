"""The trials table as the backend of Katib's UI builds it: text joined by commas, unquoted."""


def ui_table(experiment: dict, trials: list[dict], logs: dict[str, list[tuple[str, str]]]) -> str:
    """Return the table.

    Args:
        experiment: The Experiment object.
        trials: Its Trial objects.
        logs: By trial, the (metric, value) pairs in the database.
    """
    objective = experiment["spec"]["objective"]
    metrics = [objective["objectiveMetricName"], *objective.get("additionalMetricNames", [])]
    parameters = [parameter["name"] for parameter in experiment["spec"]["parameters"]]
    rows = [",".join(["Status", "trialName", *metrics, *parameters])]
    for trial in sorted(trials, key=lambda thing: thing["metadata"]["name"]):
        name, state = trial["metadata"]["name"], last_condition(trial)
        cells = [""] * (len(metrics) + len(parameters))
        if state in ("Succeeded", "EarlyStopped"):
            for metric, value in best_values(objective["type"], logs.get(name, [])).items():
                # A metric that the Experiment does not declare lands in the objective's column.
                cells[metrics.index(metric) if metric in metrics else 0] = value
        for assignment in trial["spec"]["parameterAssignments"]:
            cells[len(metrics) + parameters.index(assignment["name"])] = assignment["value"]
        rows.append(",".join([state, name, *cells]))
    return "\n".join(rows)


def last_condition(trial: dict) -> str:
    return [c["type"] for c in trial["status"]["conditions"] if c["status"] == "True"][-1]


def best_values(kind: str, log: list[tuple[str, str]]) -> dict[str, str]:
    """Return the best value of every metric by the objective's type, whatever its strategy."""
    best: dict[str, str] = {}
    for metric, value in log:
        known = best.get(metric)
        is_better = known is None or (
            float(value) < float(known) if kind == "minimize" else float(value) > float(known)
        )
        if is_better:
            best[metric] = value
    return best

"""Experiments for property tests."""

from hypothesis import strategies as st

from eegtune.spec.experiment import Experiment

# Text that YAML readers like to take for something else is drawn often.
TRICKY = [
    "y",
    "no",
    "1e-3",
    "010",
    "null",
    "~",
    "true",
    "1_000",
    ".5",
    "0x10",
    "a: b",
    "# c",
    "-",
    "[x]",
    "{y}",
    "é",
    "日本",
    "a b",
    "*a",
    "&a",
    "!t",
    "%",
    "@",
    "`",
    "'q'",
    "1.0",
]
names = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)
letters = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
texts = st.one_of(
    st.sampled_from(TRICKY),
    st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters='"\\{}$'),
            min_size=1, max_size=12),
)  # fmt: skip


@st.composite
def parameters(draw):
    kind = draw(st.sampled_from(["double", "int", "discrete", "categorical"]))
    if kind == "categorical":
        return kind, {"list": draw(st.lists(texts, min_size=1, max_size=4, unique=True))}
    if kind == "discrete":
        numbers = draw(st.lists(st.integers(-50, 50), min_size=1, max_size=4, unique=True))
        return kind, {"list": [str(number) for number in numbers]}
    low = draw(st.integers(1, 20))
    high = low + draw(st.integers(0, 20))
    distribution = draw(st.sampled_from(["uniform", "logUniform", "normal", "logNormal"]))
    step = {"step": str(draw(st.integers(1, 5)))} if draw(st.booleans()) else {}
    return kind, {"min": str(low), "max": str(high), "distribution": distribution} | step


@st.composite
def experiments(draw):
    """Draw an Experiment that our models can build and that can be run."""
    keys = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    spaces = [draw(parameters()) for _ in keys]
    metric = draw(letters)
    others = draw(st.lists(letters.filter(lambda m: m != metric), max_size=2, unique=True))
    most = draw(st.one_of(st.none(), st.integers(1, 50)))
    parallel = draw(st.integers(1, min(most or 8, 8)))
    words = draw(st.lists(texts, max_size=3))
    words += [f"--{key}=${{trialParameters.{key}}}" for key in keys]
    document = {
        "metadata": {"name": "e" + draw(names), "labels": draw(
            st.dictionaries(letters, letters, max_size=2))},
        "spec": {
            "objective": {
                "type": draw(st.sampled_from(["minimize", "maximize"])),
                "goal": draw(st.one_of(st.none(), st.floats(-1e6, 1e6))),
                "objectiveMetricName": metric,
                "additionalMetricNames": others,
                "metricStrategies": [
                    {"name": name, "value": draw(st.sampled_from(["min", "max", "latest"]))}
                    for name in (metric, *others)
                ],
            },
            "algorithm": {
                "algorithmName": draw(st.sampled_from(["random", "tpe", "multivariate-tpe"])),
                "algorithmSettings": [
                    {"name": name, "value": draw(texts)} for name in draw(
                        st.lists(letters, max_size=2, unique=True))
                ],
            },
            "parallelTrialCount": parallel,
            "maxTrialCount": most,
            "resumePolicy": draw(st.sampled_from(["Never", "LongRunning", "FromVolume"])),
            "parameters": [
                {"name": key, "parameterType": kind, "feasibleSpace": space}
                for key, (kind, space) in zip(keys, spaces, strict=True)
            ],
            "trialTemplate": {
                "retain": draw(st.booleans()),
                "primaryContainerName": "trial",
                "successCondition": "done",
                "failureCondition": "failed",
                "trialParameters": [{"name": key, "reference": key} for key in keys],
                "trialSpec": {
                    "apiVersion": "batch/v1", "kind": "Job",
                    "spec": {"template": {"spec": {"containers": [
                        {"name": "trial", "image": "a/b:1", "command": ["run", *words]}
                    ]}}},
                },
            },
        },
    }  # fmt: skip
    return Experiment.model_validate(document)

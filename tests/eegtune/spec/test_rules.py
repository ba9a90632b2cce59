"""Each rule on a good Experiment with one change."""

from pathlib import Path

import pytest

from eegtune.spec import check_text
from eegtune.spec.katib_config import own_config
from eegtune.spec.rules.catalogue import RULES

GOOD = (Path(__file__).parent / "data" / "good.yaml").read_text("utf-8")
SPACE = 'feasibleSpace: {min: "1e-4", max: "1e-1", distribution: logUniform}'
UNITS = 'feasibleSpace: {min: "8", max: "64", step: "8"}'
KINDS = "list: [plain, fancy]"
ALGORITHM = "algorithmName: multivariate-tpe"
SETTING = '{name: random_state, value: "7"}'
COLLECTOR = "collector: {kind: StdOut}"
IMAGE = "image: registry.example/eeg/trial:1"
PYTHON = "[python3, -u, /trial.py, "
REQUESTS = 'requests: {cpu: "1", memory: 1Gi}'
MEMORY = "memory: 1Gi}\n                limits"
LIMITS = "limits: {memory: 1Gi}"
NAMES = "additionalMetricNames: [latency_ms]"
STOPPING = "  earlyStopping: {algorithmName: medianstop}\n  parallelTrialCount: 2"


STOPPED = ("  parallelTrialCount: 2", STOPPING)


def user_of(holder: str, user: int) -> tuple[str, str]:
    """Let the trial's container, or its whole pod, run as a user."""
    after = {"trial": "              " + IMAGE, "pod": "            restartPolicy: Never"}[holder]
    indent = " " * (len(after) - len(after.lstrip()))
    return after, f"{after}\n{indent}securityContext: {{runAsUser: {user}}}"


def script(text: str) -> tuple[str, str]:
    """Replace the command by a shell line that uses every placeholder."""
    uses = " ".join("${trialParameters." + n + "}" for n in ("learningRate", "units", "dropout",
                                                             "kind", "trialName"))  # fmt: skip
    start = GOOD.index("command: [python3")
    return GOOD[start : GOOD.index("\n", start)], f"command: {text.replace('USES', uses)}"


def to_grid(**step: str) -> tuple[str, str]:
    old = GOOD[GOOD.index("  algorithm:") : GOOD.index("  resumePolicy")]
    counts = "".join(f"  {key}: {value}\n" for key, value in step.items())
    return old, f"  algorithm: {{algorithmName: grid}}\n  parallelTrialCount: 2\n{counts}"


CASES = [
    # reading
    ("duplicate-key", "broken", ("kind: Experiment", "kind: Experiment\nkind: Experiment")),
    ("unknown-field", "broken", ("  maxTrialCount: 12", "  maxTrialsCount: 12")),
    ("unknown-field", "broken", ("kind: Experiment", "kind: Experiment\nspecs: {}")),
    ("unknown-metadata", "refused", ("  namespace: lab", "  namespaces: lab")),
    ("wrong-type", "refused", ("  - name: lr", "  - name: y")),
    ("wrong-type", "refused", ('min: "1e-4"', "min: 1e-4")),
    ("wrong-type", "refused", ("maxTrialCount: 12", 'maxTrialCount: "12"')),
    ("wrong-type", "refused", ("maxTrialCount: 12", "maxTrialCount: 12.5")),
    ("wrong-type", "refused", ("maxTrialCount: 12", "maxTrialCount: 3000000000")),
    ("wrong-type", "refused", ("goal: 0.99", 'goal: "0.99"')),
    ("wrong-type", "refused", ("retain: true", 'retain: "true"')),
    ("wrong-type", "refused", ("labels: {team: eeg}", "labels: {team: 1}")),
    ("wrong-type", "refused", (NAMES, "additionalMetricNames: latency_ms")),
    ("trial-spec-kind", "refused", ("      kind: Job\n", "")),
    # identity
    ("api-version", "refused", ("v1beta1", "v1alpha3")),
    ("api-version", "refused", ("kind: Experiment", "kind: experiment")),
    ("name", "refused", ("name: good", "name: Good")),
    ("name", "refused", ("name: good", "name: " + "a" * 41)),
    ("name", "refused", ("  name: good\n", "")),
    ("name-service", "broken", ("name: good", "name: go.od")),
    ("metadata", "refused", ("team: eeg", 'team: "e e g"')),
    ("metadata", "refused", ("team: eeg", '"te am": eeg')),
    ("metadata", "refused", ("namespace: lab", "namespace: The_Lab")),
    ("namespace-label", "refused", ("namespace: lab", "namespace: default")),
    # budget
    ("count-range", "refused", ("parallelTrialCount: 2", "parallelTrialCount: 0")),
    ("count-range", "refused", ("maxFailedTrialCount: 3", "maxFailedTrialCount: -1")),
    ("count-above-max", "refused", ("maxTrialCount: 12", "maxTrialCount: 1")),
    ("no-max-trials", "poor", ("  maxTrialCount: 12\n", "")),
    ("many-trials", "poor", ("maxTrialCount: 12", "maxTrialCount: 5000")),
    ("first-failure-ends", "poor", ("maxFailedTrialCount: 3", "maxFailedTrialCount: 0")),
    ("resume-policy", "refused", ("resumePolicy: Never", "resumePolicy: never")),
    ("resume-from-volume", "poor", ("resumePolicy: Never", "resumePolicy: FromVolume")),
    # objective
    ("objective", "refused", (GOOD[GOOD.index("  objective:") : GOOD.index("  algorithm:")], "")),
    ("objective-type", "refused", ("type: maximize", "type: max")),
    ("objective-metric", "refused", ("    objectiveMetricName: score\n", "")),
    ("additional-metric", "refused", (NAMES, "additionalMetricNames: [score]")),
    ("metric-twice", "poor", (NAMES, "additionalMetricNames: [a, a]")),
    ("strategy", "broken", ("value: latest", "value: mean")),
    ("strategy-metric", "poor", ("{name: score,", "{name: scores,")),
    ("metric-name", "broken", ("objectiveMetricName: score", "objectiveMetricName: val/score")),
    ("metric-comma", "poor", (NAMES, 'additionalMetricNames: ["a,b"]')),
    # parameters
    ("parameters", "refused", (GOOD[GOOD.index("  parameters:") : GOOD.index("  metrics")], "")),
    ("parameters", "refused", ("  parameters:", "  nasConfig: {}\n  parameters:")),
    ("parameter-type", "refused", ("parameterType: double", "parameterType: float")),
    ("distribution", "refused", ("logUniform", "log-uniform")),
    ("unknown-type", "broken", ("parameterType: double", "parameterType: unknown")),
    ("unknown-type", "broken", ("logUniform", "unknown")),
    ("space-list", "refused", (UNITS, 'feasibleSpace: {min: "1", max: "2", list: ["1"]}')),
    ("space-bounds", "refused", (UNITS, 'feasibleSpace: {min: "1"}')),
    ("space-range", "refused", (KINDS, 'list: [a, b], step: "1"')),
    ("parameter-name", "broken", ("  - name: units", "  - name: lr")),
    ("bound-number", "broken", ('min: "1e-4"', "min: low")),
    ("bound-number", "broken", ('min: "8"', 'min: "8.5"')),
    ("bounds-order", "broken", ('min: "8"', 'min: "80"')),
    ("one-value", "poor", ('min: "8"', 'min: "64"')),
    ("one-value", "poor", ('step: "8"', 'step: "100"')),
    ("one-value", "poor", (KINDS, "list: [plain]")),
    ("step", "broken", ('step: "8"', 'step: "0"')),
    ("log-range", "broken", ('min: "1e-4"', 'min: "0"')),
    ("list-empty", "broken", (KINDS, "list: []")),
    ("list-twice", "poor", (KINDS, "list: [a, b, a]")),
    ("discrete-number", "broken", ('list: ["0.1", "0.25"]', 'list: ["0.1", "low"]')),
    ("value-quote", "broken", (KINDS, "list: [a, 'b\"c']")),
    ("value-empty", "poor", (KINDS, "list: [a, null]")),
    ("value-comma", "poor", (KINDS, 'list: [a, "b,c"]')),
    # algorithm
    ("algorithm", "refused", (ALGORITHM, 'algorithmName: ""')),
    ("algorithm", "refused", ("  parallelTrialCount: 2", "  earlyStopping: {}")),
    ("algorithm-config", "refused", (ALGORITHM, "algorithmName: asha")),
    ("algorithm-config", "refused", (
        "  parallelTrialCount: 2", "  earlyStopping: {algorithmName: none}")),
    ("setting", "broken", ('value: "7"', 'value: "seven"')),
    ("setting", "broken", ("name: random_state", "name: seed")),
    ("setting-own", "poor", (SETTING, '{name: constraints, value: "lr < 1"}')),
    ("setting-ignored", "poor", (ALGORITHM, "algorithmName: sobol")),
    ("setting-twice", "poor", (SETTING, SETTING + "\n    - " + SETTING)),
    ("medianstop-setting", "broken", (
        "  parallelTrialCount: 2",
        "  earlyStopping: {algorithmName: medianstop, "
        'algorithmSettings: [{name: start_step, value: "0"}]}')),
    ("few-numbers", "broken", (
        GOOD[GOOD.index(ALGORITHM) : GOOD.index("  - name: dropout")],
        "algorithmName: cmaes\n  parameters:\n")),
    ("nas", "broken", (ALGORITHM, "algorithmName: enas")),
    ("pbt", "broken", (ALGORITHM, "algorithmName: pbt")),
    ("tpe-batch", "poor", (ALGORITHM, "algorithmName: tpe")),
    ("slow-model", "poor", (
        GOOD[GOOD.index(ALGORITHM) : GOOD.index("  maxFailed")],
        "algorithmName: bayesianoptimization\n  maxTrialCount: 500\n")),
    ("service-memory", "poor", (ALGORITHM, "algorithmName: random")),
    # what algorithms make of spaces
    ("grid-step", "broken", to_grid(maxTrialCount="12")),
    ("grid-too-small", "broken", (
        GOOD[GOOD.index("  algorithm:") : GOOD.index("  - name: units")],
        "  algorithm: {algorithmName: grid}\n  maxTrialCount: 100\n  parameters:\n")),
    ("grid-cut", "poor", (
        GOOD[GOOD.index("  algorithm:") : GOOD.index("  - name: units")],
        "  algorithm: {algorithmName: grid}\n  maxTrialCount: 5\n  parameters:\n")),
    ("grid-too-large", "broken", (
        GOOD[GOOD.index("  algorithm:") : GOOD.index(UNITS)],
        "  algorithm: {algorithmName: grid}\n  maxTrialCount: 5\n  parameters:\n"
        "  - name: n\n    parameterType: int\n    "
        'feasibleSpace: {min: "1", max: "9000000"}\n  - name: units\n'
        "    parameterType: int\n    ")),
    ("hyperband-stuck", "broken", (ALGORITHM, "algorithmName: hyperband")),
    ("hyperband-parallel", "broken", (
        GOOD[GOOD.index(ALGORITHM) : GOOD.index("  parallel")],
        "algorithmName: hyperband\n    algorithmSettings:\n    - {name: r_l, value: '9'}\n"
        "    - {name: resource_name, value: units}\n")),
    ("hyperband-resource", "broken", (
        GOOD[GOOD.index(ALGORITHM) : GOOD.index("  parallel")],
        "algorithmName: hyperband\n    algorithmSettings:\n    - {name: r_l, value: '9'}\n"
        "    - {name: resource_name, value: epochs}\n")),
    ("hyperband-discrete", "broken", (
        GOOD[GOOD.index(ALGORITHM) : GOOD.index("  parallel")],
        "algorithmName: hyperband\n    algorithmSettings:\n    - {name: r_l, value: '9'}\n"
        "    - {name: resource_name, value: units}\n")),
    ("distribution-unsupported", "broken", ("logUniform", "normal")),
    ("distribution-ignored", "poor", (ALGORITHM, "algorithmName: sobol")),
    ("nan-suggested", "broken", (
        GOOD[GOOD.index(ALGORITHM) : GOOD.index(", distribution: logUniform")],
        GOOD[GOOD.index(ALGORITHM) : GOOD.index(", distribution: logUniform")]
        .replace("multivariate-tpe", "bayesianoptimization").replace('"1e-4"', '"0"'))),
    ("outside-bounds", "poor", (
        GOOD[GOOD.index(ALGORITHM) : GOOD.index('step: "8"') + 9],
        GOOD[GOOD.index(ALGORITHM) : GOOD.index('step: "8"') + 9]
        .replace("multivariate-tpe", "random").replace('step: "8"', 'step: "5"'))),
    # template
    ("template", "refused", (GOOD[GOOD.index("  trialTemplate:") :], "")),
    ("primary-container-name", "refused", ("    primaryContainerName: trial\n", "")),
    ("conditions", "refused", ("kind: Job", "kind: CronJob")),
    ("trial-parameters", "refused", (
        GOOD[GOOD.index("    trialParameters:") : GOOD.index("    trialSpec:")], "")),
    ("template-source", "refused", (GOOD[GOOD.index("    trialSpec:") :], "")),
    ("template-source", "refused", (
        "    trialSpec:", "    configMap: {configMapName: a}\n    trialSpec:")),
    ("config-map", "refused", (GOOD[GOOD.index("    trialSpec:") :],
        "    configMap: {configMapName: a, configMapNamespace: b, templatePath: c}\n")),
    ("config-map-unseen", "poor", (GOOD[GOOD.index("    trialSpec:") :],
        "    configMap: {configMapName: trial-templates, configMapNamespace: kubeflow, "
        "templatePath: defaultTrialTemplate.yaml}\n")),
    ("trial-parameter", "refused", ("{name: units, reference: units}", '{name: units}')),
    ("trial-parameter", "refused", ("reference: units}", "reference: lr}")),
    ("reference", "refused", ("reference: units}", "reference: unit}")),
    ("reference", "refused", ("${trialSpec.Name}", "${trialSpec.UID}")),
    ("placeholder-unused", "refused", ('"--units=${trialParameters.units}", ', "")),
    ("placeholder-undeclared", "refused", ("    - {name: units, reference: units}\n", "")),
    ("template-object", "refused", ("kind: Job\n", "kind: Job\n      metadata: {name: x}\n")),
    ("job", "refused", ("backoffLimit: 0", "backofLimit: 0")),
    ("job", "refused", ("backoffLimit: 0", 'backoffLimit: "0"')),
    ("job", "refused", (IMAGE, IMAGE + "\n              env: []")),
    ("job", "refused", (IMAGE, IMAGE + "\n              tty: false")),
    ("job", "refused", (IMAGE, IMAGE + "\n              env: [{name: A, value: 1}]")),
    ("job", "refused", (MEMORY, MEMORY.replace("Gi", "gb"))),
    ("parameter-unreferenced", "broken", (
        "  - name: lr\n", "  - {name: more, parameterType: int, "
        'feasibleSpace: {min: "1", max: "3"}}\n  - name: lr\n')),
    ("metadata-reference", "broken", ("${trialSpec.Name}", "${trialSpec.Labels[x]}")),
    ("trial-kind", "broken", ("apiVersion: batch/v1", "apiVersion: batch/v2")),
    # collector
    ("collector-kind", "refused", (COLLECTOR, "collector: {kind: None}")),
    ("collector-kind", "refused", (COLLECTOR, "collector: {}")),
    ("collector-config", "refused", (COLLECTOR, "collector: {kind: PrometheusMetric}")),
    ("collector-file", "refused", (
        COLLECTOR, "collector: {kind: File}\n    source: {fileSystemPath: {path: m.log}}")),
    ("collector-file", "refused", (
        COLLECTOR, "collector: {kind: File}\n    source: {fileSystemPath: {format: CSV}}")),
    ("collector-file", "refused", (
        COLLECTOR,
        "collector: {kind: File}\n    source: {filter: {}, fileSystemPath: {format: JSON}}")),
    ("collector-tfevent", "refused", (
        COLLECTOR,
        "collector: {kind: TensorFlowEvent}\n    source: {fileSystemPath: {kind: File}}")),
    ("collector-prometheus", "refused", (
        COLLECTOR, "collector: {kind: PrometheusMetric}\n    source: {httpGet: {path: metrics}}")),
    ("collector-custom", "refused", (COLLECTOR, "collector: {kind: Custom}")),
    ("filter", "refused", (
        COLLECTOR, 'collector: {kind: File}\n    source: {filter: {metricsFormat: ["(a=b"]}}')),
    ("filter", "refused", (
        COLLECTOR, 'collector: {kind: File}\n    source: {filter: {metricsFormat: ["(a=b)"]}}')),
    ("filter-stdout", "broken", (
        COLLECTOR, COLLECTOR + '\n    source: {filter: {metricsFormat: ["(?=a)(b)(c)"]}}')),
    ("filter-semicolon", "broken", (
        COLLECTOR, COLLECTOR + '\n    source: {filter: {metricsFormat: ["([a-z]+);(.*)"]}}')),
    ("filter-no-match", "broken", (
        COLLECTOR, COLLECTOR + '\n    source: {filter: {metricsFormat: ["([0-9]+)=([0-9]+)"]}}')),
    ("filter-python", "poor", (
        COLLECTOR, COLLECTOR + "\n    source: {filter: {metricsFormat: ['(\\pL+)=(.*)']}}")),
    # command
    ("command-words", "broken", (PYTHON, '[python3, -u, /trial.py, "a b", ')),
    ("command-words", "broken", (PYTHON, '[python3, -u, -c, "print(1)", ')),
    ("command-words", "broken", (PYTHON, '[python3, -u, /trial.py, "", ')),
    ("command-words", "broken", (PYTHON, "[python3, -u, /trial.py, --cores=$(CORES), ")),
    ("command-words", "broken", (PYTHON, '[python3, -u, /trial.py, "$HOME", ')),
    ("command-values", "broken", (KINDS, 'list: [plain, "very fancy"]')),
    ("command-shell", "broken", script('[/bin/sh, -c, "python /trial.py USES"]')),
    ("command-here-document", "broken", script(
        '[sh, -c, "python - USES <<END\\nprint(1)\\nEND"]')),
    ("command-exec", "broken", script('[sh, -c, "cd / && exec python /trial.py USES"]')),
    ("command-compound", "poor", script('[sh, -c, "echo hello; python /trial.py USES"]')),
    ("python-buffered", "poor", (PYTHON, "[python3, /trial.py, ")),
    # pods
    ("primary-container", "broken", ("primaryContainerName: trial", "primaryContainerName: main")),
    ("no-container", "broken", (
        GOOD[GOOD.index("            containers:") :],
        '            containers: []\n            schedulerName: "'
        + "".join("${trialParameters." + n + "}" for n in
                  ("learningRate", "units", "dropout", "kind", "trialName")) + '"\n')),
    ("image", "broken", (IMAGE, "image: Registry/EEG trial")),
    ("image", "broken", ("              " + IMAGE + "\n", "")),
    ("image-latest", "poor", (IMAGE, "image: registry.example/eeg/trial:latest")),
    ("image-latest", "poor", (IMAGE, "image: registry.example/eeg/trial")),
    ("primary-pod-labels", "broken", (
        "    retain: true", "    retain: true\n    primaryPodLabels: {role: main}")),
    ("retain-early-stopping", "broken", (
        GOOD[GOOD.index("  parallelTrialCount: 2") : GOOD.index("    primaryContainerName")],
        STOPPING + GOOD[GOOD.index("\n  maxTrialCount") : GOOD.index("    retain: true")])),
    ("early-stopping-user", "poor", STOPPED),
    ("early-stopping-user", "poor", (
        GOOD[GOOD.index(STOPPED[0]) :],
        GOOD[GOOD.index(STOPPED[0]) :].replace(*STOPPED).replace(*user_of("trial", 1000)))),
    ("early-stopping-user", "poor", (
        GOOD[GOOD.index(STOPPED[0]) :],
        GOOD[GOOD.index(STOPPED[0]) :].replace(*STOPPED)
        .replace(*user_of("trial", 0)).replace(*user_of("pod", 65532)))),
    ("backoff-limit", "poor", ("backoffLimit: 0", "backoffLimit: 2")),
    ("backoff-limit", "poor", ("        backoffLimit: 0\n", "")),
    ("no-deadline", "poor", ("        activeDeadlineSeconds: 600\n", "")),
    ("restart-policy", "broken", ("            restartPolicy: Never\n", "")),
    ("restart-policy", "poor", ("restartPolicy: Never", "restartPolicy: OnFailure")),
    ("quantity", "broken", (
        GOOD[GOOD.index("      apiVersion: batch/v1") :],
        GOOD[GOOD.index("      apiVersion: batch/v1") :]
        .replace("batch/v1", "example.com/v1").replace(MEMORY, MEMORY.replace("Gi", "gb")))),
    ("request-above-limit", "broken", (LIMITS, "limits: {memory: 512Mi}")),
    ("gpu-limit", "broken", (REQUESTS, "requests: {nvidia.com/gpu: 1}")),
    ("gpu-limit", "broken", (LIMITS, 'limits: {nvidia.com/gpu: "0.5"}')),
    ("no-resources", "poor", (GOOD[GOOD.index("              resources:") :], "")),
    ("no-command", "poor", ("command: [python3", "args: [python3")),
]  # fmt: skip


def findings(text, **options):
    return [finding for verdict in check_text(text, **options) for finding in verdict.findings]


def test_the_good_experiment_has_no_findings():
    assert findings(GOOD) == []


@pytest.mark.parametrize(
    ("rule", "severity", "change"), CASES, ids=[f"{c[0]}-{i}" for i, c in enumerate(CASES)]
)
def test_a_rule_finds_its_mistake(rule, severity, change):
    old, new = change
    assert old in GOOD
    found = [f for f in findings(GOOD.replace(old, new, 1)) if f.rule == rule]
    assert found, f"{rule} said nothing"
    assert found[0].severity == severity
    assert found[0].message[-1] in ".)"
    assert found[0].fix
    assert found[0].line >= 1


def test_every_rule_is_tried():
    elsewhere = {
        "no-file", "not-text", "not-yaml", "not-json", "file-too-large", "too-deep",
        "too-many-values", "no-experiment", "one-experiment", "own-search",
        "update-restart", "update-max-trials", "update-fixed",
    }  # fmt: skip
    assert {rule.id for rule in RULES} == {case[0] for case in CASES} | elsewhere


def test_ids_are_unique():
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (PYTHON, '[python3, -u, /trial.py, \'--note="a b"\', '),
        (IMAGE + "\n              command: " + PYTHON,
         IMAGE + "\n              env: [{name: CORES, value: '2'}]\n              command: "
         "[python3, -u, /trial.py, --cores=$(CORES), "),
        script('[sh, -c, "python -u /trial.py USES"]'),
        script('[bash, -c, "cd /data && python -u /trial.py USES"]'),
        (IMAGE, "image: localhost:5000/a/b@sha256:" + "0" * 64),
        (COLLECTOR, "collector: {kind: Push}"),
        (COLLECTOR, "collector: {kind: File}"),
        (COLLECTOR, COLLECTOR + "\n    source: {filter: {metricsFormat: ['(score): ([0-9.]+)']}}"),
        ("labels: {team: eeg}", "labels: {}"),
        ("goal: 0.99", "goal: 1"),
        ("maxTrialCount: 12", "maxTrialCount: 12.0"),
        ("maxTrialCount: 12", "maxTrialCount: 1.2e1"),
        ("parallelTrialCount: 2", "parallelTrialCount: null"),
        (REQUESTS, 'requests: {nvidia.com/gpu: 1}\n                limits: {nvidia.com/gpu: 1}'),
        ("memory: 1Gi}\n                limits", "memory: 1024Mi}\n                limits"),
    ],
)  # fmt: skip
def test_what_is_right_is_left_alone(old, new):
    text = GOOD.replace(old, new, 1)
    if "nvidia" in new:
        text = text.replace("                limits: {memory: 1Gi}\n", "")
    assert findings(text) == []


@pytest.mark.parametrize(
    "changes",
    [
        [user_of("pod", 65532)],
        [user_of("trial", 0)],
        [user_of("pod", 1000), user_of("trial", 1000)],
        [(COLLECTOR, "collector: {kind: Push}")],
    ],
)
def test_one_user_for_trial_and_collector_can_be_stopped_early(changes):
    text = GOOD.replace(*STOPPED)
    for change in changes:
        text = text.replace(*change)
    assert findings(text) == []


def test_own_algorithms_and_settings_are_fine_where_eegtunes_services_are():
    text = GOOD.replace(ALGORITHM, "algorithmName: asha").replace(
        SETTING, "{name: conditions, value: \"units: kind == 'fancy'\"}"
    )
    assert [f.rule for f in findings(text, config=own_config())] == []
    assert {f.rule for f in findings(text)} == {"algorithm-config"}


def test_a_rule_points_at_the_value():
    text = GOOD.replace("reference: units}", "reference: unit}")
    (finding,) = [f for f in findings(text) if f.rule == "reference"]
    line = text.splitlines()[finding.line - 1]
    assert line[finding.column - 1 : finding.column - 1 + finding.width] == "unit"
    assert finding.value == "unit"
    assert "Did you mean units?" in finding.fix

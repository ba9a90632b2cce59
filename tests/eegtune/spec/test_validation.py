"""Files in, reports out; and the safe fixes."""

import json
from pathlib import Path

import pytest
import yaml

from eegtune.spec.finding import SpecError
from eegtune.spec.katib_config import load_katib_config
from eegtune.spec.reports import as_github, as_json, as_text, exit_code
from eegtune.spec.validation import Source, expand_names, fix_source, validate_sources

GOOD = (Path(__file__).parent / "data" / "good.yaml").read_text("utf-8")
BAD = GOOD.replace("reference: units}", "reference: unit}").replace("  namespace: lab\n", "")


def reports(*texts, **options):
    sources = [Source(f"{i}.yaml", text.encode()) for i, text in enumerate(texts)]
    return validate_sources(sources, **options)


def paint(text, style):
    return text


@pytest.mark.parametrize(
    ("text", "accepted", "code"),
    [
        (GOOD, True, 0),
        (GOOD.replace("trial:1", "trial:latest"), True, 0),
        (GOOD.replace('min: "1e-4"', 'min: "0"'), True, 1),
        (BAD, False, 1),
        ("a: [", False, 2),
        ("kind: ConfigMap", False, 2),
        ("", False, 2),
    ],
)
def test_the_exit_code_follows_the_worst_finding(text, accepted, code):
    found = reports(text)
    assert [report.accepted for report in found] == [accepted]
    assert exit_code(found) == code


def test_json_has_what_programs_need():
    (line,) = as_json(reports(BAD))
    document = json.loads(line)
    assert list(document) == ["file", "name", "accepted", "findings"]
    finding = next(f for f in document["findings"] if f["rule"] == "reference")
    assert list(finding) == [
        "rule", "severity", "path", "line", "column", "value", "message", "fix",
    ]  # fmt: skip
    assert finding["path"] == "spec.trialTemplate.trialParameters[1].reference"
    assert finding["value"] == "unit"
    assert finding["severity"] == "refused"


def test_text_shows_the_line_the_place_and_the_fix():
    text = "\n".join(as_text(reports(BAD), paint, 90))
    block = text[text.index("refused reference") :].splitlines()
    assert block[1].endswith("│     - {name: units, reference: unit}")
    assert block[2].index("^^^^") == block[1].index("unit}")
    assert "→ Did you mean units?" in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_a_long_line_is_cut_around_the_place():
    text = json.dumps(yaml.safe_load(BAD))
    shown = "\n".join(as_text(reports(text), paint, 80)).splitlines()
    row = 1 + next(i for i, line in enumerate(shown) if "refused reference" in line)
    assert "…" in shown[row]
    assert shown[row + 1].index("^") == shown[row].index('"unit"')


def test_github_gets_annotations():
    lines = list(as_github(reports(BAD.replace("trial:1", "trial:latest"))))
    assert lines[0].startswith("::error file=0.yaml,line=")
    assert any(line.startswith("::warning") for line in lines)


def test_other_documents_are_known_to_all():
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: lab}\n"
    (found,) = reports(GOOD, namespace)
    assert [f.rule for f in found.findings] == ["namespace-label"]
    labelled = namespace.replace(
        "lab}", "lab, labels: {katib.kubeflow.org/metrics-collector-injection: enabled}}"
    )
    (found,) = reports(GOOD, labelled)
    assert found.findings == ()


def test_labels_of_the_namespace_may_be_given():
    (found,) = reports(GOOD, namespace_labels={})
    assert not found.accepted
    enabled = {"katib.kubeflow.org/metrics-collector-injection": "enabled"}
    (found,) = reports(GOOD, namespace_labels=enabled)
    assert found.accepted


def test_katibs_configuration_decides_what_it_knows(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: katib-config}\ndata:\n"
        "  katib-config.yaml: |\n"
        "    apiVersion: config.kubeflow.org/v1beta1\n    kind: KatibConfig\n"
        "    runtime:\n      suggestions:\n"
        "      - {algorithmName: mine, image: me/mine:1}\n"
        '      - {algorithmName: empty, image: " "}\n'
        "      metricsCollectors:\n      - {kind: StdOut, image: a/b:1}\n"
        "    init: {controller: {trialResources: [Job.v1.batch]}}\n"
    )
    known = load_katib_config(str(config))
    for algorithm, accepted in (("mine", True), ("empty", False), ("multivariate-tpe", False)):
        text = GOOD.replace("algorithmName: multivariate-tpe", f"algorithmName: {algorithm}")
        (found,) = reports(text, config=known)
        assert found.accepted is accepted, algorithm


def test_a_configuration_that_is_none_is_refused(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("kind: Pod")
    with pytest.raises(ValueError, match="holds no KatibConfig"):
        load_katib_config(str(path))
    with pytest.raises(SpecError):
        load_katib_config(str(tmp_path / "none.yaml"))


def test_folders_are_expanded(tmp_path):
    for name in ("b.yaml", "a/c.yml", "a/d.json", "e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    names = list(expand_names([str(tmp_path), "-", "x.yaml"]))
    assert [Path(name).name for name in names] == ["c.yml", "d.json", "b.yaml", "-", "x.yaml"]


def fix(text):
    return fix_source(Source("a.yaml", text.encode()))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("  - name: y   # the y\n", '  - name: "y"   # the y\n'),
        ('{min: 1e-4, max: "1e-1", distribution: logUniform}',
         '{min: "1e-4", max: "1e-1", distribution: logUniform}'),
        ("  maxTrialCount: '12' # twelve", "  maxTrialCount: 12 # twelve"),
        ("parameterType: float", "parameterType: double"),
        ("resumePolicy: never", "resumePolicy: Never"),
        ("  paralelTrialCount: 2", "  parallelTrialCount: 2"),
        ("    type: maximise", "    type: maximize"),
        ("        backoffLimit: 3 # three", "        backoffLimit: 0 # three"),
        ("    primaryContainerName: main", "    primaryContainerName: trial"),
        ("backofLimit: 0", "backoffLimit: 0"),
        ("command: [python3, /trial.py", "command: [python3, -u, /trial.py"),
    ],
)  # fmt: skip
def test_a_safe_fix_changes_nothing_else(wrong, right):
    old = {
        '  - name: "y"   # the y\n': "  - name: lr\n",
        "  maxTrialCount: 12 # twelve": "  maxTrialCount: 12",
        "    type: maximize": "    type: maximize",
        "        backoffLimit: 0 # three": "        backoffLimit: 0",
    }.get(right, right)
    assert old in GOOD
    text = "# a comment\n" + GOOD.replace(old, wrong, 1)
    fixed, count = fix(text)
    assert count == 1
    assert fixed == "# a comment\n" + GOOD.replace(old, right, 1)


def test_missing_lines_are_inserted():
    text = GOOD.replace("        backoffLimit: 0\n", "").replace(
        "  parallelTrialCount: 2", "  earlyStopping: {algorithmName: medianstop}"
    ).replace("    retain: true\n", "").replace("maxTrialCount: 12", "maxTrialCount: 2").replace(
        "maxFailedTrialCount: 3", "maxFailedTrialCount: 1"
    )  # fmt: skip
    fixed, count = fix(text)
    assert count == 3
    document = yaml.safe_load(fixed)
    assert document["spec"]["parallelTrialCount"] == 2
    assert document["spec"]["trialTemplate"]["retain"] is True
    assert document["spec"]["trialTemplate"]["trialSpec"]["spec"]["backoffLimit"] == 0
    assert set(text.splitlines()) <= set(fixed.splitlines())


def test_nothing_is_touched_where_nothing_is_wrong():
    assert fix(GOOD) == (GOOD, 0)


def test_fixes_in_several_documents_and_in_flow_style():
    flow = json.dumps(
        yaml.safe_load(GOOD.replace("parameterType: double", "parameterType: float"))
    )
    fixed, count = fix(flow + "\n---\n" + GOOD.replace("Never\n  para", "never\n  para", 1))
    assert count == 2
    assert '"parameterType": double' in fixed
    assert "resumePolicy: Never" in fixed


def test_an_alias_is_left_alone():
    text = GOOD.replace("  - name: lr", "  - name: &n y").replace("reference: lr", "reference: *n")
    fixed, _ = fix(text)
    assert "reference: *n" in fixed
    assert yaml.safe_load(fixed)


def test_an_item_is_inserted_into_a_block_list():
    start = GOOD.index("command: [")
    line = GOOD[start : GOOD.index("\n", start)]
    words = yaml.safe_load(line)["command"]
    block = "command:\n" + "".join(
        f'              - "{word}"  # {i}\n' for i, word in enumerate(words) if word != "-u"
    )
    fixed, count = fix(GOOD.replace(line + "\n", block))
    assert count == 1
    container = yaml.safe_load(fixed)["spec"]["trialTemplate"]["trialSpec"]["spec"]["template"][
        "spec"
    ]["containers"][0]
    assert container["command"] == words
    assert '- "python3"  # 0\n              - -u\n              - "/trial.py"  # 2\n' in fixed

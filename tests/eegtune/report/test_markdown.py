from datetime import UTC, datetime

import pytest

from eegtune.report.markdown import escape, table
from eegtune.report.page.render import render_page
from eegtune.report.write import write_report

from .runs import material
from .stored import store

NOW = datetime(2026, 1, 31, 13, tzinfo=UTC)


def _markdown(made, clean=str):
    return render_page(made, None, "", NOW, {"auroc": "AUROC"}, clean=clean).markdown


def test_a_run_in_the_order_in_which_one_reads():
    text = _markdown(material(40, evaluated=True))
    heads = [line for line in text.splitlines() if line.startswith("#")]
    assert heads == [
        "## linear-probe", "### Default against tuned", "### Best configuration",
        "### The 10 best trials", "### Failures", "### What to try next",
    ]  # fmt: skip
    assert "| AUROC | 0.690 (0.660 to 0.720 · seeds ±0.006) | 0.900" in text
    assert "| trial | val\\_auroc | features |" in text
    assert "- 3 × out of memory: RuntimeError: CUDA out of memory &lt;b&gt;&amp;amp;" in text


def test_tables_have_one_width():
    text = _markdown(material(40, evaluated=True))
    for block in text.split("\n\n"):
        if block.startswith("|"):
            widths = {line.replace("\\|", "").count("|") for line in block.splitlines()}
            assert len(widths) == 1, block


def test_a_run_without_a_result_has_no_table():
    text = _markdown(material(0))
    assert "No trial has a result" in text
    assert "|" not in text.replace("\\|", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", "a\\|b"),
        ("<b>", "&lt;b&gt;"),
        ("two\nlines", "two lines"),
        ("[x](y)", "\\[x\\](y)"),
    ],
)
def test_users_text_is_shown_as_it_is(text, shown):
    assert escape(text) == shown
    assert table(["x"], [[text]]).splitlines()[-1] == f"| {shown} |"


def test_it_is_written_beside_the_page_without_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_API_TOKEN", "planted-secret-42")
    made = material(15, failed_every=3)
    for record in made.failed:
        object.__setattr__(record, "message", "HTTPError: planted-secret-42 was refused")
    store(made, tmp_path / "run")
    written = write_report(tmp_path / "run")
    assert tmp_path / "run" / "report.md" in written.files
    text = (tmp_path / "run" / "report.md").read_text()
    assert "HTTPError: \\[hidden\\] was refused" in text or "HTTPError: [hidden]" in text
    for file in written.files:
        assert b"planted-secret-42" not in file.read_bytes(), file

"""A real notebook, executed by a real kernel; without one, the table by itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import eegtune
from eegtune.notebook import is_notebook, table_of

CELLS = (
    "import eegtune\n"
    "def f(x, kind):\n"
    "    yield {'score': x, 'loss': 2.0}\n"
    "    yield {'score': x + (kind == 'b'), 'loss': 1.0}\n"
    "run = eegtune.tune(f, {'x': '0.0..1.0', 'kind': ['a', 'b']}, trials=3, algorithm='random',"
    " folder=FOLDER)",
    "run",
    "run.figure('history')",
    "run.trials()",
)


def test_a_notebook_has_a_live_table_and_figures_inline(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    cells = [CELLS[0].replace("FOLDER", repr(str(tmp_path / "run"))), *CELLS[1:]]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    nbclient.NotebookClient(notebook, timeout=240, kernel_name="python3").execute()
    live, shown, figure, frame = ([*cell.outputs] for cell in notebook.cells)
    assert [output.output_type for output in live] == ["display_data"], "one output, drawn anew"
    table = live[0].data["text/html"]
    assert "<b>f</b>: random, 3 of 3 trials done, best score" in table
    assert table.count("<tr") == 4, "a heading and a row a trial"
    assert "Succeeded" in shown[0].data["text/html"]
    assert json.loads(json.dumps(figure[0].data["application/vnd.plotly.v1+json"]))["data"]
    assert "parameter.kind" in frame[0].data["text/html"]


def test_here_is_no_notebook() -> None:
    assert not is_notebook()


def test_a_table_escapes_what_it_shows(tmp_path: Path) -> None:
    from eegtune.execution.board import Board
    from eegtune.execution.writer import RunWriter

    def f(x: float, kind: str) -> float:
        return x if kind == "a" else x / 2

    run = eegtune.tune(f, {"x": "0.0..1.0", "kind": ["a", "<b>"]}, trials=6, algorithm="random",
                       folder=tmp_path / "run", progress=False)  # fmt: skip
    with RunWriter.open_writable(run.folder) as store:
        text = table_of(run.experiment, Board(store, run.experiment), {}, "node <1> is full")
    assert "&lt;b&gt;" in text
    assert text.endswith("<p>node &lt;1&gt; is full</p>")
    assert text.count("font-weight:bold") == 1, "the best one's row"
    assert text.index("font-weight:bold") < text.index("<tr><td>"), "it comes first"


def test_a_run_without_a_result_is_shown_too(tmp_path: Path) -> None:
    def f(x: float) -> float:
        raise RuntimeError("no")

    run = eegtune.tune(f, {"x": "0.0..1.0"}, trials=1, folder=tmp_path / "run", progress=False)
    assert "Failed" in run._repr_html_()

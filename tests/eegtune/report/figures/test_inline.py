import json

import pytest

from eegtune.report.figures.inline import inline_figure

from ..runs import material
from ..stored import store


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return store(material(40), tmp_path_factory.mktemp("run")).path


@pytest.mark.parametrize(
    "name",
    ["history", "importance", "winner", "parallel", "curves", "timeline", "failures",
     "slices:features", "pairs:batch_size × features"],
)  # fmt: skip
def test_a_figure_has_colours_that_plotly_knows(run, name, monkeypatch):
    if name.startswith("pairs:"):
        with pytest.raises(ValueError, match="pairs:") as told:
            inline_figure(run, "none")
        name = next(word for word in str(told.value).split(", ") if word.startswith("pairs:"))
    made = inline_figure(run, name)
    assert made.data
    assert '"@' not in json.dumps(made.to_plotly_json(), default=str)


def test_an_unknown_name_says_which_there_are(run):
    with pytest.raises(ValueError, match="there is no figure 'pie'; there are history, "):
        inline_figure(run, "pie")

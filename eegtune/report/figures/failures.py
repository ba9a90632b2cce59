"""Failures by cause."""

from __future__ import annotations

from eegtune.report.analysis.causes import failure_causes
from eegtune.report.figures.figure import FAIL, Figure, NothingToShow, plain, short
from eegtune.report.material import Material

_MOST_CAUSES = 12
_MOST_NUMBERS = 12


def failures(material: Material) -> Figure:
    """Draw how many trials each cause has ended.

    Raises:
        NothingToShow: None failed.
    """
    causes = failure_causes(material.failed)[:_MOST_CAUSES]
    if not causes:
        raise NothingToShow("")
    counts = [len(cause.numbers) for cause in causes]
    return Figure(
        key="failures",
        title="Failures by cause",
        alt="; ".join(f"{cause.name}: {len(cause.numbers)} trials" for cause in causes) + ".",
        data=[
            {
                "type": "bar",
                "orientation": "h",
                "x": counts,
                "y": list(range(len(causes))),
                "text": [f"{count:,}" for count in counts],
                "textposition": "outside",
                "cliponaxis": False,
                "customdata": [_numbers(cause.numbers) for cause in causes],
                "marker": {"color": FAIL},
                "hovertemplate": "trials %{customdata}<extra></extra>",
            }
        ],
        layout={
            "yaxis": {
                "tickvals": list(range(len(causes))),
                "ticktext": [plain(short(cause.name, 34)) for cause in causes],
                "autorange": "reversed",
                "automargin": True,
                "showgrid": False,
            },
            "xaxis": {"visible": False, "range": [0, max(counts) * 1.2]},
            "bargap": 0.5,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        },
        note=f"{sum(counts):,} of {len(material.records):,} trials ended without a result.",
        height_px=70 + 32 * len(causes),
    )


def _numbers(numbers: tuple[int, ...]) -> str:
    shown = ", ".join(str(number) for number in numbers[:_MOST_NUMBERS])
    return shown + (" …" if len(numbers) > _MOST_NUMBERS else "")

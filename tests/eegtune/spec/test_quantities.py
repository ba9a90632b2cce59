"""Kubernetes quantities."""

import pytest

from eegtune.spec.quantities import canonical_quantity, parse_quantity


@pytest.mark.parametrize(
    ("text", "number"),
    [("500m", 0.5), ("2", 2), (2, 2), (0.5, 0.5), ("1Ki", 1024), ("1.5Gi", 1.5 * 2**30),
     ("1e3", 1000), ("1E3", 1000), ("1E", 1e18), ("-1", -1), ("+1k", 1000), (".5", 0.5),
     (" 1 ", 1), ("m", 0), ("Gi", 0), ("+", 0), (".", 0), ("e1", 0)],
)  # fmt: skip
def test_a_quantity_is_a_number(text, number):
    assert float(parse_quantity(text)) == pytest.approx(number)


@pytest.mark.parametrize(
    "text", ["", "abc", "1gb", "1 Gi", "1e", "0x10", "1KI", True, None, [], "1e" + "9" * 19]
)
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(ValueError, match="is not a quantity"):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [("1000m", "1"), ("0.5", "500m"), ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi"), (2, "2"),
     ("1e3", "1e3"), ("1000", "1k"), ("1500", "1500"), ("0", "0"), ("0Gi", "0"), ("0.5Ki", "512"),
     ("100n", "100n"), ("12e6", "12e6"), ("1M", "1M"), ("1000k", "1M"),
     ("m", "0"), (" 1 ", "1")],
)  # fmt: skip
def test_the_canonical_form_is_that_of_kubernetes(text, canonical):
    assert canonical_quantity(text) == canonical

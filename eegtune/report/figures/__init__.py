"""Figures as Plotly values; the page draws them."""

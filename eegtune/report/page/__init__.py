"""The page `report.html`: one file, no network."""

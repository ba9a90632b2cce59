"""The rules, by topic; `catalogue.RULES` has them all."""

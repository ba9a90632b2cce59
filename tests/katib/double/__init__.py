"""A double of Katib's controller for a real cluster; a tool of the tests, never shipped.

It watches Experiment objects, starts our services as Katib's configuration says, asks them in
Katib's order, and makes trials as Jobs whose pods are rewritten as Katib's webhook does, with a
collector and a database of the recorded behaviour. It shares no line with Katib.
"""

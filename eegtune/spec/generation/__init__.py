"""Experiments made from a component's declaration or from a command line, as commented YAML."""

from eegtune.spec.generation.command import plan_from_command
from eegtune.spec.generation.component import plan_for_component
from eegtune.spec.generation.plan import Plan, Searched
from eegtune.spec.generation.writer import write_plan

__all__ = ["Plan", "Searched", "plan_for_component", "plan_from_command", "write_plan"]

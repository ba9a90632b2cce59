"""Losses, schedules, optimizers and augmentation for models trained side by side.

A stack is several independent models of one shape: fold or seed is the first axis of every tensor.
Each model's numbers depend on its own data and its own random generator only, so a stack trains
what its members would train alone.
"""

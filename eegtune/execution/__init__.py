"""Run the trials of an Experiment on this machine, and keep what happened.

`RunStore` reads a run, also while it runs; `run_folder.RunFolder` knows where its files are.
"""

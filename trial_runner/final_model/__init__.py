"""The model one keeps: weights with their preprocessing in a folder, and predictions from it.

`--split=test` leaves the first of its retrained models in the artefacts' folder `model`, the very
one that was scored. `trial-runner predict` reads a recording as the training data were read and
gives the probability of each class. Each component says in a `final_model.py` of its own what it
keeps and how it predicts.
"""

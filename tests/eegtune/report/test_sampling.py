from itertools import pairwise

from eegtune.report.material import value_of
from eegtune.report.sampling import sample_finished, sample_note

from .runs import material


def test_few_trials_are_all_shown():
    made = material(40)
    assert sample_finished(made.experiment, made.records, 100) == made.finished
    assert sample_note(len(made.finished), len(made.finished)) == ""


def test_of_many_the_best_and_an_even_rest_are_shown():
    made = material(3000)
    sample = sample_finished(made.experiment, made.records, 200)
    values = sorted((value_of(made.experiment, r) for r in made.finished), reverse=True)
    shown = {value_of(made.experiment, record) for record in sample}
    assert len(sample) == 200
    assert set(values[:40]) <= shown
    numbers = [record.number for record in sample]
    assert numbers == sorted(numbers)
    assert max(b - a for a, b in pairwise(numbers)) < 60

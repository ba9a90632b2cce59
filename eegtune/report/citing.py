"""What to cite: eegtune, Katib, and the search that a run has used; as BibTeX."""

# ruff: noqa: E501 (an entry of BibTeX has a field a line)

from __future__ import annotations

from eegtune import __version__

_KATIB = """@article{katib,
  title = {A Scalable and Cloud-Native Hyperparameter Tuning System},
  author = {George, Johnu and Gao, Ce and Liu, Richard and Liu, Hou Gang and Tang, Yuan and others},
  journal = {arXiv:2006.02085},
  year = {2020}
}"""
_OPTUNA = """@inproceedings{optuna,
  title = {Optuna: A Next-generation Hyperparameter Optimization Framework},
  author = {Akiba, Takuya and Sano, Shotaro and Yanase, Toshihiko and Ohta, Takeru and Koyama, Masanori},
  booktitle = {Proceedings of the 25th ACM SIGKDD International Conference on Knowledge Discovery and Data Mining},
  year = {2019}
}"""
_TPE = """@inproceedings{tpe,
  title = {Algorithms for Hyper-Parameter Optimization},
  author = {Bergstra, James and Bardenet, R{\\'e}mi and Bengio, Yoshua and K{\\'e}gl, Bal{\\'a}zs},
  booktitle = {Advances in Neural Information Processing Systems 24},
  year = {2011}
}"""
_RANDOM = """@article{random_search,
  title = {Random Search for Hyper-Parameter Optimization},
  author = {Bergstra, James and Bengio, Yoshua},
  journal = {Journal of Machine Learning Research},
  volume = {13},
  year = {2012}
}"""
_HYPERBAND = """@article{hyperband,
  title = {Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization},
  author = {Li, Lisha and Jamieson, Kevin and DeSalvo, Giulia and Rostamizadeh, Afshin and Talwalkar, Ameet},
  journal = {Journal of Machine Learning Research},
  volume = {18},
  year = {2018}
}"""
_ASHA = """@inproceedings{asha,
  title = {A System for Massively Parallel Hyperparameter Tuning},
  author = {Li, Liam and Jamieson, Kevin and Rostamizadeh, Afshin and Gonina, Ekaterina and Ben-tzur, Jonathan and Hardt, Moritz and Recht, Benjamin and Talwalkar, Ameet},
  booktitle = {Proceedings of Machine Learning and Systems},
  year = {2020}
}"""
_BOHB = """@inproceedings{bohb,
  title = {{BOHB}: Robust and Efficient Hyperparameter Optimization at Scale},
  author = {Falkner, Stefan and Klein, Aaron and Hutter, Frank},
  booktitle = {Proceedings of the 35th International Conference on Machine Learning},
  year = {2018}
}"""
_PBT = """@article{pbt,
  title = {Population Based Training of Neural Networks},
  author = {Jaderberg, Max and others},
  journal = {arXiv:1711.09846},
  year = {2017}
}"""
_NSGA2 = """@article{nsga2,
  title = {A Fast and Elitist Multiobjective Genetic Algorithm: {NSGA-II}},
  author = {Deb, Kalyanmoy and Pratap, Amrit and Agarwal, Sameer and Meyarivan, T.},
  journal = {IEEE Transactions on Evolutionary Computation},
  volume = {6},
  year = {2002}
}"""
_CMAES = """@article{cmaes,
  title = {Completely Derandomized Self-Adaptation in Evolution Strategies},
  author = {Hansen, Nikolaus and Ostermeier, Andreas},
  journal = {Evolutionary Computation},
  volume = {9},
  year = {2001}
}"""
_OF_ALGORITHM = {
    "random": (_RANDOM,), "tpe": (_TPE, _OPTUNA), "multivariate-tpe": (_TPE, _OPTUNA),
    "hyperband": (_HYPERBAND,), "asha": (_ASHA,), "bohb": (_BOHB,), "pbt": (_PBT,),
    "nsga2": (_NSGA2, _OPTUNA), "cmaes": (_CMAES,),
}  # fmt: skip


def citations(algorithm: str | None) -> str:
    """Return BibTeX entries: the software, Katib, and the search where one is named."""
    own = (
        f"@software{{eegtune,\n  title = {{eegtune: hyperparameter tuning of EEG pipelines}},\n"
        f"  version = {{{__version__}}}\n}}"
    )
    return "\n\n".join((own, _KATIB, *_OF_ALGORITHM.get(algorithm or "", ()))) + "\n"

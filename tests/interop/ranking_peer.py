"""Figures of rankings by napkinxc: ranking_peer.py VERB FILE, of a JSON file with the labels of rows to train with, those that
apply, what is ranked, and the pair of numbers of propensities. Prints one JSON object."""

import json
import sys

import numpy as np
from napkinxc import metrics

K = 5


def figures(path):
    """P, R, nDCG, PSP and PSnDCG at 1 to K places, and the inverse propensity of each label."""
    with open(path) as file:
        said = json.load(file)
    train = np.zeros((len(said["train"]), said["labels"]))
    for row, labels in zip(train, said["train"]):
        row[labels] = 1
    weights = metrics.Jain_et_al_inverse_propensity(train, A=said["a"], B=said["b"])
    truth, ranked = said["truth"], said["ranked"]
    found = {
        "P": metrics.precision_at_k(truth, ranked, k=K),
        "R": metrics.recall_at_k(truth, ranked, k=K),
        "nDCG": metrics.ndcg_at_k(truth, ranked, k=K),
        "PSP": metrics.psprecision_at_k(truth, ranked, weights, k=K),
        "PSnDCG": metrics.psndcg_at_k(truth, ranked, weights, k=K),
    }
    return {
        "weights": np.asarray(weights).ravel().tolist(),
        "figures": {name: np.asarray(values).tolist() for name, values in found.items()},
    }


if __name__ == "__main__":
    print(json.dumps({"figures": figures}[sys.argv[1]](sys.argv[2])))

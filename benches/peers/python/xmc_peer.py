"""Learners of label trees on one file of features and labels each: trains, ranks, and says what that took.

Called by ../xmc.ts: xmc_peer.py NAME TRAIN TEST TOP LIMIT. Writes the first five labels of each test row to TOP (u32, 2^32 - 1 where there
are fewer) and one line of JSON to the standard output. One thread each;
whoever takes more than LIMIT seconds of processor time is ended by the system.
"""

import json
import resource
import sys
import tempfile
import time
from importlib.metadata import version

import numpy as np
from scipy.sparse import csr_matrix

K = 5
NONE = 2**32 - 1


def load(path):
    """Features and labels of a file as CSR matrices."""
    with open(path) as file:
        rows, features, labels = (int(n) for n in next(file).split())
        x, y = ([0], [], []), ([0], [], [])
        for line in file:
            names, _, pairs = line.rstrip("\n").partition(" ")
            if ":" in names:
                names, pairs = "", line
            found = [int(name) for name in names.split(",") if name]
            y[1].extend(found)
            y[2].extend([1.0] * len(found))
            y[0].append(len(y[1]))
            for pair in pairs.split():
                index, _, value = pair.partition(":")
                x[1].append(int(index))
                x[2].append(float(value))
            x[0].append(len(x[1]))
    matrices = []
    for (ends, indices, values), columns in ((x, features), (y, labels)):
        matrix = csr_matrix(
            (np.array(values, np.float32), np.array(indices, np.int32), np.array(ends, np.int64)),
            shape=(rows, columns),
        )
        matrix.sort_indices()
        matrices.append(matrix)
    return matrices


def omikuji(train, test):
    """Three balanced binary trees, leaves of 100 labels, squared hinge: its defaults, which are Parabel's."""
    import omikuji as package

    parameters = package.Model.default_hyper_param()
    model = yield lambda: package.Model.train_on_data(train, parameters, n_threads=1)
    x, _ = load(test)
    model.init_prediction_thread_pool(1)

    def rank():
        for row in range(x.shape[0]):
            part = slice(x.indptr[row], x.indptr[row + 1])
            pairs = list(zip(x.indices[part].tolist(), x.data[part].tolist()))
            yield [label for label, _ in model.predict(pairs, beam_size=10, top_k=K)]

    yield lambda: list(rank())


def napkinxc(train, test, ensemble):
    """A tree by balanced k-means, leaves of 100 labels, logistic loss by LIBLINEAR: its defaults, with an own seed."""
    from napkinxc.datasets import load_libsvm_file
    from napkinxc.models import PLT

    x, y = load_libsvm_file(train)
    with tempfile.TemporaryDirectory() as folder:
        model = PLT(folder, seed=1, threads=1, ensemble=ensemble)
        yield lambda: model.fit(x, y)
        asked, _ = load_libsvm_file(test)
        # It counts columns by the largest index.
        asked.resize(asked.shape[0], x.shape[1])
        yield lambda: model.predict(asked, top_k=K)


def pecos(train, test):
    """XR-Linear: labels by the mean of their rows, 16-ary balanced k-means, teacher-forcing negatives: its defaults."""
    from pecos.xmc import Indexer, LabelEmbeddingFactory
    from pecos.xmc.xlinear.model import XLinearModel

    x, y = load(train)

    def fit():
        clusters = Indexer.gen(LabelEmbeddingFactory.create(y, x, method="pifa"), seed=1, threads=1)
        return XLinearModel.train(x, y, C=clusters, threads=1)

    model = yield fit
    asked, _ = load(test)

    def rank():
        scores = model.predict(asked, only_topk=K, threads=1).tocsr()
        for row in range(scores.shape[0]):
            part = slice(scores.indptr[row], scores.indptr[row + 1])
            order = np.argsort(-scores.data[part], kind="stable")
            yield scores.indices[part][order].tolist()

    yield lambda: list(rank())


PEERS = {
    "omikuji": (omikuji, ()),
    "napkinxc": (napkinxc, (1,)),
    "napkinxc-3": (napkinxc, (3,)),
    "pecos": (pecos, ()),
}


def main():
    name, train, test, top, limit = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 60))
    peer, options = PEERS[name]
    steps = peer(train, test, *options)
    train_step = next(steps)
    before = time.process_time()
    model = train_step()
    trained = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"{name}: trained in {trained:.0f} s", file=sys.stderr)
    rank_step = steps.send(model)
    before = time.process_time()
    ranked = rank_step()
    took = time.process_time() - before
    table = np.full((len(ranked), K), NONE, np.uint32)
    for row, labels in enumerate(ranked):
        table[row, : len(labels)] = labels[:K]
    table.tofile(top)
    package = {"pecos": "libpecos"}.get(name, name.split("-")[0])
    answer = {
        "version": version(package),
        "settings": " ".join(peer.__doc__.split()),
        "trainSeconds": trained,
        "rankSeconds": took,
        "peakBytes": peak,
    }
    print("\n" + json.dumps(answer))


main()

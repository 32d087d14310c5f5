"""SciPy: the product of a matrix in compressed sparse rows with a vector."""

import numpy as np
import scipy.sparse

from serve import Arrays, Prepared, serve


def prepare(request: dict, arrays: Arrays) -> Prepared:
    if request["open"] != "inference":
        raise ValueError(f"Cannot open {request['open']}: this peer only infers")
    weight = scipy.sparse.csr_array(arrays["weight"])
    bias, x = arrays["bias"], arrays["x"]
    y = np.full(weight.shape[0], np.nan, dtype=np.float32)

    def run() -> None:
        nonlocal y
        y = weight @ x + bias

    return Prepared(run, lambda: y, ["scipy", "numpy"])


serve(prepare)

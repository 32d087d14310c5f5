"""NumPy: the k-th largest magnitude by `numpy.partition`."""

import numpy as np

from serve import Arrays, Prepared, serve


def prepare(request: dict, arrays: Arrays) -> Prepared:
    if request["open"] != "select":
        raise ValueError(f"Cannot open {request['open']}: this peer only selects")
    values = arrays["values"]
    at = values.size - int(request["params"]["n"])
    found = np.float32(np.nan)

    def run() -> None:
        nonlocal found
        magnitudes = np.abs(values)
        magnitudes.partition(at)
        found = magnitudes[at]

    return Prepared(run, lambda: np.array([found]), ["numpy"])


serve(prepare)

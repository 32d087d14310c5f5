"""The peer's side of `protocol.ts`, for peers in Python: one JSON object per line in, one out."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version

import numpy as np

Arrays = dict[str, np.ndarray]


@dataclass
class Prepared:
    """A task ready to run."""

    #: Carries the task out once; the loss before a training step, else nothing that matters.
    run: Callable[[], object]
    #: The result of the last run; None where losses are all.
    result: Callable[[], np.ndarray] | None = None
    #: Packages whose versions are told.
    packages: list[str] = field(default_factory=list)


def read_arrays(request: dict) -> Arrays:
    """The arrays of an `open` request by name."""
    return {
        name: np.fromfile(given["file"], dtype="<f4").reshape(given["shape"])
        for name, given in request["arrays"].items()
    }


def serve(prepare: Callable[[dict, Arrays], Prepared]) -> None:
    """Answers requests until standard input ends."""
    task: Prepared | None = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "open" in request:
                task = prepare(request, read_arrays(request))
                count = request["threads"]
                answer: dict = {
                    "versions": {name: version(name) for name in task.packages},
                    "device": f"CPU, {count} thread{'' if count == 1 else 's'}",
                }
            elif task is None:
                raise RuntimeError("Cannot run: no task was opened")
            elif "run" in request:
                start, cpu = time.perf_counter(), time.process_time()
                returned = [task.run() for _ in range(request["run"])]
                milliseconds = 1e3 * (time.perf_counter() - start)
                cpu_milliseconds = 1e3 * (time.process_time() - cpu)
                losses = [] if task.result is not None else [float(loss) for loss in returned]
                answer = {"milliseconds": milliseconds, "cpuMilliseconds": cpu_milliseconds, "losses": losses}
            else:
                if task.result is None:
                    raise TypeError("Cannot give a result: losses are all")
                task.result().astype("<f4").tofile(request["result"])
                answer = {}
        except Exception as error:  # Whatever it is, the other side is told.
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)

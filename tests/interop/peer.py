"""The other side of the formats: reads what Filigree wrote, writes what it reads. Prints one JSON object."""

import json
import sys

import numpy as np
from safetensors.numpy import load_file, save_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def read_safetensors(path):
    """Shape, type and sums of every array."""
    return {
        name: {
            "shape": list(array.shape),
            "dtype": str(array.dtype),
            "numbers": array.astype(np.float64).ravel().tolist(),
        }
        for name, array in load_file(path).items()
    }


def write_safetensors(path):
    """Arrays whose names do not come in the order of their data."""
    save_file(
        {
            "z": np.arange(6, dtype=np.float32).reshape(2, 3) / 4,
            "a": np.array([1, 2, 0xFFFFFFFF], dtype=np.uint32),
            "empty": np.zeros((0, 4), dtype=np.float32),
        },
        path,
        metadata={"from": "python"},
    )
    return {}


def read_events(path):
    """Steps and values of every scalar of a folder of event files."""
    events = EventAccumulator(path, size_guidance={"scalars": 0})
    events.Reload()
    return {
        tag: [[event.step, event.value] for event in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }


if __name__ == "__main__":
    verbs = {
        "read-safetensors": read_safetensors,
        "write-safetensors": write_safetensors,
        "read-events": read_events,
    }
    print(json.dumps(verbs[sys.argv[1]](sys.argv[2])))

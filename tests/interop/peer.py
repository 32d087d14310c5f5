"""The other side of the formats: reads what Filigree wrote, writes what it reads. Prints one JSON object."""

import csv
import gzip
import json
import random
import sys
import time

import numpy as np
from safetensors.numpy import load_file, save_file
from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator
from tensorboard.context import RequestContext
from tensorboard.data import server_ingester
from tensorboard.util import grpc_util, tensor_util


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
    """Steps and values of every scalar of a folder of event files, as each of TensorBoard's readers has them."""
    events = event_accumulator.EventAccumulator(path, size_guidance={"scalars": 0})
    events.Reload()
    plugin = plugin_event_accumulator.EventAccumulator(path, tensor_size_guidance={"scalars": 0})
    plugin.Reload()
    return {
        "accumulator": {
            tag: [[event.step, event.value] for event in events.Scalars(tag)]
            for tag in events.Tags()["scalars"]
        },
        "plugin": {
            tag: [
                [event.step, float(tensor_util.make_ndarray(event.tensor_proto).item())]
                for event in plugin.Tensors(tag)
            ]
            for tag in plugin.Tags()["tensors"]
        },
        "server": read_by_server(path),
    }


def read_by_server(path):
    """The same by way of the data server, which is what the web page shows."""
    server = server_ingester.SubprocessServerDataIngester(
        server_binary=server_ingester.get_server_binary(),
        logdir=path,
        reload_interval=3600,
        channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
        samples_per_plugin={"scalars": 1_000_000},
    )
    server.start()
    provider, context = server.data_provider, RequestContext()
    for _ in range(200):
        found = provider.read_scalars(
            context, experiment_id="", plugin_name="scalars", downsample=1_000_000
        )
        if found:
            break
        time.sleep(0.05)
    (tags,) = found.values()
    return {tag: [[datum.step, datum.value] for datum in data] for tag, data in tags.items()}


def write_arrays(path):
    """A .npy file of every kind, order of bytes and version; what lies in them."""
    numbers = {}
    kinds = "u1 i1 u2 i2 u4 i4 u8 i8 f2 f4 f8 b1".split()
    for kind in kinds:
        for order in "<>":
            for version in [(1, 0), (2, 0), (3, 0)]:
                name = f"{kind}-{'little' if order == '<' else 'big'}-{version[0]}.npy"
                array = (np.arange(12).reshape(3, 2, 2) % 7).astype(order + kind)
                with open(f"{path}/{name}", "wb") as file:
                    np.lib.format.write_array(file, array, version=version)
                numbers[name] = array.astype(np.float64).ravel().tolist()
    np.save(f"{path}/fortran.npy", np.asfortranarray(np.zeros((2, 3), np.float32)))
    return numbers


def write_tables(path):
    """CSV files of every way of quoting, as the csv module writes them, and as it reads them; in gzip of two members."""
    random.seed(1)
    tables = {}
    for quoting in [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]:
        for end in ["\n", "\r\n"]:
            name = f"{path}/{quoting}-{len(end)}.csv"
            with open(name, "w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, quoting=quoting, lineterminator=end)
                writer.writerow(["a", 'b "quoted"', "kind, of\nwhat"])
                for _ in range(50):
                    text = "".join(random.choice('ab,"\n\u00e9 ') for _ in range(random.randrange(4)))
                    writer.writerow([random.uniform(-1, 1) * 10.0 ** random.randrange(-20, 20), random.randrange(-9, 9), f"c{text}d"])
            with open(name, newline="", encoding="utf-8") as file:
                tables[name] = list(csv.reader(file))
            data = open(name, "rb").read()
            with open(f"{name}.gz", "wb") as file:
                file.write(gzip.compress(data[:100]) + gzip.compress(data[100:]))
    return tables


def compare_exports(folder):
    """Whether the lists of every weight of an export are the matrix of the other export, and how many values they have."""
    dense, lists = (load_file(f"{folder}/{name}.safetensors") for name in ("dense", "condensed"))
    found = {}
    for name, span in lists.items():
        if not name.endswith(".span"):
            continue
        weight = f"{name.removesuffix('.span')}.weight"
        values, index = (lists[name.removesuffix("span") + part] for part in ("values", "index"))
        matrix = np.zeros_like(dense[weight])
        for row, (begin, end) in zip(matrix, span):
            row[index[begin:end]] = values[begin:end]
        found[weight] = {"equal": bool((matrix == dense[weight]).all()), "values": len(values)}
    return found


if __name__ == "__main__":
    verbs = {
        "compare-exports": compare_exports,
        "read-safetensors": read_safetensors,
        "write-safetensors": write_safetensors,
        "read-events": read_events,
        "write-arrays": write_arrays,
        "write-tables": write_tables,
    }
    print(json.dumps(verbs[sys.argv[1]](sys.argv[2])))

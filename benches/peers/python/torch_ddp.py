"""A perceptron that DistributedDataParallel of PyTorch trains over gloo: started by torchrun, told by `ddp.ts` what to train.

Arguments: the folder that `benches/ranks.ts --give` wrote, `dense` or `masked`, steps. Rank 0 prints a line of JSON.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import allreduce_hook
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

#: Steps before the clock starts.
WARM_UP = 2


class Perceptron(nn.Module):
    """`[outputs, inputs]` weights, multiplied by their masks where it has any."""

    def __init__(self, weights: list[Tensor], masks: list[Tensor]) -> None:
        super().__init__()
        self.weights = nn.ParameterList(weights)
        self.biases = nn.ParameterList([torch.zeros(weight.shape[0]) for weight in weights])
        self.masks = masks

    def forward(self, h: Tensor) -> Tensor:
        last = len(self.weights) - 1
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases)):
            h = F.linear(h, weight * self.masks[i] if self.masks else weight, bias)
            h = torch.relu(h) if i < last else h
        return h


def read_task(folder: Path, variant: str) -> tuple[Perceptron, Tensor, Tensor]:
    """The network, and this rank's share of the batch."""
    task = json.loads((folder / "task.json").read_text())
    sizes, batch = task["sizes"], task["batchSize"]

    def read(name: str, *shape: int) -> Tensor:
        return torch.from_numpy(np.fromfile(folder / f"{name}.f32", dtype="<f4").reshape(shape))

    shapes = [(outputs, inputs) for inputs, outputs in zip(sizes, sizes[1:])]
    weights = [read(f"weight{i}", *shape) for i, shape in enumerate(shapes)]
    masks = [read(f"mask{i}", *shape) for i, shape in enumerate(shapes)] if variant == "masked" else []
    each = batch // dist.get_world_size()
    own = slice(each * dist.get_rank(), each * (dist.get_rank() + 1))
    return Perceptron(weights, masks), read("x", batch, sizes[0])[own], read("labels", batch).long()[own]


def main(folder: Path, variant: str, steps: int) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    model, x, labels = read_task(folder, variant)
    size = dist.get_world_size()
    ddp = DistributedDataParallel(model, broadcast_buffers=False, gradient_as_bucket_view=True)
    reduced = 0

    def counted(group: object, bucket: dist.GradBucket) -> torch.futures.Future[Tensor]:
        nonlocal reduced
        reduced += bucket.buffer().numel() * bucket.buffer().element_size()
        return allreduce_hook(group, bucket)

    ddp.register_comm_hook(None, counted)
    optimizer = torch.optim.AdamW(ddp.parameters(), lr=1e-3, weight_decay=0, fused=True)
    losses = []
    for step in range(steps):
        if step == WARM_UP:
            dist.barrier()
            reduced, begin, cpu = 0, time.perf_counter(), time.process_time()
        loss = F.cross_entropy(ddp(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    count = steps - WARM_UP
    step_ms, cpu_ms = (1e3 * (time.perf_counter() - begin) / count, 1e3 * (time.process_time() - cpu) / count)
    mean = torch.stack(losses)
    dist.all_reduce(mean)
    if dist.get_rank() == 0:
        print(
            json.dumps(
                {
                    "engine": f"torch {version('torch')}, gloo",
                    "ranks": size,
                    "stepMs": step_ms,
                    "cpuMs": cpu_ms,
                    # Of a ring each rank sends so much of what is reduced.
                    "bytes": 2 * (size - 1) / size * reduced / count,
                    "losses": (mean / size).tolist(),
                }
            ),
            flush=True,
        )
    dist.destroy_process_group()


main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))

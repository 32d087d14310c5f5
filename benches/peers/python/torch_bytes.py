"""PyTorch: bytes of a training step, by its allocator."""

from collections.abc import Callable, Iterable

import numpy as np
from torch import Tensor
from torch.profiler import ProfilerActivity, profile


def bytes_of(train: Callable[[], object], held: Iterable[Tensor]) -> np.ndarray:
    """What is held between steps, and the most at any time of one that it carries out."""
    kept = sum(tensor.untyped_storage().nbytes() for tensor in held)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        train()
    changes = [e for e in profiled.profiler.kineto_results.events() if e.name() == "[memory]"]
    change, most = 0, 0
    for event in sorted(changes, key=lambda e: e.start_ns()):
        change += event.nbytes()
        most = max(most, change)
    return np.array([kept, kept + most])

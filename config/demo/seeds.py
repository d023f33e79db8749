"""Chance that does not depend on the order of work, the hash seed or the machine."""

from __future__ import annotations

import hashlib
import random
import uuid
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")


def digest(*parts: object) -> bytes:
    return hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).digest()


def rng(*parts: object) -> random.Random:
    """A generator of its own for each named thing, so that adding one leaves the others as they were."""
    return random.Random(int.from_bytes(digest(*parts)[:8], "big"))  # noqa: S311 (invented people, no secret)


def stable_uuid(*parts: object) -> uuid.UUID:
    return uuid.UUID(bytes=digest(*parts), version=4)


class Weighted(Generic[T]):
    """Repeated draws from values with weights; in the order given, never by hash."""

    def __init__(self, weights: Mapping[T, float] | Sequence[tuple[T, float]]) -> None:
        pairs = [(value, weight) for value, weight in dict(weights).items() if weight > 0]
        if not pairs:
            raise ValueError("nothing to draw from")
        self.values = [value for value, _ in pairs]
        self._steps = list(accumulate(weight for _, weight in pairs))

    def draw(self, chance: random.Random) -> T:
        return self.values[bisect_right(self._steps, chance.random() * self._steps[-1]) if len(self.values) > 1 else 0]


class Quota:
    """Spreads a share evenly over a sequence: of any 1,000 calls exactly ``1000 * share`` hit."""

    def __init__(self, share: float) -> None:
        self.share = share
        self.calls = 0

    def hit(self) -> bool:
        before, self.calls = int(self.calls * self.share), self.calls + 1
        return int(self.calls * self.share) > before


def shares(total: int, weights: Sequence[float]) -> list[int]:
    """``total`` split by weight into whole numbers (largest remainders), each at least zero."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    result = [int(value) for value in exact]
    order = sorted(range(len(exact)), key=lambda i: (result[i] - exact[i], i))
    for index in order[: total - sum(result)]:
        result[index] += 1
    return result

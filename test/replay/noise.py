"""Noise that is a pure function of a name and an instant."""
import functools
import math
import zlib

MASK = (1 << 64) - 1


def seed_of(*parts):
    return zlib.crc32(":".join(map(str, parts)).encode())


@functools.lru_cache(maxsize=1 << 16)
def unit(seed, number):
    """A number in [0, 1) (the finalizer of splitmix64)."""
    x = (seed * 0x9E3779B97F4A7C15 + number * 0xD1B54A32D192ED03 + 1) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return (x ^ (x >> 31)) / 2.0 ** 64


def jitter(seed, number):
    """A number in [-1, 1)."""
    return 2 * unit(seed, number) - 1


def smooth(seed, t, period):
    """Noise in [-1, 1) with a new value each `period` seconds and curves between."""
    node, rest = divmod(t, period)
    blend = (1 - math.cos(math.pi * rest / period)) / 2
    return jitter(seed, node) * (1 - blend) + jitter(seed, node + 1) * blend


def pick(seed, number, low, high):
    """An integer from low to high, both included."""
    return low + int(unit(seed, number) * (high - low + 1))

"""The loops of `arrays`: all arrays of a content at once, since each call of numpy costs its share.

A message of few runs is forty arrays of few numbers each.
"""

from __future__ import annotations

import numpy as np

from bingosim.engine.jit import kernel

HEAD = 10
"""Bytes before an array's lengths: least number (8), bytes of a number (0: all are the least),
dimensions."""
LENGTH = 4
"""Bytes of a length."""
MOST_DIMENSIONS = 4
MOST_BYTES = 8
"""Of a number."""
MOST_NUMBERS = 2**31
"""In an array; what says that it has more is broken."""


@kernel
def pack(numbers, dimensions, lengths):  # type: ignore[no-untyped-def]
    """Return the content of arrays.

    Args:
        numbers: int64, those of all arrays.
        dimensions: int64[arrays], how many lengths each has.
        lengths: int64, those of all arrays.

    Returns:
        uint8[bytes].
    """
    count = dimensions.size
    sizes = np.ones(count, dtype=np.int64)
    leasts = np.zeros(count, dtype=np.int64)
    widths = np.zeros(count, dtype=np.int64)
    start, length, total = 0, 0, 0
    for i in range(count):
        for _ in range(dimensions[i]):
            sizes[i] *= lengths[length]
            length += 1
        if sizes[i]:
            these = numbers[start : start + sizes[i]]
            least = most = these[0]
            for number in these:
                least = min(least, number)
                most = max(most, number)
            leasts[i] = least
            span = np.uint64(most) - np.uint64(least)  # modulo 2^64, so all of int64 has room
            while span:
                widths[i] += 1
                span >>= np.uint64(8)
        start += sizes[i]
        total += HEAD + LENGTH * dimensions[i] + sizes[i] * widths[i]
    content = np.empty(total, dtype=np.uint8)
    at, start, length = 0, 0, 0
    for i in range(count):
        for byte in range(8):
            content[at + byte] = np.uint64(leasts[i]) >> np.uint64(8 * byte)
        content[at + 8] = widths[i]
        content[at + 9] = dimensions[i]
        at += HEAD
        for _ in range(dimensions[i]):
            for byte in range(LENGTH):
                content[at + byte] = lengths[length] >> (8 * byte)
            at += LENGTH
            length += 1
        least = np.uint64(leasts[i])
        these = numbers[start : start + sizes[i]]  # a slice: its places need no check for signs
        start += sizes[i]
        for weight in range(widths[i]):
            shift = np.uint64(8 * weight)
            plane = content[at : at + sizes[i]]
            for j in range(sizes[i]):
                plane[j] = (np.uint64(these[j]) - least) >> shift
            at += sizes[i]
    return content


@kernel
def unpack(content):  # type: ignore[no-untyped-def]
    """Return the arrays of a content, up to what makes no sense.

    Args:
        content: uint8[bytes].

    Returns:
        int64, the numbers of all arrays; int64[arrays, 2 + MOST_DIMENSIONS], of each how many
        numbers it has, its dimensions, and their lengths; and how many bytes these took.
    """
    most = content.size // HEAD
    arrays = np.empty((most, 2 + MOST_DIMENSIONS), dtype=np.int64)
    count, at, total = 0, np.int64(0), np.int64(0)
    while at + HEAD <= content.size:
        width, dimensions = np.int64(content[at + 8]), np.int64(content[at + 9])
        planes = at + HEAD + LENGTH * dimensions
        if width > MOST_BYTES or dimensions > MOST_DIMENSIONS or planes > content.size:
            break
        size = np.int64(1)
        for k in range(dimensions):
            length = np.int64(0)
            for byte in range(LENGTH):
                length |= np.int64(content[at + HEAD + LENGTH * k + byte]) << (8 * byte)
            arrays[count, 2 + k] = length
            if size <= MOST_NUMBERS:  # not more than once, or it is more than 64 bits
                size *= length
        if size > MOST_NUMBERS or size * width > content.size - planes:
            break
        arrays[count, 0], arrays[count, 1] = size, dimensions
        count += 1
        total += size
        at = planes + size * width
    numbers = np.empty(total, dtype=np.int64)
    end, at, start = at, np.int64(0), 0
    for i in range(count):
        size, dimensions = arrays[i, 0], arrays[i, 1]
        lowest = np.uint64(0)
        for byte in range(8):
            lowest |= np.uint64(content[at + byte]) << np.uint64(8 * byte)
        width = np.int64(content[at + 8])
        at += HEAD + LENGTH * dimensions
        these = numbers[start : start + size]
        these[:] = lowest
        for weight in range(width):
            shift = np.uint64(8 * weight)
            plane = content[at : at + size]
            for j in range(size):
                these[j] += np.uint64(plane[j]) << shift
            at += size
        start += size
    return numbers, arrays[:count].copy(), end

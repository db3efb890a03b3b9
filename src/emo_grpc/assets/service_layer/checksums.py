"""CRC-32C of bytes that lie in others, or follow on them, without reading or copying any twice.

A CRC is a remainder of polynomials over GF(2) (RFC 3720, appendix B.4, has the polynomial): appending n bytes
multiplies it by x^8n. So that of two pieces together follows from theirs and a length, as in zlib's crc32_combine.
google_crc32c can neither do that nor read a memoryview.
"""

from functools import lru_cache
from typing import Final

import google_crc32c

POLYNOMIAL: Final = 0x82F63B78  # the lowest power has the highest bit
ONE: Final = 1 << 31
LARGE: Final = 128 << 10
"""Bytes from which on this is cheaper than reading them."""


def crc32c_of_both(first: int, second: int, second_length: int) -> int:
    """That of two pieces, one behind the other."""
    return _product(first, _power(second_length)) ^ second


def crc32c_inside(whole: bytes, start: int, end: int, expected: int | None) -> int:
    """That of `whole[start:end]`. Only if it is not `expected` are these bytes copied."""
    head = _appended(google_crc32c.value(whole[:start]), end - start)
    if expected is not None:
        is_right = google_crc32c.extend(head ^ expected, whole[end:]) == google_crc32c.value(whole)
        return expected if is_right else int(google_crc32c.value(whole[start:end]))
    return head ^ int(google_crc32c.value(whole if end == len(whole) else whole[:end]))


def crc32c_extended(crc32c: int, piece: bytes | memoryview) -> int:
    """That of earlier bytes and a piece, which is read."""
    return int(google_crc32c.extend(crc32c, piece if isinstance(piece, bytes) else bytes(piece)))


@lru_cache(maxsize=256)
def _appended(crc32c: int, length: int) -> int:
    """What a few bytes before others add to the CRC-32C of these: most chunks begin alike."""
    return _product(crc32c, _power(length))


@lru_cache(maxsize=256)
def _power(length: int) -> int:
    """x^8n modulo the polynomial."""
    power, exponent, square = ONE, 8 * length, 0
    while exponent:
        if exponent & 1:
            power = _product(power, _square(square))
        exponent >>= 1
        square += 1
    return power


@lru_cache(maxsize=32)
def _square(times: int) -> int:
    """x, squared so often."""
    return _product(_square(times - 1), _square(times - 1)) if times else ONE >> 1


def _product(left: int, right: int) -> int:
    """Of two polynomials, modulo the polynomial."""
    product = 0
    while left:
        if left & ONE:
            product ^= right
        left = (left << 1) & 0xFFFFFFFF
        right = right >> 1 ^ (POLYNOMIAL if right & 1 else 0)
    return product

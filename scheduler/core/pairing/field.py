"""Finite fields: arithmetic of the numbers below a prime power, for constructions that need every difference once."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

MOST = 256


class Field:
    """GF(q): `add(a, b)` and `times(a, b)` of the numbers 0 to q - 1, which stand for polynomials over the prime p.

    A number's digits to the base p are the coefficients. Multiplication looks up powers of x, modulo a primitive polynomial
    found by trial (Lidl and Niederreiter, Introduction to Finite Fields, chapter 2).

    >>> four = Field(2, 2)
    >>> four.add(3, 1), four.times(2, 3), sorted(four.times(2, b) for b in range(4))
    (2, 1, [0, 1, 2, 3])
    """

    def __init__(self, prime: int, degree: int) -> None:
        self.prime, self.degree = prime, degree
        self.size: int = prime**degree
        self._power = next(found for tail in product(range(prime), repeat=degree) if (found := self._powers(tail)))
        self._log = {number: exponent for exponent, number in enumerate(self._power)}

    def add(self, a: int, b: int) -> int:
        total, place = 0, 1
        while a or b:
            total += (a + b) % self.prime * place  # the lowest digits are added without carry
            a, b, place = a // self.prime, b // self.prime, place * self.prime
        return total

    def times(self, a: int, b: int) -> int:
        if not a or not b:
            return 0
        return self._power[(self._log[a] + self._log[b]) % (self.size - 1)]

    def _powers(self, tail: tuple[int, ...]) -> list[int]:
        """The powers of x where x^degree = tail, if they are all numbers but 0; else nothing."""
        digits, seen = [1, *[0] * (self.degree - 1)], []
        for _ in range(self.size - 1):
            number = sum(digit * self.prime**place for place, digit in enumerate(digits))
            if number in seen or not number:
                return []
            seen.append(number)
            top = digits[-1]
            digits = [(low + top * part) % self.prime for low, part in zip([0, *digits[:-1]], tail, strict=True)]
        return seen


@lru_cache(maxsize=64)
def field_of(size: int) -> Field | None:
    """The field of that many numbers; None where there is none (no prime power) or it is larger than anybody needs.

    >>> [size for size in range(2, 20) if field_of(size)]
    [2, 3, 4, 5, 7, 8, 9, 11, 13, 16, 17, 19]
    """
    if not 2 <= size <= MOST:
        return None
    prime = next(p for p in range(2, size + 1) if size % p == 0)
    degree = 1
    while prime**degree < size:
        degree += 1
    return Field(prime, degree) if prime**degree == size else None

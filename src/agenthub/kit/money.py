"""Money in whole minor units, costs in whole nanos; rounded once, half to even, never a float."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agenthub.kit.errors import Invalid

_CODE = re.compile("[A-Z]{3}")
NANOS = 1_000_000_000
# ISO 4217: how many digits of the minor unit, where it is not two.
_DIGITS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}


class CurrencyMismatch(Invalid):
    code = "currency_mismatch"
    title = "The amounts are in different currencies"


def minor_digits(currency: str) -> int:
    return _DIGITS.get(currency, 2)


def _minor_units(currency: str) -> int:
    """How many make one unit of the currency."""
    count: int = 10 ** minor_digits(currency)
    return count


def divide(numerator: int, denominator: int) -> int:
    """The nearest whole number; from the middle to the even one."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    quotient, rest = divmod(numerator, denominator)
    return quotient + (2 * rest + quotient % 2 > denominator)


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` in minor units of `currency` (ISO 4217, upper case); negative is owed the other way."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError("an amount is a whole number of minor units")
        if not _CODE.fullmatch(self.currency):
            detail = "The currency is not a code of ISO 4217 such as EUR."
            raise Invalid(detail, fields={"currency": "unknown"})

    @classmethod
    def from_nanos(cls, nanos: int, currency: str) -> "Money":
        """10⁻⁹ of the currency each; the one rounding, on the invoice line."""
        return cls(divide(nanos * _minor_units(currency), NANOS), currency)

    def nanos(self) -> int:
        return self.amount * NANOS // _minor_units(self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __mul__(self, count: int) -> "Money":
        return Money(self.amount * count, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def share(self, numerator: int, denominator: int) -> "Money":
        """This fraction of it: a tax, a discount, the seconds of a month."""
        return Money(divide(self.amount * numerator, denominator), self.currency)

    def split(self, weights: Sequence[int]) -> "list[Money]":
        """In proportion to the weights, to the last unit: the largest remainders get what is left over.

        The weights are not negative and not all zero.
        """
        whole = sum(weights)
        parts = [divmod(self.amount * weight, whole) for weight in weights]
        left = self.amount - sum(quotient for quotient, _ in parts)
        first = sorted(range(len(parts)), key=lambda index: (-parts[index][1], index))[:left]
        return [
            Money(quotient + (index in first), self.currency) for index, (quotient, _) in enumerate(parts)
        ]

    def __str__(self) -> str:
        """For logs and tests; people see it in their own language's form."""
        digits = minor_digits(self.currency)
        units, minor = divmod(abs(self.amount), _minor_units(self.currency))
        fraction = f".{minor:0{digits}d}" if digits else ""
        return f"{'-' * (self.amount < 0)}{units}{fraction} {self.currency}"

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(
                f"{other.currency} cannot be reckoned with {self.currency}. Convert one of them first."
            )
        return other.amount

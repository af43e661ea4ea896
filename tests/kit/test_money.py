"""Money is exact."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given, strategies as st

from agenthub.kit.errors import Invalid
from agenthub.kit.money import CurrencyMismatch, Money, divide, minor_digits

amounts = st.integers(-(10**15), 10**15)
currencies = st.sampled_from(["EUR", "INR", "JPY", "KWD", "CLF"])


@given(amounts, st.integers(-(10**9), 10**9).filter(bool))
def test_division_rounds_half_to_even_as_decimals_do(numerator: int, denominator: int) -> None:
    exact = (Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), ROUND_HALF_EVEN)
    assert divide(numerator, denominator) == int(exact)


@pytest.mark.parametrize(
    ("numerator", "expected"), [(1, 0), (3, 2), (5, 2), (7, 4), (-1, 0), (-3, -2), (-5, -2), (-7, -4)]
)
def test_a_half_goes_to_the_even_neighbour(numerator: int, expected: int) -> None:
    assert divide(numerator, 2) == divide(-numerator, -2) == expected


@given(amounts, currencies)
def test_nanos_of_whole_units_lose_nothing(amount: int, currency: str) -> None:
    assert Money.from_nanos(Money(amount, currency).nanos(), currency) == Money(amount, currency)


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=50), currencies)
def test_costs_are_rounded_once_and_not_one_by_one(costs: list[int], currency: str) -> None:
    exact = Decimal(sum(costs)).scaleb(minor_digits(currency) - 9).quantize(Decimal(1), ROUND_HALF_EVEN)
    assert Money.from_nanos(sum(costs), currency).amount == int(exact)


def test_a_minor_unit_is_what_iso_4217_says() -> None:
    assert Money.from_nanos(1_500_000_000, "EUR") == Money(150, "EUR")
    assert Money.from_nanos(1_500_000_000, "JPY") == Money(2, "JPY")
    assert Money.from_nanos(1_500_000_000, "KWD") == Money(1500, "KWD")
    assert [str(Money(-5, code)) for code in ("EUR", "JPY", "KWD")] == ["-0.05 EUR", "-5 JPY", "-0.005 KWD"]


@given(amounts, st.lists(st.integers(0, 1000), min_size=1, max_size=20).filter(any))
def test_a_split_sums_to_the_whole_and_is_fair(amount: int, weights: list[int]) -> None:
    parts = Money(amount, "EUR").split(weights)
    assert sum(part.amount for part in parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.amount * sum(weights) - amount * weight) < sum(weights)


@given(amounts, amounts, currencies)
def test_adding_and_subtracting_undo_each_other(one: int, two: int, currency: str) -> None:
    a, b = Money(one, currency), Money(two, currency)
    assert a + b - b == a
    assert a - b == -(b - a)
    assert (a < b) == (one < two)
    assert (a >= b) == (one >= two)
    assert a * 3 == a + a + a


def test_a_share_is_rounded_once() -> None:
    assert Money(1005, "INR").share(18, 100) == Money(181, "INR")
    assert Money(250, "INR").share(1, 100) == Money(2, "INR")
    assert Money(350, "INR").share(1, 100) == Money(4, "INR")


def test_currencies_do_not_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(CurrencyMismatch):
        assert Money(1, "EUR") < Money(1, "USD")


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "€€€", "E1R"])
def test_a_currency_is_a_code(currency: str) -> None:
    with pytest.raises(Invalid):
        Money(1, currency)


@pytest.mark.parametrize("amount", [1.0, True, "1", Decimal(1)])
def test_an_amount_is_a_whole_number(amount: object) -> None:
    with pytest.raises(TypeError):
        Money(amount, "EUR")  # type: ignore[arg-type]

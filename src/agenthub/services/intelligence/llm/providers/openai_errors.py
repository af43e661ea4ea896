"""Turns what goes wrong between us and an OpenAI-compatible server into the errors that a provider may raise."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime

import aiohttp

from agenthub.kit.errors import Misconfigured, Problem, Rejected, Unavailable
from agenthub.services.intelligence.llm.providers.openai_wire import Failure
from agenthub.services.intelligence.llm.providers.port import ProviderAccount

_AGAIN = frozenset({408, 409, 425, 429})
_MESSAGE_CHARACTERS = 300
_OUT_OF_CREDIT = frozenset({"insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached"})
_BUSY = ("rate_limit", "overloaded", "server_error", "upstream", "timeout", "unavailable", "slow_down")


@contextmanager
def translated(account: ProviderAccount) -> Iterator[None]:
    """Whatever the connection raises leaves as a Problem that names the provider."""
    try:
        yield
    except aiohttp.InvalidURL as error:
        raise Misconfigured(
            f"The base_url of the model provider {account.name!r} is not an address: {account.base_url!r}."
        ) from error
    except TimeoutError as error:
        raise Unavailable(f"The model provider {account.name!r} did not answer in time.") from error
    except (aiohttp.ClientError, OSError) as error:
        raise Unavailable(
            f"The connection to the model provider {account.name!r} failed ({type(error).__name__})."
        ) from error


def refusal(status: int, headers: Mapping[str, str], failure: Failure, account: ProviderAccount) -> Problem:
    """The problem behind a status that is not 200."""
    who = f"The model provider {account.name!r}"
    if status in (401, 403):
        return Misconfigured(f"{who} refused the api_key ({status}); enter a valid one in its settings.")
    if {failure.code, failure.type} & _OUT_OF_CREDIT:
        return Misconfigured(
            f"{who} says that its account has no credit left; add some there.", code="provider_out_of_credit"
        )
    said = f": {failure.message[:_MESSAGE_CHARACTERS]}" if failure.message else "."
    if status in _AGAIN or status >= 500:  # noqa: PLR2004  server errors, RFC 9110
        return Unavailable(f"{who} answered {status}{said}", retry_after=retry_after(headers))
    if status < 400:  # noqa: PLR2004  neither an answer nor an error: a redirect
        return Misconfigured(f"{who} answered {status}: its base_url leads elsewhere; correct it.")
    return Rejected(f"{who} refused the request ({status}){said}")


def broken_off(failure: Failure, account: ProviderAccount) -> Problem:
    """The problem behind an error told inside the stream, where no status is left to tell."""
    said = failure.message[:_MESSAGE_CHARACTERS] or "no reason given"
    kind = f"{failure.code} {failure.type}"
    if "invalid_request" in kind and not any(sign in kind for sign in _BUSY):
        return Rejected(f"The model provider {account.name!r} refused the request: {said}")
    return Unavailable(f"The model provider {account.name!r} broke off: {said}")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date (RFC 9110, 10.2.3).

    A date is measured against the answer's own `Date`, so that no two clocks need agree.
    """
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        told = headers.get("Retry-After")
        if told is None:
            return None
        if told.strip().replace(".", "", 1).isdecimal():
            return float(told)
        return max(0.0, _moment(told) - _moment(headers["Date"]))
    except (ValueError, KeyError):
        return None


def _moment(date: str) -> float:
    return parsedate_to_datetime(date).timestamp()

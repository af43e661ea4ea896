"""Messages that need no document: greetings, thanks, "who are you", "I want a person"."""

import re

from agenthub.services.intelligence.llm.providers.builtin.languages.language import Language, SmallTalk

_NOISE = re.compile(r"[^\w\s\u0300-\u036f\u0900-\u0963]+")
_MAX_WORDS = 12
_MAX_ASIDE_WORDS = 25


def small_talk_of(message: str, language: Language) -> SmallTalk | None:
    """What kind of small talk the whole message is; a question with a greeting before it is none."""
    plain = _plain(message)
    count = len(plain.split())
    for kind, pattern in language.small_talk:
        if kind == "person":
            if count <= _MAX_ASIDE_WORDS and pattern.search(plain):
                return kind
        elif count <= _MAX_WORDS and pattern.fullmatch(plain):
            return kind
    return None


def without_greeting(message: str, language: Language) -> str:
    """The message from where its opening greeting or thanks ends."""
    opening, border, rest = _first_clause(message)
    if border and rest.strip() and small_talk_of(opening, language) in ("greeting", "thanks"):
        return rest.strip()
    return message


def _first_clause(message: str) -> tuple[str, str, str]:
    hit = re.search(r"[,.!?।\n]+", message)
    return (message[: hit.start()], hit.group(), message[hit.end() :]) if hit else (message, "", "")


def _plain(message: str) -> str:
    return " ".join(_NOISE.sub(" ", message.casefold()).split())

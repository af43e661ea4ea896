"""Which of the known languages a text is written in."""

import re
from collections.abc import Sequence

from agenthub.services.intelligence.llm.providers.builtin.languages.english import ENGLISH
from agenthub.services.intelligence.llm.providers.builtin.languages.hindi import HINDI
from agenthub.services.intelligence.llm.providers.builtin.languages.language import Language
from agenthub.services.intelligence.llm.providers.builtin.languages.spanish import SPANISH
from agenthub.services.intelligence.llm.providers.builtin.words import words

LANGUAGES: Sequence[Language] = (ENGLISH, HINDI, SPANISH)

_DEVANAGARI = re.compile(r"[\u0900-\u097f]")
_SPANISH_ONLY = re.compile(r"[¿¡ñáéíóú]", re.IGNORECASE)


def language_of(text: str, tag: str = "") -> Language:
    """The language of a BCP 47 tag if it is known, else the one whose function words the text uses most."""
    for language in LANGUAGES:
        if tag.lower().split("-")[0] == language.code:
            return language
    if _DEVANAGARI.search(text):
        return HINDI
    forms = [word.form for word in words(text)]
    spanish = sum(form in SPANISH.function_words for form in forms) + bool(_SPANISH_ONLY.search(text))
    english = sum(form in ENGLISH.function_words for form in forms)
    return SPANISH if spanish > english else ENGLISH

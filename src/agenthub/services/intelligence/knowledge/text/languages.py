"""A guess at a text's language, from its script and its commonest words."""

import re
from collections import Counter
from types import MappingProxyType

from agenthub.kit.words import words

SAMPLE_CHARACTERS = 4000
UNDECIDED = "en"

_SCRIPTS = (
    ("hi", re.compile("[\u0900-\u097f]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("ta", re.compile("[\u0b80-\u0bff]")),
    ("hy", re.compile("[\u0530-\u058f]")),
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
)
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")

# Words of one language only, or nearly so: a word shared by several decides nothing.
_STOP_WORDS = MappingProxyType(
    {
        "en": "the of and to is was in that it for with as on are this by be from what which how who when",
        "es": "el los las del que y en una por con para es su se al lo como más pero cuál qué cómo quién fue",
        "fr": "le les des du et est une dans pour par sur avec qui que il elle au aux ce cette quel quelle où pas",
        "de": "der die das und ist von den dem mit für auf nicht ein eine zu im wie was wer wo wann sich auch",
        "pt": "o os as do da dos das que e em uma por com para é não na no ao mais como qual quem foi são",
        "it": "il lo gli della di che è e per con una sono del nel dei delle come quale chi non più si alla",
        "nl": "de het een van en is dat op te zijn voor met niet aan wat wie hoe door ook naar",
        "sv": "och att det som en är på av för med den till inte vad hur vem har ett om",
        "tr": "ve bir bu da de için ile ne çok daha olan gibi kim değil mi",
        "pl": "i w na z się nie do jest że co jak to dla kto po od przez czy",
    }
)
_LANGUAGES_OF_WORD = MappingProxyType(
    {
        word: tuple(language for language, line in _STOP_WORDS.items() if word in line.split())
        for line in _STOP_WORDS.values()
        for word in line.split()
    }
)


def guess_language(text: str) -> str:
    """An ISO 639-1 code; English where Latin text gives no sign, for stemming must choose something."""
    sample = text[:SAMPLE_CHARACTERS]
    script, found = max(
        ((code, len(pattern.findall(sample))) for code, pattern in _SCRIPTS), key=lambda p: p[1]
    )
    if found > len(_LATIN.findall(sample)) / 2:
        return _east_asian(sample) if script in {"zh", "ja"} else script
    votes: Counter[str] = Counter()
    for word in words(sample):
        languages = _LANGUAGES_OF_WORD.get(word, ())
        for language in languages:
            votes[language] += 12 // len(languages)
    return max(votes, key=lambda language: (votes[language], language == UNDECIDED), default=UNDECIDED)


def _east_asian(sample: str) -> str:
    return "ja" if re.search("[\u3041-\u30ff]", sample) else "zh"

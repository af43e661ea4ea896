"""The same text gives the same terms, in every script."""

import pytest
from hypothesis import given, strategies as st

from agenthub.kit.words import LONGEST_WORD, words
from agenthub.services.intelligence.knowledge.text.grams import GramAnalyzer
from agenthub.services.intelligence.knowledge.text.languages import guess_language
from agenthub.services.intelligence.knowledge.text.stems import StemAnalyzer


def test_hindi_words_keep_their_vowel_signs() -> None:
    assert words("हिन्दी की किताबें।") == ["हिन्दी", "की", "किताबें"]


def test_letters_of_other_widths_and_cases_are_the_same_word() -> None:
    assert words("STRASSE straße ﬁne \uff26ine") == ["strasse", "strasse", "fine", "fine"]


def test_composed_and_decomposed_accents_are_the_same_word() -> None:
    assert words("caf\u00e9") == words("cafe\u0301")


def test_punctuation_and_underscores_separate_words() -> None:
    assert words("user_name, e-mail: 3.5") == ["user", "name", "e", "mail", "3", "5"]


def test_scripts_without_spaces_give_pairs_of_characters() -> None:
    assert words("東京都は2020年") == ["東京", "京都", "都は", "2020", "年"]


def test_a_megabyte_without_a_space_gives_short_words() -> None:
    found = words("a" * 1_000_000)
    assert max(map(len, found)) == LONGEST_WORD
    assert sum(map(len, found)) == 1_000_000


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "refunded payments", "refund payment"),
        ("es", "devoluciones", "devolución"),
        ("hi", "किताबें", "किताब"),
        ("de-AT", "Zahlungen", "Zahlung"),
    ],
)
def test_inflected_words_share_a_stem(language: str, one: str, other: str) -> None:
    stems = StemAnalyzer()
    assert stems.terms(one, language) == stems.terms(other, language)


def test_a_language_without_a_stemmer_keeps_its_words() -> None:
    assert StemAnalyzer().terms("running shoes", "xx") == ["running", "shoes"]


def test_grams_stay_inside_the_borders_of_a_word() -> None:
    assert GramAnalyzer().terms("a card") == ["_a_", "_car", "card", "ard_"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "What is the return policy for shoes?"),
        ("es", "¿Cuál es la política de devoluciones de los zapatos?"),
        ("fr", "Quelle est la politique de retour pour les chaussures ?"),
        ("de", "Wie lange kann ich die Schuhe zurückgeben und was kostet das?"),
        ("pt", "Qual é a política de devolução dos sapatos e como faço?"),
        ("it", "Qual è la politica di reso delle scarpe e come si fa?"),
        ("hi", "जूते वापस करने की नीति क्या है?"),
        ("ru", "Как вернуть обувь?"),
        ("ja", "靴の返品はできますか"),
        ("zh", "如何退货"),
        ("en", "12345"),
        ("en", ""),
    ],
)
def test_the_language_is_guessed(language: str, text: str) -> None:
    assert guess_language(text) == language


@given(st.text())
def test_terms_survive_being_joined_and_split(text: str) -> None:
    for analyzer in (StemAnalyzer(), GramAnalyzer()):
        terms = analyzer.terms(text)
        assert " ".join(terms).split() == terms
        assert all(term and '"' not in term for term in terms)

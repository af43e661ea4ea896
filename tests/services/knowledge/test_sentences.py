"""Sentences end where a reader would stop."""

import pytest
from hypothesis import given, strategies as st

from agenthub.services.intelligence.knowledge.text.sentences import sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("He said “Stop.” Then he left.", ["He said “Stop.”", "Then he left."]),
        ("It costs 3.50 euros. Really.", ["It costs 3.50 euros.", "Really."]),
        ("Dr. J. Smith met Mrs. Jones at 5 p.m. on Monday.", None),
        ("Am 3. Mai gilt z.B. Nr. 5 nicht.", None),
        ("It ended in 2019. Then came 2020.", ["It ended in 2019.", "Then came 2020."]),
        ("See e.g. Smith et al. 2019 (cf. Table 2).", None),
        ("यह पहला वाक्य है। यह दूसरा है॥", ["यह पहला वाक्य है।", "यह दूसरा है॥"]),
        ("これは文です。次の文です。「終わり。」", ["これは文です。", "次の文です。", "「終わり。」"]),
        ("¿Qué es? Es un perro.", ["¿Qué es?", "Es un perro."]),
        ("Visit example.com/a.b now", None),
        ("", []),
    ],
)
def test_a_text_is_parted_into_its_sentences(text: str, parts: list[str] | None) -> None:
    expected = [text] if parts is None else parts
    assert [one.strip() for one in sentences(text)] == expected


@given(st.text(alphabet='aB1 .!?।。\n"”)'))
def test_no_character_is_lost(text: str) -> None:
    assert "".join(sentences(text)) == text

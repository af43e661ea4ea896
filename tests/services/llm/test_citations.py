import re
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from agenthub.contracts.llm import CitationMark, Passage, TextDelta
from agenthub.services.intelligence.llm.providers.citations import CitationFilter

PASSAGES = (
    Passage(number=1, text="We open at nine. On Sundays we are closed. Dr. Roy is in on 4 May."),
    Passage(number=2, text="Shipping takes 3 days. It is free above 60 euros."),
    Passage(number=12, text="हम सोमवार को बंद हैं। डिलीवरी में 3 दिन लगते हैं।"),
)


def filtered(*deltas: str) -> tuple[str, list[CitationMark]]:
    marks = CitationFilter(PASSAGES)
    events = [event for delta in deltas for event in marks.feed(delta)] + list(marks.close())
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    return text, [event for event in events if isinstance(event, CitationMark)]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Free above 60 [2].", "Free above 60 [2]."),
        ("Free above 60 [7].", "Free above 60."),
        ("Free[9] of charge [2, 8].", "Free of charge [2]."),
        ("Both [1, 2]", "Both [1][2]"),
        ("Both [1][2][3]", "Both [1][2]"),
        ("Monday【12】", "Monday[12]"),
        ("See [the list] or [a1].", "See [the list] or [a1]."),
        ("Use `x[7]` there [1].", "Use `x[7]` there [1]."),
        ("```\na[0] = b[1]\n```\nDone [0].", "```\na[0] = b[1]\n```\nDone."),
        ("An open [", "An open ["),
        ("[1234]", "[1234]"),
        ("[[7]1]", "[(7)1]"),
    ],
)
def test_marks_stay_only_where_they_name_a_supplied_passage(said: str, kept: str) -> None:
    assert filtered(said)[0] == kept


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("We are closed on Sundays [1].", "On Sundays we are closed."),
        ("Hello there. Doors open at nine. [1]", "We open at nine."),
        ("Roy comes on 4 May [1]", "Dr. Roy is in on 4 May."),
        ("Over 60 euros it costs nothing [2].", "It is free above 60 euros."),
        ("सोमवार को हम बंद रहते हैं। [12]", "हम सोमवार को बंद हैं।"),
    ],
)
def test_a_mark_resolves_to_the_sentence_that_supports_the_claim(claim: str, quote: str) -> None:
    (citation,) = filtered(claim)[1]
    passage = next(passage for passage in PASSAGES if passage.number == citation.number)
    assert citation.quote == quote == passage.text[citation.start : citation.end]


def test_two_marks_after_one_claim_are_resolved_each_in_its_passage() -> None:
    _, citations = filtered("Open at nine and free above 60 euros [1][2].")
    assert [c.quote for c in citations] == ["We open at nine.", "It is free above 60 euros."]


PIECES = st.lists(
    st.sampled_from(
        [
            "[",
            "]",
            "1",
            "2",
            "7",
            "12",
            "[1]",
            "[7]",
            "[1, 2]",
            " ",
            ", ",
            "`",
            "```",
            "\n",
            "word",
            "ends.",
            "【",
            "】",
        ]
    ),
    max_size=30,
)


@given(PIECES, st.data())
def test_the_answer_does_not_depend_on_where_deltas_are_cut(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=10)))
    borders = [0, *cuts, len(text)]
    deltas = [text[start:end] for start, end in pairwise(borders)]
    assert filtered(*deltas) == filtered(text)


@settings(max_examples=400)
@given(PIECES)
def test_every_mark_outside_code_has_its_citation(pieces: list[str]) -> None:
    text, citations = filtered(*(piece for piece in pieces if "`" not in piece))
    marks = [int(number) for number in re.findall(r"\[(\d{1,3})\]", text)]
    assert [citation.number for citation in citations] == marks

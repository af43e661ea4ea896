"""Passages are about equal, whole, and know where they come from."""

import time

from hypothesis import given, strategies as st

from agenthub.services.intelligence.knowledge.chunking import (
    Chunk,
    PageStart,
    SectionStart,
    chunks_of,
    tokens_of,
)
from agenthub.services.intelligence.knowledge.parsers.document import Block


def sentence(number: int, count: int = 10) -> str:
    return f"Sentence {number} " + "has words " * ((count - 2) // 2) + "here."


def paragraph(numbers: range, page: int | None = None, section: tuple[str, ...] = ()) -> Block:
    return Block(" ".join(sentence(number) for number in numbers), page, section)


def folded(text: str) -> str:
    return " ".join(text.split())


def test_a_short_document_is_one_passage() -> None:
    blocks = [Block("Title", 1, ("Title",), "heading"), Block("A text.", 1, ("Title",))]
    assert chunks_of(blocks) == [
        Chunk(0, "Title\n\nA text.", 4, ("Title",), (PageStart(0, 1),), (SectionStart(0, ("Title",)),))
    ]


def test_no_passage_is_longer_than_the_size_and_few_are_much_shorter() -> None:
    chunks = chunks_of([paragraph(range(300))])
    assert all(chunk.tokens <= 400 for chunk in chunks)
    assert all(chunk.tokens > 300 for chunk in chunks[:-1])
    assert [chunk.position for chunk in chunks] == list(range(len(chunks)))


def test_neighbours_share_whole_sentences_up_to_the_overlap() -> None:
    first, second, *_ = chunks_of([paragraph(range(300))])
    shared = second.text[: second.text.index("here.", 250) + 5]
    overlap = [part for part in second.text.split(". ") if part in first.text]
    assert overlap
    assert 30 <= tokens_of(". ".join(overlap)) <= 60
    assert second.text.startswith("Sentence")
    assert shared


def test_nothing_is_repeated_across_a_heading() -> None:
    blocks = [
        paragraph(range(20), section=("A",)),
        Block("B", None, ("B",), "heading"),
        paragraph(range(20, 40), section=("B",)),
    ]
    first, second = chunks_of(blocks)
    assert (first.section, second.section) == (("A",), ("B",))
    assert second.text.startswith("B\n\nSentence 20")


def test_short_sections_stand_together() -> None:
    blocks = [
        block
        for name in "ABC"
        for block in (Block(name, None, (name,), "heading"), Block(f"Text of {name}.", None, (name,)))
    ]
    assert [chunk.text for chunk in chunks_of(blocks)] == [
        "A\n\nText of A.\n\nB\n\nText of B.\n\nC\n\nText of C."
    ]


def test_a_quote_resolves_to_its_page_although_the_passage_began_before() -> None:
    blocks = [paragraph(range(n * 7, n * 7 + 7), page=n + 1) for n in range(20)]
    chunks = chunks_of(blocks)
    assert any(len(chunk.pages) > 1 for chunk in chunks)
    for chunk in chunks:
        for number in range(140):
            offset = chunk.text.find(f"Sentence {number} ")
            if offset >= 0:
                assert chunk.page_at(offset) == number // 7 + 1
    assert chunks[0].page == 1


def test_each_section_that_a_passage_takes_in_keeps_its_place() -> None:
    blocks = [Block("Before all."), Block("A", 1, ("A",), "heading"), Block("In A.", 1, ("A",))]
    blocks += [Block("B", 1, ("A", "B"), "heading"), Block("In B.", 1, ("A", "B"))]
    [chunk] = chunks_of(blocks)
    assert chunk.section == ()
    assert [(chunk.text[start.offset :].split("\n")[0], start.path) for start in chunk.sections] == [
        ("A", ("A",)),
        ("B", ("A", "B")),
    ]


def test_a_table_is_cut_between_its_rows() -> None:
    rows = [f"Item {n} | {n} euros" for n in range(300)]
    chunks = chunks_of([Block("\n".join(rows), 3, (), "table")])
    assert len(chunks) > 1
    assert all(line in rows for chunk in chunks for line in chunk.text.splitlines())


def test_a_word_of_a_megabyte_is_cut_in_good_time() -> None:
    start = time.monotonic()
    chunks = chunks_of([Block("x" * 1_000_000)])
    assert time.monotonic() - start < 5
    assert "".join(chunk.text for chunk in chunks_of([Block("x" * 1_000_000)], overlap=0)) == "x" * 1_000_000
    assert all(chunk.tokens <= 400 for chunk in chunks)


def test_a_sentence_longer_than_a_passage_is_cut_between_words() -> None:
    text = " ".join(f"word{n}" for n in range(2_000))
    chunks = chunks_of([Block(text)], overlap=0)
    assert " ".join(chunk.text for chunk in chunks) == text


def test_marks_without_a_word_are_not_repeated() -> None:
    blocks = [Block("a"), Block("a"), Block("a"), Block("a.a।a. ।a")]
    text = " ".join(chunk.text for chunk in chunks_of(blocks, size=12, overlap=0))
    assert folded(text).replace(" ", "") == "aaaa.a।a.।a"


@given(
    st.lists(
        st.builds(
            Block,
            st.text(alphabet="ab .!\n।", min_size=1, max_size=200).filter(str.strip),
            st.integers(1, 3),
            st.just(()),
            st.sampled_from(["paragraph", "heading", "table"]),
        ),
        max_size=8,
    )
)
def test_without_overlap_every_word_is_kept_once_and_in_order(blocks: list[Block]) -> None:
    chunks = chunks_of(blocks, size=12, overlap=0)
    kept = " ".join(chunk.text for chunk in chunks)
    assert folded(kept).replace(" ", "") == "".join(folded(one.text) for one in blocks).replace(" ", "")
    assert chunks == chunks_of(blocks, size=12, overlap=0)

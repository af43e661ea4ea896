"""Arms are joined by their scores, not by their ranks."""

from agenthub.services.intelligence.knowledge.ranking import rank, weight_of
from agenthub.services.intelligence.knowledge.stores.lexical import LexicalScore


def test_a_clear_lead_in_one_arm_beats_a_narrow_one_in_the_other() -> None:
    scores = [LexicalScore("clear", 9, 4.0), LexicalScore("narrow", 2, 4.1), LexicalScore("third", 1, 1.0)]
    assert [one.chunk_id for one in rank(scores)] == ["clear", "narrow", "third"]


def test_an_arm_that_tells_nothing_apart_counts_nothing() -> None:
    scores = [LexicalScore("a", 5, 1), LexicalScore("b", 5, 2)]
    assert [one.chunk_id for one in rank(scores)] == ["b", "a"]


def test_a_neighbour_without_a_shared_word_is_ranked_too() -> None:
    ranked = rank([LexicalScore("words", 1, 1)], {"meaning": 0.9, "words": 0.2}, vector_weight=5)
    assert [(one.chunk_id, one.vector) for one in ranked] == [("meaning", 0.9), ("words", 0.2)]


def test_a_weight_of_zero_leaves_the_vectors_out() -> None:
    scores = [LexicalScore("a", 2, 2), LexicalScore("b", 1, 1)]
    assert rank(scores, {"c": 1.0}, vector_weight=0) == rank(scores)


def test_equal_scores_stand_in_the_order_of_their_ids() -> None:
    scores = [LexicalScore("b", 1, 1), LexicalScore("a", 1, 1)]
    assert [one.chunk_id for one in rank(scores)] == ["a", "b"]


def test_nothing_ranks_as_nothing() -> None:
    assert rank([]) == []


def test_the_untrained_model_weighs_less_than_a_trained_one() -> None:
    assert 0 < weight_of("builtin") < weight_of("text-embedding-3-small")

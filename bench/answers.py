"""How well the built-in model answers, and how well it knows what it does not know.

    python bench/answers.py FOLDER

FOLDER holds question sets in SQuAD's JSON form, one file a language: en.json, hi.json, es.json (XQuAD,
CC BY-SA 4.0). Each question is asked twice: with its passage and the four others that share most words with
it, and with the five others alone. Right is an answer that holds a gold answer word for word; where the
passage is withheld, right is saying so. The model's thresholds were chosen on the articles with even numbers;
the table shows both halves.
"""

import json
import math
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from agenthub.contracts.llm import ChatMessage, CompletionRequest, Passage
from agenthub.services.intelligence.llm.providers.builtin.answer import Answer, answer
from agenthub.services.intelligence.llm.providers.builtin.languages.detection import language_of
from agenthub.services.intelligence.llm.providers.builtin.words import words

_SUPPLIED = 5


class Question(NamedTuple):
    text: str
    passage: int
    article: int
    gold: tuple[str, ...]


class Tally(NamedTuple):
    questions: int
    answered: int
    right: int
    right_first: int
    sentences: int
    refused: int
    milliseconds: float
    slowest: float


def load(path: Path) -> tuple[list[str], list[Question]]:
    passages: list[str] = []
    questions: list[Question] = []
    for number, article in enumerate(json.loads(path.read_text("utf-8"))["data"]):
        for paragraph in article["paragraphs"]:
            questions += [_question(asked, len(passages), number) for asked in paragraph["qas"]]
            passages.append(paragraph["context"])
    return passages, questions


def _question(asked: dict[str, Any], passage: int, article: int) -> Question:
    gold = tuple(answer["text"] for answer in asked["answers"])
    return Question(asked["question"], passage, article, gold)


class Retrieval:
    """Plain overlap of words, weighted by their rarity over all passages."""

    def __init__(self, passages: list[str], language: str) -> None:
        self._forms = [frozenset(word.form for word in words(text)) for text in passages]
        self._common = language_of("", language).function_words
        self._seen = Counter(form for forms in self._forms for form in forms)

    def others(self, question: Question) -> list[int]:
        asked = {word.form for word in words(question.text)} - self._common
        total = len(self._forms)
        weight = {form: math.log(total / self._seen[form]) for form in asked if form in self._seen}
        overlap = {
            at: sum(weight[form] for form in weight.keys() & forms)
            for at, forms in enumerate(self._forms)
            if at != question.passage
        }
        return sorted(overlap, key=lambda at: (-overlap[at], at))[:_SUPPLIED]


def ask(question: str, texts: list[str]) -> tuple[Answer, float]:
    supplied = tuple(Passage(number=at + 1, text=text) for at, text in enumerate(texts))
    request = CompletionRequest(
        model="builtin", messages=(ChatMessage(role="user", content=question),), passages=supplied
    )
    start = time.process_time()
    found = answer(request)
    spent = (time.process_time() - start) * 1000
    for segment in found.segments:
        if quote := segment.citation:
            source = texts[quote.number - 1]
            if source[quote.start : quote.end] != quote.quote or not quote.quote:
                raise SystemExit(f"not word for word: {quote}")
    return found, spent


def measure(passages: list[str], questions: list[Question], retrieval: Retrieval) -> Tally:
    answered = right = right_first = sentences = refused = 0
    spent: list[float] = []
    for question in questions:
        others = [passages[at] for at in retrieval.others(question)]
        supplied = others[: _SUPPLIED - 1]
        supplied.insert(len(question.text) % _SUPPLIED, passages[question.passage])
        found, took = ask(question.text, supplied)
        spent.append(took)
        quotes = [segment.citation.quote for segment in found.segments if segment.citation]
        answered += bool(quotes)
        sentences += len(quotes)
        right += any(gold in quote for gold in question.gold for quote in quotes)
        right_first += any(gold in quote for gold in question.gold for quote in quotes[:1])
        refused += ask(question.text, others)[0].reason == "no_answer"
    count = len(questions)
    return Tally(count, answered, right, right_first, sentences, refused, sum(spent) / count, max(spent))


def lines(folder: Path) -> Iterator[str]:
    yield "set        questions  answered  right  right in 1st  sentences  refused when withheld  ms mean  ms max"
    for path in sorted(folder.glob("??.json")):
        passages, questions = load(path)
        retrieval = Retrieval(passages, path.stem)
        for half, name in enumerate(("developed", "held out")):
            tally = measure(passages, [q for q in questions if q.article % 2 == half], retrieval)
            count = tally.questions
            yield (
                f"{path.stem} {name:<9}{count:>8}{tally.answered / count:>10.3f}{tally.right / count:>7.3f}"
                f"{tally.right_first / count:>14.3f}{tally.sentences / max(1, tally.answered):>11.2f}"
                f"{tally.refused / count:>23.3f}{tally.milliseconds:>9.1f}{tally.slowest:>8.1f}"
            )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    for line in lines(Path(sys.argv[1])):
        print(line, flush=True)

"""Whether every citation stands on its page: `python -m bench.citations FOLDER` with XQuAD's files.

Prints the articles with Chromium into PDF files of eight each, starts an installation in a folder of its own,
adds the files and publishes an agent with the built-in model over the public API, asks it, and looks each
quote up on the page that its citation names, with poppler's pdftotext in both of its orders. White space is
folded; a hyphen at the end of a line counts as part of the word or as a mere break, whichever of the two gives
the quote. How many quotes stand in the text before printing is counted too: there, nothing is folded but space.
Ends with 1 when a citation does not stand.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.host.test_embedded import agenthub, free_port
from tests.journeys.citing import Article, Seen, folded, pages_of, printed
from tests.journeys.owner import Owner

ARTICLES_A_FILE = 8


@dataclass(frozen=True)
class Question:
    text: str
    gold: Sequence[str]
    file: str


@dataclass(frozen=True)
class Shelf:
    """The files by the ids of their documents, what stands on their pages, and all text before printing."""

    names: dict[str, str]
    pages: dict[str, list[Seen]]
    whole: str


@dataclass
class Tally:
    questions: int = 0
    answered: int = 0
    citations: int = 0
    standing: int = 0
    elsewhere: int = 0
    exact: int = 0
    gold: int = 0
    milliseconds: list[float] = field(default_factory=list)
    fallen: list[str] = field(default_factory=list)


def load(path: Path, most: int) -> tuple[dict[str, list[Article]], list[Question], str]:
    """The articles by file, questions from all over them, and the whole text."""
    files: dict[str, list[Article]] = {}
    questions = []
    data = json.loads(path.read_text(encoding="utf-8"))["data"]
    for number, article in enumerate(data):
        file = f"{path.stem}-{number // ARTICLES_A_FILE + 1}.pdf"
        paragraphs = [paragraph["context"] for paragraph in article["paragraphs"]]
        title = article.get("title") or f"Article {number + 1}"
        files.setdefault(file, []).append((title.replace("_", " "), paragraphs))
        questions += [
            Question(asked["question"], [answer["text"] for answer in asked["answers"]], file)
            for paragraph in article["paragraphs"]
            for asked in paragraph["qas"]
        ]
    step = max(1, len(questions) // most)
    whole = folded(" ".join(text for articles in files.values() for _, texts in articles for text in texts))
    return files, questions[::step][:most], whole


def measure(path: Path, owner: Owner, most: int) -> Tally:
    files, questions, whole = load(path, most)
    contents = {name: printed(Path(name).stem, articles) for name, articles in files.items()}
    seen = {name: pages_of(content) for name, content in contents.items()}
    print(f"{path.stem}: {len(files)} files of {[len(pages) for pages in seen.values()]} pages", flush=True)
    base_id = owner.post("/api/knowledge", {"name": path.stem, "language": path.stem})["id"]
    begun = time.perf_counter()
    names = owner.add_documents(base_id, contents)
    print(f"{path.stem}: indexed in {time.perf_counter() - begun:.1f} s", flush=True)
    agent_id = owner.publish_agent(base_id, f"proof-{path.stem}")
    tally, shelf = Tally(), Shelf(names, seen, whole)
    for question in questions:
        begun = time.perf_counter()
        answer = owner.ask(agent_id, question.text)
        tally.milliseconds.append((time.perf_counter() - begun) * 1000)
        note(tally, question, answer, shelf)
    return tally


def note(tally: Tally, question: Question, answer: Any, shelf: Shelf) -> None:
    tally.questions += 1
    tally.answered += answer["outcome"] == "answered"
    tally.gold += any(gold in folded(answer["text"]) for gold in question.gold)
    for citation in answer["citations"]:
        quote, page = citation["quote"], citation["page"] or 0
        pages = shelf.pages[shelf.names[citation["document_id"]]]
        holding = [number for number, text in enumerate(pages, 1) if text.holds(quote)]
        tally.citations += 1
        tally.exact += folded(quote) in shelf.whole
        tally.standing += page in holding
        if page not in holding:
            tally.elsewhere += bool(holding)
            tally.fallen.append(f"page {page}, found on {holding}: {quote!r}")


def lines(name: str, tally: Tally) -> Iterator[str]:
    times = sorted(tally.milliseconds)
    yield (
        f"{name}: {tally.questions} questions, {tally.answered} answered, {tally.citations} citations,"
        f" {tally.standing} quotes on their page, {tally.elsewhere} on another page only,"
        f" {tally.exact} word for word as in the source before printing,"
        f" gold answer contained {tally.gold}"
    )
    yield (
        f"{name}: whole answer first {tally.milliseconds[0]:.0f} ms, p50 {statistics.median(times):.0f} ms,"
        f" p95 {times[int(len(times) * 0.95)]:.0f} ms"
    )
    yield from tally.fallen


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder of en.json, es.json, …")
    parser.add_argument("--languages", nargs="+", default=["en", "es"], help="which of the files")
    parser.add_argument("--questions", type=int, default=200, help="of each language, at most")
    options = parser.parse_args()
    fallen = 0
    with (
        tempfile.TemporaryDirectory() as home,
        agenthub("up", "--port", str(free_port()), home=Path(home)) as (_, ready),
    ):
        owner = Owner(ready)
        for language in options.languages:
            tally = measure(options.folder / f"{language}.json", owner, options.questions)
            fallen += len(tally.fallen)
            for line in lines(language, tally):
                print(line, flush=True)
    raise SystemExit(1 if fallen else 0)


if __name__ == "__main__":
    main()

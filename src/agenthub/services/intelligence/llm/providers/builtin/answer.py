"""Answers a request by quoting the passages it came with, or says that they do not hold the answer."""

import re
from collections.abc import Sequence

import msgspec

from agenthub.contracts.llm import CitationMark, CompletionRequest, FinishReason
from agenthub.services.intelligence.llm.providers.builtin.languages.detection import LANGUAGES, language_of
from agenthub.services.intelligence.llm.providers.builtin.languages.language import Language, SmallTalk
from agenthub.services.intelligence.llm.providers.builtin.matching import (
    Candidate,
    Matcher,
    candidates_of,
)
from agenthub.services.intelligence.llm.providers.builtin.question import Part, parts_of
from agenthub.services.intelligence.llm.providers.builtin.ranking import evidence, features, score
from agenthub.services.intelligence.llm.providers.builtin.smalltalk import small_talk_of, without_greeting
from agenthub.services.intelligence.llm.providers.builtin.words import Lexicon
from agenthub.services.intelligence.llm.providers.sentences import cells_of

_MAX_SENTENCES = 3
_ENOUGH_EVIDENCE = -0.9
_CLOSE_SECOND = 0.85
_MAX_LIST_CHARACTERS = 600
_FOREIGN_MARK = re.compile(r"\s?\[\d[\d,\s\u2013-]*\]")
_SPACE = re.compile(r"[^\S\n]*\n(?!\s*(?:[-*+•]|\d{1,2}[.)])\s)\s*|[^\S\n]+")


class Segment(msgspec.Struct, frozen=True):
    """A stretch of the answer, ending with its mark where it quotes."""

    text: str
    citation: CitationMark | None = None


class Answer(msgspec.Struct, frozen=True):
    segments: tuple[Segment, ...]
    reason: FinishReason
    person_requested: bool = False


class _Scored(msgspec.Struct, frozen=True):
    candidate: Candidate
    score: float
    evidence: float


def answer(request: CompletionRequest) -> Answer:
    """The same request gives the same answer; nothing is said of the subject but in quotes."""
    asked = [turn.content for turn in request.messages if turn.role == "user"]
    message = asked[-1] if asked else ""
    language = language_of(message, request.language)
    for spoken in (language, *LANGUAGES):
        talk = small_talk_of(message, spoken) if message.strip() else "greeting"
        if talk:
            return _small_talk(talk, request, spoken)
    earlier = asked[-2] if len(asked) > 1 else ""
    parts = parts_of(without_greeting(message, language), earlier, language)
    return _quoted(request, parts[:_MAX_SENTENCES], language)


def _small_talk(talk: SmallTalk, request: CompletionRequest, language: Language) -> Answer:
    if talk == "greeting" and request.greeting and language_of(request.greeting) is language:
        return Answer((Segment(request.greeting),), "stop")
    return Answer((Segment(language.replies[talk]),), "stop", person_requested=talk == "person")


def _quoted(request: CompletionRequest, parts: Sequence[Part], language: Language) -> Answer:
    lexicon = Lexicon(language.stemmer, language.irregular)
    candidates = candidates_of(request.passages)
    chosen = [_choose(part, candidates, lexicon, language, _MAX_SENTENCES - len(parts) + 1) for part in parts]
    if not any(chosen):
        return Answer((Segment(request.fallback or language.unknown),), "no_answer")
    segments: list[Segment] = []
    told: set[tuple[int, int]] = set()
    for part, picked in zip(parts, chosen, strict=True):
        border = "\n\n" if segments else ""
        if not picked:
            segments.append(Segment(border + language.unanswered_part.format(part=part.text)))
            continue
        fresh = [c for c in picked if (c.passage.number, c.sentence.start) not in told]
        told.update((c.passage.number, c.sentence.start) for c in fresh)
        segments += _told(fresh, candidates, language, border)
    return Answer(tuple(segments), "stop")


def _choose(
    part: Part, candidates: Sequence[Candidate], lexicon: Lexicon, language: Language, limit: int
) -> list[Candidate]:
    """The sentences that answer a part, best passage first, then as they stand; none where evidence is thin."""
    ranked = _ranked(part, candidates, lexicon, language)
    if not ranked or ranked[0].evidence < _ENOUGH_EVIDENCE:
        return []
    best = ranked[0]
    picked = [best.candidate]
    if part.kind == "procedure" and limit > 1:
        picked += _next_step(best.candidate, candidates)
    for other in ranked[1:]:
        if len(picked) == limit or other.score < _CLOSE_SECOND * best.score:
            break
        if all(_says_more(other.candidate, known) for known in picked):
            picked.append(other.candidate)
    first = best.candidate.passage.number
    return sorted(picked, key=lambda c: (c.passage.number != first, c.passage.number, c.position))


def _next_step(candidate: Candidate, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """The sentence after it: instructions go on where they begin."""
    at = candidates.index(candidate) + 1
    following = candidates[at : at + 1]
    return [c for c in following if c.passage is candidate.passage and c.sentence.kind in ("prose", "item")]


def _ranked(
    part: Part, candidates: Sequence[Candidate], lexicon: Lexicon, language: Language
) -> list[_Scored]:
    matcher = Matcher(part, lexicon)
    weights = matcher.weights(candidates)
    scored = []
    for match in matcher.matches(candidates):
        if match.candidate.sentence.kind in ("prose", "item", "row"):
            seen = features(match, part, weights, language)
            rank = score(seen, match.candidate.passage.score)
            scored.append(_Scored(match.candidate, rank, evidence(seen)))
    return sorted(scored, key=lambda s: (-s.score, s.candidate.passage.number, s.candidate.position))


def _says_more(one: Candidate, other: Candidate) -> bool:
    """If at most two thirds of its words are in the other: overlapping passages repeat each other."""
    mine = {word.form for word in one.words}
    shared = mine & {word.form for word in other.words}
    return len(shared) * 3 <= len(mine) * 2


def _told(
    picked: Sequence[Candidate], candidates: Sequence[Candidate], language: Language, border: str
) -> list[Segment]:
    segments = []
    for at, candidate in enumerate(picked):
        elsewhere = at and candidate.passage.number != picked[at - 1].passage.number
        lead = border if at == 0 else f" {language.also} " if elsewhere else " "
        citation = _citation(candidate, candidates)
        shown = _SPACE.sub(" ", _FOREIGN_MARK.sub("", _legible(candidate, citation.quote))).strip()
        segments.append(Segment(f"{lead}{shown} [{citation.number}]", citation))
    return segments


def _legible(candidate: Candidate, quote: str) -> str:
    """The quote as it stands; a table row gets the name of each column before its cell."""
    if candidate.sentence.kind != "row":
        return quote
    columns = cells_of(candidate.sentence.context)
    return "; ".join(f"{name}: {cell}" for name, cell in zip(columns, cells_of(quote), strict=False))


def _citation(candidate: Candidate, candidates: Sequence[Candidate]) -> CitationMark:
    """The sentence as it stands; one that announces a list takes the list with it."""
    passage, start, end = candidate.passage, candidate.sentence.start, candidate.sentence.end
    if candidate.sentence.text.endswith(":"):
        following = candidates[candidates.index(candidate) + 1 :]
        for item in following:
            if item.passage is not passage or item.sentence.kind != "item":
                break
            if item.sentence.end - start > _MAX_LIST_CHARACTERS:
                break
            end = item.sentence.end
    return CitationMark(number=passage.number, quote=passage.text[start:end], start=start, end=end)

"""The built-in model keeps small talk short, in the language of the customer, and knows who asks for a person."""

import pytest

from agenthub.services.intelligence.llm.providers.builtin.languages.detection import LANGUAGES, language_of

TEXTS = ("You can return any item within 45 days.",)


@pytest.mark.parametrize(
    ("message", "opening"),
    [
        ("Hi!", "Hello"),
        ("Good morning 👋", "Hello"),
        ("hello, how are you?", "Hello"),
        ("Thanks a lot", "You're welcome"),
        ("ok thank you!", "You're welcome"),
        ("Bye", "Goodbye"),
        ("Who are you?", "I am an automated assistant"),
        ("are you a robot or a human?", "I am an automated assistant"),
        ("¡Hola!", "¡Hola!"),
        ("Buenos días", "¡Hola!"),
        ("muchas gracias", "¡De nada!"),
        ("¿Quién eres?", "Soy un asistente"),
        ("adiós", "Hasta luego"),
        ("नमस्ते", "नमस्ते!"),
        ("धन्यवाद", "आपका स्वागत"),
        ("आप कौन हैं?", "मैं एक स्वचालित"),
        ("namaste ji", "नमस्ते!"),
    ],
)
async def test_small_talk_is_answered_in_its_language_without_citing(ask, message, opening) -> None:
    said = await ask(message, texts=TEXTS)
    assert said.text.startswith(opening)
    assert said.citations == ()
    assert said.reason == "stop"
    assert not said.person_requested


@pytest.mark.parametrize(
    "message",
    [
        "I want to talk to a human",
        "Can I speak with someone please?",
        "give me a real person",
        "agent",
        "This is useless, connect me to a representative!",
        "Quiero hablar con una persona",
        "pásame con un agente",
        "मुझे किसी व्यक्ति से बात करनी है",
        "mujhe agent se baat karni hai",
    ],
)
async def test_who_asks_for_a_person_is_heard(ask, message) -> None:
    said = await ask(message, texts=TEXTS)
    assert said.person_requested
    assert said.reason == "stop"
    assert said.citations == ()


@pytest.mark.parametrize(
    "message",
    [
        "How many days does a person have to return an item?",
        "Do I need a person to sign for the delivery?",
        "Which agent answers my customers?",
        "¿Cuántos días tiene una persona para devolver?",
    ],
)
async def test_the_word_person_alone_asks_for_none(ask, message) -> None:
    assert not (await ask(message, texts=TEXTS)).person_requested


async def test_a_question_after_a_greeting_is_answered(ask) -> None:
    said = await ask("Hello! How many days do I have to return an item?", texts=TEXTS)
    assert said.text == "You can return any item within 45 days. [1]"


async def test_the_owners_greeting_is_used_for_those_who_speak_its_language(ask) -> None:
    greeting = "Welcome to the shop, ask me about returns."
    assert (await ask("hello", greeting=greeting)).text == greeting
    assert (await ask("", greeting=greeting)).text == greeting
    assert (await ask("नमस्ते", greeting=greeting)).text.startswith("नमस्ते!")


async def test_a_language_tag_decides_over_the_look_of_the_message(ask) -> None:
    assert (await ask("ok", language="es-MX")).text.startswith("¡De nada!")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("What is the price of this?", "en"),
        ("cuanto cuesta el envio a casa", "es"),
        ("डिलीवरी कब होगी", "hi"),
        ("12345", "en"),
        ("¿precio?", "es"),
    ],
)
def test_the_language_is_told_by_script_and_function_words(text: str, code: str) -> None:
    assert language_of(text).code == code


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_every_language_has_every_reply(language) -> None:
    assert {kind for kind, _ in language.small_talk} == set(language.replies)
    assert "{part}" in language.unanswered_part

"""A newcomer in a browser: from the set-up link to a cited answer, and back after the page was closed."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Installation

QUESTION = "How many days do I have to return something?"
ANSWER = "You can return any unused item within 45 days"


async def set_up(page: Page, installation: Installation) -> str:
    """Make the owner; the path of the sample agent's chat."""
    await page.goto(installation.setup_link)
    await page.get_by_label("Name", exact=False).first.fill("Ada Lovelace")
    await page.locator("[name=email]").fill("ada@example.com")
    for field in ("password", "again"):
        await page.locator(f"[name={field}]").fill("a long safe phrase 42")
    await page.locator("[name=organization_name]").fill("Fernhill")
    await page.locator("button[type=submit]").click()
    link = page.locator("a[href^='/chat/']")
    await expect(link).to_be_visible(timeout=30_000)
    path = await link.get_attribute("href")
    assert path is not None
    return path


async def ask(page: Page, question: str) -> None:
    await page.get_by_label("Your message").fill(question)
    await page.get_by_role("button", name="Send").click()


@pytest.mark.parametrize("installation", ["embedded", "servers"], indirect=True)
async def test_from_the_set_up_link_to_a_cited_answer(page: Page, installation: Installation) -> None:
    await page.goto(installation.address + await set_up(page, installation))
    await ask(page, QUESTION)
    answer = page.locator("#messages > li.agent").last
    await expect(answer).to_contain_text(ANSWER, timeout=20_000)
    await expect(answer.locator(".sources")).to_contain_text("Returns and refunds")
    await answer.get_by_role("button", name="Source 1").click()
    await expect(answer.locator(".sources li.shown q")).to_contain_text("45 days")


async def test_the_link_makes_one_owner_only(
    page: Page, browser: Browser, installation: Installation
) -> None:
    await set_up(page, installation)
    late = await browser.new_page()
    await late.goto(installation.setup_link)
    for field, value in {
        "name": "Mallory",
        "email": "mallory@example.com",
        "password": "a long safe phrase 43",
        "again": "a long safe phrase 43",
        "organization_name": "Mine",
    }.items():
        await late.locator(f"[name={field}]").fill(value)
    await late.locator("button[type=submit]").click()
    await expect(late.get_by_role("alert").first).to_be_visible()
    await expect(late.locator("a[href^='/chat/']")).to_have_count(0)


async def test_a_reload_shows_the_same_conversation_once(page: Page, installation: Installation) -> None:
    await page.goto(installation.address + await set_up(page, installation))
    await ask(page, QUESTION)
    await expect(page.locator("#messages > li.agent").last).to_contain_text(ANSWER, timeout=20_000)
    before = await page.locator("#messages > li").all_inner_texts()
    await page.reload()
    await expect(page.locator("#messages > li")).to_have_count(len(before), timeout=10_000)
    await expect(page.locator("#messages > li.agent").last).to_contain_text(ANSWER)
    assert await page.locator("#messages > li").all_inner_texts() == before


async def test_what_is_written_offline_is_sent_once_when_the_network_is_back(
    page: Page, installation: Installation
) -> None:
    await page.goto(installation.address + await set_up(page, installation))
    await expect(page.get_by_role("status")).to_have_text("Online")
    await page.context.set_offline(True)
    await ask(page, QUESTION)
    await expect(page.locator("#messages > li.customer")).to_have_count(1)
    await page.context.set_offline(False)
    await expect(page.locator("#messages > li.agent").last).to_contain_text(ANSWER, timeout=30_000)
    await expect(page.locator("#messages > li.customer")).to_have_count(1)

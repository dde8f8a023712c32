"""Chromium: a supervisor reads and hears a call, a representative reads it only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import Visit, chromium
from tests.browser.web import NUMBER, PASSWORDS, Web, web
from tests.calls.audio import make_tone

__all__ = ["chromium", "web"]
pytestmark = pytest.mark.browser
CALLER = "+15550123"
# Playwright's own waiting evaluates text, which the page's content policy forbids.
PLAYS_ON = """(player, beyond) => new Promise((done) => {
  const look = () => player.currentTime > beyond ? done() : setTimeout(look, 50);
  look();
})"""


@pytest.fixture
def visit(chromium: Browser, web: Web) -> Iterator[Visit]:
    with chromium.new_context(viewport={"width": 1500, "height": 950}) as context:
        yield Visit(page=context.new_page(), web=web.url)


def events(began: datetime, *what: tuple[str, float, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "event_id": str(uuid4()),
            "job_id": "AJ_1",
            "sequence": sequence,
            "kind": kind,
            "detail": detail,
            "happened_at": (began + timedelta(seconds=after_s)).isoformat(),
        }
        for sequence, (kind, after_s, detail) in enumerate(what, 1)
    ]


def said(began: datetime, speaker: str, text: str, turn: int, after_s: float) -> dict[str, Any]:
    return {
        "turn": turn,
        "speaker": speaker,
        "text": text,
        "started_at": (began + timedelta(seconds=after_s)).isoformat(),
        "ended_at": (began + timedelta(seconds=after_s + 1)).isoformat(),
        "latency": {"total_s": 0.8, "end_of_turn_s": 0.5} if speaker == "voice_agent" else {},
    }


def ring(web: Web, room: str) -> None:
    attributes = {"sip.phoneNumber": CALLER, "sip.trunkPhoneNumber": NUMBER}
    job = {"room_name": room, "job_id": "AJ_1", "attributes": attributes}
    web.tell("worker", "POST", "", json=job)


@pytest.fixture(scope="module")
def call(web: Web, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A call that is over, told as worker and recorder tell it; returns its room."""
    room = f"call-_{CALLER}_over"
    began = datetime.now(UTC) - timedelta(minutes=5)
    ring(web, room)
    question = "Where is my order W 1001?"
    answer = "It was shipped and arrives on Friday."
    order = {"turn": 1, "name": "get_order_status", "result": {"status": "shipped"}}
    policy = {"passage_id": "returns-1", "source": "Returns", "text": "Thirty days.", "used": True}
    happened = events(
        began,
        ("answered", 1, {}),
        ("utterance", 3, said(began, "caller", question, 1, 2)),
        ("tool_call", 3.5, order),
        ("retrieval", 3.5, {"turn": 1, "query": question, "passages": [policy]}),
        ("utterance", 5, said(began, "voice_agent", answer, 1, 4)),
        ("call_ended", 6, {"reason": "goodbye"}),
    )
    web.tell("worker", "POST", f"{room}/events/", json=happened)
    audio = make_tone(tmp_path_factory.mktemp("audio") / "one.ogg", seconds=5)
    web.tell(
        "recorder",
        "PUT",
        f"{room}/recording/AJ_2/",
        content=audio,
        headers={
            "Content-Type": "audio/ogg",
            "X-Started-At": (began + timedelta(seconds=1)).isoformat(),
            "X-Duration": "5",
            "X-Sha256": hashlib.sha256(audio).hexdigest(),
        },
    )
    return room


def open_call(visit: Visit, room: str) -> None:
    visit.page.goto(f"{visit.web}/admin/calls/call/?q={room.rsplit('_', 1)[1]}")
    visit.page.click(f"#result_list >> text={CALLER}")


def test_a_supervisor_reads_the_call_and_hears_it_from_a_sentence_on(
    visit: Visit, web: Web, call: str
) -> None:
    page = visit.page
    visit.log_in("supervisor", PASSWORDS["supervisor"])
    with web.running("manage.py", "runclock"):
        open_call(visit, call)
        for _ in range(20):
            if page.locator("#player").count():
                break
            page.wait_for_timeout(500)
            page.reload()
    player = page.locator("#player")
    expect(page.locator(".badge.recording-complete")).to_be_visible()
    expect(page.locator(".said.caller")).to_contain_text("Where is my order W 1001?")
    expect(page.locator(".said.voice_agent")).to_contain_text("0.80 s")
    expect(page.locator(".passage.read-out")).to_contain_text("Thirty days.")
    page.click(".used summary")
    expect(page.locator(".used pre")).to_contain_text("shipped")
    visit.keep("call-page")

    page.click(".said.voice_agent .seek")

    player.evaluate(PLAYS_ON, 3.2)
    assert player.evaluate("player => player.error") is None
    assert 4.9 < player.evaluate("player => player.duration") < 5.1
    visit.page.goto(f"{visit.web}/admin/calls/call/")
    visit.keep("calls-list")
    assert visit.complaints == []


def test_a_representative_reads_the_call_and_does_not_hear_it(visit: Visit, call: str) -> None:
    visit.log_in("representative", PASSWORDS["representative"])

    open_call(visit, call)

    expect(visit.page.locator(".said.caller")).to_contain_text("Where is my order W 1001?")
    assert visit.page.locator("audio").count() == 0
    call_id = visit.page.url.split("/")[-3]
    refused = visit.page.request.get(f"{visit.web}/calls/{call_id}/recording")
    assert refused.status == 403
    visit.keep("call-page-representative")
    assert visit.complaints == []


def test_the_page_of_a_live_call_follows_it(visit: Visit, web: Web) -> None:
    room = f"call-_{CALLER}_live"
    began = datetime.now(UTC)
    ring(web, room)
    visit.log_in("supervisor", PASSWORDS["supervisor"])
    open_call(visit, room)
    expect(visit.page.locator(".call-title .badge.live")).to_be_visible()

    words = said(began, "caller", "Can you hear me?", 1, 1)
    web.tell("worker", "POST", f"{room}/events/", json=events(began, ("utterance", 1, words)))
    expect(visit.page.locator(".said.caller")).to_contain_text("Can you hear me?")

    ended = events(began, ("call_ended", 3, {"reason": "goodbye"}))
    web.tell("worker", "POST", f"{room}/events/", json=ended)
    expect(visit.page.locator(".call-title .badge.completed")).to_be_visible()
    assert visit.complaints == []


def test_the_login_and_every_list_keep_to_the_content_policy(visit: Visit) -> None:
    visit.page.goto(f"{visit.web}/")
    visit.keep("login")
    visit.log_in("supervisor", PASSWORDS["supervisor"])
    addresses = visit.page.locator("#content-main .model-link, #content-main th a").evaluate_all(
        "links => links.map(link => link.href)"
    )
    assert len(addresses) >= 3

    for address in addresses:
        visit.page.goto(address)

    assert visit.complaints == []

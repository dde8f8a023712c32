"""Chromium on the running line: the supervisor finds the call that a telephone has just made."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import Visit, chromium
from tests.telephone.line import Line
from tests.telephone.story import CALLER, Story

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.telephone, pytest.mark.timeout(300)]


def test_the_call_of_a_moment_ago_is_complete_on_its_page(
    chromium: Browser, line: Line, story: Story
) -> None:
    line.wait_for(
        "SELECT state FROM calls_recording WHERE call_id = %s",
        story.call["id"],
        until=lambda rows: bool(rows) and rows[0]["state"] == "ready",
    )
    with chromium.new_context(viewport={"width": 1280, "height": 1000}) as context:
        visit = Visit(page=context.new_page(), web=line.web)
        visit.log_in("supervisor", line.env["SUPERVISOR_PASSWORD"])
        visit.page.goto(f"{line.web}/admin/calls/call/")
        visit.page.click(f"#result_list >> text={CALLER}")

        expect(visit.page.locator(".badge.recording-complete")).to_be_visible()
        expect(visit.page.locator(".badge.quoted")).to_be_visible()
        expect(visit.page.locator(".used .tool").first).to_have_text("find_customer_by_order")
        said = visit.page.locator(".said.voice_agent").all_inner_texts()
        assert any("W1001 has shipped" in text for text in said)
        heard_s = visit.page.evaluate(
            """() => new Promise((done) => {
                 const player = document.querySelector("#player");
                 player.addEventListener("timeupdate", () => {
                   if (player.currentTime > 0.3) done(player.duration);
                 });
                 player.play();
               })"""
        )
        assert heard_s > 10
        visit.keep("real-call")
        assert visit.complaints == []


def test_a_representative_reads_the_call_but_has_no_recording(
    chromium: Browser, line: Line, story: Story
) -> None:
    with chromium.new_context() as context:
        visit = Visit(page=context.new_page(), web=line.web)
        visit.log_in("representative", line.env["REPRESENTATIVE_PASSWORD"])
        visit.page.goto(f"{line.web}/admin/calls/call/{story.call['id']}/change/")

        expect(visit.page.locator(".said.caller").first).to_be_visible()
        assert visit.page.locator("audio").count() == 0
        answer = visit.page.request.get(f"{line.web}/calls/{story.call['id']}/recording")
        assert answer.status == 403

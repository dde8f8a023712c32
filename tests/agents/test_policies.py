"""Passages in a call: what is searched for, and what the language model sees."""

from __future__ import annotations

import pytest
from livekit.agents import llm

from agents.voice.ordered.preference import EngineFailed, Preference
from agents.voice.policies import (
    Policies,
    as_detail,
    caller_turns,
    is_quoted,
    standalone_query,
    with_passages,
)
from knowledge.passages import Hit, PolicyIndex, read_back
from tests.fakes.policy_index import RETURNS, FakeIndex


def conversation(*turns: tuple[str, str]) -> llm.ChatContext:
    context = llm.ChatContext.empty()
    for role, text in turns:
        context.add_message(role="user" if role == "caller" else "assistant", content=text)
    return context


@pytest.mark.parametrize(
    ("turns", "query"),
    [
        (["What is your return policy?"], "What is your return policy?"),
        (["Can I return a lamp?", "And a sofa?"], "Can I return a lamp? And a sofa?"),
        (["Can I return a lamp?", "How long is that?"], "Can I return a lamp? How long is that?"),
        (["Can I return a lamp?", "What are your opening hours?"], "What are your opening hours?"),
        ([], ""),
    ],
)
def test_an_elliptical_turn_is_searched_with_the_one_before(turns: list[str], query: str) -> None:
    assert standalone_query(turns) == query


def test_passages_stand_before_the_last_words_and_only_in_a_copy() -> None:
    context = conversation(("caller", "Hi"), ("agent", "Hello"), ("caller", "Can I return it?"))

    shown = with_passages(context, [Hit(passage=RETURNS, score=0.8, relevant=True)])

    assert caller_turns(context) == ["Hi", "Can I return it?"]
    block, last = caller_turns(shown)[-2:]
    assert last == "Can I return it?"
    assert [passage.passage_id for passage in read_back(block)] == ["returns-1"]


async def test_the_next_index_takes_over_within_the_turn() -> None:
    away, there = FakeIndex(away=True), FakeIndex()

    indexes = Preference[PolicyIndex]("policies", [("first", away), ("second", there)])
    failures: list[EngineFailed] = []
    indexes.tell = failures.append

    hits = await Policies(indexes).search("returns")

    assert [hit.passage.passage_id for hit in hits] == ["returns-1"]
    assert away.asked == there.asked == ["returns"]
    assert failures == [EngineFailed(role="policies", provider="first", error="Unavailable")]


async def test_an_index_that_failed_is_left_alone_for_a_while() -> None:
    away, there = FakeIndex(away=True), FakeIndex()
    policies = Policies(Preference("policies", [("first", away), ("second", there)]))

    await policies.search("returns")
    await policies.search("shipping")

    assert (away.asked, there.asked) == (["returns"], ["returns", "shipping"])


async def test_without_any_index_there_are_no_passages() -> None:
    assert (
        await Policies(Preference("policies", [("only", FakeIndex(away=True))])).search("returns")
        == []
    )


def test_a_passage_counts_as_used_if_one_of_its_sentences_was_said() -> None:
    answer = "You can return anything within 30 days of  delivery. Anything else?"

    assert is_quoted(RETURNS.text, answer)
    assert not is_quoted(RETURNS.text, "You have a month.")
    (detail,) = as_detail([Hit(passage=RETURNS, score=0.81234567, relevant=True)], answer)
    assert detail["used"] is True
    assert detail["score"] == 0.8123
    assert detail["source"] == "Returns, Time limits"

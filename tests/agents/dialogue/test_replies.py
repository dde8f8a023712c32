from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.voice.dialogue import replies
from agents.voice.dialogue.replies import Asked, asked_in
from tests.agents.dialogue.calls import AWAY, GREETING, Call, Shop

QUESTIONS = {
    Asked.ORDER_NUMBER: (
        replies.ASK_ORDER_FIRST,
        replies.ASK_ORDER,
        replies.ASK_ORDER_TOO,
        replies.ASK_ORDER_AGAIN,
        replies.ASK_IDENTITY_FOR_LIST,
        replies.BACK_TO_ORDER,
        replies.DOUBTFUL_ORDER,
        replies.SOME_ORDERS,
        replies.MANY_ORDERS,
        "Could I have your order number, please?",
    ),
    Asked.ZIP_CODE: (
        replies.ASK_ZIP,
        replies.ASK_ZIP_FIRST,
        replies.ASK_ZIP_AGAIN,
        replies.ASK_ZIP_CORRECTED,
        replies.BACK_TO_ZIP,
        replies.DOUBTFUL_ZIP,
        "Thanks! And which ZIP code does it go to?",
    ),
    Asked.PERSON: (
        replies.NUMBER_NOT_HEARD,
        replies.STILL_NOT_FOUND,
        replies.SAME_AS_BEFORE,
        replies.LOCKED,
        replies.ORDERS_AWAY,
        replies.NO_NUMBER,
        replies.CANNOT_CHANGE,
        replies.NO_ANSWER,
        replies.STILL_NOT_UNDERSTOOD,
        "Would you like to talk to a person?",
    ),
    Asked.ANYTHING_ELSE: (
        *replies.ANYTHING_ELSE,
        replies.LOCKED_ALONE,
        replies.ORDERS_AWAY_ALONE,
        replies.NO_NUMBER_ALONE,
    ),
    Asked.WHICH_IS_WRONG: (replies.NOT_FOUND,),
    Asked.CHECK: (replies.ONE_ORDER,),
    None: (GREETING, replies.HELLO, replies.WAIT, replies.NOT_UNDERSTOOD, replies.FAREWELL),
}


@pytest.mark.parametrize(
    ("asked", "text"), [(asked, text) for asked, texts in QUESTIONS.items() for text in texts]
)
def test_every_question_is_recognised_again(asked: Asked | None, text: str) -> None:
    assert asked_in(text) is asked


@given(st.lists(st.text(min_size=1) | st.sampled_from(["W1001", "94110", "yes", "no"]), max_size=6))
def test_whatever_is_said_is_answered_and_orders_that_are_away_are_never_told(
    lines: list[str],
) -> None:
    call = Call(shop=Shop(away=True))

    answers = []
    for line in filter(str.strip, lines):
        answers.append(call.says(line))
        if call.ended:
            break

    assert all(answers[:-1])
    assert call.ended or all(answers)
    assert not any("Your order" in answer or AWAY in answer for answer in answers)

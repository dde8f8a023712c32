"""What callers say in between: "the second one", "are you sure?", anger, questions unanswered."""

from __future__ import annotations

import pytest

from agents.voice.dialogue.number_runs import Kind
from agents.voice.dialogue.spoken_numbers import Heard, hear
from tests.agents.dialogue.calls import CONNECTING, Call, passage


def identified() -> Call:
    call = Call()
    call.says("Where is my order W1001, zip 94110?")
    call.used.clear()
    return call


@pytest.mark.parametrize("said", ["The second one.", "Second.", "The second order, please."])
def test_one_of_the_orders_read_out_is_chosen_by_its_place(said: str) -> None:
    call = identified()

    assert call.says("Which orders do I have?") == (
        "You have 2 orders: W1001 and W1002. Which one would you like to know about?"
    )
    assert call.says(said).startswith("Your order W1002 was delivered yesterday.")
    assert call.used == ["list_orders()", "get_order_status(W1002)"]


def test_a_place_that_was_not_read_out_is_not_guessed() -> None:
    call = identified()
    call.says("Which orders do I have?")
    call.used.clear()

    call.says("The third one.")

    assert call.used == []


def test_a_zip_code_said_first_is_kept() -> None:
    call = Call()

    assert call.says("94110") == "Thank you. And what's the order number?"
    assert call.says("W1001") == (
        "Thanks, Ana. Your order W1001 has shipped and should arrive on Friday."
        " Is there anything else?"
    )


def test_whether_it_is_late_is_asked_of_the_order_system() -> None:
    call = identified()

    assert call.says("Is it late?").startswith("Your order W1001 has shipped")
    assert call.used == ["get_order_status(W1001)"]


def test_asked_whether_it_is_sure_it_names_the_order_system() -> None:
    call = identified()

    assert call.says("Are you sure?") == (
        "That is what the order system says right now. Can I help you with anything else?"
    )


def test_asked_whether_it_is_sure_of_a_policy_it_says_the_same_again() -> None:
    call = Call()
    call.says("Can I return a lamp?", passage("You can return an item within thirty days."))

    assert call.says("Are you sure?") == (
        "Yes. You can return an item within thirty days. Is there anything else?"
    )


@pytest.mark.parametrize("asked", ["Do you sell mattresses?", "And what is your favourite color?"])
def test_a_question_that_no_policy_answers_is_admitted_and_a_person_offered(asked: str) -> None:
    call = Call()

    assert call.says(asked, passage("We do not ship to Canada.", relevant=False)) == (
        "I'm sorry, I found nothing about that in our policies."
        " Shall I ask a colleague to help you?"
    )
    assert call.says("Yes, please.") == CONNECTING


def test_an_angry_caller_is_offered_a_person() -> None:
    call = Call()

    assert call.says("This is ridiculous.") == (
        "I'm sorry about that. Shall I ask a colleague to help you?"
    )
    assert call.says("Yes.") == CONNECTING


def test_anger_does_not_hide_what_is_wanted() -> None:
    call = Call()

    assert call.says("Where is my damn order?") == "I can check that. What's your order number?"


def test_a_broken_item_is_a_question_of_policy_even_with_its_order_number() -> None:
    call = identified()
    broken = passage("Tell us within fourteen days if an item arrives broken.")

    assert call.says("My order W1001 arrived broken.", broken) == (
        "Tell us within fourteen days if an item arrives broken. Can I help you with anything else?"
    )
    assert call.used == []


@pytest.mark.parametrize(
    ("heard", "expecting", "meant"),
    [
        # All written by Moonshine from noisy telephone speech.
        ("My order number is W1double21.", Kind.ORDER, Heard(orders=("W1221",))),
        ("It's double 9412.", Kind.ZIP, Heard(zip_code="99412")),
        (
            "My order number is 1456 and my fifth is 30309.",
            None,
            Heard(orders=("W1456",), zip_code="30309"),
        ),
        (
            "The zip is seven three three o one, order w one two one four.",
            None,
            Heard(orders=("W1214",), zip_code="73301"),
        ),
        ("Double your fourteen eighty-two.", Kind.ORDER, Heard(orders=("W1482",))),
        ("Ah, it's w on 1498.", Kind.ORDER, Heard(orders=("W1498",))),
        ("W.s. In William, 1099.", Kind.ORDER, Heard(orders=("W1099",))),
        ("21,000 na 21201", Kind.ZIP, Heard(zip_code="21201")),
        ("Now it's 1002.", None, Heard(orders=("W1002",))),
    ],
)
def test_what_noise_did_to_a_number_is_undone(
    heard: str, expecting: Kind | None, meant: Heard
) -> None:
    assert hear(heard, expecting=expecting) == meant

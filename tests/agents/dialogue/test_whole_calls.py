"""Whole calls, line by line, with the exact answers."""

from __future__ import annotations

from tests.agents.dialogue.calls import CONNECTING, Call, Shop, passage

ASK_ZIP = "I can check that. For your security, what's the zip code of the delivery address?"
SHIPPED = "Your order W1001 has shipped and should arrive on Friday."
RETURNS = "You can return an item within thirty days of the day it was delivered."


def test_a_caller_learns_where_the_order_is_asks_about_returns_and_says_goodbye() -> None:
    call = Call()

    assert call.says("Where is my order W1001?") == ASK_ZIP
    assert call.says("94110") == f"Thanks, Ana. {SHIPPED} Is there anything else?"
    assert (
        call.says("What is your return policy?", passage(RETURNS))
        == f"{RETURNS} Can I help you with anything else?"
    )
    assert call.says("No, that's all. Goodbye.") == ""
    assert call.used == [
        "find_customer_by_order(W1001, 94110)",
        "get_order_status(W1001)",
        "end_call(the caller said goodbye)",
    ]


def test_number_and_zip_code_may_come_in_one_sentence() -> None:
    call = Call()

    said = call.says("Hi, it's order W one thousand one, and my zip is nine four one one oh.")

    assert said == f"Thanks, Ana. {SHIPPED} Is there anything else?"


def test_an_identified_caller_asks_about_another_order_without_being_asked_again() -> None:
    call = Call()
    call.says("Where is my order W1001?")
    call.says("94110")
    call.used.clear()

    assert (
        call.says("And what about W1002?")
        == "Your order W1002 was delivered yesterday. Can I help you with anything else?"
    )
    assert call.used == ["get_order_status(W1002)"]


def test_a_correction_replaces_the_order_number() -> None:
    call = Call()
    call.says("Where is my order W1001?")

    assert call.says("No, W1002.") == (
        "All right, W1002. And what's the zip code of the delivery address?"
    )
    call.says("94110")

    assert call.used == ["find_customer_by_order(W1002, 94110)", "get_order_status(W1002)"]


def test_after_a_failed_search_both_numbers_are_read_back() -> None:
    call = Call()
    call.says("Where is my order W1001?")

    assert call.says("94111") == (
        "I can't find an order W1001 with the zip code 9 4 1 1 1. Which of the two is wrong?"
        " Please say it digit by digit, or type it on your keypad."
    )
    assert call.says("94110") == f"Thanks, Ana. {SHIPPED} Is there anything else?"


def test_a_number_that_is_too_short_is_read_back_and_asked_again() -> None:
    call = Call()
    call.says("Where is my order?")

    assert call.says("W one oh oh") == (
        "I heard 1 0 0, but an order number has four digits. Please say the order number again,"
        " digit by digit, or type it on your keypad."
    )
    assert call.used == []


def test_a_question_in_between_does_not_lose_the_order() -> None:
    call = Call()
    call.says("Where is my order W1001?")

    assert (
        call.says("How long do I have to return it?", passage(RETURNS))
        == f"{RETURNS} So, what's the zip code of the delivery address?"
    )
    assert call.says("94110") == f"Thanks, Ana. {SHIPPED} Is there anything else?"


def test_a_change_is_not_promised_but_passed_on() -> None:
    call = Call()

    assert call.says("I want to cancel my order.") == (
        "I'm sorry, I can't change, cancel or return orders yet."
        " Shall I pass this on to a colleague?"
    )
    assert call.says("Yes, please.") == CONNECTING
    assert call.used == ["request_person(I want to cancel my order.)"]


def test_twice_not_understood_offers_a_person() -> None:
    call = Call()

    assert call.says("Banana.") == (
        "I'm sorry, I didn't get that. You can ask me about an order or about our policies."
    )
    assert call.says("Banana.") == (
        "I'm sorry, I still don't understand. Shall I connect you with a colleague?"
    )


def test_orders_that_cannot_be_reached_are_said_honestly() -> None:
    call = Call(shop=Shop(away=True))
    call.says("Where is my order W1001?")

    assert call.says("94110") == (
        "I'm sorry, I can't look up orders right now. Shall I connect you with a colleague?"
    )


def test_without_tools_nothing_is_promised() -> None:
    call = Call(tools=frozenset())

    assert (
        call.says("Where is my order W1001?")
        == "I'm sorry, I can't look up orders right now. Is there anything else?"
    )
    assert call.says("Can I talk to a person?") == (
        "I'm sorry, I can't connect you with anyone right now. Can I help you with anything else?"
    )
    assert call.says("Goodbye.") == "Thank you for calling. Goodbye."

"""Whole calls, line by line, with the exact answers."""

from __future__ import annotations

from agents.voice.dialogue.conversation import CallerSaid, WeSaid
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
        "I'm sorry, I still don't understand. Shall I ask a colleague to help you?"
    )


def test_orders_that_cannot_be_reached_are_said_honestly() -> None:
    call = Call(shop=Shop(away=True))
    call.says("Where is my order W1001?")

    assert call.says("94110") == (
        "I'm sorry, I can't look up orders right now. Shall I ask a colleague to help you?"
    )


def test_without_tools_nothing_is_promised() -> None:
    call = Call(tools=frozenset())

    assert (
        call.says("Where is my order W1001?")
        == "I'm sorry, I can't look up orders right now. Is there anything else?"
    )
    assert call.says("Can I talk to a person?") == (
        "I'm sorry, I can't reach a colleague right now. Can I help you with anything else?"
    )
    assert call.says("Goodbye.") == "Thank you for calling. Goodbye."


def test_a_call_in_which_nothing_is_found_twice_ends_with_a_person() -> None:
    call = Call()
    call.says("Where is my order W1009?")
    call.says("94110")

    assert call.says("W1008") == (
        "I can't find an order W1008 with the zip code 9 4 1 1 0 either."
        " Shall I ask a colleague to help you?"
    )
    assert call.says("Yes.") == CONNECTING


def test_the_same_pair_is_never_searched_for_twice() -> None:
    call = Call()
    call.says("Where is my order W1009?")
    call.says("94110")

    assert call.says("W1009 is right.") == (
        "That is what I searched for, and I found nothing. Shall I ask a colleague to help you?"
    )
    assert call.used == ["find_customer_by_order(W1009, 94110)"]


def test_the_caller_names_the_wrong_number_before_saying_it() -> None:
    call = Call()
    call.says("Where is my order W1001?")
    call.says("94111")

    assert call.says("The zip code.") == (
        "Please say the zip code again, digit by digit, or type it on your keypad."
    )
    assert call.says("94110") == f"Thanks, Ana. {SHIPPED} Is there anything else?"


def test_locked_identification_is_not_tried_again() -> None:
    call = Call(shop=Shop(locked=True))
    call.says("Where is my order W1001?")
    locked = (
        "I couldn't confirm your details, so I can't open any orders in this call."
        " Shall I ask a colleague to help you?"
    )

    assert call.says("94110") == locked
    assert call.says("What about W1002?") == locked
    assert call.used == ["find_customer_by_order(W1001, 94110)"]


def test_an_order_of_somebody_else_is_not_told_about() -> None:
    call = Call()
    call.says("Where is my order W1001?")
    call.says("94110")

    assert call.says("And W2001?") == (
        "I don't see an order W2001 on your account."
        " Please say the order number again, digit by digit, or type it on your keypad."
    )


def test_orders_are_listed_and_one_is_chosen() -> None:
    call = Call()
    assert call.says("Which orders do I have?") == (
        "I can do that. For your security, what's one of your order numbers?"
    )
    call.says("W1001")

    assert call.says("94110") == (
        "Thanks, Ana. You have 2 orders: W1001 and W1002. Which one would you like to know about?"
    )
    assert call.says("W1002") == "Your order W1002 was delivered yesterday. Is there anything else?"


def test_a_caller_without_the_number_is_offered_a_person() -> None:
    call = Call()
    call.says("Where is my order?")

    assert call.says("I don't have the number.") == (
        "Without the order number and the zip code I can't open your order."
        " Shall I ask a colleague to help you?"
    )
    assert call.says("No.") == "All right. Is there anything else?"
    assert call.says("No, thanks.") == ""


def test_contents_carrier_and_total_are_told_only_when_asked() -> None:
    call = Call()
    call.says("Where is my order W1001?")
    call.says("94110")

    assert call.says("What's in it?") == (
        "In your order W1001: 2 Linen throw and 1 Clay mug. Can I help you with anything else?"
    )
    assert call.says("What's the tracking number?") == (
        "Your order W1001 is with UPS. The tracking number is 1Z999."
        " Anything else I can do for you?"
    )
    assert call.says("How much did I pay?") == (
        "The total of your order W1001 is 84 dollars and 50 cents. Is there anything else?"
    )


def test_the_last_answer_is_said_again_without_piling_up() -> None:
    call = Call()
    first = call.says("Where is my order W1001?")

    assert call.says("Could you say that again?") == f"Sure. {first}"
    assert call.says("Slower, please.") == f"Sure, once more, slowly. {first}"
    assert call.says("94110") == f"Thanks, Ana. {SHIPPED} Is there anything else?"


def test_the_source_of_a_quoted_sentence_is_named() -> None:
    call = Call()
    call.says("What is your return policy?", passage(RETURNS))

    assert call.says("Where does it say that?", passage(RETURNS)) == (
        "That is from our Returns policy, Time limit. Can I help you with anything else?"
    )
    assert call.says("Where does it say that?") == (
        "I'm sorry, I can't name the exact place right now. Anything else I can do for you?"
    )


def test_a_passage_that_is_not_relevant_is_not_read_out() -> None:
    call = Call()

    assert call.says("What is your warranty?", passage(RETURNS, relevant=False)) == (
        "I'm sorry, I found nothing about that in our policies."
        " Shall I ask a colleague to help you?"
    )


def test_no_after_a_noted_call_back_ends_the_call() -> None:
    call = Call()
    call.history.append(
        WeSaid(
            text="I've noted it, and a colleague will call you back."
            " Is there anything I can do until then?"
        )
    )

    assert call.says("No, thank you.") == ""
    assert call.used == ["end_call(the caller said goodbye)"]


def test_another_language_model_may_have_led_the_call_before() -> None:
    call = Call()
    call.history += [
        CallerSaid(text="Hi, I wonder about my order W1001."),
        WeSaid(text="Happy to help! Could you tell me the ZIP code it ships to?"),
    ]

    assert call.says("nine four one one oh") == f"Thanks, Ana. {SHIPPED} Is there anything else?"


def test_words_spoken_before_any_answer_belong_to_the_same_turn() -> None:
    call = Call()
    call.history += [CallerSaid(text="Where is my order"), CallerSaid(text="W one zero")]

    assert call.says("zero one") == ASK_ZIP

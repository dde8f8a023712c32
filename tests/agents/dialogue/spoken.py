"""What a speech recogniser may write for a number, and which number was meant.

Lines marked "heard" were written by Moonshine from speech through an 8 kHz telephone line.
"""

from __future__ import annotations

from typing import Final

# Answers to "What's your order number?"
ORDER_NUMBERS: Final[dict[str, tuple[str, ...]]] = {
    "W1001": (
        "W1001", "w1001", "W 1001", "W-1001", "W1-001", "W 1-0-0-1", "W-1-0-0-1", "W. 1001.",
        "w_1001", "W1,001", "W 1,001", "W 10 01", "W10,01", "W 100 1", "W1000 1", "10:01",
        "1001", "1-0-0-1", "1 0 0 1", "1, 0, 0, 1", "1. 0. 0. 1.", "one zero zero one",
        "One, zero, zero, one.", "one oh oh one", "one o o one", "One o zero one",
        "W one zero zero one", "W one thousand one", "W one thousand and one", "a thousand and one",
        "W a thousand one", "W ten oh one", "ten zero one", "W ten, o, one.", "ten hundred and one",
        "double u one zero zero one", "double you ten oh one", "Double-U 1001", "Double you, 1001",
        "dubya one oh oh one", "W 1 double 0 1", "W one double zero one", "one double oh one",
        "W one, double, zero, one.", "1 double zero 1", "won zero zero one", "W1 zero zero 1",
        "w one 0 0 one", "It's W1001.", "It is W one zero zero one, please.", "um, W1001",
        "Uh, W one, uh, zero zero one.", "order 1001", "order number 1001", "the number is 1001",
        "my order number is W one thousand one", "Sure, it's W dash one zero zero one.",
        "W1001 W1001", "1001, 1001", "W1001. W1001.", "oh, 1001", "Oh, W1001", "Yes, W1001.",
        "W, one, o, o, one.",  # heard
        "W. one, zero, zero, one.",  # heard
        "It's W. ten o one.",  # heard
        "W. One thousand, one.",  # heard
        "w-one-zero-zero-one.",  # heard
        "My order number is w, one, o, o, one.",  # heard
    ),
    "W1002": (
        "W1002", "W one zero zero two", "one oh oh two", "one oh oh to", "one zero zero too",
        "W ten oh two", "one thousand two", "W1001, no, W1002", "W1001, sorry, W1002",
        "not W1001, W1002", "not 1001, 1002", "1002, not 1001", "No, it's one zero zero two.",
        "No, W1002.", "I meant W1002", "actually 1002", "the other one, 1002",
        "the other one is W1002",
        "No, w-one-zero-zero-two.",  # heard
    ),
    "W1024": (
        "W ten twenty four", "ten twenty-four", "W one zero two four", "one zero to for",
        "10 24", "W one thousand twenty four", "one thousand and twenty-four",
        "W. ten, twenty four.",  # heard
    ),
    "W4821": (
        "W four eight two one", "forty eight twenty one", "48 21", "4,821",
        "four thousand eight hundred twenty one", "four thousand eight hundred and twenty-one",
        "W for ate two won",
        "W for eight, two, one.",  # heard
    ),
    "W1100": (
        "eleven hundred", "W one one double zero", "one thousand one hundred", "11 00",
        "eleven zero zero",
        "W, one, one, double, zero.",  # heard
    ),
    "W1008": ("W, one, double, oh, eight.", "ten oh eight", "one thousand and eight"),
    "W1077": ("W, one, zero, double seven.", "ten seventy seven", "one oh seven seven"),
    "W1018": ("W ten eighteen", "one zero one eight", "one oh eighteen"),
    "W1010": ("W ten ten", "one oh one oh", "one thousand ten"),
    "W1110": ("eleven ten", "triple one zero", "triple 1 oh"),
    "W2000": ("two thousand", "W two triple zero", "twenty hundred", "W 2,000"),
    "W0123": ("W oh one two three", "zero one two three", "Oh, one, two, three.", "W 0123"),
    "W9360": ("ninety three sixty", "W nine three six oh", "niner three six zero"),
}  # fmt: skip

# Answers to "What's the zip code?"
ZIP_CODES: Final[dict[str, tuple[str, ...]]] = {
    "94110": (
        "94110", "9-4-1-1-0", "9 4 1 1 0", "9, 4, 1, 1, 0", "94 110", "941 10", "94,110",
        "nine four one one zero", "Nine, four, one, one, zero.", "nine four one one oh",
        "nine four double one zero", "nine forty one ten", "ninety four one ten",
        "nine four one ten",
        "ninety-four one one oh", "It's 94110.", "the zip is 94110", "zip code 94110", "94110-1234",
        "my zip code is nine four one one zero", "94110 94110", "94110. 94110.", "um 9 4 1 1 0",
        "94110, 94111, no, 94110", "No, 94110.", "Sorry, it's nine four one one zero.",
        "Ninety four thousand, one hundred ten.",  # heard
        "ninety four thousand one hundred and ten",
        "nine, four, one, one, o..",  # heard
    ),
    "02139": (
        "02139", "zero two one three nine", "oh two one three nine", "0 21 39",
        "oh twenty one thirty nine",
        "The zip is O two one three nine.",  # heard
        "The zip is O2139.",  # heard
    ),
    "10003": ("one zero zero zero three", "one triple zero three", "one triple oh three", "100 03"),
    "60614": ("six oh six one four", "sixty six fourteen no 60614", "606-14",
        "six zero six fourteen"),
    "30303": ("three oh three oh three", "30303", "Three, oh, three, oh, three."),
    "33101": ("double three one oh one", "Double three, one, oh, one.", "33 101"),
    "78701": ("seven eight seven oh one", "787 01", "78 701"),
    "20852": ("two oh eight five two", "to oh ate five too", "208 52"),
}  # fmt: skip

# Said without being asked: order numbers, then the ZIP code.
UNASKED: Final[dict[str, str]] = {
    "Where is my order W1001?": "W1001",
    "Where is my order, W, one, zero, zero, one?": "W1001",  # heard
    "Where is my order w? one thousand one?": "W1001",  # heard
    "Where is my order w1002? Zip code 94110": "W1002 94110",  # heard
    "My order is w, one, o, o, one, and the zip code is nine, four, one, one, o..": "W1001 94110",
    "It's W1001 and I live in 94110.": "W1001 94110",  # heard
    "It's W. ten, oh one, and I live in nine, four, one, one, zero.": "W1001 94110",  # heard
    "And what about W. one, zero, zero, two?": "W1002",  # heard
    "And what about 1002?": "W1002",
    "W1001 and 94110": "W1001 94110",
    "W1001, 94110": "W1001 94110",
    "W1001 94110": "W1001 94110",
    "W100194110": "W1001 94110",
    "one oh oh one nine four one one zero": "W1001 94110",
    "one zero zero one, nine four one one zero": "W1001 94110",
    "zip 94110, order 1001": "W1001 94110",
    "94110 is my zip code and the order is 1001": "W1001 94110",
    "order 1001 for 94110": "W1001 94110",
    "order W1001 to 94110": "W1001 94110",
    "one thousand one and the zip is nine four one ten": "W1001 94110",
    "Where are W1001 and W1002?": "W1001 W1002",
    "I have one question.": "",
    "I have two more questions for you.": "",
    "I ordered 2 lamps 3 weeks ago.": "",
    "It has been thirty days.": "",
    "I'd like to order 12 plates.": "",
    "I want to talk to someone.": "",
    "Can I return it after 30 days?": "",
    "I bought it in 2025.": "",
    "It cost $1500.": "",
    "It came on the 21st.": "",
    "Is one thousand dollars too much for shipping?": "",
    "My number is 555-010-1234.": "",
    "Which one do you mean?": "",
    "": "",
}

# Asked for the order number, but too short or too long: read back as heard.
DOUBTFUL_ORDERS: Final[dict[str, str]] = {
    "W one oh oh": "100",
    "W, one, zero, one.": "101",  # heard
    "W-8-0-8": "808",  # heard
    "one hundred and one": "101",
    "W10": "10",
    "1 0 0 1 0": "10010",
    "W one zero zero zero one": "10001",
    "one one oh oh one one": "110011",
}
DOUBTFUL_ZIPS: Final[dict[str, str]] = {
    "Yes, that's five, five, four, one.": "5541",  # heard
    "nine four one": "941",
    "9 4 1 1 0 0": "941100",
    "9411": "9411",
    "sorry, ninety four": "94",
}

"""What callers say in the benchmark; none of it was used to tune the turn settings."""

from __future__ import annotations

from typing import Final

QUESTIONS: Final = (
    "What is your return policy?",
    "How long does shipping take?",
    "Do you ship to other countries?",
    "What are your opening hours?",
    "How does the warranty work?",
    "Can I pay with a gift card?",
    "What do I do with a damaged item?",
    "When do I get my refund?",
    "Who pays for the return shipping?",
    "Can I exchange an item for another colour?",
)
# Callers think in the middle of a sentence; nobody should answer there.
HALVES: Final = (
    ("I would like to know", "how long the delivery takes."),
    ("Can you please tell me", "what your opening hours are."),
    ("I bought a lamp last week and", "now I want to send it back."),
    ("My question is about", "the warranty for my table."),
    ("If I return something", "who pays for the shipping?"),
    ("I was wondering whether", "you ship to Canada."),
    ("So the parcel arrived but", "one of the plates is broken."),
    ("What happens when I", "do not like the colour?"),
    ("I have a gift card and", "want to pay the rest by credit card."),
    ("The thing is that", "I never got an e-mail from you."),
    ("How many days do I have", "to send the chairs back?"),
    ("Do you also", "sell gift cards in your shop?"),
    ("I want to order a sofa", "can you deliver it on a Saturday?"),
    ("Is it possible to", "change the address of a delivery?"),
    ("When I send it back", "how long does the refund take?"),
)

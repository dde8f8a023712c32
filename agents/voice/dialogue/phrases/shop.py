"""What callers want of the shop: their orders, and its policies."""

from __future__ import annotations

from typing import Final

from agents.voice.dialogue.phrases.rule import Intent, Rule

ABOUT_THE_SHOP: Final[tuple[Rule, ...]] = (
    Rule(
        intent=Intent.CHANGE,
        patterns=(
            # Asking to do it. "Can I return …" and "how do I …" ask about the policy.
            r"\b(?:i want(?: to)?|i wanna|i'd like(?: to)?|i would like(?: to)?|i need to|please"
            r"|(?:can|could|would|will) you|help me)\b(?: \w+){0,3}? (?:cancel|return|send back"
            r"|exchange|swap|change|update|modify|refund)\b",
            r"^(?:cancel|return|exchange|change|update|modify|refund)\b",
        ),
        examples=(
            "I want to cancel my order.",
            "Please cancel W1001.",
            "Cancel my order.",
            "I'd like to return a lamp.",
            "Can you change the delivery address?",
            "I need to exchange my blanket.",
            "Could you please refund me?",
        ),
    ),
    Rule(
        intent=Intent.NUMBER_UNKNOWN,
        patterns=(
            r"\b(?:don't|do not|can't|cannot|no longer) (?:have|know|remember|find|got|recall)\b"
            r".*\b(?:number|it|that|code|zip|one)\b",
            r"\b(?:lost|forgot|forgotten) (?:my|the|it)\b|^(?:i )?don't know$|\bno idea\b",
        ),
        examples=(
            "I don't have the order number.",
            "I don't know my zip code.",
            "I can't find it.",
            "I lost my order number.",
            "I don't know.",
        ),
    ),
    Rule(
        intent=Intent.LIST_ORDERS,
        patterns=(
            r"\b(?:which|what|list|lift|all|how many|read me)\b(?: \w+){0,4} orders\b",
            r"\bmy (?:other|recent|last|past) orders\b|^my orders$",
        ),
        examples=(
            "Which orders do I have?",
            "List my orders.",
            "Lift my orders.",  # heard
            "What are my recent orders?",
            "How many orders do I have with you?",
            "Can you read me all my orders?",
        ),
    ),
    Rule(
        intent=Intent.ITEMS,
        patterns=(
            r"\bwhat(?:'s| is| was)? in (?:it|that|the|my)\b(?: (?:box|package|parcel|order))?$",
            r"\bwhat (?:did i|have i|i) (?:order|ordered|buy|bought)\b",
            r"\b(?:which|what) (?:items|products|things) (?:are|did|were|is)\b",
        ),
        examples=(
            "What's in it?",
            "What is in my order?",
            "What did I order?",
            "Which items are in that order?",
        ),
    ),
    Rule(
        intent=Intent.TRACKING,
        patterns=(
            r"\btracking (?:number|code|id)\b",
            r"\b(?:which|what) (?:carrier|company|courier)\b|\bwho(?:'s| is) (?:the carrier"
            r"|delivering|bringing)\b",
        ),
        examples=(
            "What's the tracking number?",
            "Which carrier is it?",
            "Who is delivering it?",
            "Can I get the tracking number?",
        ),
    ),
    Rule(
        intent=Intent.TOTAL,
        patterns=(
            r"\bhow much (?:was|is|did i pay for|did) (?:it|that order|the order|my order)\b"
            r"(?: cost)?$",
            r"\b(?:what(?:'s| is| was) the total|what did i pay|how much did i (?:pay|spend))\b",
        ),
        examples=(
            "How much was it?",
            "What's the total?",
            "How much did I pay?",
            "How much is my order?",
        ),
    ),
    Rule(
        # Said of an order too ("my order W1001 arrived broken"), but the policy answers it.
        intent=Intent.POLICY,
        patterns=(
            r"\b(?:broken|damaged|cracked|smashed|shattered|defective|faulty)\b",
            r"\bwrong (?:item|size|colou?r|thing|product)\b",
        ),
        examples=("My order W1001 arrived broken.", "You sent the wrong size with my order."),
    ),
    Rule(
        intent=Intent.ORDER_STATUS,
        patterns=(
            r"\bwheres?(?:as)?(?: is| are|re)?\b(?: \w+)? my (?!refund|money)",
            r"\b(?:status|track|tracking(?! says)|trace|check|look up|update)\b.*\b{order}\b",
            r"\b(?:about|with|regarding|is it) (?:my|an|the|this|that) {order}\b",
            r"\b(?:when|has|did|is|will|hasn't|haven't|have you)\b.*\bmy\b(?: \w+)? {order}\b",
            r"\bmy {order}\b.*\b(?:ship|shipped|arrive|arrived|come|coming|sent|status|number)\b",
            r"\b(?:when will|when does|when is|did|has) it\b.*\b(?:arrive|come|coming|ship|shipped"
            r"|get here|deliver|delivered|be here)\b",
            r"\b(?:other|another|different|second) order\b|\bb?order (?:status|number)\b",
            r"\b(?:looking|waiting) for (?:my|an?|the|this) {order}\b",
            r"\bis it (?:late|delayed|lost|coming|on (?:its|the) way|shipped|delivered)\b",
            r"\bit (?:hasn't|has not|didn't|did not|still hasn't) (?:arrived?|come|shown? up)\b",
        ),
        examples=(
            "Where is my order?",
            "Where's my package?",
            "Where are my things?",
            "I'd like to check the status of my order.",
            "Can you track a package for me?",
            "I'm calling about my order.",
            "When will my order arrive?",
            "Has my order shipped yet?",
            "My order number is W1001.",
            "When will it arrive?",
            "I have another order.",
            "Order status, please.",
            "I'm looking for my package.",
            "Is it late?",
            "I ordered a lamp last week and it has not arrived.",
            "Border status, please.",  # heard
            "Whereas my order w1002?",  # heard
        ),
    ),
    Rule(
        intent=Intent.POLICY,
        patterns=(
            r"\b(?:policy|policies|returns?|returnable|refunds?|exchange|swap|money back)\b",
            r"\b(?:shipping|ship to|deliver|delivery|express|warranty|guarantee)\b",
            r"\b(?:gift ?cards?|opening hours|hours|open|closed?|store|shop|e ?mail|address)\b",
            r"\b(?:broken|damaged|defective|wrong item|missing|late|never (?:got|arrived))\b",
            r"\b(?:record(?:ed|ing|ings)?|privacy|data|discounts?|price|pay|payment|cost)\b",
            r"^(?:what about|how about|and) (?!w\b|order)",
        ),
        examples=(
            "What is your return policy?",
            "Can I return sale items?",
            "How long does shipping take?",
            "Do you ship to Canada?",
            "How long is the warranty?",
            "What are your opening hours?",
            "The vase arrived broken, what now?",
            "Are you recording this call?",
            "And for gift cards?",
            "Where is my refund?",
        ),
    ),
)

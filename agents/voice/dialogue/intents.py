"""What a caller may want: patterns, and examples that are also the tests.

To teach a new way of saying something, add the sentence to ``examples``, run the tests, and add
or widen a pattern until they pass. The first intent in the table that matches wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Intent(StrEnum):
    """One thing a caller may want."""

    GOODBYE = "goodbye"
    PERSON = "person"
    SOURCE = "source"
    REPEAT = "repeat"
    SLOWER = "slower"
    WAIT = "wait"
    WHY = "why"
    CHANGE = "change"
    LIST_ORDERS = "list_orders"
    NUMBER_UNKNOWN = "number_unknown"
    ORDER_STATUS = "order_status"
    ABILITIES = "abilities"
    ROBOT = "robot"
    POLICY = "policy"
    NEVER_MIND = "never_mind"
    THANKS = "thanks"
    GREETING = "greeting"
    NO = "no"
    YES = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one intent is recognised; ``patterns`` are regular expressions over lower-case words.

    ``{order}`` stands for the words in ``ORDER``.
    """

    intent: Intent
    patterns: tuple[str, ...]
    examples: tuple[str, ...]


ORDER: Final = r"(?:orders?|packages?|parcels?|delivery|shipment|stuff|things?)"

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        intent=Intent.GOODBYE,
        patterns=(
            r"\b(?:good ?bye|bye(?: bye)?|hang up|see you|have a (?:nice|good|great) day)\b",
            r"\bthat(?:s| is| was| will be|ll be) (?:all|it|everything)\b",
            r"\b(?:nothing (?:else|more)|im (?:all set|done|good)|we(?:re| are) done)\b",
        ),
        examples=(
            "Goodbye.",
            "Thanks, bye!",
            "No, that's all, thank you.",
            "That's it for today.",
            "Okay, have a nice day.",
            "No, nothing else.",
            "I'm all set.",
        ),
    ),
    Rule(
        intent=Intent.PERSON,
        patterns=(
            r"\b(?:talk|speak|connect|transfer|put)\b.*\b(?:someone|somebody|person|human|agent"
            r"|representative|people|operator|manager|supervisor|colleague|staff)\b",
            r"\b(?:real|actual|live) (?:person|human|agent)\b",
            r"^(?:an? )?(?:agent|representative|operator|human|person|customer service)"
            r"(?: please)?$",
            r"\b(?:want|need|get me|give me) (?:an? |the )?(?:person|human|representative|agent"
            r"|manager|supervisor|operator|colleague|somebody|someone)\b",
            r"\bcall me back\b|\bcall ?back\b",
        ),
        examples=(
            "Can I talk to a person?",
            "I want to speak with a human.",
            "Representative!",
            "Agent, please.",
            "Put me through to someone.",
            "Is there a real person there?",
            "I need a manager.",
            "Can someone call me back?",
        ),
    ),
    Rule(
        intent=Intent.SOURCE,
        patterns=(
            r"\bwhere (?:does it|do you|did you|is it|does that|do they) (?:say|said|get|have"
            r"|read|written|find)\b",
            r"\bwhere is that (?:from|written)\b|\bwheres that (?:from|written)\b",
            r"\b(?:which|what) (?:policy|document|page|section) (?:is|says|does|was)\b",
            r"\b(?:who says|says who|whats your source|how do you know)\b",
        ),
        examples=(
            "Where does it say that?",
            "Where is that from?",
            "Which policy is that?",
            "How do you know that?",
            "Where did you get that?",
        ),
    ),
    Rule(
        intent=Intent.SLOWER,
        patterns=(r"\b(?:slower|slow down|slowly|too fast|too quick|not so fast)\b",),
        examples=(
            "Slower, please.",
            "Can you slow down?",
            "You're talking too fast.",
            "Could you say that more slowly?",
        ),
    ),
    Rule(
        intent=Intent.REPEAT,
        patterns=(
            r"\b(?:say|repeat|tell me) (?:that|it|this)?(?: \w+)? ?again\b|\brepeat\b",
            r"^(?:pardon|sorry|excuse me|what|come again|one more time|huh)(?: me)?(?: what)?$",
            r"\b(?:what did you say|didnt (?:catch|hear|get|understand)|couldnt (?:hear|understand)"
            r"|cant hear you|what was that)\b",
        ),
        examples=(
            "Can you say that again?",
            "Please repeat that.",
            "Pardon?",
            "Sorry, what?",
            "What did you say?",
            "I didn't catch that.",
            "One more time.",
        ),
    ),
    Rule(
        intent=Intent.WAIT,
        patterns=(
            r"\b(?:hold on|hang on|(?:just )?(?:a|one) (?:moment|second|sec|minute)|wait a)\b",
            r"\blet me (?:look|check|see|find|get|grab)\b|^wait$",
        ),
        examples=(
            "Hold on.",
            "One moment, please.",
            "Let me look for it.",
            "Just a second.",
            "Wait a minute.",
        ),
    ),
    Rule(
        intent=Intent.WHY,
        patterns=(
            r"\b(?:why|what) do you (?:need|want|ask)\b|\bwhy (?:should|would|are you asking)\b"
            r"|^why(?: is that| that)?$|\bwhat (?:is|do you need) (?:that|it|this) for\b",
        ),
        examples=(
            "Why do you need that?",
            "Why do you want my zip code?",
            "Why?",
            "What is that for?",
            "Why are you asking?",
        ),
    ),
    Rule(
        intent=Intent.CHANGE,
        patterns=(
            # Asking to do it. "Can I return …" and "how do I …" ask about the policy.
            r"\b(?:i want(?: to)?|i wanna|id like(?: to)?|i would like(?: to)?|i need to|please"
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
            r"\b(?:dont|do not|cant|cannot|no longer) (?:have|know|remember|find|got|recall)\b"
            r".*\b(?:number|it|that|code|zip|one)\b",
            r"\b(?:lost|forgot|forgotten) (?:my|the|it)\b|^(?:i )?dont know$|\bno idea\b",
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
            r"\b(?:which|what|list|all|how many|read me)\b(?: \w+){0,4} orders\b",
            r"\bmy (?:other|recent|last|past) orders\b|^my orders$",
        ),
        examples=(
            "Which orders do I have?",
            "List my orders.",
            "What are my recent orders?",
            "How many orders do I have with you?",
            "Can you read me all my orders?",
        ),
    ),
    Rule(
        intent=Intent.ORDER_STATUS,
        patterns=(
            r"\bwhere(?:s| is| are|re)?\b(?: \w+)? my\b",
            r"\b(?:status|track|tracking|trace|check|look up|update)\b.*\b{order}\b",
            r"\b(?:about|on|with|for|regarding|is it) (?:my|an|the|this|that) {order}\b",
            r"\b(?:when|has|did|is|will|hasnt|havent|have you)\b.*\bmy\b(?: \w+)? {order}\b",
            r"\bmy {order}\b.*\b(?:ship|shipped|arrive|arrived|come|coming|sent|status|number)\b",
            r"\b(?:when will|when does|when is|did|has) it\b.*\b(?:arrive|come|coming|ship|shipped"
            r"|get here|deliver|delivered|be here)\b",
            r"\b(?:other|another|different|second) order\b|\border (?:status|number)\b",
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
        ),
    ),
    Rule(
        intent=Intent.ABILITIES,
        patterns=(
            r"\bwhat (?:can|do|could) you (?:do|help)\b|\bhow can you help\b"
            r"|\bwhat are my options\b|^help(?: me)?(?: please)?$|\bwhat else can you\b",
        ),
        examples=(
            "What can you do?",
            "How can you help me?",
            "Help.",
            "What are my options?",
            "What else can you do?",
        ),
    ),
    Rule(
        intent=Intent.ROBOT,
        patterns=(
            r"\b(?:are you|is this|am i (?:talking|speaking) (?:to|with)|youre)\b.*\b(?:robot"
            r"|machine|computer|ai|bot|human|automated|real)\b",
            r"\bwho (?:is this|are you|am i)\b",
        ),
        examples=(
            "Are you a robot?",
            "Am I talking to a machine?",
            "Is this a computer?",
            "Who am I talking to?",
            "Who are you?",
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
        ),
    ),
    Rule(
        intent=Intent.NEVER_MIND,
        patterns=(
            r"\b(?:never ?mind|forget (?:it|that|about it)|doesnt matter|skip (?:it|that))\b",
        ),
        examples=("Never mind.", "Forget it.", "It doesn't matter.", "Skip that."),
    ),
    Rule(
        intent=Intent.NO,
        patterns=(r"^(?:oh )?(?:no|nope|nah|not really|no thanks?(?: you)?|not now|wrong)\b",),
        examples=("No.", "Nope.", "No, thank you.", "Not really.", "Nah.", "Not now."),
    ),
    Rule(
        intent=Intent.YES,
        patterns=(
            r"^(?:oh |um |uh )?(?:yes|yeah|yep|yup|sure|okay|ok|correct|right|exactly|please do"
            r"|please|go ahead|of course|absolutely|thats (?:right|correct)|i do|thatd be)\b",
        ),
        examples=(
            "Yes.",
            "Yeah, please.",
            "Sure.",
            "That's right.",
            "Okay.",
            "Please do.",
            "Go ahead.",
            "Correct.",
        ),
    ),
    Rule(
        intent=Intent.THANKS,
        patterns=(r"\b(?:thank you|thanks|thank|cheers|great|perfect|wonderful|awesome)\b",),
        examples=("Thank you.", "Thanks a lot.", "Great, thanks!", "Perfect."),
    ),
    Rule(
        intent=Intent.GREETING,
        patterns=(
            r"\b(?:hello|hi|hey|good (?:morning|afternoon|evening)|anybody there|are you there)\b",
        ),
        examples=("Hello?", "Hi there.", "Hey.", "Good morning.", "Are you there?"),
    ),
)

COMPILED: Final = tuple(
    (
        rule.intent,
        tuple(re.compile(pattern.replace("{order}", ORDER)) for pattern in rule.patterns),
    )
    for rule in RULES
)


def plain(text: str) -> str:
    """Lower-case words with single spaces; apostrophes and punctuation dropped."""
    words = text.lower().replace("'", "").replace("\u2019", "")
    return " ".join(re.findall(r"[a-z0-9]+", words))


def intent_of(text: str) -> Intent | None:
    """Return the first intent that matches, or None.

    >>> intent_of("Where's my order?")
    <Intent.ORDER_STATUS: 'order_status'>
    """
    words = plain(text)
    for intent, patterns in COMPILED:
        if any(pattern.search(words) for pattern in patterns):
            return intent
    return None

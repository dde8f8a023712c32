"""What callers say about the call itself: ending it, hearing badly, wanting a person."""

from __future__ import annotations

from typing import Final

from agents.voice.dialogue.phrases.rule import Intent, Rule

ABOUT_THE_CALL: Final[tuple[Rule, ...]] = (
    Rule(
        intent=Intent.GOODBYE,
        patterns=(
            r"\b(?:good ?bye|bye(?: bye)?|hang up|see you|have a (?:nice|good|great) day)\b",
            r"\bgood ?by(?: good ?by)*$",  # heard
            r"\bthat(?:s| is| was| will be|ll be) (?:all|it|everything)\b",
            r"\b(?:nothing (?:else|more)|i'm (?:all set|done|good)|we(?:re| are) done)\b",
        ),
        examples=(
            "Goodbye.",
            "Good-by,",  # heard
            "Thanks, bye!",
            "No, that's all, thank you.",
            "That's it for today.",
            "Okay, have a nice day.",
            "No, nothing else.",
            "I'm all set.",
        ),
    ),
    Rule(
        intent=Intent.ROBOT,
        patterns=(
            r"\b(?:are you|is this|am i (?:talking|speaking) (?:to|with)|you're)\b.*\b(?:robot"
            r"|machine|computer|ai|bot|human|automated|real)\b",
            r"\bwho (?:is this|are you|am i)\b",
        ),
        examples=(
            "Are you a robot?",
            "Am I talking to a machine?",
            "Is this a computer?",
            "Who am I talking to?",
            "Who are you?",
            "Are you a real person?",
        ),
    ),
    Rule(
        intent=Intent.PERSON,
        patterns=(
            r"\b(?:talk|speak|connect|transfer|put)\b.*\b(?:some ?one|somebody|person|human|agent"
            r"|representative|people|operator|manager|supervisor|colleague|staff)\b",
            r"\b(?:real|actual|live) (?:person|human|agent)\b",
            r"^(?:an? )?(?:agent|representative|operator|human|person|customer service)"
            r"(?: please)?$",
            r"\b(?:want|need|get me|give me) (?:an? |the )?(?:person|human|representative|agent"
            r"|manager|supervisor|operator|colleague|somebody|someone)\b",
            r"^0$",  # on the keypad
            r"\bcall me back\b|\bcall ?back\b",
        ),
        examples=(
            "Can I talk to a person?",
            "I want to speak with a human.",
            "Representative!",
            "Agent, please.",
            "Put me through to someone.",
            "Put me through to some one.",  # heard
            "Is there a real person there?",
            "I need a manager.",
            "0",
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
            r"\b(?:who says|says who|what's your source|how do you know)\b",
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
        intent=Intent.SURE,
        patterns=(
            r"\b(?:are you (?:sure|certain)|is that (?:right|correct|true))\b",
            r"^(?:oh )?really$",
        ),
        examples=("Are you sure?", "Is that right?", "Really?", "Are you certain about that?"),
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
            r"\b(?:what did you say|didn't (?:catch|hear|get|understand)"
            r"|couldn't (?:hear|understand)|can't hear you|what was that)\b",
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
)

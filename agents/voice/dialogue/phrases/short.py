"""Short answers and courtesies; they count only if nothing else was said."""

from __future__ import annotations

from typing import Final

from agents.voice.dialogue.phrases.rule import Intent, Rule

SHORT_WORDS: Final[tuple[Rule, ...]] = (
    Rule(
        intent=Intent.UPSET,
        patterns=(
            r"\b(?:stupid|idiots?|useless|ridiculous|terrible|horrible|awful|damn|crap|shit"
            r"|fuck\w*|sucks?|annoying|frustrat\w+|angry|i hate)\b",
            r"\bwaste of (?:my )?time\b|\bfed up\b|\bshut up\b",
        ),
        examples=(
            "This is ridiculous.",
            "You're useless.",
            "I hate this.",
            "What a waste of time.",
            "No, this is so frustrating!",
        ),
    ),
    Rule(
        intent=Intent.NEVER_MIND,
        patterns=(
            r"\b(?:never ?mind|forget (?:it|that|about it)|doesn't matter|skip (?:it|that))\b",
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
            r"|please|go ahead|of course|absolutely|that's (?:right|correct)|i do|that'd be)\b",
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
            r"\bhow are you\b|\bhow's it going\b|\bcan you hear me\b",
        ),
        examples=(
            "How are you?",
            "Can you hear me?",
            "Hello?",
            "Hi there.",
            "Hey.",
            "Good morning.",
            "Are you there?",
        ),
    ),
)

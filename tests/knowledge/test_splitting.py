from __future__ import annotations

from knowledge.splitting import MOST_WORDS, split, title_of

DOCUMENT = """# Returns policy

Ask us if you are in doubt.

## Time limit

You have **thirty days**. See [our page](https://example.com/returns).

### Gifts

- Gifts can be returned
- No receipt is needed.

## Fees

| Item | Fee |
|------|-----|
| Rug  | $25 |
"""


def test_each_section_is_a_passage_under_its_headings_without_marks() -> None:
    pieces = split(DOCUMENT, document="returns")

    assert [(piece.heading_path, piece.text) for piece in pieces] == [
        ((), "Ask us if you are in doubt."),
        (("Time limit",), "You have thirty days. See our page."),
        (("Time limit", "Gifts"), "Gifts can be returned. No receipt is needed."),
        (("Fees",), "Item, Fee. Rug, $25."),
    ]


def test_the_title_is_the_first_heading() -> None:
    assert title_of(DOCUMENT) == "Returns policy"
    assert title_of("No heading at all.") == ""


def test_a_passage_that_did_not_change_keeps_its_id_when_others_do() -> None:
    changed = DOCUMENT.replace("thirty days", "sixty days").replace("# Fees", "# Fees\n\nNew.")

    before, after = split(DOCUMENT, document="returns"), split(changed, document="returns")

    same = {piece.passage_id for piece in before} & {piece.passage_id for piece in after}
    assert same == {before[0].passage_id, before[2].passage_id}


def test_the_same_text_elsewhere_is_another_passage() -> None:
    text = "# Policy\n\n## One\n\nAsk us.\n\n## Two\n\nAsk us.\n\n## Two\n\nAsk us."

    pieces = split(text, document="returns") + split(text, document="refunds")

    assert len({piece.passage_id for piece in pieces}) == len(pieces) == 6


def test_a_long_section_is_cut_between_paragraphs() -> None:
    paragraph = " ".join(["word"] * (MOST_WORDS - 1)) + " end."

    pieces = split(f"# Policy\n\n{paragraph}\n\n{paragraph}\n\nShort.", document="returns")

    assert [piece.text for piece in pieces] == [paragraph, paragraph, "Short."]
    assert len({piece.passage_id for piece in pieces}) == 3


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    sentence = " ".join(["word"] * 50) + "."

    pieces = split(f"# Policy\n\n{sentence} {sentence} {sentence}", document="returns")

    assert [len(piece.text.split()) for piece in pieces] == [100, 50]


def test_text_without_headings_is_one_passage() -> None:
    assert [piece.text for piece in split("Just\na text.", document="faq")] == ["Just a text."]


def test_empty_text_and_bare_headings_give_no_passage() -> None:
    assert split("", document="faq") == []
    assert split("# Title\n\n## Empty\n\n---\n", document="faq") == []

from __future__ import annotations

import numpy as np
import pytest

from contactcenter.errors import Misconfigured
from knowledge.backends.minilm import package_file
from tests.knowledge.shop import model


def test_each_text_becomes_a_unit_vector() -> None:
    vectors = model().encode([f"text number {number}" for number in range(11)])

    assert vectors.shape == (11, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(11), abs=1e-5)


def test_texts_that_mean_the_same_are_near() -> None:
    question, answer, other = model().encode(
        [
            "can I send the lamp back",
            "Items may be returned within thirty days.",
            "We are closed on Sundays.",
        ]
    )

    assert question @ answer > question @ other + 0.2


def test_no_text_gives_no_vector() -> None:
    assert model().encode([]).shape == (0, 384)


def test_an_empty_and_an_endless_text_give_a_vector() -> None:
    vectors = model().encode(["", "word " * 10_000])

    assert np.isfinite(vectors).all()


def test_a_package_that_is_missing_is_named() -> None:
    with pytest.raises(Misconfigured, match="the package no_such_model is missing"):
        package_file("no_such_model", "model.onnx")

"""What Django logs by itself does not name the caller."""

from __future__ import annotations

import logging

import pytest
from django.db import DataError

from contactcenter.logs import JsonFormatter


@pytest.mark.parametrize("room", ["call-_+15550123_x7Gh", "call-_%2B15550123_x7Gh"])
def test_the_number_in_a_rooms_name_is_not_logged(room: str) -> None:
    record = logging.makeLogRecord({"msg": f"Bad Request: /internal/calls/{room}/events/"})
    record.room = room

    line = JsonFormatter().format(record)

    assert "15550123" not in line
    assert line.count("call-_+***_x7Gh") == 2


def test_what_the_database_quotes_is_not_logged() -> None:
    error = DataError("invalid input\nLINE 1: the words\nDETAIL:  the words\nCONTEXT:  the words")
    record = logging.makeLogRecord({"msg": "failed", "exc_info": (type(error), error, None)})

    line = JsonFormatter().format(record)

    assert "the words" not in line
    assert "invalid input" in line


def test_what_a_vendor_answered_is_not_logged() -> None:
    message = 'failed: message="Error code: 400 - {the words}", status_code=400, body={the words}'
    error = RuntimeError(message)
    record = logging.makeLogRecord({"msg": message, "exc_info": (type(error), error, None)})

    line = JsonFormatter().format(record)

    assert "the words" not in line
    assert line.count("Error code: 400") == 2

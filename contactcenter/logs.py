"""One JSON line per event on standard error: static message, ids beside it, no words of callers."""

from __future__ import annotations

import json
import logging
import logging.config
import re
from typing import Any, Final

# A last net: numbers are not logged on purpose, but errors of libraries may quote one.
NUMBER: Final = re.compile(r"(?:\+|%2B)[0-9]{7,15}")
# Errors of vendors quote the vendor's answer, those of PostgreSQL the values: callers' words.
PAYLOAD: Final = re.compile(r"(Error code: \d+ - |\bbody=|LINE \d+: |DETAIL: |CONTEXT: ).*")
PLAIN: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """Render a record with its ``extra`` fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": PAYLOAD.sub(r"\1…", record.getMessage()),
        }
        # LiveKit marks personal data in its own records with this prefix.
        line |= {
            key: value
            for key, value in record.__dict__.items()
            if key not in PLAIN and not key.startswith("lk.pii.")
        }
        if record.exc_info:
            line["exception"] = PAYLOAD.sub(r"\1…", self.formatException(record.exc_info))
        return NUMBER.sub("+***", json.dumps(line, default=str))


def settings(level: str = "INFO") -> dict[str, Any]:
    """Return a ``logging.config`` dictionary."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "contactcenter.logs.JsonFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "uvicorn.access": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "httpx2": {"level": "WARNING"},
            "mcp": {"level": "WARNING"},
            "aiosipua": {"level": "WARNING"},
            # It logs addresses of telephones.
            "aiortp": {"level": "WARNING"},
        },
    }


def configure(level: str = "INFO") -> None:
    logging.config.dictConfig(settings(level))

"""The events a call is made of: their shapes, and what makes one malformed (docs/events.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from contactcenter.errors import Invalid

MOST_PER_REQUEST: Final = 500
DETAIL_LIMIT_BYTES: Final = 64_000

Turn = Annotated[int, Field(ge=0, le=100_000)]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Words = Annotated[str, Field(max_length=8_000)]
# PostgreSQL stores years that Python cannot read back.
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC)),
]


class Detail(BaseModel):
    """What an event carries. Unknown fields are kept, so a newer worker loses nothing."""

    model_config = ConfigDict(extra="allow")


class Spoken(Detail):
    """``utterance``: one side said something in one go."""

    turn: Turn
    speaker: Literal["caller", "voice_agent", "human_agent"]
    text: Words
    started_at: Moment
    ended_at: Moment
    interrupted: bool = False
    latency: dict[str, Seconds | None] = {}


class ToolCall(Detail):
    """``tool_call``: a tool was used and answered."""

    turn: Turn
    name: Name
    arguments: Any = None
    result: Any = None
    is_error: bool = False
    duration_s: Seconds | None = None


class Passage(Detail):
    """One passage of a policy that was in view."""

    passage_id: str | int
    version_id: str | int | None = None
    source: Annotated[str, Field(max_length=300)] = ""
    text: Words = ""
    score: float | None = None
    relevant: bool = True
    used: bool = False


class Retrieval(Detail):
    """``retrieval``: policies were searched for a turn."""

    turn: Turn
    query: Words = ""
    passages: Annotated[list[Passage], Field(max_length=20)] = []


class Reason(Detail):
    """``call_ended`` and ``job_ended``. A model may have worded it."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class EngineFailed(Detail):
    """``engine_failed``: a provider let us down and the next one took over, if there was one."""

    role: Name
    provider: Name
    error: Annotated[str, Field(max_length=500)] = ""


SHAPES: Final[Mapping[str, type[Detail]]] = {
    "utterance": Spoken,
    "tool_call": ToolCall,
    "retrieval": Retrieval,
    "call_ended": Reason,
    "job_ended": Reason,
    "engine_failed": EngineFailed,
}


class NewEvent(BaseModel):
    """An event as the worker sends it, checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event_id: UUID
    job_id: Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")] = ""
    sequence: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,39}$")]
    detail: dict[str, Any] = {}
    happened_at: Moment

    @property
    def shape(self) -> Detail:
        return SHAPES.get(self.kind, Detail).model_validate(self.detail)

    @property
    def spoken(self) -> Spoken | None:
        shape = self.shape
        return shape if isinstance(shape, Spoken) else None


def read(listed: object) -> list[NewEvent]:
    """Check a request's events; one bad event refuses them all.

    Raises:
        Invalid: Says which event and what is wrong with it.
    """
    if not isinstance(listed, list):
        raise Invalid("send a JSON list of events")
    if len(listed) > MOST_PER_REQUEST:
        raise Invalid(f"{len(listed)} events: at most {MOST_PER_REQUEST} per request")
    events: dict[UUID, NewEvent] = {}
    for index, raw in enumerate(listed):
        try:
            event = NewEvent.model_validate(raw)
            check_storable(event)
            _ = event.shape
        except ValidationError as error:
            raise Invalid(f"event {index}: {first_problem(error)}") from None
        except Invalid as error:
            raise Invalid(f"event {index}: {error}") from None
        events[event.event_id] = event
    return list(events.values())


def check_storable(event: NewEvent) -> None:
    """Refuse what PostgreSQL cannot hold: NUL, half of a surrogate pair, infinity, or far too much.

    Raises:
        Invalid: Says which.
    """
    try:
        size = len(json.dumps(event.detail, ensure_ascii=False, allow_nan=False).encode())
    except UnicodeEncodeError:
        raise Invalid("detail: half of a surrogate pair") from None
    except ValueError:
        raise Invalid("detail: a number without end") from None
    if size > DETAIL_LIMIT_BYTES:
        raise Invalid(f"detail: {size} bytes, at most {DETAIL_LIMIT_BYTES}")
    if "\\u0000" in json.dumps(event.detail).replace("\\\\", ""):
        raise Invalid("detail: a NUL character")


def first_problem(error: ValidationError) -> str:
    """Name the field and the rule, never the value: it may be a caller's words."""
    problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in problem["loc"]) or "event"
    return f"{where}: {problem['msg']}"


def earliest(events: list[NewEvent]) -> datetime:
    return min(event.happened_at for event in events)

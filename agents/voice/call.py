"""One call from the job's start to its end, with everything that code and no model says."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

from livekit import rtc
from livekit.agents import AgentSession, JobContext
from livekit.agents.utils.participant import wait_for_participant_attribute

from agents.voice import control_plane, orders
from agents.voice.control_plane import CallBriefing, ControlPlane
from agents.voice.keypad import Keypad
from agents.voice.policies import Policies
from agents.voice.receptionist import PERSON_NOTED, Receptionist, history
from agents.voice.reporter import Reporter
from agents.voice.session import Engines, build_session, room_options
from agents.voice.silence import SilenceWatch
from agents.voice.transcript import Transcript
from contactcenter.config import Config
from contactcenter.errors import ContactCenterError

logger = logging.getLogger(__name__)

CALLER_WITHIN_S: Final = 20.0
BRIEFING_WITHIN_S: Final = 1.5
ANSWERED_WITHIN_S: Final = 30.0
SYNTHESIS_WITHIN_S: Final = 3.0
HANG_UP_WITHIN_S: Final = 5.0
# The last word is clipped if the room goes while it is on its way to the telephone.
LAST_WORD_S: Final = 1.0
CUT_OFF: Final = "Sorry, we were cut off for a moment. Where were we?"
ORDERS_AWAY: Final = "I can't look up orders at the moment, but I can answer other questions."
FAREWELL: Final = "Thank you for calling {shop}. Goodbye!"
STILL_RINGING: Final = frozenset({"", "dialing", "ringing"})


QUESTION: Final = "How can I help you?"
LAST_QUESTION: Final = re.compile(r"^(?P<welcome>.*?)\s*(?P<question>[^.!?]*\?)$", re.DOTALL)


def split_question(greeting: str) -> tuple[str, str]:
    """Part a greeting from the question at its end; a greeting without one gets one."""
    found = LAST_QUESTION.match(greeting.strip())
    return (found["welcome"], found["question"]) if found else (greeting, QUESTION)


class Conversation:
    """Holds one call. ``hold`` returns when it is over."""

    def __init__(
        self, ctx: JobContext, *, config: Config, engines: Engines, django: ControlPlane
    ) -> None:
        self.ctx = ctx
        self.config = config
        self.engines = engines
        self.django = django
        self.over = asyncio.Event()
        self.end_reason = "room_closed"
        self.reporter = Reporter(
            django,
            room_name=ctx.job.room.name,
            job_id=ctx.job.id,
            folder=config.var / "spool",
        )
        self.transcript = Transcript(self.reporter)
        self.goodbye: asyncio.Task[None] | None = None
        self.shop_name = config.shop_name

    async def hold(self) -> None:
        """Answer, talk, hang up."""
        delivering = asyncio.create_task(self.reporter.run())
        self.reporter.report("job_started")
        try:
            await self._talk()
        finally:
            self.reporter.report("job_ended", reason=self.end_reason)
            delivering.cancel()
            with suppress(asyncio.CancelledError):
                await delivering
            await self.reporter.close()
            await self.django.close()

    async def _talk(self) -> None:
        caller = await self._wait_for_caller()
        if caller is None:
            self.end_reason = "caller_never_came"
            return
        self.ctx.room.on("participant_disconnected", self._participant_left)
        self.ctx.room.on("disconnected", lambda _: self.over.set())
        briefing, toolset = await asyncio.gather(
            self._ask_django(caller), orders.connect(self.config, self.ctx.room.name)
        )
        self.shop_name = briefing.shop_name
        greeting = self._greeting(briefing, orders_away=toolset is None)
        session = build_session(self.engines)
        self.transcript.follow(session)
        session.on("close", lambda _: self.over.set())
        receptionist = Receptionist(
            shop_name=briefing.shop_name,
            policies=Policies(self.engines.policies),
            transcript=self.transcript,
            end_politely=lambda reason: self._end_politely(session, reason),
            toolsets=[toolset] if toolset is not None else [],
            chat_ctx=history(briefing.transcript),
        )
        # Synthesised while it still rings; starting the session answers the call.
        frames = asyncio.create_task(self._synthesise(greeting))
        await session.start(
            receptionist, room=self.ctx.room, room_options=room_options(caller.identity)
        )
        keypad = self._follow_keypad(session, caller)
        silence = SilenceWatch(session, end=lambda reason: self._end_politely(session, reason))
        try:
            if await self._answered(caller):
                self.reporter.report("answered")
                self._greet(session, greeting, await frames)
                await self.over.wait()
        finally:
            silence.stop()
            keypad.stop()
            frames.cancel()
            await session.aclose()

    async def _wait_for_caller(self) -> rtc.RemoteParticipant | None:
        try:
            async with asyncio.timeout(CALLER_WITHIN_S):
                return await self.ctx.wait_for_participant(
                    kind=rtc.ParticipantKind.PARTICIPANT_KIND_SIP
                )
        except (TimeoutError, RuntimeError):
            return None

    async def _ask_django(self, caller: rtc.RemoteParticipant) -> CallBriefing:
        """Ask who is calling which line; without Django the call goes on as an ordinary one."""
        try:
            async with asyncio.timeout(BRIEFING_WITHIN_S):
                return await self.django.start_call(
                    room_name=self.ctx.room.name,
                    job_id=self.ctx.job.id,
                    attributes=dict(caller.attributes),
                )
        except (ContactCenterError, TimeoutError) as error:
            logger.warning("no briefing", extra={"reason": type(error).__name__})
            return CallBriefing(
                call_id="",
                shop_name=self.config.shop_name,
                greeting=f"Thank you for calling {self.config.shop_name}.",
                disclosure="I am an AI assistant, and this call may be recorded.",
                records=True,
                transcript=(),
            )

    def _greeting(self, briefing: CallBriefing, *, orders_away: bool) -> str:
        if briefing.transcript:
            return CUT_OFF
        # What the law wants said comes before the question: after it, the caller speaks.
        welcome, question = split_question(briefing.greeting)
        parts = [welcome, briefing.disclosure, ORDERS_AWAY if orders_away else "", question]
        return " ".join(part for part in parts if part)

    async def _synthesise(self, text: str) -> list[rtc.AudioFrame]:
        """Return the audio of a text, or nothing if the voice is not ready in time."""
        frames = []
        try:
            async with asyncio.timeout(SYNTHESIS_WITHIN_S):
                for sentence in text.replace("! ", "!|").replace(". ", ".|").split("|"):
                    async with self.engines.tts.synthesize(sentence) as stream:
                        frames += [spoken.frame async for spoken in stream]
        except Exception as error:  # noqa: BLE001 - whatever failed, say() synthesises it again
            logger.warning("greeting not prepared", extra={"reason": type(error).__name__})
            return []
        return frames

    async def _answered(self, caller: rtc.RemoteParticipant) -> bool:
        """Wait until the telephone has been picked up: what is said before is lost."""
        if caller.attributes.get("sip.callStatus", "") not in STILL_RINGING:
            return True
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                await wait_for_participant_attribute(
                    self.ctx.room,
                    identity=caller.identity,
                    attribute="sip.callStatus",
                    value="active",
                )
        except (TimeoutError, RuntimeError):
            self.end_reason = "never_answered"
            return False
        return True

    def _greet(self, session: AgentSession[None], text: str, frames: list[rtc.AudioFrame]) -> None:
        async def prepared() -> AsyncIterator[rtc.AudioFrame]:
            for frame in frames:
                yield frame

        if frames:
            session.say(text, audio=prepared())
        else:
            session.say(text)

    def _follow_keypad(self, session: AgentSession[None], caller: rtc.RemoteParticipant) -> Keypad:
        def wants_person() -> None:
            self.transcript.person_requested("key pressed")
            session.interrupt()
            session.say(PERSON_NOTED)

        def number(digits: str) -> None:
            self.reporter.report("dtmf", digits=len(digits))
            session.interrupt()
            session.generate_reply(user_input=" ".join(digits))

        keypad = Keypad(on_number=number, on_person=wants_person)

        def pressed(key: rtc.SipDTMF) -> None:
            # Everybody's keys arrive here; a representative's are not the caller's.
            if key.participant is not None and key.participant.identity == caller.identity:
                keypad.press(key.digit)

        self.ctx.room.on("sip_dtmf_received", pressed)
        return keypad

    def _participant_left(self, participant: rtc.RemoteParticipant) -> None:
        if participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP:
            self.end_reason = "caller_hung_up"
            self.reporter.report("call_ended", reason=self.end_reason)
            self.over.set()

    def _end_politely(self, session: AgentSession[None], reason: str) -> None:
        """Say goodbye and hang up, unless the caller has something to add meanwhile."""
        if self.goodbye is None or self.goodbye.done():
            self.goodbye = asyncio.create_task(self._say_goodbye(session, reason))

    async def _say_goodbye(self, session: AgentSession[None], reason: str) -> None:
        farewell = session.say(FAREWELL.format(shop=self.shop_name))
        self.reporter.report("goodbye", reason=reason)
        await farewell.wait_for_playout()
        if farewell.interrupted:
            return
        self.end_reason = reason
        # Told before LiveKit tells Django that the room is gone, without a reason.
        self.reporter.report("call_ended", reason=reason)
        await asyncio.sleep(LAST_WORD_S)
        await self.hang_up()

    async def hang_up(self) -> None:
        """Delete the room, which ends the telephone call; the clock does it if this fails."""
        try:
            async with asyncio.timeout(HANG_UP_WITHIN_S):
                await self.ctx.delete_room()
        except Exception as error:  # noqa: BLE001 - twirp, aiohttp or a timeout
            logger.warning("room not deleted", extra={"reason": type(error).__name__})
        self.over.set()


async def answer(ctx: JobContext) -> None:
    """The job's entry point."""
    config: Config = ctx.proc.userdata["config"]
    engines: Engines = ctx.proc.userdata["engines"]
    await ctx.connect()
    call = Conversation(ctx, config=config, engines=engines, django=control_plane.build(config))
    try:
        await call.hold()
    finally:
        ctx.shutdown(reason=call.end_reason)

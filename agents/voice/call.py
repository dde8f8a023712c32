"""One call from the job's start to its end, with everything that code and no model says."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any, Final

from livekit import rtc
from livekit.agents import CloseEvent, JobContext
from livekit.agents.utils.participant import wait_for_participant_attribute

from agents.voice import control_plane, endings, greeting, orders
from agents.voice.backchannel import Backchannel
from agents.voice.cards import masked
from agents.voice.control_plane import CallBriefing, ControlPlane
from agents.voice.endings import Ending
from agents.voice.goodbye import Goodbye
from agents.voice.keypad import Keypad
from agents.voice.lease import Lease
from agents.voice.policies import Policies
from agents.voice.receptionist import PERSON_NOTED, Receptionist, history
from agents.voice.reporter import Reporter
from agents.voice.session import Engines, build_session, room_options
from agents.voice.silence import SilenceWatch
from agents.voice.transcript import Transcript, usage_of
from contactcenter.config import Config
from contactcenter.errors import ContactCenterError
from contactcenter.leases import RedisLeases

logger = logging.getLogger(__name__)

CALLER_WITHIN_S: Final = 20.0
CONNECTED_WITHIN_S: Final = 10.0
BRIEFING_WITHIN_S: Final = 1.5
ANSWERED_WITHIN_S: Final = 30.0
HANG_UP_WITHIN_S: Final = 5.0
# A caller who gives up while it rings has "hangup" there for a moment, and leaves.
NOT_ANSWERED: Final = frozenset({"", "dialing", "ringing", "hangup"})


class Conversation:
    """Holds one call. ``hold`` returns when it is over."""

    def __init__(
        self,
        ctx: JobContext,
        *,
        config: Config,
        engines: Engines,
        django: ControlPlane,
        lease: Lease,
    ) -> None:
        self.ctx = ctx
        self.config = config
        self.engines = engines
        self.django = django
        self.lease = lease
        self.session = build_session(engines)
        self.ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self.reporter = Reporter(
            django,
            room_name=ctx.job.room.name,
            job_id=ctx.job.id,
            folder=config.var / "spool",
        )
        self.transcript = Transcript(self.reporter)
        for preference in engines.preferences:
            preference.tell = self.transcript.engine_failed

    async def hold(self) -> Ending:
        """Answer, talk, hang up; report all of it."""
        delivering = asyncio.create_task(self.reporter.run())
        self.lease.lost.add_done_callback(lambda _: self.end(endings.REPLACED))
        self.reporter.report("job_started")
        try:
            await self._talk()
        except Exception:
            logger.exception("call failed")
            self.end(endings.JOB_FAILED)
        finally:
            self.end(endings.WORKER_STOPPED)
            ending = self.ending.result()
            if ending == endings.HUNG_UP:
                # An empty room would stay for its departure timeout, and the recorder with it.
                await self._hang_up()
            self.reporter.report("job_ended", reason=ending.reason, usage=usage_of(self.session))
            delivering.cancel()
            with suppress(asyncio.CancelledError):
                await delivering
            await self.reporter.close()
            await self.lease.release()
            await self.django.close()
        return ending

    def end(self, ending: Ending) -> None:
        """Decide how this ends; the first decision stays, and Django hears of it at once."""
        if self.ending.done():
            return
        self.ending.set_result(ending)
        if ending.ends_call:
            self.reporter.report("call_ended", reason=ending.reason)

    async def _talk(self) -> None:
        caller = await self._wait_for_caller()
        if caller is None:
            self.end(endings.NEVER_CAME)
            return
        self._follow_room(caller)
        briefing, toolset = await asyncio.gather(
            self._ask_django(caller), orders.connect(self.config, self.ctx.room.name)
        )
        words = greeting.first_words(briefing, orders_away=not toolset.arrived.is_set())
        frames = asyncio.create_task(greeting.synthesised(self.engines.tts, words))
        backchannel = Backchannel()
        goodbye = Goodbye(
            self.session,
            backchannel,
            shop_name=briefing.shop_name,
            decided=self._part,
            hang_up=self._hang_up,
        )
        receptionist = Receptionist(
            shop_name=briefing.shop_name,
            policies=Policies(self.engines.policies),
            transcript=self.transcript,
            backchannel=backchannel,
            end_politely=goodbye.begin,
            toolsets=[toolset],
            chat_ctx=history(briefing.transcript),
        )
        self.transcript.follow(self.session)
        self.session.on("close", self._session_closed)
        silence = SilenceWatch(self.session, end=goodbye.begin)
        keypad = self._follow_keypad(caller, silence)
        try:
            # Publishes our voice, and so answers the call.
            await self.session.start(
                receptionist, room=self.ctx.room, room_options=room_options(caller.identity)
            )
            if await self._answered(caller):
                self.reporter.report("answered")
                self._greet(words, await frames)
                await asyncio.shield(self.ending)
                await goodbye.finish()
        finally:
            silence.stop()
            keypad.stop()
            goodbye.stop()
            frames.cancel()
            await self.session.aclose()

    async def _wait_for_caller(self) -> rtc.RemoteParticipant | None:
        try:
            async with asyncio.timeout(CALLER_WITHIN_S):
                return await self.ctx.wait_for_participant(
                    kind=rtc.ParticipantKind.PARTICIPANT_KIND_SIP
                )
        except (TimeoutError, RuntimeError):
            return None

    def _follow_room(self, caller: rtc.RemoteParticipant) -> None:
        def left(participant: rtc.RemoteParticipant) -> None:
            if participant.identity == caller.identity and (
                ending := endings.caller_left(participant.disconnect_reason)
            ):
                self.end(ending)

        self.ctx.room.on("participant_disconnected", left)
        self.ctx.room.on("disconnected", lambda reason: self.end(endings.we_left(reason)))
        if caller.identity not in self.ctx.room.remote_participants:
            left(caller)

    def _session_closed(self, event: CloseEvent) -> None:
        if ending := endings.SESSION_CLOSED.get(event.reason):
            self.end(ending)

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
            return greeting.unbriefed(self.config)

    async def _answered(self, caller: rtc.RemoteParticipant) -> bool:
        """Wait until the telephone has been picked up: what is said before is lost."""
        if caller.attributes.get("sip.callStatus", "") not in NOT_ANSWERED:
            return True
        picked_up = asyncio.create_task(
            wait_for_participant_attribute(
                self.ctx.room,
                identity=caller.identity,
                attribute="sip.callStatus",
                value="active",
            )
        )
        # The caller may give up while it rings.
        waited: set[asyncio.Future[Any]] = {picked_up, self.ending}
        await asyncio.wait(waited, timeout=ANSWERED_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        if picked_up.done() and picked_up.exception() is None:
            return True
        picked_up.cancel()
        if not self.ending.done():
            self.end(endings.NEVER_ANSWERED)
            await self._hang_up()
        return False

    def _greet(self, words: str, frames: list[rtc.AudioFrame]) -> None:
        if frames:
            self.session.say(words, audio=greeting.played(frames))
        else:
            self.session.say(words)

    def _follow_keypad(self, caller: rtc.RemoteParticipant, silence: SilenceWatch) -> Keypad:
        def wants_person() -> None:
            self.transcript.person_requested("key pressed")
            self.session.interrupt()
            self.session.say(PERSON_NOTED)

        def number(digits: str) -> None:
            self.reporter.report("dtmf", digits=len(digits))
            self.session.interrupt()
            self.session.generate_reply(user_input=masked(" ".join(digits)))

        keypad = Keypad(on_number=number, on_person=wants_person)

        def pressed(key: rtc.SipDTMF) -> None:
            # Everybody's keys arrive here; a representative's are not the caller's.
            if key.participant is not None and key.participant.identity == caller.identity:
                silence.caller_is_here()
                keypad.press(key.digit)

        self.ctx.room.on("sip_dtmf_received", pressed)
        return keypad

    def _part(self, reason: str) -> None:
        self.reporter.report("goodbye", reason=reason)
        self.end(Ending(reason=reason, ends_call=True))

    async def _hang_up(self) -> None:
        """Delete the room, which ends the telephone call; the clock does it if this fails."""
        try:
            async with asyncio.timeout(HANG_UP_WITHIN_S):
                await self.ctx.delete_room()
        except Exception as error:  # noqa: BLE001 - twirp, aiohttp or a timeout
            logger.warning("room not deleted", extra={"reason": type(error).__name__})


async def answer(ctx: JobContext) -> None:
    """The job's entry point; returns at once, so that the job can be told to stop meanwhile."""
    config: Config = ctx.proc.userdata["config"]
    engines: Engines = ctx.proc.userdata["engines"]
    lease = Lease(RedisLeases(config.redis_url), room_name=ctx.job.room.name, job_id=ctx.job.id)
    await lease.take()
    try:
        await asyncio.wait_for(ctx.connect(), CONNECTED_WITHIN_S)
    except Exception:
        await lease.release()
        raise
    call = Conversation(
        ctx, config=config, engines=engines, django=control_plane.build(config), lease=lease
    )

    async def hold() -> None:
        ending = await call.hold()
        ctx.shutdown(reason=ending.reason)

    ctx.proc.userdata["call"] = call, asyncio.create_task(hold())


async def finish(ctx: JobContext) -> None:
    """Called when the job has to go, whoever wanted it: let the call report its end."""
    if "call" in ctx.proc.userdata:
        call, holding = ctx.proc.userdata["call"]
        call.end(endings.WORKER_STOPPED)
        await holding

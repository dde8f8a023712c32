"""The internal API's doorman: bearer tokens of worker and recorder, and errors as JSON."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from contactcenter.errors import ContactCenterError

if TYPE_CHECKING:
    from rest_framework.views import APIView


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessUser:
    """A process of ours that proved its role: ``worker`` or ``recorder``."""

    role: str
    is_authenticated: bool = True


class ProcessAuthentication(BaseAuthentication):
    """``Authorization: Bearer <token>``; one token per role, from the settings."""

    def authenticate(self, request: Request) -> tuple[ProcessUser, None] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        for role, expected in settings.PROCESS_TOKENS.items():
            if hmac.compare_digest(token.encode(), expected.encode()):
                return ProcessUser(role=role), None
        raise exceptions.AuthenticationFailed("This token is not known here.")

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class IsWorker(BasePermission):
    """Only the voice worker."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return getattr(request.user, "role", None) == "worker"


class IsRecorder(BasePermission):
    """Only the recorder."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return getattr(request.user, "role", None) == "recorder"


class IsProcess(BasePermission):
    """Worker or recorder."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return getattr(request.user, "role", None) in {"worker", "recorder"}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer our own errors with their code and status; leave the rest to DRF."""
    if isinstance(error, ContactCenterError):
        return Response({"code": error.code, "message": str(error)}, status=error.status)
    if isinstance(error, RecursionError):
        return Response({"code": "invalid", "message": "nested too deeply"}, status=400)
    # The module of the views imports this one to find out who may ask.
    from rest_framework.views import exception_handler as drf_exception_handler  # noqa: PLC0415

    return drf_exception_handler(error, context)

"""What the processes of one machine are told."""

from __future__ import annotations

from pathlib import Path

from tools import machine


def test_asking_for_the_environment_leaves_a_running_livekits_configuration_alone(
    tmp_path: Path,
) -> None:
    env = machine.environment(tmp_path, {"LIVEKIT_PORT": "7999"})
    machine.write_livekit_config(tmp_path, env)

    machine.environment(tmp_path, {})

    assert (tmp_path / "livekit.yaml").read_text().startswith("port: 7999\n")


def test_secrets_are_made_once_and_readable_by_this_user_only(tmp_path: Path) -> None:
    first = machine.environment(tmp_path, {})
    second = machine.environment(tmp_path, {})

    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert (tmp_path / "secrets.toml").stat().st_mode & 0o777 == 0o600

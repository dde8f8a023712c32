"""What ``manage.py prepare`` reads the demo users' passwords from."""

from __future__ import annotations

from pathlib import Path

from contactcenter.management.commands.prepare import read_passwords


def test_passwords_are_the_keys_of_the_secrets_that_say_so(tmp_path: Path) -> None:
    path = tmp_path / "secrets.toml"
    path.write_text(
        'SECRET_KEY = "x"\nSUPERVISOR_PASSWORD = "one"\nADMINISTRATOR_PASSWORD = "two"\n'
    )

    assert read_passwords(path) == ["supervisor=one", "administrator=two"]
    assert read_passwords(None) == []

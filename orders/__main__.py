"""The orders process: ``python -m orders`` serves the MCP tools over streamable HTTP."""

from __future__ import annotations

import os

import django
import uvicorn


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings")
    django.setup()
    # Models can be imported only now.
    from contactcenter.settings import CONFIG  # noqa: PLC0415
    from orders import mcp_server  # noqa: PLC0415

    app = mcp_server.build(CONFIG).streamable_http_app(
        # Without sessions a restart of this process is invisible to the calls in progress.
        stateless_http=True,
        json_response=True,
        host=CONFIG.orders_host,
    )
    uvicorn.run(app, host=CONFIG.orders_host, port=CONFIG.orders_port, log_config=None)


if __name__ == "__main__":
    main()

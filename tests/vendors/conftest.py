from __future__ import annotations

from tests.vendors.line import paid_line, vendor_line, vendors

__all__ = ["paid_line", "vendor_line", "vendors"]

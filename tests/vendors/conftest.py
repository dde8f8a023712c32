from __future__ import annotations

from tests.vendors.line import vendor_line, vendors

__all__ = ["vendor_line", "vendors"]

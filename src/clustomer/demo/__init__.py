"""Demo data: a shop's sales, customers and products with planted segments and honest dirt."""

from __future__ import annotations

from clustomer.demo.write import DemoFiles, write_demo

__all__ = ["DemoFiles", "write_demo"]

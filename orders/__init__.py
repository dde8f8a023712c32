"""Customers, orders and the tools over them."""

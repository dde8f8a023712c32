"""The shop's customers and orders, reached by the voice agent over MCP only."""

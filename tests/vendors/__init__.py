"""The vendors' plugins against local servers that speak the vendors' protocols."""

"""The project: settings, URLs and what every app may use."""

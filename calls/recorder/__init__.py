"""The recorder process: writes every leg to disk, then hands it to Django. Knows no Django."""

"""The tables a newcomer edits to teach the dialogue new ways of saying things."""

"""Altair charts, each with the DataFrame that it draws; their texts are in a `Language`. `drawing.draw` shows them."""

"""A file a page, each with a title, an icon, a path and `show`, which draws it."""

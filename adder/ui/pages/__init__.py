"""A file a page, each with a title, an icon, a path and `show`, which draws it.

`DRAWN_WITH` names the parts of Streamlit's frontend that the first screen needs. They come with the page: loaded only
when the first of their elements is there, they keep a phone waiting, and what stands below moves.
"""

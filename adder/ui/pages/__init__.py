"""The pages, one file each, with a title, an icon, a path and `show`, which draws it.

`DRAWN_WITH` names the parts of Streamlit's frontend, and the files of ours, that the first screen needs. They come with
the page: loaded only when the first of their elements is there, they keep a phone waiting, and what stands below moves.
"""

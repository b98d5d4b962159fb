"""Everything that imports Streamlit.

- `pages/`: the pages, one file each; `menu` lists them.
- `stage/`, `panels/`: the network at work in the playground, and what opens beside it.
- `lesson/steps/`: the steps of the lesson.
- `board/`, `phones/`: the room of a class, as the teacher and the phones see it.
- `session`, `address`, `watched_run`, `hiding`, `language`: what a visitor chose, and where it is kept.
- `run_service`: the background runs that all visitors share.
"""

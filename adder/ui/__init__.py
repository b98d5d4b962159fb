"""Everything that imports Streamlit.

- `pages/`: what the menu leads to, a file a page; `menu` lists them.
- `panels/`: what opens under the playground.
- `lesson/steps/`: the steps of the lesson.
- `charts/`: every picture, with the data it draws.
- `session`, `address`, `watched_run`, `hiding`, `language`: what a visitor chose, and where it is kept.
- `run_service`: the background runs that all visitors share.
"""

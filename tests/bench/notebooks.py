"""Runs the notebooks, each in a clean kernel: tells how long it took, and keeps what it showed in the notebook's file.

`make notebooks` runs this and installs what it needs. Charts are kept as pictures, since GitHub draws no charts.
"""

from __future__ import annotations

import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PICTURES = """
import base64
import io
import altair
import vl_convert
from PIL import Image


def picture(chart, **_):
    drawn = io.BytesIO(vl_convert.vegalite_to_png({**chart, "background": "white"}, scale=1.5))
    small = io.BytesIO()
    Image.open(drawn).convert("RGB").quantize(256).save(small, "png", optimize=True)
    return {"image/png": base64.b64encode(small.getvalue()).decode()}


altair.renderers.register("picture", picture)
altair.renderers.enable("picture")
"""


def run(path: Path) -> float:
    """Run a notebook, write what it shows into its file, and tell how many seconds it took."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    first = nbformat.v4.new_code_cell(_PICTURES)
    notebook.cells.insert(0, first)
    here = {"metadata": {"path": str(ROOT)}}
    client = NotebookClient(notebook, record_timing=False, coalesce_streams=True, resources=here)
    start = time.perf_counter()
    client.execute()
    seconds = time.perf_counter() - start
    notebook.cells.remove(first)
    for number, cell in enumerate(code, start=1):
        cell.execution_count = number
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = number
    notebook.metadata.language_info = {"name": "python"}  # The notebook does not name the machine that ran it.
    path.write_text(nbformat.writes(notebook) + "\n", "utf-8")
    return seconds


if __name__ == "__main__":
    for each in sorted((ROOT / "assets" / "notebooks").glob("*.ipynb")):
        print(f"{each.name}: {run(each):.0f} s")

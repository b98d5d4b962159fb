"""Altair charts and the DataFrames they draw, a kind a file. No Streamlit here; every text is in a `Language`."""

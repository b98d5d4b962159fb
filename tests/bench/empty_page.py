"""The smallest Streamlit page that shows an Altair chart: what the page benchmark compares with."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

st.altair_chart(alt.Chart(pd.DataFrame({"x": [1, 2, 3], "y": [1, 4, 9]})).mark_line().encode(x="x", y="y"))

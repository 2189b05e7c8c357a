"""Every kind of element the pages use, with invented figures: what policy and palettes must carry."""

from pathlib import Path

import altair as alt
import pandas as pd
import streamlit as st

STATIC = Path(__file__).parents[3] / "pages" / "static"

OFFERS = pd.DataFrame(
    {
        "Offer": ["acme-small", "bolt-mini", "cirrus-flash", "delta-8b", "ember-pro", "fjord-1"],
        "State": [["Frontier"], ["Frontier"], ["Dominated"], ["Frontier"], ["Dominated"], ["Frontier"]],
        "Quality": [0.742, 0.801, 0.829, 0.701, 0.921, 0.864],
        "Cost": [0.92, 1.33, 2.2, 0.41, 41.5, 6.1],
        "Runs": [[1, 3, 2, 5], [4, 3, 3, 2], [1, 1, 2, 3], [5, 4, 4, 3], [2, 3, 4, 6], [3, 3, 4, 4]],
    }
)

st.set_page_config(page_title="Gallery", page_icon=STATIC / "favicon.png", layout="wide")
st.logo(STATIC / "logo.svg", icon_image=STATIC / "mark.svg")
st.html(STATIC / "shell.css")
st.html(f"<style>:root {{ color-scheme: {st.context.theme.type or 'light'} }}</style>")

with st.sidebar:
    st.selectbox("Task", ["Invoice field extraction", "Summaries"])
    st.pills("Makers", ["Acme", "Bolt", "Cirrus"], selection_mode="multi", default=["Acme", "Bolt"])
    st.segmented_control("Residency", ["Any", "EU", "US"], default="Any")
    st.slider("Temperature", 0.0, 2.0, 0.7)
    st.toggle("Blind mode", value=True)
    st.text_input("Tag")

st.title("Gallery")
st.caption("Sample figures · 400 cases per offer · bars show 95% confidence intervals")

tiles = st.columns(4)
tiles[0].metric("Best quality", "92.1%", "ember-pro", delta_color="off", delta_arrow="off", border=True)
tiles[1].metric("Cheapest", "$0.41", "-12%", delta_color="inverse", border=True)
tiles[2].metric("Saving", "77%", "-3.8 points", border=True, chart_data=[5, 4, 4, 2, 3, 1])
tiles[3].metric("Answered", "8 of 12", border=True)

left, right = st.columns([3, 2])
with left.container(border=True):
    st.header("Quality against cost")
    base = alt.Chart(OFFERS).encode(
        x=alt.X("Cost:Q", scale=alt.Scale(type="log"), title="Cost per 1,000 calls (USD, log scale)"),
        y=alt.Y("Quality:Q", scale=alt.Scale(zero=False), axis=alt.Axis(format="%")),
        color=alt.Color("Offer:N", legend=None),
        tooltip=["Offer", "Quality", "Cost"],
    )
    points = base.mark_point(filled=True, size=110, opacity=1).add_params(alt.selection_point())
    st.altair_chart(points + base.mark_text(dy=-14, fontWeight=600).encode(text="Offer:N"))
with right.container(border=True):
    st.header("Reading this")
    st.markdown(
        ":green-badge[Recommended] **bolt-mini** gives 80.1% at 1.33 USD per 1,000 calls. "
        "[How it is measured](#gallery) and `temperature=0`."
    )
    st.markdown(
        ":gray-badge[6 offers] :red-badge[No key] :orange-badge[In review] :blue-badge[Streaming] "
        ":violet-badge[Blind] :yellow-badge[Truncated]"
    )
    st.markdown(
        ":gray[gray] :red[red] :orange[orange] :yellow[yellow] :green[green] :blue[blue] :violet[violet]"
    )
    with st.chat_message("user", avatar=":material/person:"):
        st.markdown("Which of these answers is *shorter*?")
    st.code('{"offer": "local/smollm2-135m", "ttft_ms": 41.2}', language="json")
    st.latex(r"a^2 + b^2 = c^2")
    st.bar_chart(OFFERS, x="Offer", y="Cost", color="Offer", horizontal=True, height=220)

st.header("All offers")
st.dataframe(
    OFFERS,
    hide_index=True,
    column_config={
        "State": st.column_config.MultiselectColumn(
            options=["Frontier", "Dominated"], color=["green", "gray"]
        ),
        "Quality": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
        "Cost": st.column_config.NumberColumn(format="dollar"),
        "Runs": st.column_config.LineChartColumn(),
    },
)

st.info("The local model is starting.", icon=":material/hourglass_top:")
st.warning("Two parameters were not sent.", icon=":material/info:")
st.error("The platform refused the key.", icon=":material/error:")
st.success("Vote recorded.", icon=":material/check:")

with st.container(horizontal=True):
    st.button("Send", type="primary", icon=":material/send:")
    st.button("Stop", icon=":material/stop:")
    st.button("Raw", type="tertiary")
    st.download_button("Export CSV", "offer\nacme\n", "answers.csv", icon=":material/download:")
    with st.popover("Parameters"):
        st.number_input("Maximum of tokens", 1, 4096, 512)
        st.button("Apply", type="primary")
with st.expander("System prompt"):
    st.text_area("System prompt", "You are terse.")
one, two = st.tabs(["Answers", "Differences"])
one.multiselect("Offers", OFFERS["Offer"], default=["acme-small", "bolt-mini"])
two.feedback("thumbs")


@st.dialog("Delete this prompt?")
def confirm():
    st.write("The figures stay, the content goes.")
    st.checkbox("Delete the votes too", value=True)
    st.button("Delete", type="primary")


if st.button("Delete"):
    confirm()
st.code(
    """def add(a: int, b: int) -> int:  # a comment
    return a + b if a != 3 else sum([a, b, 4.5], start=True)""",
    "python",
)

st.container().chat_input("Ask every selected model")

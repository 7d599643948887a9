"use strict";
// Draws the plots; everything else of the page works without it.
const plots = JSON.parse(document.getElementById("plots").textContent);
const narrow = matchMedia("(max-width: 600px)").matches;
const config = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["lasso2d", "select2d"] };
for (const place of document.querySelectorAll("[data-plot]")) {
  const { data, layout } = plots[place.dataset.plot];
  place.hidden = false;
  if (narrow) {
    // a finger scrolls the page; it does not zoom
    layout.dragmode = false;
    layout.font.size = 11;
  }
  Plotly.newPlot(place, data, layout, { ...config, displayModeBar: narrow ? false : "hover" });
}

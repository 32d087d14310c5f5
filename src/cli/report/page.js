// Draws the pictures of a report as they come into view, in the colours of the page, and again when it becomes dark or light.
"use strict";

(() => {
  const pictures = JSON.parse(document.getElementById("pictures").textContent);
  const views = new Map();

  /** What vega-lite is told of the colours of the page. */
  function configOf() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const [text, muted, line] = ["text", "muted", "line"].map(colour);
    const marks = Array.from({ length: 8 }, (_, i) => colour(`mark-${i + 1}`));
    const ramp = colour("ramp").split(/\s+/);
    const labels = { labelColor: muted, titleColor: muted, labelFontSize: 12, titleFontSize: 12 };
    return {
      background: null,
      font: "system-ui, sans-serif",
      // Thousands of marks would only be in the way of those who do not see them.
      aria: false,
      axis: {
        ...labels,
        titleFontWeight: "normal",
        domainColor: line,
        gridColor: line,
        tickColor: line,
        labelOverlap: true,
      },
      legend: { ...labels, symbolLimit: 0, gradientThickness: 12 },
      view: { stroke: null },
      text: { color: text, fontSize: 12 },
      rule: { color: muted },
      bar: { color: marks[0] },
      line: { color: marks[0] },
      point: { color: marks[0] },
      range: { category: marks, ramp, heatmap: ramp },
    };
  }

  /** Draws a picture in its place, which is there for people to see. */
  async function draw(place) {
    views.get(place)?.finalize();
    try {
      const { spec } = vegaLite.compile(pictures[place.id], { config: configOf() });
      const renderer = place.hasAttribute("data-dense") ? "canvas" : "svg";
      const view = new vega.View(vega.parse(spec), { renderer, container: place, hover: true });
      views.set(place, view);
      await view.runAsync();
      // Its place says what it shows, and a table has the numbers.
      place.firstElementChild?.setAttribute("aria-hidden", "true");
    } catch (error) {
      place.textContent = `This browser cannot draw the picture: ${error.message}`;
      place.classList.add("failed");
    }
    place.classList.add("drawn");
  }

  const places = [...document.querySelectorAll(".picture")];
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      draw(target);
    }
  }, { rootMargin: "400px" });
  for (const place of places) seen.observe(place);

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const place of [...views.keys()]) draw(place);
  });

  // What is printed is what is open, whether it was looked at or not.
  addEventListener("beforeprint", () => {
    for (const place of places) {
      if (!views.has(place) && place.clientWidth > 0) draw(place);
    }
  });
})();

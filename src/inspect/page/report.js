// Draws the charts of a report. The page holds its data and uPlot; it loads nothing.

const data = JSON.parse(document.getElementById("data").textContent);
const style = getComputedStyle(document.documentElement);

/** Bytes or bits with a unit: 1.2 M, 340 k. */
function scaled(value) {
  if (value === null || value === undefined) return "";
  const size = Math.abs(value);
  if (size >= 1e9) return `${(value / 1e9).toPrecision(3)} G`;
  if (size >= 1e6) return `${(value / 1e6).toPrecision(3)} M`;
  if (size >= 1e3) return `${(value / 1e3).toPrecision(3)} k`;
  return String(Math.round(value * 1000) / 1000);
}

function draw(chart, into) {
  const panel = document.createElement("div");
  panel.className = "panel";
  const title = document.createElement("h3");
  title.textContent = chart.title;
  panel.append(title);
  into.append(panel);
  const line = style.getPropertyValue("--line").trim();
  const axis = {
    stroke: style.getPropertyValue("--quiet").trim(),
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1 },
  };
  const options = {
    width: Math.max(280, panel.clientWidth - 32),
    height: 220,
    scales: { x: { time: false }, y: { range: (_, __, max) => [0, max > 0 ? max * 1.05 : 1] } },
    legend: { live: true },
    cursor: { sync: { key: "report" } },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map((tick) => `${tick} s`) },
      { ...axis, size: 64, values: (_, ticks) => ticks.map(scaled) },
    ],
    series: [
      { label: "time", value: (_, seconds) => seconds === null ? "" : `${seconds.toFixed(2)} s` },
      ...chart.lines.map(({ label, color }) => ({
        label,
        stroke: color,
        width: 1.25,
        points: { show: false },
        spanGaps: true,
        value: (_, value) => scaled(value),
      })),
    ],
  };
  const plot = new uPlot(options, [data.times, ...chart.lines.map(({ values }) => values)], panel);
  addEventListener("resize", () => {
    plot.setSize({ width: Math.max(280, panel.clientWidth - 32), height: 220 });
  });
}

const charts = document.getElementById("charts");
for (const chart of data.charts) draw(chart, charts);

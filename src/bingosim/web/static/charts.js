"use strict";
// Draws what [data-chart] holds, in the colours of the style sheet, again whenever either changes.
(() => {
  const style = () => getComputedStyle(document.documentElement);
  const colour = (name) => style().getPropertyValue(name).trim();
  const teams = () => Array.from({ length: 8 }, (_, i) => colour(`--team-${i}`));
  const compact = () => innerWidth < 620;

  function frame(ink, line) {
    return {
      animation: false,
      textStyle: { fontFamily: style().fontFamily, color: ink },
      legend: { type: "scroll", top: 0, left: 0, itemWidth: 14, itemHeight: 8, icon: "roundRect",
        textStyle: { color: ink }, pageTextStyle: { color: ink }, pageIconColor: ink },
      grid: { left: 44, right: 16, top: 34, bottom: 44 },
      // Rich text, since a tooltip of HTML would set styles that the page's policy refuses.
      tooltip: { trigger: "axis", renderMode: "richText", confine: true },
      xAxis: { nameLocation: "middle", nameGap: 28, axisLine: { lineStyle: { color: line } },
        axisLabel: { color: ink, hideOverlap: true }, nameTextStyle: { color: ink } },
      yAxis: { type: "value", splitLine: { lineStyle: { color: line, opacity: 0.5 } },
        axisLabel: { color: ink, formatter: "{value} %" } },
    };
  }

  function points(data, option) {
    const span = data.width > 1 ? (x) => `${x} to ${x + data.width - 1}` : String;
    Object.assign(option.xAxis, { type: "category", data: data.x.map(span), name: "points",
      axisTick: { show: false }, boundaryGap: false });
    option.color = teams();
    option.series = data.series.map((team) => ({ name: team.name, type: "line", step: "middle",
      symbol: "none", lineStyle: { width: 1.5 }, areaStyle: { opacity: 0.16 }, data: team.y }));
  }

  function rows(data, option) {
    Object.assign(option.xAxis, { type: "value", name: "days", min: 0, max: data.x.at(-1),
      splitLine: { show: false } });
    option.yAxis.max = 100;
    const count = data.series.length;
    option.color = data.series.map((_, i) =>
      `hsl(${165 + (190 * i) / Math.max(1, count - 1)} ${45}% ${matchMedia("(prefers-color-scheme: dark)").matches ? 62 : 42}%)`);
    option.series = data.series.map((row) => ({ name: row.name, type: "line", symbol: "none",
      lineStyle: { width: 1.8 }, data: row.y.map((y, i) => [data.x[i], y]) }));
    option.tooltip.valueFormatter = (value) => `${value} %`;
  }

  function draw() {
    for (const figure of document.querySelectorAll("[data-chart]")) {
      const place = figure.querySelector(".canvas");
      const data = JSON.parse(figure.dataset.chart);
      const chart = echarts.getInstanceByDom(place) ?? echarts.init(place, null, { renderer: "svg" });
      const option = frame(colour("--ink"), colour("--line"));
      (data.kind === "rows" ? rows : points)(data, option);
      if (compact()) option.grid.left = 36;
      chart.setOption(option, { notMerge: true });
    }
  }
  function fit() {
    for (const place of document.querySelectorAll("[data-chart] .canvas")) {
      echarts.getInstanceByDom(place)?.resize();
    }
  }
  document.addEventListener("results", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  addEventListener("resize", fit);
  addEventListener("beforeprint", fit);
  addEventListener("afterprint", fit);
  draw();
})();

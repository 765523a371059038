// Puts an interactive chart in the place of the drawn one. What it shows was chosen and written by the server: nothing is
// counted here. Without scripts the drawing stays.
"use strict";

const ZOOM_FROM = 24; // places from which on a slider helps

function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    ink: read("--ink"), soft: read("--ink-3"), line: read("--line"), card: read("--card"),
    series: [read("--bar"), read("--bar-2"), "#6f7bd9", "#d0648a", "#5aa15a", "#8d6cc4", "#c9803d", "#4b9bd1"],
  };
}

// Axis marks are short in the reader's language; exact figures come written from the server.
function short(language, unit) {
  const ways = new Intl.NumberFormat(language === "zh" ? "zh-CN" : "en", { notation: "compact", maximumFractionDigits: 1 });
  return (value) => ways.format(value) + (unit === "share" ? " %" : "");
}

function frame(told, hue) {
  return {
    color: hue.series,
    aria: { enabled: true },
    animationDuration: 200,
    textStyle: { color: hue.ink, fontFamily: getComputedStyle(document.body).fontFamily },
    // inline styles are not allowed on our pages: the box that follows the pointer is drawn, too
    tooltip: { renderMode: "richText", backgroundColor: hue.card, borderColor: hue.line, textStyle: { color: hue.ink } },
    toolbox: { right: 8, feature: { saveAsImage: { backgroundColor: hue.card } } },
  };
}

function axes(told, hue) {
  const marks = { axisLabel: { color: hue.soft }, axisLine: { lineStyle: { color: hue.line } } };
  const grid = { left: 12, right: 20, top: 48, bottom: told.places.length > ZOOM_FROM ? 56 : 12, containLabel: true };
  const up = { type: "value", splitLine: { lineStyle: { color: hue.line } } };
  up.axisLabel = { color: hue.soft, formatter: short(told.language, told.series[0].unit) };
  return { grid, xAxis: { type: "category", data: told.places, ...marks }, yAxis: up };
}

function rows(told, hue) {
  const option = { ...frame(told, hue), ...axes(told, hue) };
  const line = told.kind === "line";
  option.legend = told.series.length > 1 ? { top: 8, left: 8, textStyle: { color: hue.soft } } : undefined;
  option.tooltip.trigger = "axis";
  option.tooltip.formatter = (under) => [told.places[under[0].dataIndex]].concat(
    under.map((at) => `${at.seriesName}: ${told.series[at.seriesIndex].written[at.dataIndex]}`)).join("\n");
  option.toolbox.feature = { magicType: { type: ["line", "bar"] }, ...option.toolbox.feature };
  option.dataZoom = told.places.length > ZOOM_FROM ? [{ type: "slider", height: 20, bottom: 10 }, { type: "inside" }] : [];
  option.series = told.series.map((one) => ({
    name: one.name, type: line ? "line" : "bar", data: one.values, barMaxWidth: 46, showSymbol: one.values.length < 40,
    cursor: told.hrefs.length ? "pointer" : "default",
  }));
  return option;
}

function pie(told, hue) {
  const option = frame(told, hue);
  const [one] = told.series;
  option.legend = { type: "scroll", orient: "vertical", right: 12, top: 40, textStyle: { color: hue.soft } };
  option.tooltip.formatter = (at) => `${at.name}\n${one.name}: ${one.written[at.dataIndex]} (${at.percent} %)`;
  option.series = [{
    name: one.name, type: "pie", radius: ["42%", "74%"], center: ["40%", "52%"],
    itemStyle: { borderColor: hue.card, borderWidth: 2 }, label: { color: hue.ink, formatter: "{b} {d} %" },
    data: told.places.map((name, n) => ({ name, value: one.values[n] || 0 })),
  }];
  return option;
}

function bubble(told, hue) {
  const option = { ...frame(told, hue), ...axes(told, hue) };
  const [across, up, size] = told.series;
  const most = Math.max(...size.values.map((value) => value || 0), 1e-9);
  const scale = { type: "value", scale: true, boundaryGap: ["8%", "12%"], splitLine: { lineStyle: { color: hue.line } }, nameLocation: "middle" };
  option.grid = { left: 56, right: 36, top: 32, bottom: 44, containLabel: true };
  option.xAxis = { ...scale, name: across.name, nameGap: 30, axisLabel: { color: hue.soft, formatter: short(told.language, across.unit) } };
  option.yAxis = { ...scale, name: up.name, nameGap: 52, axisLabel: { color: hue.soft, formatter: short(told.language, up.unit) } };
  option.tooltip.formatter = (at) => [told.places[at.dataIndex]].concat(
    told.series.map((one) => `${one.name}: ${one.written[at.dataIndex]}`)).join("\n");
  option.series = [{
    type: "scatter", data: across.values.map((value, n) => [value || 0, up.values[n] || 0, size.values[n] || 0]),
    symbolSize: (value) => 12 + 44 * Math.sqrt(Math.max(0, value[2]) / most), itemStyle: { opacity: 0.6 },
    label: { show: true, color: hue.ink, formatter: (at) => told.places[at.dataIndex] },
  }];
  return option;
}

function matrix(told, hue) {
  const option = frame(told, hue);
  const [one] = told.series;
  const marks = { axisLabel: { color: hue.soft }, axisLine: { show: false }, axisTick: { show: false } };
  option.grid = { left: 170, right: 12, top: 64, bottom: 12 };
  option.xAxis = { type: "category", data: told.across, position: "top", ...marks };
  option.yAxis = { type: "category", data: told.down, inverse: true, ...marks };
  option.yAxis.axisLabel = { ...marks.axisLabel, width: 150, overflow: "truncate" };
  option.visualMap = { show: false, min: 0, max: Math.max(...one.values, 1e-9), inRange: { color: [hue.series[0], hue.series[0]], opacity: [0.06, 0.6] } };
  option.tooltip.formatter = (at) => `${told.places[at.dataIndex]}\n${one.name}: ${one.written[at.dataIndex]}`;
  option.series = [{
    type: "heatmap", data: told.at.map(([x, y], n) => [x, y, one.values[n] || 0]),
    label: { show: told.at.length <= 200, color: hue.ink, formatter: (at) => (at.value[2] ? one.written[at.dataIndex] : "") },
  }];
  return option;
}

const KINDS = { columns: rows, line: rows, pie, bubble, matrix };

function draw(place) {
  const told = JSON.parse(place.dataset.chart);
  place.replaceChildren();
  place.classList.add("live");
  if (told.kind === "matrix") place.style.height = `${84 + 34 * told.down.length}px`;
  const chart = echarts.init(place, null, { renderer: "canvas", locale: told.language === "zh" ? "ZH" : "EN" });
  const show = () => chart.setOption(KINDS[told.kind](told, colours()), true);
  show();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  new ResizeObserver(() => chart.resize()).observe(place);
  chart.on("click", (at) => { if (told.hrefs[at.dataIndex]) location.assign(told.hrefs[at.dataIndex]); });
  place.dataset.drawn = told.kind;
}

document.querySelectorAll("[data-chart]").forEach(draw);

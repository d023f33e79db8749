/* Draws every [data-gw-chart]: reads its option, adds the house style, follows the width. */
(function () {
  "use strict";
  var colours = ["#1b5aa6", "#c98a10", "#2e7d4f", "#b4232a", "#6b3fa0", "#1d7f8c", "#7a6a55", "#5d6979"];
  var ink = "#4a5768";

  function axis(given, kind) {
    var style = { type: kind, axisLabel: { color: ink }, axisLine: { lineStyle: { color: "#c3ccd6" } }, axisTick: { show: false }, splitLine: { lineStyle: { color: "#e6eaef" } } };
    return Object.assign(style, given);
  }

  function styled(option) {
    var size = parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.8125;
    var pie = [].concat(option.series)[0].type === "pie";
    var base = {
      color: colours,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: size, color: ink },
      animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 400,
      /* Drawn as text of the chart: the html kind would write style attributes, which the page forbids. */
      tooltip: { trigger: pie ? "item" : "axis", renderMode: "richText", confine: true, axisPointer: { type: "shadow" } },
      legend: { bottom: 0, textStyle: { color: ink, fontSize: size }, itemHeight: size * 0.8 }
    };
    var legend = pie || [].concat(option.series).length > 1;
    if (!legend) { base.legend.show = false; }
    if (!pie) {
      base.grid = { left: 8, right: 16, top: 24, bottom: legend ? size * 3 : 8, containLabel: true };
    }
    var result = Object.assign(base, option);
    if (!pie) {
      var x = option.xAxis || {};
      var y = option.yAxis || {};
      result.xAxis = axis(x, x.type || (y.data ? "value" : "category"));
      result.yAxis = axis(y, y.type || (y.data ? "category" : "value"));
    }
    return result;
  }

  window.gwDrawChart = function (figure) {
    var canvas = figure.querySelector(".gw-chart-canvas");
    var option = JSON.parse(document.getElementById(figure.dataset.gwChart).textContent);
    var chart = window.echarts.init(canvas, null, { renderer: "svg" });
    chart.setOption(styled(option));
    new ResizeObserver(function () { chart.resize(); }).observe(canvas);
    var links = [].concat(option.links || []);
    if (links.length) {
      chart.on("click", function (event) { if (links[event.dataIndex]) { window.location.href = links[event.dataIndex]; } });
    }
    window.addEventListener("beforeprint", function () { chart.resize(); });
  };
})();

// Draws the charts of CurveChart.razor.cs with plotly.js: the axes once, then only new points. compare.js shares its helpers.
const source = '_content/Plotly.Blazor/plotly-basic-3.7.0.min.js';
export const dashes = ['solid', 'dash', 'dot', 'dashdot'];
export const touch = matchMedia('(pointer: coarse)').matches;
let plotly;

export const loadPlotly = () => plotly ??= new Promise((resolve, reject) => {
  const script = document.createElement('script');
  script.src = source;
  script.onload = () => resolve(window.Plotly);
  script.onerror = () => reject(new Error(`Cannot load ${script.src}: the charts stay empty. Reload the page.`));
  document.head.append(script);
});

export const variable = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const color = line => variable(line.variable);

const axisColors = prefix => ({
  [`${prefix}.gridcolor`]: variable('--chart-grid'),
  [`${prefix}.zerolinecolor`]: variable('--chart-grid'),
  [`${prefix}.linecolor`]: variable('--chart-grid'),
});

const textColors = () => ({
  'font.color': variable('--bs-body-color'),
  'hoverlabel.bgcolor': variable('--bs-body-bg'),
  'hoverlabel.bordercolor': variable('--chart-grid'),
  'hoverlabel.font.color': variable('--bs-body-color'),
  'modebar.color': variable('--bs-secondary-color'),
  'modebar.activecolor': variable('--bs-body-color'),
  'modebar.bgcolor': variable('--bs-body-bg'),
});

// Plotly's clip paths name the page's address if the page has a <base>. They would no longer clip once a click changes the address, so they are made local.
export const useLocalClipPaths = element => {
  element._context._baseUrl = '';
  for (const clipped of element.querySelectorAll('[clip-path]')) {
    clipped.setAttribute('clip-path', clipped.getAttribute('clip-path').replace(/url\(['"]?[^#]*#([^'")]*)['"]?\)/, 'url(#$1)'));
  }
};

// Plotly leaves the first axis unnumbered: y, y2 in a trace, yaxis, yaxis2 in a layout.
const axisKey = (name, panel) => (panel === 0 ? name : `${name}${panel + 1}`);

// Plots from top to bottom, sharing the epoch axis.
const domain = (panel, panels) => {
  const gap = 0.06;
  const height = (1 - gap * (panels - 1)) / panels;
  const top = 1 - panel * (height + gap);
  return [Math.max(0, top - height), top];
};

const yAxis = (panel, index, panels) => ({
  title: { text: panel.title, standoff: 6 },
  domain: domain(index, panels),
  fixedrange: touch,
  automargin: true,
  zeroline: false,
  ...(panel.isPercent ? { range: [-3, 103], dtick: 25 } : { rangemode: 'tozero', nticks: 6 }),
});

const layout = setup => {
  const result = {
    margin: { l: 56, r: 14, t: 8, b: 44 },
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    font: { family: variable('--bs-body-font-family') || 'sans-serif', size: 12 },
    hoverlabel: {},
    modebar: {},
    showlegend: false,
    hovermode: 'x unified',
    dragmode: touch ? false : 'zoom',
    uirevision: 'kept',
    xaxis: {
      title: { text: 'Epoch', standoff: 6 },
      range: [-0.02 * setup.epochs, 1.02 * setup.epochs],
      anchor: axisKey('y', setup.panels.length - 1),
      fixedrange: touch,
      zeroline: false,
      hoverformat: '.4~g',
    },
  };
  setup.panels.forEach((panel, index) => {
    result[axisKey('yaxis', index)] = yAxis(panel, index, setup.panels.length);
  });
  return result;
};

const traces = setup => setup.panels.flatMap((panel, index) => setup.lines.map(line => ({
  type: 'scatter',
  mode: setup.markers ? 'lines+markers' : 'lines',
  name: line.name,
  x: [],
  y: [],
  xaxis: 'x',
  yaxis: axisKey('y', index),
  visible: !line.hidden,
  marker: { size: 4 },
  line: { width: setup.markers ? 2 : 1.2, dash: setup.markers ? dashes[line.dash] : 'solid' },
  hovertemplate: panel.isPercent ? '%{y:.1f} %' : '%{y:.4~g}',
})));

const charts = new Set();

class Chart {
  #plotly;
  #element;
  #setup;
  #queue;

  constructor(plotly, element, setup) {
    this.#plotly = plotly;
    this.#element = element;
    this.#setup = setup;
    this.#queue = plotly.newPlot(element, traces(setup), layout(setup), {
      responsive: true,
      displaylogo: false,
      displayModeBar: touch ? false : 'hover',
      modeBarButtonsToRemove: ['lasso2d', 'select2d', 'autoScale2d'],
    }).then(() => useLocalClipPaths(element));
    charts.add(this);
    this.paint();
  }

  // Little-endian float64: for each update its epochs, then its values plot by plot.
  append(updates, bytes) {
    const numbers = new Float64Array(bytes.slice().buffer);
    const next = { indices: [], x: [], y: [] };
    const whole = { indices: [], x: [], y: [] };
    let at = 0;
    const take = count => Array.from(numbers.subarray(at, at += count));
    for (const { line, count, replace } of updates) {
      const target = replace ? whole : next;
      const epochs = take(count);
      for (const trace of this.#tracesOf(line)) {
        target.indices.push(trace);
        target.x.push(epochs);
        target.y.push(take(count));
      }
    }
    return this.#run(async () => {
      if (whole.indices.length > 0) {
        await this.#plotly.restyle(this.#element, { x: whole.x, y: whole.y }, whole.indices);
      }
      if (next.indices.length > 0) {
        await this.#plotly.extendTraces(this.#element, { x: next.x, y: next.y }, next.indices);
      }
    });
  }

  setHidden(line, hidden) {
    return this.#run(() => this.#plotly.restyle(this.#element, { visible: !hidden }, this.#tracesOf(line)));
  }

  // Applies the colours of the current theme.
  paint() {
    const axes = { ...textColors(), ...axisColors('xaxis') };
    this.#setup.panels.forEach((_, panel) => Object.assign(axes, axisColors(axisKey('yaxis', panel))));
    const lines = this.#setup.panels.flatMap(() => this.#setup.lines.map(color));
    return this.#run(() => this.#plotly.update(this.#element, { 'line.color': lines, 'marker.color': lines }, axes));
  }

  purge() {
    charts.delete(this);
    return this.#queue.finally(() => this.#plotly.purge(this.#element));
  }

  #tracesOf(line) {
    return this.#setup.panels.map((_, panel) => panel * this.#setup.lines.length + line);
  }

  // Plotly does not queue calls, so they are serialised here; calls on a purged chart are dropped.
  #run(work) {
    this.#queue = this.#queue.then(() => (charts.has(this) ? work() : undefined));
    return this.#queue;
  }
}

export async function create(element, setup) {
  return new Chart(await loadPlotly(), element, setup);
}

document.addEventListener('cgh-theme', () => charts.forEach(chart => chart.paint()));

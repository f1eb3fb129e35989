// Draws the charts of ComparePlots.razor.cs with plotly.js. A chart is drawn when it comes into view; axes of the same name share their zoom.
import { dashes, loadPlotly, touch, useLocalClipPaths, variable } from './charts.js';

// More lines are merged into one trace for each colour, without markers: plotly's costs are per trace.
const maxTraces = 20;
const maxUnified = 8;
const maxMarkers = 60;

const views = new Set();
const frame = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
const alpha = (color, opacity) => `${color}${Math.round(opacity * 255).toString(16).padStart(2, '0')}`;
const digits = panel => (panel.isPercent ? '.1f' : '.4~g');

class View {
  #plotly;
  #root;
  #owner;
  #setup = { panels: [], lines: [], ranges: {}, zoom: {} };
  #points = new Map();
  #visible = new Set();
  #dirty = new Set();
  #drawn = new Map();
  #zoom = {};
  #drawing;
  #report;
  #observer;

  constructor(plotly, root, owner) {
    this.#plotly = plotly;
    this.#root = root;
    this.#owner = owner;
    this.#observer = new IntersectionObserver(entries => this.#watch(entries), { rootMargin: '200px' });
    root.addEventListener('click', this.#click);
    views.add(this);
  }

  // Points are little-endian float64: for each change its positions, its values, and its deviations or epochs if it has them.
  update(setup, changes, bytes) {
    const numbers = new Float64Array(bytes.slice().buffer);
    let at = 0;
    const take = count => numbers.subarray(at, at += count);
    for (const { panel, line, count, extra } of changes) {
      const points = { x: take(count), y: take(count) };
      if (extra) {
        points[extra] = take(count);
      }
      if (!this.#points.has(panel)) {
        this.#points.set(panel, []);
      }
      this.#points.get(panel)[line] = points;
      this.#dirty.add(panel);
    }
    if (setup) {
      this.#setup = setup;
      // A zoom that the page does not know yet is newer than the setup's.
      this.#zoom = this.#report ? this.#zoom : { ...setup.zoom };
      const ids = new Set(setup.panels.map(panel => panel.id));
      for (const [id, element] of this.#drawn) {
        if (!ids.has(id) || !element.isConnected) {
          this.#plotly.purge(element);
          this.#drawn.delete(id);
        }
      }
      this.#observer.disconnect();
      for (const panel of setup.panels) {
        this.#dirty.add(panel.id);
        const element = this.#element(panel.id);
        if (element) {
          this.#observer.observe(element);
        }
      }
    }
    return this.#draw();
  }

  repaint() {
    this.#drawn.forEach((_, id) => this.#dirty.add(id));
    this.#draw();
  }

  purge() {
    views.delete(this);
    clearTimeout(this.#report);
    this.#observer.disconnect();
    this.#root.removeEventListener('click', this.#click);
    this.#drawn.forEach(element => this.#plotly.purge(element));
    this.#drawn.clear();
  }

  #element(id) {
    return this.#root.querySelector(`[data-panel="${CSS.escape(id)}"]`);
  }

  #watch(entries) {
    for (const { target, isIntersecting } of entries) {
      this.#visible[isIntersecting ? 'add' : 'delete'](target.dataset.panel);
    }
    this.#draw();
  }

  // One chart a frame, so that the page stays responsive.
  #draw() {
    return this.#drawing ??= this.#drawAll().finally(() => { this.#drawing = undefined; });
  }

  async #drawAll() {
    for (let next; (next = this.#next());) {
      this.#dirty.delete(next.id);
      await this.#drawPanel(next);
      await frame();
    }
  }

  #next() {
    return views.has(this) ? this.#setup.panels.find(panel => this.#dirty.has(panel.id) && this.#visible.has(panel.id)) : undefined;
  }

  async #drawPanel(panel) {
    const element = this.#element(panel.id);
    if (!element) {
      return;
    }
    // A redraw would end the drag.
    while (element._dragging && views.has(this)) {
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    const known = this.#drawn.get(panel.id) === element;
    await this.#plotly.react(element, this.#traces(panel), this.#layout(panel), {
      responsive: true,
      displaylogo: false,
      displayModeBar: false,
      doubleClick: false,
    });
    if (!known) {
      useLocalClipPaths(element);
      this.#drawn.set(panel.id, element);
      element.on('plotly_relayout', change => this.#zoomed(panel.id, change));
      element.on('plotly_doubleclick', () => this.#reset(panel.id));
      element.addEventListener('mousemove', event => this.#point(panel.id, event));
      element.addEventListener('mouseleave', () => this.#hideCrosshairs());
    }
  }

  #traces(panel) {
    const points = this.#points.get(panel.id) ?? [];
    const shown = this.#setup.lines.map((line, index) => ({ ...line, ...points[index] })).filter(line => !line.hidden && line.x?.length > 0);
    const merged = shown.length > maxTraces;
    const groups = merged ? [...Map.groupBy(shown, line => line.variable).values()] : shown.map(line => [line]);
    const bands = groups.filter(lines => lines.some(line => line.deviation)).map(lines => this.#band(lines));
    return [...this.#chance(panel), ...bands, ...groups.map(lines => this.#line(panel, lines, merged))];
  }

  #line(panel, lines, merged) {
    const color = variable(lines[0].variable);
    const x = [], y = [], text = [], sizes = [];
    const markers = !merged && (panel.isPlane || lines[0].x.length <= maxMarkers);
    for (const line of lines) {
      for (let i = 0; i < line.x.length; i++) {
        x.push(line.x[i]);
        y.push(line.y[i]);
        text.push(line.epoch ? `${line.name}, epoch ${+line.epoch[i].toPrecision(6)}` : line.name);
        sizes.push(!panel.isPlane ? 4 : i === line.x.length - 1 ? 8 : 0);
      }
      // A gap to the next line.
      x.push(null);
      y.push(null);
      text.push('');
      sizes.push(0);
    }
    const unit = panel.isPercent ? ' %' : '';
    const percents = panel.isPlane ? `(%{x:.1f} %, %{y:.1f} %)` : `%{y:${digits(panel)}}${unit}`;
    const spread = !merged && lines[0].deviation ? ` ± %{customdata:${digits(panel)}}` : '';
    return {
      type: 'scatter',
      mode: markers || (panel.isPlane && merged) ? 'lines+markers' : 'lines',
      name: lines[0].name,
      x,
      y,
      text,
      customdata: spread ? [...lines[0].deviation] : undefined,
      line: { width: merged ? 1 : 2, color, dash: merged ? 'solid' : dashes[lines[0].dash] },
      marker: { size: panel.isPlane ? sizes : 4, color },
      opacity: merged ? 0.8 : 1,
      hovertemplate: `%{text}: ${percents}${spread}<extra></extra>`,
    };
  }

  // Mean plus and minus the deviation, as one outline for each line.
  #band(lines) {
    const x = [], y = [];
    for (const line of lines.filter(line => line.deviation)) {
      const forward = [...line.x.keys()];
      for (const i of forward) {
        x.push(line.x[i]);
        y.push(line.y[i] + line.deviation[i]);
      }
      for (const i of forward.reverse()) {
        x.push(line.x[i]);
        y.push(line.y[i] - line.deviation[i]);
      }
      x.push(null);
      y.push(null);
    }
    const color = variable(lines[0].variable);
    return { type: 'scatter', mode: 'lines', x, y, fill: 'toself', fillcolor: alpha(color, 0.18), line: { width: 0, color }, hoverinfo: 'skip', name: '±' };
  }

  #chance(panel) {
    if (panel.chance == null) {
      return [];
    }
    const [from, to] = this.#setup.ranges[panel.x];
    const line = { type: 'scatter', mode: 'lines', hoverinfo: 'skip', name: 'chance', line: { width: 1, dash: 'dot', color: variable('--bs-secondary-color') } };
    const level = { ...line, x: [from, to], y: [panel.chance, panel.chance] };
    return panel.isPlane ? [level, { ...line, x: [panel.chance, panel.chance], y: this.#setup.ranges[panel.y] }] : [level];
  }

  #layout(panel) {
    const many = this.#setup.lines.filter(line => !line.hidden).length > maxUnified;
    const layout = {
      margin: { l: 52, r: 12, t: 8, b: 42 },
      paper_bgcolor: 'rgba(0,0,0,0)',
      plot_bgcolor: 'rgba(0,0,0,0)',
      font: { family: variable('--bs-body-font-family') || 'sans-serif', size: 12, color: variable('--bs-body-color') },
      hoverlabel: { bgcolor: variable('--bs-body-bg'), bordercolor: variable('--chart-grid'), font: { color: variable('--bs-body-color') }, namelength: -1 },
      showlegend: false,
      hovermode: panel.isPlane || many ? 'closest' : 'x unified',
      hoverdistance: 12,
      dragmode: touch ? false : 'zoom',
      xaxis: this.#axis(panel.x, panel.xTitle, panel.xIsLog, panel.isPlane),
      yaxis: this.#axis(panel.y, panel.yTitle, panel.yIsLog, panel.isPercent),
    };
    return layout;
  }

  #axis(name, title, isLog, isPercent) {
    const grid = variable('--chart-grid');
    return {
      title: { text: title, standoff: 6 },
      type: isLog ? 'log' : 'linear',
      range: this.#range(name, isLog),
      fixedrange: touch,
      automargin: false,
      zeroline: false,
      gridcolor: grid,
      linecolor: grid,
      nticks: isPercent ? 6 : 8,
      hoverformat: '.4~g',
    };
  }

  #range(name, isLog) {
    const range = this.#zoom[name] ?? this.#setup.ranges[name] ?? [0, 1];
    // Without zoom, the space of a line's width beside the data.
    if (isLog) {
      const top = range[1] > 0 ? range[1] : 1;
      return [Math.log10(range[0] > 0 ? range[0] : Math.min(top / 1000, this.#setup.smallest[name] ?? 1)), Math.log10(top)];
    }
    const margin = this.#zoom[name] ? 0 : 0.02 * (range[1] - range[0]);
    return [range[0] - margin, range[1] + margin];
  }

  #zoomed(id, change) {
    const panel = this.#setup.panels.find(other => other.id === id);
    if (!panel || this.#applying) {
      return;
    }
    const zoom = { ...this.#zoom };
    for (const [axis, name, isLog] of [['xaxis', panel.x, panel.xIsLog], ['yaxis', panel.y, panel.yIsLog]]) {
      const from = change[`${axis}.range[0]`] ?? change[`${axis}.range`]?.[0];
      const to = change[`${axis}.range[1]`] ?? change[`${axis}.range`]?.[1];
      if (from !== undefined && to !== undefined) {
        zoom[name] = isLog ? [10 ** from, 10 ** to] : [+from, +to];
      }
    }
    this.#setZoom(zoom);
  }

  #reset(id) {
    const panel = this.#setup.panels.find(other => other.id === id);
    const { [panel.x]: _x, [panel.y]: _y, ...zoom } = this.#zoom;
    this.#setZoom(zoom);
  }

  #applying = false;

  async #setZoom(zoom) {
    if (JSON.stringify(zoom) === JSON.stringify(this.#zoom)) {
      return;
    }
    this.#zoom = zoom;
    clearTimeout(this.#report);
    this.#report = setTimeout(() => {
      this.#report = undefined;
      this.#owner.invokeMethodAsync('ZoomAsync', this.#zoom);
    }, 300);
    this.#applying = true;
    try {
      for (const panel of this.#setup.panels) {
        const element = this.#drawn.get(panel.id);
        if (element && this.#visible.has(panel.id)) {
          await this.#plotly.relayout(element, { 'xaxis.range': this.#range(panel.x, panel.xIsLog), 'yaxis.range': this.#range(panel.y, panel.yIsLog) });
        } else {
          this.#dirty.add(panel.id);
        }
      }
    } finally {
      this.#applying = false;
    }
  }

  // A line at the same position in every curve.
  #point(id, event) {
    const source = this.#setup.panels.find(panel => panel.id === id);
    const axis = this.#drawn.get(id)?._fullLayout?.xaxis;
    if (!axis || !source || source.isPlane) {
      return;
    }
    const value = axis.p2d(event.clientX - event.currentTarget.getBoundingClientRect().left - axis._offset);
    for (const panel of this.#setup.panels) {
      const element = this.#drawn.get(panel.id);
      if (!element || panel.x !== source.x) {
        continue;
      }
      const own = element._fullLayout.xaxis;
      const at = own.d2p(value);
      const crosshair = this.#crosshair(element);
      crosshair.hidden = !(at >= 0 && at <= own._length);
      crosshair.style.left = `${element.offsetLeft + own._offset + at}px`;
    }
  }

  #crosshair(element) {
    let line = element.parentElement.querySelector('.crosshair');
    if (!line) {
      line = document.createElement('div');
      line.className = 'crosshair';
      element.parentElement.append(line);
    }
    return line;
  }

  #hideCrosshairs() {
    this.#root.querySelectorAll('.crosshair').forEach(line => { line.hidden = true; });
  }

  #click = event => {
    const button = event.target.closest('[data-export]');
    const panel = button && this.#setup.panels.find(other => other.id === button.value);
    const element = panel && this.#drawn.get(panel.id);
    if (element) {
      const layout = {
        ...element.layout,
        title: { text: panel.title, font: { size: 14 } },
        margin: { l: 60, r: 12, t: 40, b: 50 },
        paper_bgcolor: variable('--bs-body-bg'),
        plot_bgcolor: variable('--bs-body-bg'),
        showlegend: this.#setup.lines.length <= maxTraces,
      };
      const data = element.data.map(trace => ({ ...trace, showlegend: trace.hoverinfo !== 'skip' }));
      this.#plotly.downloadImage({ data, layout }, { format: button.dataset.export, filename: panel.id, width: 900, height: 560 });
    }
  };
}

export async function create(root, owner) {
  return new View(await loadPlotly(), root, owner);
}

document.addEventListener('cgh-theme', () => views.forEach(view => view.repaint()));

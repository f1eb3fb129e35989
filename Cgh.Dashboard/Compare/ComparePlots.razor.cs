using System.Runtime.InteropServices;
using System.Text.Json;
using Cgh.Dashboard.Charts;
using Cgh.Dashboard.Components;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Cgh.Dashboard.Compare;

/// <summary>The charts of a comparison. They are created once; afterwards only points that have changed are sent.</summary>
public sealed partial class ComparePlots : ComponentBase, IAsyncDisposable
{
    // Points in a chart, over all of its lines: about two for each pixel of a single one, and as many as Chromium draws at once for many.
    private const int MaxPoints = 24_000;
    private const int MinPointsOfLine = 100;
    private const int MaxPointsOfLine = 1_000;

    private readonly Dictionary<(string Panel, int Line), long> _sent = [];
    private ElementReference _element;
    private DotNetObjectReference<ComparePlots>? _self;
    private IJSObjectReference? _module;
    private IJSObjectReference? _view;
    private string _sentSetup = "";
    private bool _isSending;
    private bool _hasPendingChanges;
    private bool _isDisposed;

    [Parameter, EditorRequired]
    public IReadOnlyList<PanelPoints> Panels { get; set; } = [];

    [Parameter, EditorRequired]
    public IReadOnlyList<ComparedLine> Lines { get; set; } = [];

    [Parameter, EditorRequired]
    public CompareQuery Query { get; set; } = new();

    /// <summary>Names of the hidden lines.</summary>
    [Parameter]
    public IReadOnlySet<string> Hidden { get; set; } = new HashSet<string>();

    /// <summary>Called with the shown part of each zoomed axis.</summary>
    [Parameter]
    public EventCallback<IReadOnlyDictionary<string, Interval>> OnZoom { get; set; }

    [Inject]
    public required IJSRuntime Script { get; init; }

    private int MaxPointsEach => Math.Clamp(MaxPoints / Math.Max(1, Lines.Count), MinPointsOfLine, MaxPointsOfLine);

    /// <summary>The user has zoomed.</summary>
    [JSInvokable]
    public Task ZoomAsync(Dictionary<string, double[]> zoom) => OnZoom.InvokeAsync(
        zoom.Where(axis => axis.Value is [var from, var to] && double.IsFinite(from) && double.IsFinite(to) && from < to)
            .ToDictionary(axis => axis.Key, axis => new Interval(axis.Value[0], axis.Value[1])));

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        try
        {
            if (firstRender)
            {
                _self = DotNetObjectReference.Create(this);
                _module = await Script.InvokeAsync<IJSObjectReference>("import", "./js/compare.js");
                _view = await _module.InvokeAsync<IJSObjectReference>("create", _element, _self);
            }

            await SendAsync();
        }
        catch (Exception error) when (error is JSDisconnectedException or OperationCanceledException)
        {
            // The browser has left.
        }
    }

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        try
        {
            if (_view is { } view)
            {
                await view.InvokeVoidAsync("purge");
                await view.DisposeAsync();
            }

            if (_module is { } module)
            {
                await module.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The browser has left and freed the charts.
        }

        _self?.Dispose();
    }

    // A render during a send only sets a flag; the loop then sends the latest state.
    private async Task SendAsync()
    {
        _hasPendingChanges = true;
        if (_isSending || _view is not { } view)
        {
            return;
        }

        _isSending = true;
        try
        {
            while (_hasPendingChanges && !_isDisposed)
            {
                _hasPendingChanges = false;
                var (changes, numbers) = Changes();
                var setup = Setup();
                var text = JsonSerializer.Serialize(setup);
                var isNew = text != _sentSetup;
                _sentSetup = text;
                if (isNew || changes.Count > 0)
                {
                    await view.InvokeVoidAsync("update", isNew ? setup : null, changes, numbers);
                }
            }
        }
        finally
        {
            _isSending = false;
        }
    }

    private (IReadOnlyList<object> Changes, byte[] Numbers) Changes()
    {
        var (changes, numbers) = (new List<object>(), new List<double>());
        foreach (var (panel, lines) in Panels)
        {
            var window = panel.IsPlane ? null : Query.Zoom.GetValueOrDefault(panel.X);
            foreach (var (line, all) in lines.Index())
            {
                var points = CurveMath.Reduce(all, MaxPointsEach, window);
                var extra = points.Deviation ?? points.Epochs;
                var hash = Hash(points.X, points.Y, extra ?? []);
                if (_sent.TryGetValue((panel.Id, line), out var sent) ? sent == hash : points.Count == 0)
                {
                    continue;
                }

                _sent[(panel.Id, line)] = hash;
                var kind = points.Deviation is not null ? "deviation" : points.Epochs is not null ? "epoch" : null;
                changes.Add(new { panel = panel.Id, line, count = points.Count, extra = kind });
                numbers.AddRange(points.X);
                numbers.AddRange(points.Y);
                numbers.AddRange(extra ?? []);
            }
        }

        // Lines that are no longer there.
        foreach (var gone in _sent.Keys.Where(key => Panels.All(panel => panel.Panel.Id != key.Panel || panel.Lines.Count <= key.Line)).ToList())
        {
            _sent.Remove(gone);
        }

        return (changes, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(numbers)).ToArray());
    }

    private object Setup()
    {
        var (ranges, smallest) = (new Dictionary<string, double[]>(), new Dictionary<string, double>());
        foreach (var (panel, lines) in Panels)
        {
            var used = lines.Where((_, line) => !Hidden.Contains(Lines[line].Name)).ToList();
            Include(panel.X, panel.X == ComparePanel.CurveX ? used.SelectMany(points => points.X) : [0, 100]);
            Include(panel.Y, panel.Y == CompareQuery.Loss ? used.SelectMany(points => points.Y) : [0, 100]);
        }

        return new
        {
            panels = Panels.Select(panel => new
            {
                id = panel.Panel.Id,
                title = panel.Panel.Title,
                x = panel.Panel.X,
                y = panel.Panel.Y,
                xTitle = panel.Panel.XTitle,
                yTitle = panel.Panel.YTitle,
                xIsLog = panel.Panel.XIsLog,
                yIsLog = panel.Panel.YIsLog,
                isPlane = panel.Panel.IsPlane,
                isPercent = panel.Panel.IsPercent,
                chance = panel.Panel.Chance,
            }).ToArray(),
            lines = Lines.Select(line => new ChartLine(line.Name, line.Look.Variable, line.Look.Dash, Hidden.Contains(line.Name))).ToArray(),
            ranges,
            smallest,
            zoom = Query.Zoom.ToDictionary(axis => axis.Key, axis => new[] { axis.Value.From, axis.Value.To }),
        };

        void Include(string axis, IEnumerable<double> values)
        {
            var range = ranges.TryGetValue(axis, out var known) ? known : ranges[axis] = [0, 0];
            foreach (var value in values.Where(double.IsFinite))
            {
                range[1] = Math.Max(range[1], value);
                if (value > 0)
                {
                    smallest[axis] = Math.Min(smallest.GetValueOrDefault(axis, double.MaxValue), value);
                }
            }
        }
    }

    private string Description(ComparePanel panel) => panel.IsPlane
        ? $"{panel.Title}: {panel.YTitle} against {panel.XTitle} for {Count}. The figures are in the table below."
        : $"{panel.Title}: {panel.YTitle} by {panel.XTitle.ToLowerInvariant()} for {Count}. The figures are in the table below.";

    private string Count => Lines.Count == 1 ? "1 line" : $"{Lines.Count} lines";

    private IReadOnlyList<FigureLine> Figures(ComparePanel panel, IReadOnlyList<Points> points) =>
    [
        .. Lines.Zip(points).Where(line => !Hidden.Contains(line.First.Name)).Select(line => line.Second.Epochs is { } epochs
            ? new FigureLine(
                line.First.Name,
                [.. epochs.Index().Select(epoch => (epoch.Item, (double)epoch.Index))],
                index => $"{Format.Percent(line.Second.X[(int)index])}, {Format.Percent(line.Second.Y[(int)index])}")
            : new FigureLine(
                line.First.Name,
                [.. line.Second.X.Zip(line.Second.Y)],
                panel.IsPercent ? value => Format.Percent(value) : value => Format.Loss(value))),
    ];

    private static long Hash(params ReadOnlySpan<double[]> arrays)
    {
        var (first, second) = (new HashCode(), new HashCode());
        foreach (var array in arrays)
        {
            first.AddBytes(MemoryMarshal.AsBytes(array.AsSpan()));
            second.Add(array.Length);
            second.AddBytes(MemoryMarshal.AsBytes(array.AsSpan()));
        }

        return ((long)first.ToHashCode() << 32) | (uint)second.ToHashCode();
    }
}

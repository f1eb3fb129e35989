using Cgh.Dashboard.Components;
using Cgh.Dashboard.Live;
using Cgh.RunStore;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Cgh.Dashboard.Charts;

/// <summary>
/// Curves of one or more runs by epoch. The lines and plots are fixed for the lifetime of the component (change its <c>@key</c> to
/// replace them); only points are added.
/// </summary>
public sealed partial class CurveChart : ComponentBase, IAsyncDisposable
{
    private readonly CancellationTokenSource _disposal = new();
    private ElementReference _element;
    private IJSObjectReference? _module;
    private IJSObjectReference? _chart;
    private CurveCursor? _cursor;
    private bool[] _hidden = [];
    private bool _hasPoints = true;
    private bool _isSending;
    private bool _hasPendingChanges;
    private bool _showsFigures;
    private IReadOnlyList<FigureLine> _figures = [];

    [Parameter, EditorRequired]
    public required string Title { get; set; }

    /// <summary>A line under the title that says how to read the chart.</summary>
    [Parameter]
    public string Explanation { get; set; } = "";

    [Parameter, EditorRequired]
    public required IReadOnlyList<ChartPanel> Panels { get; set; }

    [Parameter, EditorRequired]
    public required IReadOnlyList<ChartSeries> Series { get; set; }

    /// <summary>Right end of the epoch axis.</summary>
    [Parameter, EditorRequired]
    public double Epochs { get; set; }

    /// <summary>Names of the hidden lines.</summary>
    [Parameter]
    public IReadOnlySet<string> Hidden { get; set; } = new HashSet<string>();

    /// <summary>Marks the points on the lines.</summary>
    [Parameter]
    public bool Markers { get; set; }

    [Inject]
    public required IJSRuntime Script { get; init; }

    [Inject]
    public required ICurveStore Store { get; init; }

    private string Description =>
        $"{Title}: {string.Join(" and ", Panels.Select(panel => panel.Title))} by epoch for {string.Join(", ", Series.Select(line => line.Name))}. "
        + "The figures are in the table below.";

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _cursor = new CurveCursor(Store);
            _hidden = [.. Series.Select(line => Hidden.Contains(line.Name))];
            var lines = Series.Select((line, index) => new ChartLine(line.Name, line.Look.Variable, line.Look.Dash, _hidden[index])).ToArray();
            _module = await Script.InvokeAsync<IJSObjectReference>("import", "./js/charts.js");
            _chart = await _module.InvokeAsync<IJSObjectReference>("create", _element, new ChartSetup(Panels, lines, Epochs, Markers));
        }

        await SendAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _disposal.CancelAsync();
        try
        {
            if (_chart is { } chart)
            {
                await chart.InvokeVoidAsync("purge");
                await chart.DisposeAsync();
            }

            if (_module is { } module)
            {
                await module.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The browser has left and freed the chart.
        }
    }

    // A render during a send only sets a flag; the loop then sends the latest state.
    private async Task SendAsync()
    {
        _hasPendingChanges = true;
        if (_isSending || _chart is null)
        {
            return;
        }

        _isSending = true;
        var hadPoints = _hasPoints;
        try
        {
            while (_hasPendingChanges && !_disposal.IsCancellationRequested)
            {
                _hasPendingChanges = false;
                await SendNewPointsAsync(_chart);
                await SendVisibilityAsync(_chart);
            }

            if (_hasPoints != hadPoints)
            {
                StateHasChanged();
            }
        }
        catch (Exception error) when (error is OperationCanceledException or JSDisconnectedException || StoreFailure.Is(error))
        {
            // The page was left, or the store is unreachable (the page says so); the next refresh continues from the cursor.
        }
        finally
        {
            _isSending = false;
        }
    }

    private async Task SendNewPointsAsync(IJSObjectReference chart)
    {
        var (updates, numbers) = await _cursor!.ReadAsync(Series, Panels, _disposal.Token);
        _hasPoints = _cursor.HasRows;
        if (updates.Count > 0)
        {
            await chart.InvokeVoidAsync("append", _disposal.Token, updates, numbers);
            if (_showsFigures)
            {
                await ReadFiguresAsync();
                StateHasChanged();
            }
        }
    }

    private async Task ShowFiguresAsync(bool isOpen)
    {
        _showsFigures = isOpen;
        if (isOpen)
        {
            try
            {
                await ReadFiguresAsync();
            }
            catch (Exception error) when (error is OperationCanceledException || StoreFailure.Is(error))
            {
                // The page says that the store is unreachable.
            }
        }
    }

    private async Task ReadFiguresAsync()
    {
        var figures = new List<FigureLine>();
        foreach (var line in Series.Where(line => line.IsReady))
        {
            var rows = (await Store.ReadRowsAsync(line.Run, line.Curve, 0, _disposal.Token)).Rows;
            figures.AddRange(Panels.Select(panel => new FigureLine(
                Panels.Count == 1 ? line.Name : $"{line.Name}: {panel.Title}",
                [.. rows.Select(row => (line.Epoch(row), row[panel.Column]))],
                panel.IsPercent ? value => Format.Percent(value) : value => Format.Loss(value))));
        }

        _figures = figures;
    }

    private async Task SendVisibilityAsync(IJSObjectReference chart)
    {
        for (var line = 0; line < Series.Count; line++)
        {
            var hidden = Hidden.Contains(Series[line].Name);
            if (_hidden[line] != hidden)
            {
                _hidden[line] = hidden;
                await chart.InvokeVoidAsync("setHidden", _disposal.Token, line, hidden);
            }
        }
    }
}

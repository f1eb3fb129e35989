using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Messages;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Sources;

/// <summary>A look at a source: what it is, twenty of its images, and the form to pack it. Leaving the page stops it.</summary>
public sealed partial class SourceLook : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _disposal = new();
    private PackForm _form = null!;
    private SourceInspection? _found;
    private InspectionProgressed? _progress;
    private string? _error;
    private bool _isLooking;

    /// <summary>The source, as the URL names it.</summary>
    [Parameter, EditorRequired]
    public required string Path { get; set; }

    [Inject]
    public required SourceClient Client { get; init; }

    // What the page shows was asked with these options.
    private DatasetRequest Shown { get; set; } = new();

    private DatasetRequest Request => _form.ToRequest(_found?.Path ?? Path);

    // The name changes nothing that is shown.
    private bool Differs => Request with { Name = "" } != Shown with { Name = "" };

    private bool CanHoldOut => _found is { Holdout: not null } or { Val: 0 };

    // Square images all of one size below the default side, as in CIFAR or MNIST.
    private int? SmallSide => _found?.Samples.Where(sample => sample.Failure is null).Select(sample => (sample.Width, sample.Height)).Distinct().ToList()
        is [var (width, height)] && width == height && width > 0 && width < new DatasetRequest().Side
        ? width
        : null;

    public void Dispose() => _disposal.Cancel();

    protected override void OnInitialized() => _form = new PackForm(Path);

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender && RendererInfo.IsInteractive)
        {
            await LookAsync();
        }
    }

    private static string Capitalized(string text) => text.Length == 0 ? text : $"{char.ToUpperInvariant(text[0])}{text[1..]}";

    private Task UseSideAsync(int side)
    {
        (_form.Side, _form.ShortSide) = (side, side);
        return LookAsync();
    }

    private async Task LookAsync()
    {
        if (_isLooking)
        {
            return;
        }

        _isLooking = true;
        (_error, _progress) = (null, null);
        StateHasChanged();
        var request = Request;
        try
        {
            _found = await Client.InspectAsync(request, progress => InvokeAsync(() => Show(progress)), _disposal.Token);
            Shown = request with { Source = _found.Path };
        }
        catch (UserErrorException error)
        {
            _error = error.Message;
        }
        catch (OperationCanceledException) when (_disposal.IsCancellationRequested)
        {
            return;
        }

        _isLooking = false;
        StateHasChanged();
    }

    private void Show(InspectionProgressed progress)
    {
        if (!_disposal.IsCancellationRequested)
        {
            _progress = progress;
            StateHasChanged();
        }
    }
}

using Cgh.Core;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Sources;

/// <summary>A part of a page that shows the answer of a DataPrep service. It asks when it appears and when what it asks about changes.</summary>
/// <typeparam name="TAnswer">The answer.</typeparam>
public abstract class Question<TAnswer> : ComponentBase, IDisposable
    where TAnswer : class
{
    private readonly CancellationTokenSource _disposal = new();
    private string? _asked;

    [Inject]
    public required SourceClient Client { get; init; }

    /// <summary>The answer; null until it is there.</summary>
    protected TAnswer? Answer { get; private set; }

    /// <summary>Why there is no answer, in one line.</summary>
    protected string? Error { get; private set; }

    /// <summary>What is asked about.</summary>
    protected abstract string Subject { get; }

    /// <exception cref="UserErrorException">There is no answer.</exception>
    protected abstract Task<TAnswer> AskAsync(CancellationToken cancellationToken);

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        // Not disposed: a question may still wait.
        _disposal.Cancel();
    }

    protected override async Task OnParametersSetAsync()
    {
        // Prerendering must not wait for another service.
        if (RendererInfo.IsInteractive && _asked != Subject)
        {
            await RepeatAsync();
        }
    }

    /// <summary>Asks again.</summary>
    protected async Task RepeatAsync()
    {
        var subject = _asked = Subject;
        Error = null;
        try
        {
            var answer = await AskAsync(_disposal.Token);
            if (subject == _asked)
            {
                Answer = answer;
            }
        }
        catch (UserErrorException error)
        {
            if (subject == _asked)
            {
                Answer = null;
                Error = error.Message;
            }
        }
        catch (OperationCanceledException) when (_disposal.IsCancellationRequested)
        {
            // The page was left.
        }
    }
}

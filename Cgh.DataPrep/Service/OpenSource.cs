using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Service;

/// <summary>
/// The source that this process packs shards of for another one. It stays open between shards, because listing a million images takes minutes, and is
/// closed when another is needed or none was for a while. Not thread-safe: whoever packs holds the <see cref="PreparationSlot"/>.
/// </summary>
internal sealed class OpenSource(DataFolder data, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan s_idleTimeout = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private DatasetRequest? _request;
    private Opened? _opened;
    private ITimer? _idle;
    private int _uses;

    /// <summary>Opens the source of a dataset, unless it is open.</summary>
    /// <param name="request">The dataset.</param>
    /// <param name="settings"><see cref="PackSettings.Digest"/> that is expected. A source that was open before and gives another is opened again.</param>
    /// <param name="cancellationToken">Cancels opening.</param>
    /// <exception cref="Core.UserErrorException">The source cannot be read.</exception>
    public Opened Get(DatasetRequest request, string settings, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _uses++;
            _idle?.Dispose();
        }

        if (_opened is null || _request != request || _opened.Settings != settings)
        {
            Close();
            var options = DatasetPreparation.PackOptionsOf(request);
            var source = ImageSources.Open(DatasetPreparation.SourceOf(request, data), options.Source, progress: null, cancellationToken);
            try
            {
                var plan = PackPlanner.Make(source, options);
                (_request, _opened) = (request, new Opened(source, plan, options, PackSettings.For(source, plan, options).Digest()));
            }
            catch
            {
                source.Dispose();
                throw;
            }
        }

        return _opened;
    }

    /// <summary>Says that the source is not in use until the next <see cref="Get"/>.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            var use = _uses;
            _idle = clock.CreateTimer(_ => CloseAfter(use), state: null, s_idleTimeout, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        _idle?.Dispose();
        Close();
    }

    private void CloseAfter(int use)
    {
        lock (_gate)
        {
            if (use == _uses)
            {
                Close();
            }
        }
    }

    private void Close()
    {
        _opened?.Source.Dispose();
        _opened = null;
    }

    /// <summary>An open source and how it is packed.</summary>
    public sealed record Opened(IImageSource Source, PackPlan Plan, PackOptions Options, string Settings);
}

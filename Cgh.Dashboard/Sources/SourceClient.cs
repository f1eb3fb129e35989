using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Messages;
using Cgh.Core.Store;
using Cgh.Dashboard.Live;
using Cgh.RunStore;
using Cgh.ServiceDefaults.Bus;
using MassTransit;

namespace Cgh.Dashboard.Sources;

/// <summary>Asks the DataPrep services about sources and datasets, and has them pack.</summary>
/// <remarks>Every method throws <see cref="UserErrorException"/> with one line if no service answers or the answer is an error.</remarks>
public sealed class SourceClient(IBus bus, IExperimentStore store, InspectionFeed feed, TimeProvider clock)
{
    // A little longer than the service takes at most.
    private static readonly TimeSpan s_inspectionTimeout = TimeSpan.FromMinutes(16);

    // The service reports every second.
    private static readonly TimeSpan s_silenceTimeout = TimeSpan.FromSeconds(20);

    public async Task<FolderListing> ListAsync(string? folder, CancellationToken cancellationToken)
    {
        var listing = await AskAsync<ListFolders, FolderListing>(new ListFolders(folder), cancellationToken);
        return listing.Error is { } error ? throw new UserErrorException(error) : listing;
    }

    public async Task<DatasetList> DatasetsAsync(CancellationToken cancellationToken)
    {
        var list = await AskAsync<ListDatasets, DatasetList>(new ListDatasets(), cancellationToken);
        return list.Error is { } error ? throw new UserErrorException(error) : list;
    }

    public async Task<DatasetDescription> DescribeAsync(string dataset, CancellationToken cancellationToken)
    {
        var description = await AskAsync<DescribeDataset, DatasetDescription>(new DescribeDataset(dataset), cancellationToken);
        return description.Error is { } error ? throw new UserErrorException(error) : description;
    }

    /// <summary>Says what a source is. Cancelling it also stops the service.</summary>
    /// <param name="request">The source, and how it would be packed.</param>
    /// <param name="report">Receives progress, on any thread.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<SourceInspection> InspectAsync(DatasetRequest request, Action<InspectionProgressed> report, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid();
        using var silence = new CancellationTokenSource(s_silenceTimeout, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        using var subscription = feed.Subscribe(id, progress =>
        {
            silence.CancelAfter(s_silenceTimeout);
            report(progress);
        });
        try
        {
            var inspection = await bus.AskDataPrepAsync<InspectSource, SourceInspection>(new InspectSource(id, request), s_inspectionTimeout, stop.Token);
            return inspection.Error is { } error ? throw new UserErrorException(error) : inspection;
        }
        catch (OperationCanceledException)
        {
            await CancelAsync(id);
            cancellationToken.ThrowIfCancellationRequested();
            throw UserErrorException.Unreachable(DataPrepRequests.Unanswered);
        }
    }

    /// <summary>Queues a source to be packed.</summary>
    public async Task PackAsync(DatasetRequest request, CancellationToken cancellationToken)
    {
        var check = await AskAsync<CheckPack, PackCheck>(new CheckPack(request), cancellationToken);
        if (check.Error is { } error)
        {
            throw new UserErrorException(error);
        }

        await SendAsync(new PrepareDataset(request, [], Experiment: null) { IsFromPage = true }, cancellationToken);
    }

    /// <summary>Pauses a dataset: whoever makes it stops within a second and keeps finished shards.</summary>
    public Task PauseAsync(string dataset, CancellationToken cancellationToken) => store.PauseDatasetAsync(dataset, cancellationToken);

    /// <summary>Continues a paused or failed dataset.</summary>
    public Task ResumeAsync(DatasetState dataset, CancellationToken cancellationToken) => dataset.Request is { } request
        ? SendAsync(request, cancellationToken)
        : throw new UserErrorException($"It is not known how {dataset.Name} was requested. Pack its source again to continue.");

    private async Task SendAsync(PrepareDataset command, CancellationToken cancellationToken)
    {
        var name = command.Dataset.Name;
        await store.ResumeDatasetAsync(name, cancellationToken);
        // First, so that the page shows it while it waits for others in the queue.
        await store.SaveDatasetAsync(new DatasetState(name, "waiting for its turn", 0, 0, Ready: false, Error: null) { Request = command }, cancellationToken);
        try
        {
            await bus.RequestDatasetAsync(command, cancellationToken);
        }
        catch (Exception error)
        {
            var state = new DatasetState(name, "", 0, 0, Ready: false, $"Not started: {UserText.FirstLine(error)}") { Request = command };
            await store.SaveDatasetAsync(state, CancellationToken.None);
            throw;
        }
    }

    private Task<TAnswer> AskAsync<TRequest, TAnswer>(TRequest request, CancellationToken cancellationToken)
        where TRequest : class, ICommand
        where TAnswer : class =>
        bus.AskDataPrepAsync<TRequest, TAnswer>(request, DataPrepRequests.DefaultTimeout, cancellationToken);

    private async Task CancelAsync(Guid id)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), clock);
        try
        {
            await bus.Publish(new CancelInspection(id), limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The broker is down; the service ends the inspection by itself.
        }
    }
}

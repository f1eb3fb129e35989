using System.Diagnostics;
using Cgh.Core;
using Cgh.Core.Messages;
using Cgh.Core.Store;
using Cgh.RunStore;
using Cgh.ServiceDefaults.Bus;
using MassTransit;

namespace Cgh.DataPrep.Service;

/// <summary>
/// Creates datasets for waiting experiments and publishes when each is ready, or why it failed. A dataset outlives its message: the work
/// continues if the broker closes the channel, and the redelivered message finds the dataset ready.
/// </summary>
internal sealed partial class PrepareDatasetConsumer(
    IRetryingRunStore store,
    DatasetPreparation preparation,
    PreparationSlot slot,
    IHostApplicationLifetime lifetime,
    ILogger<PrepareDatasetConsumer> log) : IConsumer<PrepareDataset>
{
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromSeconds(0.5);

    public async Task Consume(ConsumeContext<PrepareDataset> context)
    {
        using var taken = await slot.TakeAsync(context.CancellationToken);
        using var cancellation = new CancellationTokenSource();
        // On shutdown the message is lost too; it then waits for the next DataPrep service.
        using var lost = context.CancellationToken.Register(CancelOnShutdown);
        using var stopping = lifetime.ApplicationStopping.Register(CancelOnShutdown);
        await PrepareAsync(context, cancellation);

        void CancelOnShutdown()
        {
            if (context.CancellationToken.IsCancellationRequested && lifetime.ApplicationStopping.IsCancellationRequested)
            {
                cancellation.Cancel();
            }
        }
    }

    private async Task PrepareAsync(ConsumeContext<PrepareDataset> context, CancellationTokenSource cancellation)
    {
        var (request, labels, experiment) = context.Message;
        var last = new StageProgress("preparing", 0, 0);
        await store.SaveDatasetAsync(State(request.Name, last, ready: false), cancellation.Token);

        var progress = new LatestProgress(notice => Noticed(log, request.Name, notice));
        var work = Task.Run(() => preparation.Prepare(request, labels, progress, cancellation.Token), CancellationToken.None);
        try
        {
            while (await Task.WhenAny(work, Task.Delay(s_progressInterval, CancellationToken.None)) != work)
            {
                if (progress.NewerThan(last) is { } newer)
                {
                    last = newer;
                    await ReportAsync(context, request.Name, last, cancellation.Token);
                }
            }
        }
        catch
        {
            // The work must have ended before the message is redelivered.
            await cancellation.CancelAsync();
            await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        var error = await ErrorOfAsync(work, request.Name);
        last = progress.NewerThan(last) ?? last;
        await store.SaveDatasetAsync(
            State(request.Name, error is null ? last with { Stage = "ready", Done = last.Total } : last, error is null, error),
            cancellation.Token);
        await context.Publish(new DatasetReady(request.Name, error, experiment), cancellation.Token);
    }

    private async Task ReportAsync(ConsumeContext context, string dataset, StageProgress progress, CancellationToken cancellationToken)
    {
        // Twice a second for hours: progress has no spans.
        Activity.Current = null;
        await store.SaveDatasetAsync(State(dataset, progress, ready: false), cancellationToken);
        try
        {
            await context.AnnounceAsync(new DatasetProgressed(dataset, progress.Stage, progress.Done, progress.Total), cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever the transport throws, the broker did not accept the event. The next one replaces it; the work must not start over.
            ProgressNotPublished(log, dataset, UserText.FirstLine(error));
        }
    }

    // Waiting experiments must learn of every failure, so none may go to the error queue. Cancellation is rethrown: it returns the
    // message to the queue.
    private async Task<string?> ErrorOfAsync(Task work, string dataset)
    {
        try
        {
            await work;
            return null;
        }
        catch (UserErrorException error)
        {
            return error.Message;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogUnexpectedError(log, dataset, error);
            return $"Dataset '{dataset}' could not be created. {error.GetType().Name}: {UserText.FirstLine(error)} See the DataPrep log.";
        }
    }

    private static DatasetState State(string name, StageProgress progress, bool ready, string? error = null) =>
        new(name, progress.Stage, progress.Done, progress.Total, ready, error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot publish the progress of dataset {Dataset}; its preparation continues. {Reason}")]
    private static partial void ProgressNotPublished(ILogger log, string dataset, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Dataset {Dataset}: {Notice}")]
    private static partial void Noticed(ILogger log, string dataset, string notice);

    [LoggerMessage(Level = LogLevel.Error, Message = "Dataset {Dataset} could not be created.")]
    private static partial void LogUnexpectedError(ILogger log, string dataset, Exception error);
}

/// <summary>Processes one dataset at a time: each uses all cores, and two requests for the same dataset must not overlap.</summary>
internal sealed class PrepareDatasetConsumerDefinition : ConsumerDefinition<PrepareDatasetConsumer>
{
    public PrepareDatasetConsumerDefinition()
    {
        EndpointName = Queues.PrepareDataset;
        ConcurrentMessageLimit = 1;
    }

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<PrepareDatasetConsumer> consumerConfigurator, IRegistrationContext context)
    {
        endpointConfigurator.PrefetchCount = 1;

        // The run store or the broker may be briefly unavailable. A retry keeps what was already created.
        endpointConfigurator.UseMessageRetry(retry =>
        {
            retry.Ignore<OperationCanceledException>();
            retry.Interval(5, TimeSpan.FromSeconds(3));
        });
    }
}

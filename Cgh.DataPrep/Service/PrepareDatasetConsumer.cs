using System.Diagnostics;
using Cgh.Core;
using Cgh.Core.Messages;
using Cgh.Core.Store;
using Cgh.DataPrep.Browsing;
using Cgh.RunStore;
using Cgh.ServiceDefaults.Bus;
using MassTransit;

namespace Cgh.DataPrep.Service;

/// <summary>
/// Creates datasets for waiting experiments and for the dashboard, and publishes when each is ready, or why it failed. A dataset outlives its message:
/// the work continues if the broker closes the channel, and the redelivered message finds the dataset ready.
/// </summary>
internal sealed partial class PrepareDatasetConsumer(
    IRetryingRunStore store,
    DatasetPreparation preparation,
    SourceRoots roots,
    PreparationSlot slot,
    ShardOffers offers,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<PrepareDatasetConsumer> log) : IConsumer<PrepareDataset>
{
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromSeconds(0.5);

    public async Task Consume(ConsumeContext<PrepareDataset> context)
    {
        using var cancellation = new CancellationTokenSource();
        // On shutdown the message is lost too; it then waits for the next DataPrep service.
        using var lost = context.CancellationToken.Register(CancelOnShutdown);
        using var stopping = lifetime.ApplicationStopping.Register(CancelOnShutdown);
        // Another service may make the dataset for another request; this one then finds it. Meanwhile this process can pack shards for it.
        await using var lead = await DatasetLead.TakeAsync(store, context.Message.Dataset.Name, clock, context.CancellationToken);
        using var taken = await slot.TakeAsync(context.CancellationToken);
        await PrepareAsync(context, lead, cancellation.Token);

        void CancelOnShutdown()
        {
            if (context.CancellationToken.IsCancellationRequested && lifetime.ApplicationStopping.IsCancellationRequested)
            {
                cancellation.Cancel();
            }
        }
    }

    private async Task PrepareAsync(ConsumeContext<PrepareDataset> context, DatasetLead lead, CancellationToken cancellationToken)
    {
        var (request, labels, experiment) = context.Message;
        var state = new DatasetState(request.Name, "preparing", 0, 0, Ready: false, Error: null) { Request = context.Message };
        if (await store.IsDatasetPausedAsync(request.Name, cancellationToken))
        {
            await store.SaveDatasetAsync(state with { Stage = "paused", Paused = true }, cancellationToken);
            return;
        }

        await store.SaveDatasetAsync(state, cancellationToken);
        Preparing(log, request.Name);
        var progress = new LatestProgress(notice => Noticed(log, request.Name, notice));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = Task.Run(Prepare, CancellationToken.None);
        try
        {
            state = await FollowAsync(context, work, progress, state, lead, stop, cancellationToken);
        }
        catch
        {
            // The work must have ended before the message is redelivered.
            await stop.CancelAsync();
            await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        string? error;
        try
        {
            error = await ErrorOfAsync(work, request.Name);
        }
        catch (OperationCanceledException) when (state.Paused)
        {
            await ReportAsync(context, state, cancellationToken);
            return;
        }

        // Ends the offers of shards.
        await stop.CancelAsync();
        state = state with { Paused = false, Ready = error is null, Error = error, ImagesPerSecond = null, SecondsLeft = null };
        await store.SaveDatasetAsync(error is null ? state with { Stage = "ready", Done = state.Total } : state, cancellationToken);
        await context.Publish(new DatasetReady(request.Name, error, experiment), cancellationToken);

        void Prepare()
        {
            var allowed = context.Message.IsFromPage ? roots.Allow(request) : request;
            preparation.Prepare(allowed, labels, progress, pack => offers.Begin(allowed, pack, stop.Token), stop.Token);
        }
    }

    // Until the work has ended; if the dataset is paused meanwhile, stops it.
    private async Task<DatasetState> FollowAsync(
        ConsumeContext context,
        Task work,
        LatestProgress progress,
        DatasetState state,
        DatasetLead lead,
        CancellationTokenSource stop,
        CancellationToken cancellationToken)
    {
        var rate = new ProgressRate(clock);
        StageProgress? last = null;
        while (await Task.WhenAny(work, Task.Delay(s_progressInterval, CancellationToken.None)) != work)
        {
            await lead.ExtendAsync(cancellationToken);
            if (await store.IsDatasetPausedAsync(state.Name, cancellationToken))
            {
                await stop.CancelAsync();
                await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return With(progress.NewerThan(last), state) with { Stage = "paused", Paused = true, ImagesPerSecond = null, SecondsLeft = null };
            }

            if (progress.NewerThan(last) is { } newer)
            {
                last = newer;
                var (perSecond, secondsLeft) = rate.Add(newer);
                state = With(newer, state) with { ImagesPerSecond = perSecond, SecondsLeft = secondsLeft };
                await ReportAsync(context, state, cancellationToken);
            }
        }

        return With(progress.NewerThan(last), state);
    }

    private async Task ReportAsync(ConsumeContext context, DatasetState state, CancellationToken cancellationToken)
    {
        // Twice a second for hours: progress has no spans.
        Activity.Current = null;
        await store.SaveDatasetAsync(state, cancellationToken);
        try
        {
            var (name, stage, done, total, _, _) = state;
            await context.AnnounceAsync(
                new DatasetProgressed(name, stage, done, total) { ImagesPerSecond = state.ImagesPerSecond, SecondsLeft = state.SecondsLeft },
                cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever the transport throws, the broker did not accept the event. The next one replaces it; the work must not start over.
            ProgressNotPublished(log, state.Name, UserText.FirstLine(error));
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

    private static DatasetState With(StageProgress? progress, DatasetState state) =>
        progress is null ? state : state with { Stage = progress.Stage, Done = progress.Done, Total = progress.Total };

    [LoggerMessage(Level = LogLevel.Information, Message = "Preparing dataset {Dataset}.")]
    private static partial void Preparing(ILogger log, string dataset);

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

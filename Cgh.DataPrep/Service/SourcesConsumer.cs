using System.Diagnostics;
using Cgh.Core;
using Cgh.Core.Messages;
using Cgh.DataPrep.Browsing;
using Cgh.ServiceDefaults.Bus;
using MassTransit;

namespace Cgh.DataPrep.Service;

/// <summary>Answers questions about sources and datasets. A failure is part of the answer: it concerns only who asks.</summary>
internal sealed class SourcesConsumer(FolderBrowser folders, SourceInspector inspector, DatasetCatalog datasets, PackRules rules, RunningInspections running) :
    IConsumer<ListFolders>,
    IConsumer<InspectSource>,
    IConsumer<CheckPack>,
    IConsumer<ListDatasets>,
    IConsumer<DescribeDataset>
{
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromSeconds(1);

    public Task Consume(ConsumeContext<ListFolders> context) =>
        RespondAsync(context, () => folders.List(context.Message.Path), error => new FolderListing { Error = error });

    public Task Consume(ConsumeContext<CheckPack> context) => RespondAsync(
        context,
        () =>
        {
            rules.Check(context.Message.Dataset);
            return new PackCheck(Error: null);
        },
        error => new PackCheck(error));

    public Task Consume(ConsumeContext<ListDatasets> context) =>
        RespondAsync(context, datasets.List, error => new DatasetList("", [], error));

    public Task Consume(ConsumeContext<DescribeDataset> context) =>
        RespondAsync(context, () => datasets.Describe(context.Message.Name), error => new DatasetDescription { Error = error });

    public async Task Consume(ConsumeContext<InspectSource> context)
    {
        // Progress is a heartbeat too: who asks learns that a service is at work.
        Activity.Current = null;
        var (id, dataset) = context.Message;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        timeout.CancelAfter(SourceInspector.MaxDuration);
        var progress = new LatestProgress();
        var work = running.RunAsync(id, cancellationToken => inspector.Inspect(dataset, progress, cancellationToken), timeout.Token);
        var last = new StageProgress("waiting for other inspections", 0, 0);
        do
        {
            last = progress.NewerThan(last) ?? last;
            await context.AnnounceAsync(new InspectionProgressed(id, last.Stage, last.Done, last.Total), context.CancellationToken);
        }
        while (await Task.WhenAny(work, Task.Delay(s_progressInterval, context.CancellationToken)) != work);

        SourceInspection answer;
        try
        {
            answer = await work;
        }
        catch (UserErrorException error)
        {
            answer = new SourceInspection { Error = error.Message };
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            if (!timeout.IsCancellationRequested)
            {
                // No response is needed.
                return;
            }

            answer = new SourceInspection
            {
                Error = $"Listing {dataset.Source} took more than {SourceInspector.MaxDuration.TotalMinutes:0} minutes and was stopped. "
                    + "Pack it without looking at it first, or on the command line.",
            };
        }

        await context.RespondAsync(answer);
    }

    private static async Task RespondAsync<TAnswer>(ConsumeContext context, Func<TAnswer> answer, Func<string, TAnswer> failed)
        where TAnswer : class
    {
        TAnswer response;
        try
        {
            response = answer();
        }
        catch (UserErrorException error)
        {
            response = failed(error.Message);
        }

        await context.RespondAsync(response);
    }
}

/// <summary>
/// A queue that all DataPrep services share, and that exists only while one of them runs: a question that no service can answer fails at once.
/// </summary>
internal sealed class SourcesConsumerDefinition : ConsumerDefinition<SourcesConsumer>
{
    private const int MaxConcurrent = 16;

    public SourcesConsumerDefinition()
    {
        Endpoint(endpoint =>
        {
            endpoint.Name = Queues.Sources;
            endpoint.Temporary = true;
        });
        ConcurrentMessageLimit = MaxConcurrent;
    }
}

/// <summary>Cancels inspections whose response is no longer needed.</summary>
internal sealed class CancelInspectionConsumer(RunningInspections running) : IConsumer<CancelInspection>
{
    public Task Consume(ConsumeContext<CancelInspection> context)
    {
        running.Cancel(context.Message.Id);
        return Task.CompletedTask;
    }
}

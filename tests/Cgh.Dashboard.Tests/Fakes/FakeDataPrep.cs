using Cgh.Core.Messages;
using MassTransit;

namespace Cgh.Dashboard.Tests.Fakes;

/// <summary>What a fake DataPrep service answers, and what it was asked.</summary>
internal sealed class FakeDataPrep
{
    public FolderListing Folders { get; set; } = new();

    public SourceInspection Inspection { get; set; } = new();

    public PackCheck Check { get; set; } = new(Error: null);

    public DatasetList Datasets { get; set; } = new("/data/datasets", [], Error: null);

    public DatasetDescription Description { get; set; } = new();

    /// <summary>Answers inspections once it is completed.</summary>
    public TaskCompletionSource? Hold { get; set; }

    public List<InspectSource> Inspected { get; } = [];
}

/// <summary>Answers the dashboard's questions.</summary>
internal sealed class FakeDataPrepConsumer(FakeDataPrep fake) :
    IConsumer<ListFolders>,
    IConsumer<InspectSource>,
    IConsumer<CheckPack>,
    IConsumer<ListDatasets>,
    IConsumer<DescribeDataset>
{
    public Task Consume(ConsumeContext<ListFolders> context) => context.RespondAsync(fake.Folders);

    public async Task Consume(ConsumeContext<InspectSource> context)
    {
        fake.Inspected.Add(context.Message);
        await context.Publish(new InspectionProgressed(context.Message.Id, "listing", 3, 10));
        await (fake.Hold?.Task ?? Task.CompletedTask);
        await context.RespondAsync(fake.Inspection);
    }

    public Task Consume(ConsumeContext<CheckPack> context) => context.RespondAsync(fake.Check);

    public Task Consume(ConsumeContext<ListDatasets> context) => context.RespondAsync(fake.Datasets);

    public Task Consume(ConsumeContext<DescribeDataset> context) => context.RespondAsync(fake.Description);
}

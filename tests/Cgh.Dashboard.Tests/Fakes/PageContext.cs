using Bunit;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.Dashboard.Labels;
using Cgh.Dashboard.Lists;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Recipes;
using Cgh.Dashboard.Reports;
using Cgh.Dashboard.Sources;
using Cgh.RunStore;
using MassTransit;
using MassTransit.Testing;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Cgh.Dashboard.Tests.Fakes;

/// <summary>Renders components as an interactive page, with an in-memory store and bus and a manual clock.</summary>
public abstract class PageContext : BunitContext
{
    private readonly DirectoryInfo _recipes = Directory.CreateTempSubdirectory("cgh-recipes-");

    protected PageContext()
    {
        Services.AddSingleton<IRunStore>(Store).AddRunStoreParts();
        Services.AddSingleton<TimeProvider>(Clock);
        Services.AddSingleton<RunFeed>();
        Services.AddSingleton<PageModelCache>();
        Services.AddSingleton(Options.Create(new DashboardOptions { Recipes = _recipes.FullName }));
        Services.AddSingleton<RecipeCatalog>();
        Services.AddSingleton<RunIndex>();
        Services.AddSingleton(_ => new QueueOrder(ByPriority));
        Services.AddSingleton(_ => new Laboratory(Data, Broker));
        Services.AddSingleton(_ => new ReportFiles(Data));
        Services.AddSingleton(_ => new DatasetClasses(Data));
        Services.AddSingleton(services => new LabelReviews(services.GetRequiredService<ReportFiles>(), Data, Clock));
        Services.AddSingleton<ExperimentSubmitter>();
        Services.AddSingleton<InspectionFeed>();
        Services.AddSingleton<SourceClient>();
        Services.AddSingleton(DataPrep);
        Services.AddMassTransitTestHarness(TextWriter.Null, bus =>
        {
            bus.DisableUsageTelemetry();
            DashboardService.AddConsumers(bus);
            bus.AddConsumer<FakeDataPrepConsumer>().Endpoint(endpoint => endpoint.Name = Queues.Sources);
        });
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
        Charts = JSInterop.SetupModule("./js/charts.js");
        Chart = Charts.SetupModule(invocation => invocation.Identifier == "create");
        Chart.SetupVoid("append", _ => true).SetVoidResult();
        Chart.SetupVoid("setHidden", _ => true).SetVoidResult();
        Chart.SetupVoid("purge", _ => true).SetVoidResult();
        Comparison = JSInterop.SetupModule("./js/compare.js").SetupModule(invocation => invocation.Identifier == "create");
        Comparison.SetupVoid("update", _ => true).SetVoidResult();
        Comparison.SetupVoid("purge", _ => true).SetVoidResult();
    }

    protected static CancellationToken Stop => Xunit.TestContext.Current.CancellationToken;

    private protected MemoryRunStore Store { get; } = new() { IsFenced = false };

    private protected FakeDataPrep DataPrep { get; } = new();

    private protected ManualClock Clock { get; } = new();

    /// <summary>The report files; none unless a test sets them before it renders.</summary>
    protected DataFolder? Data { get; set; }

    /// <summary>The broker; none unless a test sets one before it renders.</summary>
    protected IBrokerStatus? Broker { get; set; }

    /// <summary>Whether the bus has priorities, as RabbitMQ does.</summary>
    protected bool ByPriority { get; set; } = true;

    protected BunitJSModuleInterop Charts { get; }

    protected BunitJSModuleInterop Chart { get; }

    /// <summary>The charts of a comparison.</summary>
    protected BunitJSModuleInterop Comparison { get; }

    protected RunFeed Feed => Services.GetRequiredService<RunFeed>();

    protected NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    protected async Task<ITestHarness> StartBusAsync()
    {
        var harness = Services.GetRequiredService<ITestHarness>();
        await harness.Start();
        return harness;
    }

    protected void AddRecipe(string file, string json) => File.WriteAllText(Path.Combine(_recipes.FullName, file), json);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _recipes.Delete(recursive: true);
    }
}

using Cgh.Core.Files;
using Cgh.DataPrep.Browsing;
using MassTransit;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cgh.DataPrep.Service;

/// <summary>Registers the DataPrep service, which creates the datasets that experiments need.</summary>
public static class DataPrepService
{
    /// <exception cref="Cgh.Core.UserErrorException">A setting of the section <c>DataPrep</c> is unknown or invalid.</exception>
    public static IHostApplicationBuilder AddDataPrep(this IHostApplicationBuilder builder, DataFolder data)
    {
        builder.Services.TryAddSingleton(data);
        builder.Services.AddSingleton(DataPrepOptions.Read(builder.Configuration));
        builder.Services.AddDataPrepParts();
        return builder;
    }

    /// <summary>What the consumers use, besides the data folder and the options.</summary>
    internal static IServiceCollection AddDataPrepParts(this IServiceCollection services) => services
        .AddSingleton<DatasetPreparation>()
        .AddSingleton<PreparationSlot>()
        .AddSingleton<OpenSource>()
        .AddSingleton<ShardHelper>()
        .AddSingleton<ShardOffers>()
        .AddSingleton<ShardRefusals>()
        .AddSingleton<SourceRoots>()
        .AddSingleton<FolderBrowser>()
        .AddSingleton<SourceInspector>()
        .AddSingleton<DatasetCatalog>()
        .AddSingleton<PackRules>()
        .AddSingleton<RunningInspections>();

    public static void AddConsumers(IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<PrepareDatasetConsumer, PrepareDatasetConsumerDefinition>();
        bus.AddConsumer<PackShardConsumer, PackShardConsumerDefinition>();
        bus.AddConsumer<SourcesConsumer, SourcesConsumerDefinition>();
        // Every service receives every request to cancel; the one that inspects acts on it.
        bus.AddConsumer<CancelInspectionConsumer>().Endpoint(endpoint =>
        {
            endpoint.Temporary = true;
            endpoint.InstanceId = $"{Guid.NewGuid():n}";
        });
    }
}

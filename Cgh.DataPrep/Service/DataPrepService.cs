using Cgh.Core.Files;
using MassTransit;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cgh.DataPrep.Service;

/// <summary>Registers the DataPrep service, which creates the datasets that experiments need.</summary>
public static class DataPrepService
{
    public static IHostApplicationBuilder AddDataPrep(this IHostApplicationBuilder builder, DataFolder data)
    {
        builder.Services.TryAddSingleton(data);
        builder.Services.AddSingleton<DatasetPreparation>();
        builder.Services.AddSingleton<PreparationSlot>();
        return builder;
    }

    public static void AddConsumers(IBusRegistrationConfigurator bus) =>
        bus.AddConsumer<PrepareDatasetConsumer, PrepareDatasetConsumerDefinition>();
}

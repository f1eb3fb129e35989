using Cgh.Core.Files;
using MassTransit;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cgh.DataPrep.Service;

/// <summary>DataPrep as a service: makes the datasets that experiments ask for.</summary>
public static class DataPrepService
{
    public static IHostApplicationBuilder AddDataPrep(this IHostApplicationBuilder builder, DataFolder data)
    {
        builder.Services.TryAddSingleton(data);
        builder.Services.AddSingleton<DatasetPreparation>();
        return builder;
    }

    public static void AddConsumers(IBusRegistrationConfigurator bus) =>
        bus.AddConsumer<PrepareDatasetConsumer, PrepareDatasetConsumerDefinition>();
}

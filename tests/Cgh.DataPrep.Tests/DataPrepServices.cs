using Cgh.Core.Files;
using Cgh.DataPrep.Service;
using Cgh.RunStore;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;

namespace Cgh.DataPrep.Tests;

/// <summary>The DataPrep service on an in-memory bus.</summary>
internal static class DataPrepServices
{
    /// <summary>Returns its services, to which a test can add others.</summary>
    /// <param name="data">The data folder.</param>
    /// <param name="options">The service's settings.</param>
    /// <param name="store">The run store.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    /// <param name="inactivityTimeout">How long the harness waits for messages; null for its default.</param>
    public static IServiceCollection Create(
        DataFolder data, DataPrepOptions options, IRunStore store, TimeProvider? clock = null, TimeSpan? inactivityTimeout = null) =>
        new ServiceCollection()
            .AddLogging()
            .AddSingleton(data)
            .AddSingleton(options)
            .AddDataPrepParts()
            .AddSingleton<IHostApplicationLifetime, ApplicationLifetime>()
            .AddSingleton(clock ?? TimeProvider.System)
            .AddSingleton(store)
            .AddRetryingRunStore()
            .AddMassTransitTestHarness(bus =>
            {
                bus.DisableUsageTelemetry();
                if (inactivityTimeout is not null)
                {
                    bus.SetTestTimeouts(testInactivityTimeout: inactivityTimeout);
                }

                DataPrepService.AddConsumers(bus);
            });
}

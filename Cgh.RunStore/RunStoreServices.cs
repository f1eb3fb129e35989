using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Cgh.RunStore;

/// <summary>Registers a run store with its parts.</summary>
public static partial class RunStoreServices
{
    /// <summary>Registers each part of the registered <see cref="IRunStore"/> as a service.</summary>
    public static IServiceCollection AddRunStoreParts(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => new UnreadableKeys(
            provider.GetService<ILogger<UnreadableKeys>>() is { } log ? line => LogUnreadable(log, line) : null));
        services.TryAddSingleton<IExperimentStore>(provider => provider.GetRequiredService<IRunStore>());
        services.TryAddSingleton<IRunStateStore>(provider => provider.GetRequiredService<IRunStore>());
        services.TryAddSingleton<ICurveStore>(provider => provider.GetRequiredService<IRunStore>());
        services.TryAddSingleton<ILeaseStore>(provider => provider.GetRequiredService<IRunStore>());
        services.TryAddSingleton<IRejectedMessageStore>(provider => provider.GetRequiredService<IRunStore>());
        services.TryAddSingleton<ITrainerStore>(provider => provider.GetRequiredService<IRunStore>());
        return services;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Line}")]
    private static partial void LogUnreadable(ILogger log, string line);
}

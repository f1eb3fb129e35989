using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cgh.RunStore;

/// <summary>Registers a run store with its parts.</summary>
public static class RunStoreServices
{
    /// <summary>Registers each part of the registered <see cref="IRunStore"/> as a service.</summary>
    public static IServiceCollection AddRunStoreParts(this IServiceCollection services)
    {
        services.TryAddSingleton<IExperimentStore>(provider => provider.GetRequiredService<IRunStore>());
        services.TryAddSingleton<IRunStateStore>(provider => provider.GetRequiredService<IRunStore>());
        services.TryAddSingleton<ICurveStore>(provider => provider.GetRequiredService<IRunStore>());
        services.TryAddSingleton<ILeaseStore>(provider => provider.GetRequiredService<IRunStore>());
        services.TryAddSingleton<IRejectedMessageStore>(provider => provider.GetRequiredService<IRunStore>());
        return services;
    }
}

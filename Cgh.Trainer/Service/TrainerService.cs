using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Reports;
using Cgh.RunStore;
using Cgh.Trainer.Models;
using Cgh.Trainer.UpdateRules;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Cgh.Trainer.Service;

/// <summary>The trainer service: takes runs from the queue, trains each in its own process, and coordinates experiments.</summary>
public static class TrainerService
{
    /// <exception cref="UserErrorException">A setting is invalid.</exception>
    public static IHostApplicationBuilder AddTrainer(this IHostApplicationBuilder builder, DataFolder data)
    {
        // Fail at startup if the catalogs are inconsistent, instead of in the first attempt.
        RuleFactory.Check();
        ModelRegistry.Check();
        builder.Services.AddSingleton(data);
        builder.Services.AddSingleton<RunFolders>();
        builder.Services.AddSingleton<EventPublisher>();
        builder.Services.AddSingleton<IEventPublisher>(services => services.GetRequiredService<EventPublisher>());
        builder.Services.AddSingleton<RunningAttempts>();
        builder.Services.AddSingleton<TrainerTelemetry>();
        builder.Services.AddSingleton<IAttemptLauncher, AttemptLauncher>();
        builder.Services.AddSingleton<AttemptHeartbeat>();
        builder.Services.AddSingleton<AttemptProjection>();
        builder.Services.AddSingleton<AttemptSession>();
        builder.Services.AddSingleton<AttemptSupervisor>();
        builder.Services.AddSingleton(new ReportWriter(folder => ExperimentReport.Write(folder)));
        builder.Services.AddSingleton<ExperimentCoordinator>();
        builder.Services.AddSingleton<SkippedFiles>();
        builder.Services.AddSingleton<StoreRefill>();
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<AbandonedRuns>(services, services.GetRequiredService<IBus>()));
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<OpenExperiments>(services, services.GetRequiredService<IBus>()));
        builder.Services.AddSingleton<ExperimentRecordUpdater>();
        builder.Services.AddSingleton<RunsElsewhere>();
        // Stopped in reverse order, so that the last events of the attempts are still published.
        builder.Services.AddHostedService(services => services.GetRequiredService<EventPublisher>());
        builder.Services.AddHostedService(services => services.GetRequiredService<RunningAttempts>());
        builder.Services.AddHostedService<Reconciler>();
        builder.Services.AddHostedService<TrainerPresence>();
        builder.Services.AddSingleton(Options.Create(TrainerOptions.Read(builder.Configuration)));
        return builder;
    }

    public static void AddConsumers(IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<StartRunConsumer, StartRunConsumerDefinition>();
        bus.AddConsumer<ExperimentConsumer, ExperimentConsumerDefinition>();
        // Every trainer receives every stop request; the one that holds the run acts on it.
        bus.AddConsumer<StopRequestConsumer>().Endpoint(endpoint =>
        {
            endpoint.Temporary = true;
            endpoint.InstanceId = $"{Guid.NewGuid():n}";
        });
    }
}

using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Reports;
using Cgh.Trainer.Models;
using Cgh.Trainer.UpdateRules;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Cgh.Trainer.Service;

/// <summary>The trainer as a service: takes runs from the queue, trains each in a process of its own, and closes experiments.</summary>
public static class TrainerService
{
    /// <exception cref="UserErrorException">A setting cannot be used.</exception>
    public static IHostApplicationBuilder AddTrainer(this IHostApplicationBuilder builder, DataFolder data)
    {
        // Attempts are processes of their own: without this, a mistake in the catalogs would only show when the first of them fails.
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
        builder.Services.AddSingleton<StoreRefill>();
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<LostRuns>(services, services.GetRequiredService<IBus>()));
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<OpenExperiments>(services, services.GetRequiredService<IBus>()));
        builder.Services.AddSingleton<RestingRecords>();
        // Stopped in the opposite order: the attempts leave while their last events can still be published.
        builder.Services.AddHostedService(services => services.GetRequiredService<EventPublisher>());
        builder.Services.AddHostedService(services => services.GetRequiredService<RunningAttempts>());
        builder.Services.AddHostedService<Reconciler>();
        builder.Services.AddSingleton(Options.Create(TrainerOptions.Read(builder.Configuration)));
        return builder;
    }

    public static void AddConsumers(IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<StartRunConsumer, StartRunConsumerDefinition>();
        bus.AddConsumer<ExperimentConsumer, ExperimentConsumerDefinition>();
        // Every trainer gets every stop request; the one that trains the run obeys.
        bus.AddConsumer<StopRequestConsumer>().Endpoint(endpoint =>
        {
            endpoint.Temporary = true;
            endpoint.InstanceId = $"{Guid.NewGuid():n}";
        });
    }
}

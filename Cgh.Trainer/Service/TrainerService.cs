using Cgh.Core;
using Cgh.Core.Files;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Cgh.Trainer.Service;

/// <summary>The trainer as a service: takes runs from the queue, trains each in a process of its own, and closes experiments.</summary>
public static class TrainerService
{
    /// <exception cref="UserErrorException">A setting cannot be used.</exception>
    public static IHostApplicationBuilder AddTrainer(this IHostApplicationBuilder builder, DataFolder data)
    {
        builder.Services.AddSingleton(data);
        builder.Services.AddSingleton<EventPublisher>();
        builder.Services.AddSingleton<RunningAttempts>();
        builder.Services.AddSingleton<TrainerTelemetry>();
        builder.Services.AddSingleton<AttemptSupervisor>();
        builder.Services.AddSingleton<ExperimentCoordinator>();
        // Stopped in the opposite order: the attempts leave while their last events can still be published.
        builder.Services.AddHostedService(services => services.GetRequiredService<EventPublisher>());
        builder.Services.AddHostedService(services => services.GetRequiredService<RunningAttempts>());
        builder.Services.AddHostedService<Housekeeping>();
        builder.Services.AddSingleton(Options.Create(TrainerOptions.Read(builder.Configuration)));
        return builder;
    }

    public static void AddConsumers(IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<StartRunConsumer, StartRunConsumerDefinition>();
        bus.AddConsumer<ExperimentConsumer, ExperimentConsumerDefinition>();
        // Every trainer hears what is wished of a run; the one that trains it obeys.
        bus.AddConsumer<StopRequestConsumer>().Endpoint(endpoint =>
        {
            endpoint.Temporary = true;
            endpoint.InstanceId = $"{Guid.NewGuid():n}";
        });
    }
}

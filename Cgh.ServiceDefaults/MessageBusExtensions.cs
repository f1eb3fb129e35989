using Cgh.RunStore;
using Cgh.ServiceDefaults.Bus;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Cgh.ServiceDefaults;

/// <summary>Adds the message bus to a service.</summary>
public static class MessageBusExtensions
{
    /// <summary>Adds the message bus: RabbitMQ at <c>ConnectionStrings:messaging</c>, else in-memory.</summary>
    public static TBuilder AddMessageBus<TBuilder>(this TBuilder builder, Action<IBusRegistrationConfigurator> consumers)
        where TBuilder : IHostApplicationBuilder
    {
        var broker = builder.Configuration.GetConnectionString(ServiceDefaultsExtensions.MessagingConnection);
        builder.Services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.SetKebabCaseEndpointNameFormatter();
            bus.AddConfigureEndpointsCallback(QueueDeclarations.Configure);
            consumers(bus);
            if (string.IsNullOrWhiteSpace(broker))
            {
                bus.UsingInMemory(Configure);
            }
            else
            {
                bus.UsingRabbitMq((context, transport) =>
                {
                    transport.Host(ServerAddresses.Broker(broker));
                    QueueDeclarations.ConfigureResponses(transport);
                    Configure(context, transport);
                });
            }
        });
        if (!string.IsNullOrWhiteSpace(broker))
        {
            builder.Services.AddSingleton(new BrokerHealth(ServerAddresses.Broker(broker)));
            builder.Services.AddSingleton<IBrokerStatus>(services => services.GetRequiredService<BrokerHealth>());
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
                "broker", services => services.GetRequiredService<BrokerHealth>(), failureStatus: null, tags: null));
        }

        builder.Services.AddReceiveObserver<RejectedMessageObserver>();
        builder.Services.AddReceiveEndpointObserver<RefusedQueueObserver>();
        builder.Services.Configure<MassTransitHostOptions>(options =>
        {
            // Without this timeout consumers are not cancelled on SIGTERM, and runs are not handed back.
            options.ConsumerStopTimeout = TimeSpan.FromSeconds(1);
            options.StopTimeout = TimeSpan.FromSeconds(25);
        });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(28));
        builder.Services.AddSingleton<ExperimentSubmitter>();
        builder.Services.AddSingleton(TimeProvider.System);
        return builder;
    }

    private static void Configure<T>(IBusRegistrationContext context, IBusFactoryConfigurator<T> transport)
        where T : IReceiveEndpointConfigurator
    {
        transport.UseConsumeFilter(typeof(MessageSubjectFilter<>), context);
        transport.UseConsumeFilter(typeof(ContractVersionFilter<>), context);
        transport.ConfigureEndpoints(context);
    }
}

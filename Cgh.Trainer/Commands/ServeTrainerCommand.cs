using System.CommandLine;
using Cgh.Core.Files;
using Cgh.ServiceDefaults;
using Cgh.Trainer.Service;

namespace Cgh.Trainer.Commands;

/// <summary><c>serve</c>: runs the trainer as a service.</summary>
internal static class ServeTrainerCommand
{
    private const string Help = """
        Takes runs from the queue and trains them, until the process is stopped. Environment variables set the server addresses.

        Example:
          ConnectionStrings__redis=localhost:6379 ConnectionStrings__messaging=amqp://guest:guest@localhost:5672 Cgh.Trainer serve
        """;

    public static Command Create()
    {
        var data = Cgh.Core.CommandLine.DataOption();
        var command = new Command("serve", Help) { data };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var builder = ServiceBuilder.Create().ListenAtUnlessConfigured(ListeningExtensions.AnyPort);
            builder.RequireServers();
            builder.AddServiceDefaults();
            builder.AddRunStore();
            builder.AddMessageBus(TrainerService.AddConsumers);
            builder.AddTrainer(DataFolder.Resolve(parsed.GetValue(data)));
            await using var app = builder.Build();
            app.MapDefaultEndpoints();
            await app.RunAsync(cancellationToken);
            return 0;
        });
        return command;
    }
}

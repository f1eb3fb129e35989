using System.CommandLine;
using Cgh.Core.Files;
using Cgh.ServiceDefaults;
using Cgh.Trainer.Service;

namespace Cgh.Trainer.Commands;

/// <summary><c>serve</c>: runs the trainer as a service.</summary>
internal static class ServeTrainerCommand
{
    public static Command Create()
    {
        var data = new Option<string?>("--data") { Description = $"The data folder. Default: ${DataFolder.Variable}, else 'data' here." };
        var command = new Command(
            "serve",
            "Take runs from the queue and train them. Requires the environment variables ConnectionStrings__redis (such as localhost:6379) "
                + "and ConnectionStrings__messaging (such as amqp://guest:guest@localhost:5672).")
        {
            data,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var builder = WebApplication.CreateBuilder().ListenAtUnlessConfigured(ListeningExtensions.AnyPort);
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

using System.CommandLine;
using Cgh.Core.Files;
using Cgh.DataPrep.Service;
using Cgh.ServiceDefaults;

namespace Cgh.DataPrep.Commands;

/// <summary><c>serve</c>: DataPrep as a service on the bus.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var data = SharedOptions.Data();
        var command = new Command("serve", """
            Makes the datasets that experiments ask for over the message bus, until it is stopped. The environment says where
            the servers are, and with ASPNETCORE_URLS where /health and /alive answer.

            Example:
              ConnectionStrings__redis=localhost:6379 ConnectionStrings__messaging=amqp://guest:guest@localhost:5672 serve
            """)
        {
            data,
        };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var builder = WebApplication.CreateBuilder().ListenAtUnlessConfigured(ListeningExtensions.AnyPort);
            builder.RequireServers();
            builder.AddServiceDefaults();
            builder.AddRunStore();
            builder.AddMessageBus(DataPrepService.AddConsumers);
            builder.AddDataPrep(DataFolder.Resolve(parse.GetValue(data)));
            await using var app = builder.Build();
            app.MapDefaultEndpoints();
            await app.RunAsync(cancellationToken);
            return 0;
        });
        return command;
    }
}

using System.CommandLine;
using Cgh.Core.Files;
using Cgh.DataPrep.Service;
using Cgh.ServiceDefaults;

namespace Cgh.DataPrep.Commands;

/// <summary><c>serve</c>: runs DataPrep as a service on the message bus.</summary>
internal static class ServeDataPrepCommand
{
    public static Command Create()
    {
        var data = Cgh.Core.CommandLine.DataOption();
        var command = new Command("serve", """
            Creates the datasets that experiments request over the message bus, until the process is stopped. Environment
            variables set the server addresses, and ASPNETCORE_URLS the address of /health and /alive.

            Example:
              ConnectionStrings__redis=localhost:6379 ConnectionStrings__messaging=amqp://guest:guest@localhost:5672 Cgh.DataPrep serve
            """)
        {
            data,
        };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var builder = ServiceBuilder.Create().ListenAtUnlessConfigured(ListeningExtensions.AnyPort);
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

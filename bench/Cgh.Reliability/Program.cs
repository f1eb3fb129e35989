using System.CommandLine;
using Cgh.Reliability;

const string Help = """
    Runs the measurements in docs/results/reliability.md with real service processes, RabbitMQ and Redis, all on this machine, on free
    ports of 127.0.0.1 and in temporary folders. Build the solution first.
    """;

var root = new RootCommand(Help)
{
    KillsCommand.Create(),
    ChainsCommand.Create(),
    RestartsCommand.Create(),
    GridCommand.Create(),
    PacksCommand.Create(),
    WorkersCommand.Create(),
    EventsCommand.Create(),
    EventsCommand.CreatePublisher(),
    EventsCommand.CreateSubscriber(),
};
return await Cgh.Core.CommandLine.RunAsync(root, args);

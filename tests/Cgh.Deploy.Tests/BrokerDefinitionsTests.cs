using System.Text.Json.Nodes;
using Cgh.Core.Messages;

namespace Cgh.Deploy.Tests;

/// <summary>
/// The queues that RabbitMQ has from its start on Azure. Services at zero replicas declare none: a message to one that never ran would be lost, and
/// its scale rule would find no queue to count.
/// </summary>
public sealed class BrokerDefinitionsTests
{
    private static readonly string[] s_queues = [Queues.Experiments, Queues.PackShards, Queues.PrepareDataset, Queues.StartRun];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Definitions_LoadedByABroker_AreWhatTheServicesDeclare()
    {
        // The services of this test connect as guest with this password.
        var definitions = (await Template.EvaluateAsync(("messagingPassword", "'guest'"))).BrokerDefinitions();
        var committed = Facts(JsonNode.Parse(definitions)!);
        await using var services = await SeparateServices.StartAsync(Required.RedisServer(), Required.RabbitMqServer(), Stop, definitions: definitions);
        Assert.Equal(committed, Facts(await DefinitionsOfAsync(services.Broker)));

        // A service that declares one of the queues with other arguments never becomes healthy.
        await services.StartDataPrepAsync(Stop);
        await services.StartTrainerAsync(Stop);
        await services.StartDashboardAsync(Stop);

        Assert.Equal(committed, Facts(await DefinitionsOfAsync(services.Broker)));
    }

    private static async Task<JsonNode> DefinitionsOfAsync(RabbitMqServerProcess broker) =>
        JsonNode.Parse(await broker.ControlAsync(Stop, "export_definitions", "-"))!;

    // The queues that outlive their services, what leads to them, and the exchanges on the way, each in one line.
    private static string[] Facts(JsonNode definitions)
    {
        var queues = Entries("queues").Where(queue => !IsTemporary(queue)).ToList();
        Assert.Equal(s_queues, queues.Select(Name).Order(StringComparer.Ordinal));
        var bindings = Entries("bindings").Where(binding => s_queues.Contains(binding["destination"]!.GetValue<string>())).ToList();
        var sources = bindings.Select(binding => binding["source"]!.GetValue<string>()).ToHashSet();
        return
        [
            .. queues.Select(queue => $"queue {Name(queue)} {queue["auto_delete"]} {queue["arguments"]!.ToJsonString()}")
                .Concat(Entries("exchanges").Where(exchange => sources.Contains(Name(exchange)))
                    .Select(exchange => $"exchange {Name(exchange)} {exchange["type"]} {exchange["durable"]} {exchange["auto_delete"]}"))
                .Concat(bindings.Select(binding => $"{binding["source"]} -> {binding["destination_type"]} {binding["destination"]} '{binding["routing_key"]}'"))
                .Order(StringComparer.Ordinal),
        ];

        IEnumerable<JsonNode> Entries(string kind) => definitions[kind]!.AsArray().Select(entry => entry!);

        // Each instance of a service has queues of its own, which go with it.
        static bool IsTemporary(JsonNode queue) =>
            !queue["durable"]!.GetValue<bool>() || queue["auto_delete"]!.GetValue<bool>() || queue["arguments"]!["x-expires"] is not null;

        static string Name(JsonNode entry) => entry["name"]!.GetValue<string>();
    }
}

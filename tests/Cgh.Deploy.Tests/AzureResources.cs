using System.Text.Json.Nodes;

namespace Cgh.Deploy.Tests;

/// <summary>The resources of an evaluated template, and how a test looks into them.</summary>
internal sealed class AzureResources(JsonNode snapshot)
{
    private const string AppType = "Microsoft.App/containerApps";

    public IEnumerable<string> Apps => OfType(AppType).Select(Name);

    public IEnumerable<JsonNode> OfType(string type) =>
        snapshot["predictedResources"]!.AsArray().Select(resource => resource!).Where(resource => resource["type"]!.GetValue<string>() == type);

    public JsonNode App(string name) => OfType(AppType).Single(app => Name(app) == name)["properties"]!;

    public JsonNode Configuration(string app) => App(app)["configuration"]!;

    public JsonNode Template(string app) => App(app)["template"]!;

    /// <summary>The only container of an app.</summary>
    public JsonNode Container(string app) => Assert.Single(Template(app)["containers"]!.AsArray())!;

    /// <summary>Environment variables, with the values of the secrets that they refer to.</summary>
    public Dictionary<string, string> Environment(string app) => Container(app)["env"]!.AsArray().ToDictionary(
        variable => Name(variable!),
        variable => variable!["value"]?.GetValue<string>() ?? Secret(app, variable["secretRef"]!.GetValue<string>()));

    /// <summary>Names of the environment variables whose values are secrets.</summary>
    public IEnumerable<string> SecretVariables(string app) =>
        Container(app)["env"]!.AsArray().Where(variable => variable!["secretRef"] is not null).Select(variable => Name(variable!));

    public string Secret(string app, string name) =>
        Configuration(app)["secrets"]!.AsArray().Single(secret => Name(secret!) == name)!["value"]!.GetValue<string>();

    /// <summary>The secrets that an app's only volume has as files, by their path in the container.</summary>
    public Dictionary<string, string> SecretFiles(string app)
    {
        var folder = Assert.Single(Container(app)["volumeMounts"]!.AsArray())!["mountPath"]!.GetValue<string>();
        return Assert.Single(Template(app)["volumes"]!.AsArray())!["secrets"]!.AsArray()
            .ToDictionary(file => $"{folder}/{file!["path"]}", file => Secret(app, file!["secretRef"]!.GetValue<string>()));
    }

    /// <summary>What RabbitMQ loads at its start.</summary>
    public string BrokerDefinitions()
    {
        var files = SecretFiles("messaging");
        return files[files[Environment("messaging")["RABBITMQ_CONFIG_FILE"]].Trim().Split(" = ")[1]];
    }

    /// <summary>Ports that other apps or the internet can reach; null for an app without ingress.</summary>
    public int[]? Ports(string app) => Configuration(app)["ingress"] is { } ingress
        ? [.. (ingress["additionalPortMappings"]?.AsArray() ?? []).Prepend(ingress).Select(port => port!["targetPort"]!.GetValue<int>()).Order()]
        : null;

    private static string Name(JsonNode resource) => resource["name"]!.GetValue<string>();
}

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Cgh.Deploy.Tests;

/// <summary>
/// The template by hand and the manifest that Aspire writes of the model describe the same laboratory: images, Dockerfiles, arguments, environment, ports,
/// mounts and secrets. Where they differ on purpose, this says so.
/// </summary>
public sealed partial class ManifestAgreementTests : IDisposable
{
    private static readonly string[] s_services = ["dashboard", "dataprep", "trainer"];

    // Other forms of the connection strings, and a switch of the telemetry: no service reads them.
    private static readonly string[] s_unread = ["REDIS_", "MESSAGING_", "OTEL_"];

    // Only on Azure: one run for each replica that the scale rule adds, and the queues from the start.
    private static readonly string[] s_added = ["Trainer__ConcurrentRuns", "RABBITMQ_CONFIG_FILE"];

    // As Template sets them.
    private static readonly Dictionary<string, string> s_secrets = new()
    {
        ["redis-password"] = "the-redis-password",
        ["messaging-password"] = "the messaging/password",
    };

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Template_WithItsOwnServers_AgreesWithTheManifest()
    {
        var manifest = await ManifestAsync("Containers");
        var resources = await Template.EvaluateAsync();

        Assert.Equal(
            ["dashboard", "dataprep", "messaging", "redis", "trainer"],
            manifest.Where(resource => resource.Value!["type"]!.GetValue<string>().StartsWith("container.", StringComparison.Ordinal))
                .Select(resource => resource.Key).Order(StringComparer.Ordinal));
        AssertServicesAgree(manifest, resources);
        foreach (var server in new[] { "redis", "messaging" })
        {
            Assert.Equal(Text(manifest[server]!["image"]), Text(resources.Container(server)["image"]));
            Assert.Equal(Text(manifest[server]!["entrypoint"]), Text(resources.Container(server)["command"]?.AsArray().Single()));
            Assert.Equal(manifest[server]!["args"]?.ToJsonString(), resources.Container(server)["args"]?.ToJsonString());
            AssertEnvironmentAgrees(manifest, resources, server, unread: []);
            Assert.Equal(PortsOf(manifest[server]!), resources.Ports(server));
        }

        Assert.Equal(
            manifest["redis"]!["volumes"]!.AsArray().Select(volume => Text(volume!["target"])),
            resources.Container("redis")["volumeMounts"]!.AsArray().Select(mount => Text(mount!["mountPath"])));
        Assert.Equal(["messaging-password", "redis-password"], SecretParameters(manifest));
    }

    [Fact]
    public async Task Template_WithExistingServers_AgreesWithTheManifest()
    {
        var manifest = await ManifestAsync("Existing");
        var resources = await Template.EvaluateAsync(
            ("redisConnection", "'the-redis'"), ("messagingConnection", "'the-messaging'"), ("messagingManagement", "'the-management'"));

        Assert.Equal(s_services, resources.Apps.Order(StringComparer.Ordinal));
        AssertServicesAgree(manifest, resources);
        Assert.Equal("the-management", resources.Secret("trainer", "messaging-management"));
        Assert.Equal(["messaging", "redis"], SecretParameters(manifest));
    }

    private static void AssertServicesAgree(JsonObject manifest, AzureResources resources)
    {
        foreach (var service in s_services)
        {
            // The image is built from the same Dockerfile: docs/azure.md names both, and DocumentationTests compares them.
            Assert.EndsWith($"deploy/{service}.Dockerfile", Text(manifest[service]!["build"]!["dockerfile"]), StringComparison.Ordinal);
            Assert.Contains($"/{service}:{{1}}', ", Text(resources.Container(service)["image"]), StringComparison.Ordinal);
            AssertEnvironmentAgrees(manifest, resources, service, s_unread);
            Assert.Equal(["ConnectionStrings__messaging", "ConnectionStrings__redis"], resources.SecretVariables(service).Order(StringComparer.Ordinal));
            var binding = Assert.Single(manifest[service]!["bindings"]!.AsObject()).Value!;
            var isExternal = binding["external"]?.GetValue<bool>() == true;
            // Workers listen for the health checks alone, which need no ingress.
            Assert.Equal(isExternal ? PortsOf(manifest[service]!) : null, resources.Ports(service));
            Assert.All(
                resources.Container(service)["probes"]!.AsArray(),
                probe => Assert.Equal(binding["targetPort"]!.GetValue<int>(), probe!["httpGet"]!["port"]!.GetValue<int>()));
        }
    }

    private static void AssertEnvironmentAgrees(JsonObject manifest, AzureResources resources, string app, string[] unread) => Assert.Equal(
        manifest[app]!["env"]!.AsObject()
            .Where(variable => !unread.Any(prefix => variable.Key.StartsWith(prefix, StringComparison.Ordinal)))
            .Select(variable => $"{variable.Key}={Resolve(manifest, variable.Value!.GetValue<string>())}")
            .Order(StringComparer.Ordinal),
        resources.Environment(app)
            .Where(variable => !s_added.Contains(variable.Key))
            .Select(variable => $"{variable.Key}={variable.Value}")
            .Order(StringComparer.Ordinal));

    // A value of the manifest with its references replaced, as a deployment does.
    private static string Resolve(JsonObject manifest, string value) => Reference().Replace(value, reference =>
    {
        var path = reference.Groups[1].Value.Split('.');
        var resource = manifest[path[0]]!;
        return path[1..] switch
        {
            ["value"] when s_secrets.TryGetValue(path[0], out var secret) => secret,
            ["value"] when Text(resource["type"]) == "annotated.string" => Uri.EscapeDataString(Resolve(manifest, Text(resource["value"])!)),
            ["value"] => $"the-{path[0]}",
            ["connectionString"] => Resolve(manifest, Text(resource["connectionString"])!),
            ["bindings", _, "host"] => path[0],
            ["bindings", var binding, "port" or "targetPort"] => $"{resource["bindings"]![binding]!["targetPort"]}",
            _ => throw new InvalidOperationException($"The manifest refers to {reference.Value}."),
        };
    });

    private static IEnumerable<string> SecretParameters(JsonObject manifest) => manifest
        .Where(resource => resource.Value!["inputs"]?["value"]?["secret"]?.GetValue<bool>() == true)
        .Select(resource => resource.Key)
        .Order(StringComparer.Ordinal);

    private static int[] PortsOf(JsonNode resource) =>
        [.. resource["bindings"]!.AsObject().Select(binding => binding.Value!["targetPort"]!.GetValue<int>()).Order()];

    private static string? Text(JsonNode? node) => node?.GetValue<string>();

    [GeneratedRegex(@"\{([^{}]+)\}")]
    private static partial Regex Reference();

    private async Task<JsonObject> ManifestAsync(string mode)
    {
        var file = _folder["manifest.json"];
        await using var host = ChildProcess.Start(
            "dotnet",
            [Repository.Metadata("Cgh.AppHostProgram")!, "--publisher", "manifest", "--output-path", file, "--Infrastructure:Mode", mode],
            workingDirectory: _folder.Path);
        Assert.Equal(0, await host.WaitForExitAsync(TimeSpan.FromMinutes(1), Stop));
        return JsonNode.Parse(await File.ReadAllTextAsync(file, Stop))!["resources"]!.AsObject();
    }
}

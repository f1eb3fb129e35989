using System.Text.Json.Nodes;
using Cgh.Core.Messages;

namespace Cgh.Deploy.Tests;

/// <summary>What the template would create: reachability, scaling, sizes, shutdown.</summary>
public sealed class ContainerAppsTests
{
    [Fact]
    public async Task Scale_Workers_FromZeroOnTheirQueuesWithTheMessagesThatTheyHold()
    {
        var resources = await Template.EvaluateAsync(("maxTrainers", "4"));

        AssertScales("dataprep", maxReplicas: 1, Queues.PrepareDataset);
        AssertScales("trainer", maxReplicas: 4, Queues.StartRun, Queues.Experiments);
        Assert.Equal((1, 1), Replicas(resources, "redis"));
        Assert.Equal((1, 1), Replicas(resources, "messaging"));
        Assert.Equal((0, 1), Replicas(resources, "dashboard"));

        void AssertScales(string app, int maxReplicas, params string[] queues)
        {
            Assert.Equal((0, maxReplicas), Replicas(resources, app));
            var rules = resources.Template(app)["scale"]!["rules"]!.AsArray().Select(rule => rule!["custom"]!).ToList();
            Assert.Equal(queues, rules.Select(rule => rule["metadata"]!["queueName"]!.GetValue<string>()));
            Assert.All(rules, rule =>
            {
                Assert.Equal("rabbitmq", rule["type"]!.GetValue<string>());
                var metadata = rule["metadata"]!;
                Assert.Equal("http QueueLength 1 false", $"{metadata["protocol"]} {metadata["mode"]} {metadata["value"]} {metadata["excludeUnacknowledged"]}");
                var address = Assert.Single(rule["auth"]!.AsArray())!;
                Assert.Equal("host", address["triggerParameter"]!.GetValue<string>());
                // A part of the host name is known only to Azure, so the address is not evaluated.
                Assert.StartsWith("[format('https://{0}:{1}@{2}/'", resources.Secret(app, address["secretRef"]!.GetValue<string>()), StringComparison.Ordinal);
            });
        }
    }

    [Fact]
    public async Task Scale_WithWorkersAlwaysOn_HasOneOfEach()
    {
        var resources = await Template.EvaluateAsync(("minWorkers", "1"), ("maxTrainers", "2"));

        Assert.Equal((1, 1), Replicas(resources, "dataprep"));
        Assert.Equal((1, 2), Replicas(resources, "trainer"));
    }

    [Theory]
    [InlineData("None", "Consumption", 2, "4Gi", null)]
    [InlineData("T4", "gpu", 8, "56Gi", "Consumption-GPU-NC8as-T4")]
    [InlineData("A100", "gpu", 24, "220Gi", "Consumption-GPU-NC24-A100")]
    public async Task Gpu_EachChoice_GivesTrainersThatProfileAndOneRunEach(string gpu, string profile, int cpu, string memory, string? type)
    {
        var resources = await Template.EvaluateAsync(("gpu", $"'{gpu}'"));

        Assert.Equal(profile, resources.App("trainer")["workloadProfileName"]!.GetValue<string>());
        Assert.Equal($"{cpu} {memory}", Size("trainer"));
        Assert.Equal("1", resources.Environment("trainer")["Trainer__ConcurrentRuns"]);
        var profiles = Assert.Single(resources.OfType("Microsoft.App/managedEnvironments"))["properties"]!["workloadProfiles"]!.AsArray();
        string?[] expected = type is null ? ["Consumption"] : ["Consumption", type];
        Assert.Equal(expected, profiles.Select(one => one!["workloadProfileType"]!.GetValue<string>()));
        // The others stay without.
        Assert.Equal("2 4Gi", Size("dataprep"));
        Assert.All(
            resources.Apps.Where(app => app != "trainer"),
            app => Assert.Equal("Consumption", resources.App(app)["workloadProfileName"]!.GetValue<string>()));

        string Size(string app) => $"{resources.Container(app)["resources"]!["cpu"]} {resources.Container(app)["resources"]!["memory"]}";
    }

    [Theory]
    [InlineData("false", "dashboard")]
    [InlineData("true", "dashboard messaging")]
    public async Task Ingress_FromTheInternet_ReachesOnlyTheDashboardUnlessAskedFor(string exposeManagement, string reachable)
    {
        var resources = await Template.EvaluateAsync(("exposeManagement", exposeManagement), ("allowedAddresses", "['203.0.113.7/32', '198.51.100.0/24']"));

        Assert.Equal(reachable, string.Join(' ', resources.Apps.Where(IsExternal).Order(StringComparer.Ordinal)));
        var ingress = resources.Configuration("dashboard")["ingress"]!;
        Assert.False(ingress["allowInsecure"]!.GetValue<bool>());
        Assert.Equal(
            ["Allow 203.0.113.7/32", "Allow 198.51.100.0/24"],
            ingress["ipSecurityRestrictions"]!.AsArray().Select(range => $"{range!["action"]} {range["ipAddressRange"]}"));

        bool IsExternal(string app) => resources.Configuration(app)["ingress"] is { } found
            && (found["additionalPortMappings"]?.AsArray() ?? []).Append(found).Any(port => port!["external"]!.GetValue<bool>());
    }

    [Fact]
    public async Task SignIn_WithAnAppRegistration_IsRequiredBeforeTheDashboardAnswers()
    {
        var resources = await Template.EvaluateAsync(("signInClientId", "'the-client'"), ("signInSecret", "'the-secret'"), ("signInTenant", "'the-tenant'"));

        var requirement = Assert.Single(resources.OfType("Microsoft.App/containerApps/authConfigs"));
        Assert.Equal("dashboard/current", requirement["name"]!.GetValue<string>());
        var properties = requirement["properties"]!;
        Assert.Equal("RedirectToLoginPage", properties["globalValidation"]!["unauthenticatedClientAction"]!.GetValue<string>());
        var registration = properties["identityProviders"]!["azureActiveDirectory"]!["registration"]!;
        Assert.Equal("the-client", registration["clientId"]!.GetValue<string>());
        Assert.Equal("the-secret", resources.Secret("dashboard", registration["clientSecretSettingName"]!.GetValue<string>()));
        // The address of Entra ID depends on Azure's cloud.
        Assert.Equal("[format('{0}{1}/v2.0', environment().authentication.loginEndpoint, 'the-tenant')]", registration["openIdIssuer"]!.GetValue<string>());
        Assert.Empty((await Template.EvaluateAsync()).OfType("Microsoft.App/containerApps/authConfigs"));
    }

    [Fact]
    public async Task Services_Always_AreAskedWhetherTheyLiveAndGivenTimeToStop()
    {
        var resources = await Template.EvaluateAsync();

        foreach (var app in new[] { "dashboard", "dataprep", "trainer" })
        {
            Assert.Equal(
                ["Liveness /alive 8080", "Readiness /health 8080", "Startup /alive 8080"],
                resources.Container(app)["probes"]!.AsArray()
                    .Select(probe => $"{probe!["type"]} {probe["httpGet"]!["path"]} {probe["httpGet"]!["port"]}").Order(StringComparer.Ordinal));
        }

        // Twice what ReplicaTerminationTests grants a trainer.
        Assert.Equal(60, resources.Template("trainer")["terminationGracePeriodSeconds"]!.GetValue<int>());
    }

    [Fact]
    public async Task Messaging_Always_LoadsItsQueuesWithTheUserOfTheServices()
    {
        var resources = await Template.EvaluateAsync();

        var variables = resources.Environment("messaging");
        var user = Assert.Single(JsonNode.Parse(resources.BrokerDefinitions())!["users"]!.AsArray())!;
        Assert.Equal(variables["RABBITMQ_DEFAULT_USER"], user["name"]!.GetValue<string>());
        Assert.Equal(variables["RABBITMQ_DEFAULT_PASS"], user["password"]!.GetValue<string>());
        var address = new Uri(resources.Environment("trainer")["ConnectionStrings__messaging"]);
        Assert.Equal($"{user["name"]}:{user["password"]}", Uri.UnescapeDataString(address.UserInfo));
    }

    private static (int Min, int Max) Replicas(AzureResources resources, string app)
    {
        var scale = resources.Template(app)["scale"]!;
        return (scale["minReplicas"]!.GetValue<int>(), scale["maxReplicas"]!.GetValue<int>());
    }
}

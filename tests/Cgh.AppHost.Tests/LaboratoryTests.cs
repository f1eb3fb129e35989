using Aspire.Hosting.ApplicationModel;
using Cgh.Core.Files;

namespace Cgh.AppHost.Tests;

public sealed class LaboratoryTests
{
    private static readonly string[] s_services = ["dataprep", "trainer", "dashboard"];

    public static TheoryData<string> Services => [.. s_services];

    [Fact]
    public void Compose_NothingSet_HasServersAndServices() =>
        Assert.Equal(["redis", "messaging", "dataprep", "trainer", "dashboard"], Model.Of(Model.Valid).Names);

    [Theory, MemberData(nameof(Services))]
    public async Task Compose_Service_ServesOverTheStandardConnectionStrings(string service)
    {
        var model = Model.Of(Model.Valid);

        Assert.Equal(["serve"], await model.ArgumentsOfAsync(service));
        var environment = await model.EnvironmentOfAsync(service);
        Assert.Equal("{redis.connectionString}", environment["ConnectionStrings__redis"]);
        Assert.Equal("{messaging.connectionString}", environment["ConnectionStrings__messaging"]);
    }

    [Theory, MemberData(nameof(Services))]
    public void Compose_Service_WaitsForServersAndIsAskedForItsHealth(string service)
    {
        var model = Model.Of(Model.Valid);

        Assert.Equal(["redis", "messaging"], model.WaitsOf(service));
        Assert.Equal([$"{service}_http_/health_200_check"], model.HealthOf(service));
    }

    [Fact]
    public void Compose_Endpoints_OnlyTheDashboardIsExternalOnItsPort()
    {
        var model = Model.Of(Model.Valid with { Port = 5099 });

        Assert.Equal([(5099, true)], model.EndpointsOf("dashboard").Select(endpoint => (endpoint.Port!.Value, endpoint.IsExternal)));
        Assert.DoesNotContain(
            true, new[] { "redis", "messaging", "dataprep", "trainer" }.SelectMany(model.EndpointsOf).Select(endpoint => endpoint.IsExternal));
    }

    [Theory, MemberData(nameof(Services))]
    public async Task Compose_Folders_AreParametersOfEveryService(string service)
    {
        var model = Model.Of(Model.Valid);

        var environment = await model.EnvironmentOfAsync(service);
        Assert.Equal(
            (Model.Root, "{datasets.value}", "{experiments.value}"),
            (environment[DataFolder.Variable], environment[DataFolder.DatasetsVariable], environment[DataFolder.ExperimentsVariable]));
        Assert.Equal($"{Model.Root}/datasets", await ((ParameterResource)model["datasets"]).GetValueAsync(TestContext.Current.CancellationToken));
        Assert.Equal($"{Model.Root}/experiments", await ((ParameterResource)model["experiments"]).GetValueAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Compose_OneReplicaWithoutGpu_LeavesTheMachineToIt()
    {
        var environment = await Model.Of(Model.Valid).EnvironmentOfAsync("trainer");

        Assert.DoesNotContain(Gpus.Variable, environment.Keys);
        Assert.DoesNotContain("DOTNET_PROCESSOR_COUNT", environment.Keys);
    }

    [Fact]
    public async Task Compose_ThreeReplicasOnTwoGpus_ShareDevicesInTurnAndProcessorsAlike()
    {
        var model = Model.Of(Model.Valid with { Replicas = 3, Gpus = ["0", "1"] });

        Assert.Equal(["redis", "messaging", "dataprep", "trainer-1", "trainer-2", "trainer-3", "dashboard"], model.Names);
        Dictionary<string, string>[] environments =
            [await model.EnvironmentOfAsync("trainer-1"), await model.EnvironmentOfAsync("trainer-2"), await model.EnvironmentOfAsync("trainer-3")];
        Assert.Equal(["0", "1", "0"], environments.Select(environment => environment[Gpus.Variable]));
        Assert.All(environments, environment => Assert.Equal("1", environment["Trainer__ConcurrentRuns"]));
        Assert.All(environments, environment => Assert.Equal($"{Math.Max(1, Environment.ProcessorCount / 3)}", environment["DOTNET_PROCESSOR_COUNT"]));
    }

    [Fact]
    public async Task Compose_Recipe_IsSubmittedOnceAllServicesAreHealthy()
    {
        var model = Model.Of(Model.Valid with { Recipe = "/recipes/demo.json", Replicas = 2 });

        Assert.Equal(["submit", "/recipes/demo.json", "--wait"], await model.ArgumentsOfAsync(Laboratory.RecipeName));
        Assert.Equal(["dataprep", "dashboard", "trainer-1", "trainer-2"], model.WaitsOf(Laboratory.RecipeName));
        var environment = await model.EnvironmentOfAsync(Laboratory.RecipeName);
        Assert.Equal("{redis.connectionString}", environment["ConnectionStrings__redis"]);
        Assert.Equal("{messaging.connectionString}", environment["ConnectionStrings__messaging"]);
    }

    [Fact]
    public async Task Compose_Containers_KeepTheirDataAndHoldMessagesForDays()
    {
        var model = Model.Of(Model.Valid);

        Assert.Equal((ContainerMountType.Volume, "/data"), (model.MountOf("redis").Type, model.MountOf("redis").Target));
        Assert.Contains("--save", await model.ArgumentsOfAsync("redis"));
        Assert.Equal((ContainerMountType.Volume, "/var/lib/rabbitmq"), (model.MountOf("messaging").Type, model.MountOf("messaging").Target));
        Assert.EndsWith("-management", model.ImageOf("messaging").Tag, StringComparison.Ordinal);
        Assert.Equal("-rabbit consumer_timeout 2592000000", (await model.EnvironmentOfAsync("messaging"))["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"]);
    }

    [Theory, MemberData(nameof(Services))]
    public async Task Compose_ExistingServers_StartsNoneAndWaitsForNone(string service)
    {
        var model = Model.Of(
            Model.Valid with { Infrastructure = InfrastructureMode.Existing },
            "--ConnectionStrings:redis", "there:6379", "--ConnectionStrings:messaging", "amqp://there");

        Assert.Equal(s_services, model.Names);
        Assert.Empty(model.WaitsOf(service));
        var environment = await model.RawEnvironmentOfAsync(service);
        Assert.Equal("there:6379", await ValueAsync(environment["ConnectionStrings__redis"]));
        Assert.Equal("amqp://there", await ValueAsync(environment["ConnectionStrings__messaging"]));
    }

    [Theory, MemberData(nameof(Services))]
    public async Task Compose_Executables_AreWaitedForAndNeedNoContainer(string service)
    {
        var model = Model.Of(Model.Valid with { Infrastructure = InfrastructureMode.Executables });

        Assert.Equal(["redis-server", "epmd", "rabbitmq-server", "redis", "messaging", .. s_services], model.Names);
        Assert.DoesNotContain(model.Names, name => model[name] is ContainerResource);
        Assert.Equal(["redis-server", "rabbitmq-server"], model.WaitsOf(service));
        Assert.Equal(["epmd"], model.WaitsOf("rabbitmq-server"));
        Assert.All(["redis-server", "epmd", "rabbitmq-server"], name => Assert.Equal([$"{name}-answers"], model.HealthOf(name)));
        // Erlang refuses a name server behind a proxy.
        var names = Assert.Single(model.EndpointsOf("epmd"));
        Assert.False(names.IsProxied);
        Assert.Equal($"{names.Port}", (await model.EnvironmentOfAsync("rabbitmq-server"))["ERL_EPMD_PORT"]);
        Assert.Equal(["-address", "127.0.0.1", "-port", $"{names.Port}"], await model.ArgumentsOfAsync("epmd"));
        var environment = await model.EnvironmentOfAsync(service);
        Assert.Equal("{redis.connectionString}", environment["ConnectionStrings__redis"]);
        Assert.Equal("{messaging.connectionString}", environment["ConnectionStrings__messaging"]);
    }

    private static async Task<string?> ValueAsync(object value) => await ((IValueProvider)value).GetValueAsync(TestContext.Current.CancellationToken);
}

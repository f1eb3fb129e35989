using Aspire.Hosting.ApplicationModel;
using Cgh.AppHost.Infrastructure;
using Cgh.Core.Files;

namespace Cgh.AppHost.Tests;

public sealed class LaboratoryTests
{
    private static readonly string[] s_services = ["dataprep", "trainer", "laboratory"];

    public static TheoryData<string> Services => [.. s_services];

    [Fact]
    public void Compose_NothingSet_HasServersAndServices() =>
        Assert.Equal(["redis", "messaging", "dataprep", "trainer", "laboratory"], Model.Of(Model.Valid).Names);

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
        Assert.Equal([$"{service}-ready"], model.HealthOf(service));
    }

    [Fact]
    public void Compose_Endpoints_OnlyTheDashboardIsExternalOnItsPort()
    {
        var model = Model.Of(Model.Valid with { Port = 5099 });

        Assert.Equal([(5099, true)], model.EndpointsOf("laboratory").Select(endpoint => (endpoint.Port!.Value, endpoint.IsExternal)));
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

        Assert.Equal(["redis", "messaging", "dataprep", "trainer-1", "trainer-2", "trainer-3", "laboratory"], model.Names);
        Dictionary<string, string>[] environments =
            [await model.EnvironmentOfAsync("trainer-1"), await model.EnvironmentOfAsync("trainer-2"), await model.EnvironmentOfAsync("trainer-3")];
        Assert.Equal(["0", "1", "0"], environments.Select(environment => environment[Gpus.Variable]));
        Assert.All(environments, environment => Assert.Equal("1", environment["Trainer__ConcurrentRuns"]));
        Assert.All(environments, environment => Assert.Equal($"{Math.Max(1, Environment.ProcessorCount / 3)}", environment["DOTNET_PROCESSOR_COUNT"]));
    }

    [Fact]
    public void Compose_Services_AreWhatTheLaboratoryWaitsFor()
    {
        var laboratory = Model.Of(Model.Valid with { Replicas = 2 }).Laboratory;

        Assert.Equal("laboratory", laboratory.Pages.Name);
        Assert.Equal(["dataprep", "trainer-1", "trainer-2", "laboratory"], laboratory.Services.Select(service => service.Name));
    }

    [Fact]
    public async Task Compose_Embedded_IsOneResourceWithItsOwnServers()
    {
        var model = Model.Of(Model.Valid with { Infrastructure = InfrastructureMode.Embedded, Port = 5099 }, "--ConnectionStrings:redis", "there:6379");

        Assert.Equal(["laboratory"], model.Names);
        Assert.Equal(["laboratory"], model.Laboratory.Services.Select(service => service.Name));
        Assert.Empty(await model.ArgumentsOfAsync("laboratory"));
        Assert.Equal(["laboratory-ready"], model.HealthOf("laboratory"));
        var pages = Assert.Single(model.EndpointsOf("laboratory"));
        Assert.Equal((5099, true, false), (pages.Port!.Value, pages.IsExternal, pages.IsProxied));
        var environment = await model.EnvironmentOfAsync("laboratory");
        Assert.Equal(("", ""), (environment["ConnectionStrings__redis"], environment["ConnectionStrings__messaging"]));
        Assert.Equal(("6390", "password"), (environment["EmbeddedStore__Port"], environment["EmbeddedStore__Password"]));
        Assert.Equal("127.0.0.1:6390,password=password", await model.Laboratory.StoreAddressAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            (Model.Root, $"{Model.Root}/datasets", $"{Model.Root}/experiments"),
            (environment[DataFolder.Variable], environment[DataFolder.DatasetsVariable], environment[DataFolder.ExperimentsVariable]));
    }

    [Theory]
    [InlineData(InfrastructureMode.Containers)]
    [InlineData(InfrastructureMode.Embedded)]
    public async Task Compose_Pages_GetTheKeyOfTheirCommands(object mode)
    {
        var model = Model.Of(Model.Valid with { Infrastructure = (InfrastructureMode)mode });

        Assert.Equal("key", (await model.EnvironmentOfAsync("laboratory"))["Control__Key"]);
    }

    [Fact]
    public async Task Compose_Containers_KeepTheirDataAndHoldMessagesForDays()
    {
        var model = Model.Of(Model.Valid);

        Assert.Equal((ContainerMountType.Volume, "/data"), (model.MountOf("redis").Type, model.MountOf("redis").Target));
        Assert.Contains("--save", await model.ArgumentsOfAsync("redis"));
        Assert.Equal((ContainerMountType.Volume, "/var/lib/rabbitmq"), (model.MountOf("messaging").Type, model.MountOf("messaging").Target));
        Assert.StartsWith("cgh-", model.MountOf("redis").Source, StringComparison.Ordinal);
        Assert.EndsWith("-management", model.ImageOf("messaging").Tag, StringComparison.Ordinal);
        Assert.Equal("-rabbit consumer_timeout 2592000000", (await model.EnvironmentOfAsync("messaging"))["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"]);
    }

    [Fact]
    public void Compose_ContainersOfTwoDataFolders_HaveVolumesOfTheirOwn()
    {
        var models = new[] { "/one", "/other" }.Select(root => Model.Of(Model.Valid with { Data = new DataFolder(root) })).ToList();

        Assert.All(["redis", "messaging"], server => Assert.Equal(2, models.Select(model => model.MountOf(server).Source).Distinct().Count()));
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

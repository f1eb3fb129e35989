using Cgh.AppHost.Infrastructure;
using Cgh.Core;

namespace Cgh.AppHost.Tests.Infrastructure;

public sealed class InfrastructureChoiceTests : IDisposable
{
    private const string Docker = "echo 27.3.1";

    private const string Nothing = "exit 1";

    private static readonly string[] s_servers = ["--ConnectionStrings:redis", "localhost:6379", "--ConnectionStrings:messaging", "amqp://localhost"];

    private readonly FakePrograms _programs = new();

    public void Dispose() => _programs.Dispose();

    [Fact]
    public async Task MakeAsync_BareMachine_IsEmbedded() =>
        Assert.Equal("Embedded (docker is not installed, podman is not installed)", $"{await MakeAsync()}");

    [Fact]
    public async Task MakeAsync_DockerClientWithoutServer_IsEmbedded()
    {
        _programs.With("docker", Nothing);

        Assert.Equal("Embedded (docker does not answer, podman is not installed)", $"{await MakeAsync()}");
    }

    [Fact]
    public async Task MakeAsync_ServerProgramsInstalled_AreNotUsedUnasked()
    {
        WithServerPrograms();

        Assert.Equal(InfrastructureMode.Embedded, (await MakeAsync()).Mode);
    }

    [Fact]
    public async Task MakeAsync_DockerAnswers_IsContainers()
    {
        _programs.With("docker", Docker);

        Assert.Equal(new InfrastructureChoice(InfrastructureMode.Containers, "docker 27.3.1 answers", "docker"), await MakeAsync());
    }

    [Fact]
    public async Task MakeAsync_OnlyPodmanAnswers_IsContainersWithPodman()
    {
        _programs.With("docker", Nothing).With("podman", "echo 5.4.0");

        Assert.Equal(new InfrastructureChoice(InfrastructureMode.Containers, "podman 5.4.0 answers", "podman"), await MakeAsync());
    }

    [Fact]
    public async Task MakeAsync_ConnectionStringsGiven_AreTakenBeforeContainers()
    {
        _programs.With("docker", Docker);

        Assert.Equal(new InfrastructureChoice(InfrastructureMode.Existing, "connection strings are set"), await MakeAsync(s_servers));
    }

    [Theory]
    [InlineData("Embedded", InfrastructureMode.Embedded)]
    [InlineData("existing", InfrastructureMode.Existing)]
    [InlineData("Executables", InfrastructureMode.Executables)]
    public async Task MakeAsync_ModeSet_OverridesTheChoice(string given, object mode)
    {
        _programs.With("docker", Docker);
        WithServerPrograms();

        Assert.Equal(
            new InfrastructureChoice((InfrastructureMode)mode, "set by Infrastructure:Mode"),
            await MakeAsync([.. s_servers, "--Infrastructure:Mode", given]));
    }

    [Fact]
    public async Task MakeAsync_ContainersSetWithConnectionStrings_IsContainers()
    {
        _programs.With("docker", Docker);

        Assert.Equal(InfrastructureMode.Containers, (await MakeAsync([.. s_servers, "--Infrastructure:Mode", "containers"])).Mode);
    }

    [Theory]
    [InlineData("Infrastructure:Mode must be Embedded, Containers, Existing or Executables (it is 'Docker').", "--Infrastructure:Mode", "Docker")]
    [InlineData("Infrastructure:Mode must be Embedded, Containers, Existing or Executables (it is '1').", "--Infrastructure:Mode", "1")]
    [InlineData(
        "ConnectionStrings:redis must be set when Infrastructure:Mode is Existing, for example ConnectionStrings__redis=localhost:6379 in the environment.",
        "--Infrastructure:Mode", "Existing")]
    [InlineData(
        "ConnectionStrings:messaging must be set when Infrastructure:Mode is Existing, "
            + "for example ConnectionStrings__messaging=amqp://guest:guest@localhost:5672 in the environment.",
        "--Infrastructure:Mode", "Existing", "--ConnectionStrings:redis", "localhost:6379")]
    [InlineData(
        "ConnectionStrings:messaging must be set too, because ConnectionStrings:redis is, "
            + "for example ConnectionStrings__messaging=amqp://guest:guest@localhost:5672 in the environment.",
        "--ConnectionStrings:redis", "localhost:6379")]
    [InlineData(
        "ConnectionStrings:redis must be set too, because ConnectionStrings:messaging is, "
            + "for example ConnectionStrings__redis=localhost:6379 in the environment.",
        "--ConnectionStrings:messaging", "amqp://localhost")]
    [InlineData(
        "Infrastructure:Mode is Containers, but no container runtime answers: docker is not installed, podman is not installed. "
            + "Start Docker or Podman, or choose another mode.",
        "--Infrastructure:Mode", "Containers")]
    [InlineData(
        "Infrastructure:Mode is Containers, but no container runtime answers: nerdctl is neither docker nor podman. "
            + "Start Docker or Podman, or choose another mode.",
        "--Infrastructure:Mode", "Containers", "--ASPIRE_CONTAINER_RUNTIME", "nerdctl")]
    [InlineData(
        "Infrastructure:Mode is Executables, but there is no program redis-server. "
            + "Install it (Debian, Ubuntu: apt-get install redis-server) or set Infrastructure:RedisServer.",
        "--Infrastructure:Mode", "Executables")]
    public async Task MakeAsync_WhatCannotBe_IsRefusedInOneLine(string message, params string[] args) =>
        Assert.Equal(message, (await Assert.ThrowsAsync<UserErrorException>(() => MakeAsync(args))).Message);

    [Fact]
    public async Task MakeAsync_ContainersWithoutServer_NamesTheClientsReason()
    {
        _programs.With("docker", "echo 'Cannot connect to the Docker daemon.' >&2; exit 1");

        var error = await Assert.ThrowsAsync<UserErrorException>(() => MakeAsync("--Infrastructure:Mode", "Containers"));

        Assert.Contains("docker does not answer (Cannot connect to the Docker daemon), podman is not installed.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MakeAsync_ExecutablesWithoutErlang_NamesWhatIsMissing()
    {
        WithServerPrograms();
        File.Delete(Path.Combine(_programs.Path, "epmd"));

        var error = await Assert.ThrowsAsync<UserErrorException>(() => MakeAsync("--Infrastructure:Mode", "Executables"));

        Assert.Equal(
            "Infrastructure:Mode is Executables, but there is no program epmd. Install it (Debian, Ubuntu: apt-get install erlang-base).", error.Message);
    }

    [Fact]
    public async Task MakeAsync_ToPublish_IsContainersAndAsksNoRuntime() => Assert.Equal(InfrastructureMode.Containers, (await PublishAsync()).Mode);

    [Fact]
    public async Task MakeAsync_ExistingServersToPublish_AreAskedForAtDeployment() =>
        Assert.Equal(InfrastructureMode.Existing, (await PublishAsync("--Infrastructure:Mode", "Existing")).Mode);

    [Theory]
    [InlineData(
        "Infrastructure:Mode must be Containers or Existing to publish (it is Executables): programs of this machine are not deployed.",
        "--Infrastructure:Mode", "Executables")]
    [InlineData(
        "Infrastructure:Mode must be Containers or Existing to publish (it is Embedded): a deployment has one process per service.",
        "--Infrastructure:Mode", "Embedded")]
    public async Task MakeAsync_ToPublishWhatCannotBeDeployed_IsRefused(string message, params string[] args) =>
        Assert.Equal(message, (await Assert.ThrowsAsync<UserErrorException>(() => PublishAsync(args))).Message);

    private void WithServerPrograms() => _programs.With("redis-server", Nothing).With("rabbitmq-server", Nothing).With("epmd", Nothing);

    private Task<InfrastructureChoice> MakeAsync(params string[] args) =>
        MakeAsync(publishing: false, [.. args, "--Infrastructure:RabbitMqServer", "rabbitmq-server"]);

    private Task<InfrastructureChoice> PublishAsync(params string[] args) => MakeAsync(publishing: true, args);

    private Task<InfrastructureChoice> MakeAsync(bool publishing, string[] args) =>
        InfrastructureChoice.MakeAsync(Model.Builder(args).Configuration, publishing, _programs.Path, TestContext.Current.CancellationToken);
}

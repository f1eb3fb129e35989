using System.Diagnostics;
using Cgh.AppHost.Infrastructure;

namespace Cgh.AppHost.Tests.Infrastructure;

public sealed class ContainerRuntimeTests : IDisposable
{
    private readonly FakePrograms _programs = new();

    public void Dispose() => _programs.Dispose();

    [Fact]
    public async Task AskAsync_NoClient_IsNotInstalled() =>
        Assert.Equal(["docker is not installed", "podman is not installed"], (await AskAsync()).Select(runtime => runtime.Failure));

    [Fact]
    public async Task AskAsync_ServerAnswers_HasItsVersion()
    {
        _programs.With("docker", "[ \"$*\" = 'version --format {{.Server.Version}}' ] && echo 27.3.1").With("podman", "[ $1 = info ] && echo 5.4.0");

        var asked = (await AskAsync()).Select(runtime => (runtime.Name, runtime.Version, runtime.Answers));

        Assert.Equal([("docker", "27.3.1", true), ("podman", "5.4.0", true)], asked);
    }

    [Fact]
    public async Task AskAsync_ClientWithoutServer_DoesNotAnswerAndKeepsItsReason()
    {
        // What Docker's client prints without a server: an empty line and an error.
        _programs.With("docker", "echo; echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 1");

        var docker = (await AskAsync())[0];

        Assert.False(docker.Answers);
        Assert.Equal(("docker does not answer", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock."), (docker.Failure, docker.Details));
    }

    [Fact]
    public async Task AskAsync_ClientThatHangs_IsEndedAfterTheTimeout()
    {
        _programs.With("docker", "echo $$ > \"$0.pid\"; exec sleep 600");
        var started = Stopwatch.GetTimestamp();

        var docker = (await ContainerRuntime.AskAsync(only: null, _programs.Path, TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken))[0];

        Assert.Equal("docker does not answer within 1 s", docker.Failure);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20));
        var id = int.Parse(await File.ReadAllTextAsync(Path.Combine(_programs.Path, "docker.pid"), TestContext.Current.CancellationToken));
        await WaitUntilEndedAsync(id);
    }

    [Fact]
    public async Task AskAsync_OneNamed_AsksOnlyThat()
    {
        _programs.With("docker", "echo 27.3.1").With("podman", "echo 5.4.0");

        var asked = await ContainerRuntime.AskAsync("podman", _programs.Path, ContainerRuntime.DefaultTimeout, TestContext.Current.CancellationToken);

        Assert.Equal([("podman", "5.4.0")], asked.Select(runtime => (runtime.Name, runtime.Version)));
    }

    private static async Task WaitUntilEndedAsync(int id)
    {
        for (var deadline = DateTime.UtcNow.AddMinutes(1); Directory.Exists($"/proc/{id}"); await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            Assert.True(DateTime.UtcNow < deadline, $"Process {id} is still running.");
        }
    }

    private Task<IReadOnlyList<ContainerRuntime>> AskAsync() =>
        ContainerRuntime.AskAsync(only: null, _programs.Path, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
}

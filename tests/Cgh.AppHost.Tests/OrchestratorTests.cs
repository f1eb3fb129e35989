using System.Diagnostics;
using System.Reflection;
using Cgh.Tests;
using Xunit;

namespace Cgh.AppHost.Tests;

/// <summary>Which host MSBuild selects for Cgh.AppHost, with and without a container runtime and Aspire.</summary>
public sealed class OrchestratorTests : IDisposable
{
    private const string AspireVersion = "13.4.6";

    private readonly TemporaryFolder _machine = new();

    private string Runtime => _machine["runtime"];

    private string Packages => _machine["packages"];

    public void Dispose() => _machine.Dispose();

    [Fact]
    public async Task Orchestrator_ContainersAndAspireAvailable_IsAspire()
    {
        AddPodman();
        AddAspire();

        Assert.Equal("Aspire", await EvaluateAsync());
    }

    [Fact]
    public async Task Orchestrator_AspireNeverRestored_IsOneProcess()
    {
        AddPodman();

        Assert.Equal("OneProcess", await EvaluateAsync());
    }

    [Fact]
    public async Task Orchestrator_NoContainerRuntime_IsOneProcess()
    {
        AddAspire();

        Assert.SkipWhen(new[] { "/var/run/docker.sock", "/run/podman/podman.sock" }.Any(File.Exists), "This machine has a container runtime for all.");
        Assert.Equal("OneProcess", await EvaluateAsync());
    }

    [Fact]
    public async Task Orchestrator_InASolution_IsOneProcess()
    {
        AddPodman();
        AddAspire();

        Assert.Equal("OneProcess", await EvaluateAsync("-p:SolutionPath=/somewhere/Cgh.sln"));
    }

    [Theory]
    [InlineData("Aspire")]
    [InlineData("OneProcess")]
    public async Task Orchestrator_SetExplicitly_IsUsed(string asked)
    {
        AddPodman();
        AddAspire();

        Assert.Equal(asked, await EvaluateAsync($"-p:Orchestrator={asked}"));
        Assert.Equal(asked, await EvaluateInAsync(environment: asked));
    }

    private void AddPodman()
    {
        Directory.CreateDirectory(Path.Combine(Runtime, "podman"));
        File.WriteAllText(Path.Combine(Runtime, "podman", "podman.sock"), "");
    }

    private void AddAspire() => Directory.CreateDirectory(Path.Combine(Packages, "aspire.apphost.sdk", AspireVersion));

    private Task<string> EvaluateAsync(params string[] properties) => EvaluateInAsync(environment: null, properties);

    private async Task<string> EvaluateInAsync(string? environment, params string[] properties)
    {
        var props = typeof(OrchestratorTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(metadata => metadata.Key == "Cgh.OrchestratorProps")
            .Value!;
        var start = new ProcessStartInfo("dotnet", ["msbuild", props, "-nologo", "-getProperty:Orchestrator", .. properties]) { RedirectStandardOutput = true };
        foreach (var inherited in new[] { "Orchestrator", "DOCKER_HOST", "SolutionPath", "PackageCache" })
        {
            start.Environment.Remove(inherited);
        }

        start.Environment["HOME"] = _machine.Path;
        start.Environment["XDG_RUNTIME_DIR"] = Runtime;
        start.Environment["NUGET_PACKAGES"] = Packages;
        if (environment is not null)
        {
            start.Environment["Orchestrator"] = environment;
        }

        using var process = Process.Start(start)!;
        var answer = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        return answer.Trim();
    }
}

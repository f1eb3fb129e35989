using System.CommandLine;
using Cgh.Core;
using Cgh.Client.Commands;

namespace Cgh.Client.Tests;

[Collection("Redirects the console")]
public sealed class ReportCommandTests : IDisposable
{
    private readonly SampleExperiment _sample = new();

    public void Dispose() => _sample.Dispose();

    [Fact]
    public async Task Report_IdInTheDataFolder_WritesTheReport()
    {
        _sample.AddRun(SampleExperiment.Spec("sgd", "sgd"), (100, 99, 99, 50));

        var exitCode = await RunAsync("report", Path.GetFileName(_sample.Folder.Path), "--data", _sample.Root);

        Assert.Equal(0, exitCode);
        Assert.True(File.Exists(_sample.Folder.Report));
        Assert.True(File.Exists(_sample.Folder.Results));
    }

    [Fact]
    public async Task Report_PathOfAPlainFolder_WritesTheReport()
    {
        _sample.AddRun(SampleExperiment.Spec("sgd", "sgd"), (100, 99, 99, 50));

        var exitCode = await RunAsync("report", _sample.Folder.Path);

        Assert.Equal(0, exitCode);
        Assert.StartsWith("# demo-20260102-030405\n", File.ReadAllText(_sample.Folder.Report));
    }

    [Fact]
    public async Task Report_UnknownId_ExitsWith2() =>
        Assert.Equal(2, await RunAsync("report", "demo-20260102-030406", "--data", _sample.Root));

    [Fact]
    public async Task Report_EmptyExperiment_ExitsWith1() =>
        Assert.Equal(1, await RunAsync("report", _sample.Folder.Path));

    private static Task<int> RunAsync(params string[] args) =>
        CommandLine.RunAsync(new RootCommand("trainer") { ReportCommand.Create("cgh") }, args);
}

using System.Reflection;
using Cgh.Tests;
using Xunit;

namespace Cgh.Standalone.Tests;

/// <summary>The program as a newcomer starts it: with an empty home and an empty data folder.</summary>
internal sealed class HostProgram : IAsyncDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();
    private readonly ChildProcess _process;

    /// <param name="limit">Shell commands that set a limit.</param>
    /// <param name="before">A program that starts the shell, with its arguments.</param>
    /// <param name="prepare">Fills the data folder.</param>
    private HostProgram(string limit, string[] before, Action<string>? prepare = null)
    {
        Directory.CreateDirectory(Home);
        prepare?.Invoke(DataFolder);
        var program = typeof(HostProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(metadata => metadata.Key == "Cgh.StandaloneProgram").Value!;
        string[] command =
            [.. before, "bash", "-c", $"{limit}; exec dotnet \"$@\"", "bash", program, "--data", _folder["data"], "--port", $"{Port}"];
        _process = ChildProcess.Start(
            command[0],
            command[1..],
            new Dictionary<string, string?>
            {
                ["HOME"] = Home,
                ["ASPNETCORE_URLS"] = null,
                ["ConnectionStrings__redis"] = null,
                ["ConnectionStrings__messaging"] = null,
                ["EmbeddedStore__Port"] = $"{StorePort}",
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = null,
            });
    }

    public int Port { get; } = Loopback.FreePort();

    /// <summary>Port of the embedded run store.</summary>
    public int StorePort { get; } = Loopback.FreePort();

    public string Home => _folder["home"];

    public string DataFolder => _folder["data"];

    public string Output => _process.Output;

    public static HostProgram Run(string limit, params string[] before) => new(limit, before);

    /// <summary>Starts it with a data folder that has contents.</summary>
    public static HostProgram RunWith(Action<string> prepare) => new(":", before: [], prepare);

    /// <summary>As <see cref="Run"/>, and waits until it serves.</summary>
    public static async Task<HostProgram> StartAsync(string limit = ":", params string[] before)
    {
        var host = new HostProgram(limit, before);
        try
        {
            await host._process.WaitUntilAsync(
                () => Task.FromResult(host.Output.Contains("Data folder: ", StringComparison.Ordinal)), s_timeout, TestContext.Current.CancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public Task<int> WaitForExitAsync() => _process.WaitForExitAsync(s_timeout, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}

using System.Diagnostics;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Cgh.Tests;

namespace Cgh.EndToEnd.Tests;

/// <summary>The laboratory as a user starts it, with its own data folder.</summary>
internal sealed partial class HostProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HostProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.Exited += (_, _) => _address.TrySetException(new InvalidOperationException($"The host exited: {Output}"));
        process.EnableRaisingEvents = true;
    }

    /// <summary>The output so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static HostProcess Start(string workingDirectory, params string[] arguments) =>
        Dotnet(workingDirectory, [Metadata("Cgh.StandaloneProgram"), .. arguments]);

    /// <summary>As <see cref="Start(string, string[])"/>, with these environment variables; null removes one.</summary>
    public static HostProcess Start(string workingDirectory, IReadOnlyDictionary<string, string?> environment, params string[] arguments) =>
        Dotnet(workingDirectory, [Metadata("Cgh.StandaloneProgram"), .. arguments], environment);

    /// <summary>The AppHost, in embedded mode whatever the machine has.</summary>
    public static HostProcess StartAppHost(string workingDirectory, params string[] arguments) =>
        Dotnet(
            workingDirectory,
            [Metadata("Cgh.AppHostProgram"), .. arguments, "--Infrastructure:Mode", "Embedded"],
            // A language must not bring a warning into the terminal.
            new Dictionary<string, string?> { ["DOTNET_CLI_UI_LANGUAGE"] = "de" });

    /// <summary>The command of the README, without the build.</summary>
    public static HostProcess StartWithDotnetRun(string workingDirectory, params string[] arguments) =>
        Dotnet(
            workingDirectory,
            ["run", "--no-build", "--configuration", Metadata("Cgh.Configuration"), "--project", Metadata("Cgh.AppHostProject"), "--", .. arguments]);

    /// <summary>Runs <c>Cgh.DataPrep</c> with these arguments until it has succeeded.</summary>
    public static async Task DataPrepAsync(string workingDirectory, CancellationToken cancellationToken, params string[] arguments)
    {
        await using var command = ChildProcess.Start(
            "dotnet", [Metadata("Cgh.DataPrepProgram"), .. arguments], new Dictionary<string, string?>(), workingDirectory);
        if (await command.WaitForExitAsync(TimeSpan.FromMinutes(5), cancellationToken) is not 0 and var exitCode)
        {
            throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {exitCode}: {command.Output}");
        }
    }

    private static string Metadata(string key) =>
        typeof(HostProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == key).Value!;

    private static HostProcess Dotnet(string workingDirectory, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var (program, before) = ChildProcess.Interruptible("dotnet");
        var start = new ProcessStartInfo(program, [.. before, .. arguments])
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("CGH_DATA");
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return new HostProcess(Process.Start(start)!);
    }

    /// <summary>Waits until the dashboard is serving, and returns its address.</summary>
    public Task<string> AddressAsync(TimeSpan timeout, CancellationToken cancellationToken) => _address.Task.WaitAsync(timeout, cancellationToken);

    public async Task<int> WaitForExitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Id of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Sends Ctrl-C.</summary>
    public void Interrupt() => ChildProcess.SignalTo(_process.Id, "INT");

    /// <summary>Kills the host, but not its attempts (kill -9).</summary>
    public void Kill() => _process.Kill();

    /// <summary>Kills the host with its attempts (kill -9), as if the machine failed.</summary>
    public async Task KillAllAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
        }

        if (Address().Match(line) is { Success: true } match)
        {
            _address.TrySetResult(match.Groups[1].Value);
        }
    }

    [GeneratedRegex(@"Laboratory: (http://localhost:\d+)")]
    private static partial Regex Address();
}

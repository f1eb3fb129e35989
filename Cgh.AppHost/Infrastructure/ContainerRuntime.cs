using System.ComponentModel;
using System.Diagnostics;

namespace Cgh.AppHost.Infrastructure;

/// <summary>The answer of a container runtime's client.</summary>
/// <param name="Name">The client: <c>docker</c> or <c>podman</c>.</param>
/// <param name="Version">Version of the runtime that answered; null if none did.</param>
/// <param name="Failure">Why it cannot be used, such as "docker is not installed"; null if it can.</param>
/// <param name="Details">The client's error, if it has one.</param>
internal sealed record ContainerRuntime(string Name, string? Version, string? Failure = null, string? Details = null)
{
    /// <summary>A runtime that takes longer is not in a state to start containers.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(3);

    // Both fail if there is a client but no runtime behind it.
    private static readonly (string Name, string[] Arguments)[] s_clients =
    [
        ("docker", ["version", "--format", "{{.Server.Version}}"]),
        ("podman", ["info", "--format", "{{.Version.Version}}"]),
    ];

    public bool Answers => Version is not null;

    /// <summary>Asks the clients at the same time.</summary>
    /// <param name="only">The name of the only client to ask; null for all.</param>
    /// <param name="path">The folders with programs, as in the environment variable PATH.</param>
    /// <param name="timeout">How long a runtime may take to answer.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>An answer for each client, the preferred one first.</returns>
    public static async Task<IReadOnlyList<ContainerRuntime>> AskAsync(string? only, string? path, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var clients = s_clients.Where(client => only is null || client.Name.Equals(only, StringComparison.OrdinalIgnoreCase)).ToList();
        return clients.Count == 0
            ? [new ContainerRuntime(only!, Version: null, $"{only} is neither docker nor podman")]
            : await Task.WhenAll(clients.Select(client => AskAsync(client.Name, client.Arguments, path, timeout, cancellationToken)));
    }

    private static async Task<ContainerRuntime> AskAsync(
        string name, string[] arguments, string? path, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (Programs.Find(name, path) is not { } program)
        {
            return new ContainerRuntime(name, Version: null, $"{name} is not installed");
        }

        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true },
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            process.Start();
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 && output.Trim() is { Length: > 0 } version
                ? new ContainerRuntime(name, version)
                : new ContainerRuntime(name, Version: null, $"{name} does not answer", FirstLine(await error));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ContainerRuntime(name, Version: null, $"{name} does not answer within {timeout.TotalSeconds:0.#} s");
        }
        catch (Win32Exception error)
        {
            return new ContainerRuntime(name, Version: null, $"{name} cannot be started", error.Message);
        }
        finally
        {
            End(process);
        }
    }

    private static string? FirstLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();

    private static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended, or was never started.
        }
    }
}

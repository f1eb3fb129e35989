using System.Net;

namespace Cgh.Tests;

/// <summary>A service as a separate process, from its build output folder.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    private readonly ChildProcess _process;
    private readonly int _port;

    private ServiceProcess(ChildProcess process, int port)
    {
        _process = process;
        _port = port;
    }

    /// <summary>Its base URL.</summary>
    public string Address => $"http://127.0.0.1:{_port}";

    public string Output => _process.Output;

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    /// <summary>Starts <c>PROGRAM serve</c> and waits until it responds over HTTP.</summary>
    /// <param name="program">The assembly of the service.</param>
    /// <param name="environment">Connection strings, the data folder, settings.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public static async Task<ServiceProcess> StartAsync(string program, IReadOnlyDictionary<string, string?> environment, CancellationToken cancellationToken)
    {
        var service = Start(program, environment);
        try
        {
            await service.WaitUntilHealthyAsync(cancellationToken);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>As <see cref="StartAsync"/>, without waiting.</summary>
    /// <param name="program">The assembly of the service.</param>
    /// <param name="environment">Connection strings, the data folder, settings.</param>
    /// <param name="processor">The only processor that it and its children may use (Linux); null for any.</param>
    public static ServiceProcess Start(string program, IReadOnlyDictionary<string, string?> environment, int? processor = null)
    {
        var port = Loopback.FreePort();
        var all = new Dictionary<string, string?>(environment) { ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}" };
        string[] arguments = Path.GetFileNameWithoutExtension(program) == "Cgh.Dashboard" ? ["--urls", $"http://127.0.0.1:{port}"] : [];
        var (start, before) = ChildProcess.On(processor, "dotnet");
        return new ServiceProcess(ChildProcess.Start(start, [.. before, program, "serve", .. arguments], all), port);
    }

    /// <summary>Waits until <c>/health</c> reports that the service is ready.</summary>
    public Task WaitUntilHealthyAsync(CancellationToken cancellationToken) => WaitUntilHealthIsAsync(HttpStatusCode.OK, cancellationToken);

    /// <summary>Waits until <c>/health</c> answers with <paramref name="status"/>.</summary>
    public async Task WaitUntilHealthIsAsync(HttpStatusCode status, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        await _process.WaitUntilAsync(
            async () =>
            {
                try
                {
                    return (await http.GetAsync(new Uri($"{Address}/health"), cancellationToken)).StatusCode == status;
                }
                catch (Exception error) when (error is HttpRequestException || (error is TaskCanceledException && !cancellationToken.IsCancellationRequested))
                {
                    return false;
                }
            },
            s_timeout,
            cancellationToken);
    }

    /// <summary>Waits until its output contains <paramref name="text"/> so many times.</summary>
    public Task WaitForOutputAsync(string text, CancellationToken cancellationToken, int times = 1) =>
        _process.WaitUntilAsync(() => Task.FromResult(Output.Split(text).Length > times), s_timeout, cancellationToken);

    /// <summary>Sends SIGTERM and waits until it exits.</summary>
    public Task<int> TerminateAsync(CancellationToken cancellationToken)
    {
        _process.Signal("TERM");
        return _process.WaitForExitAsync(s_timeout, cancellationToken);
    }

    /// <summary>Sends SIGTERM and, if it has not exited after <paramref name="grace"/>, SIGKILL to it and its attempts.</summary>
    /// <returns>Whether it exited by itself.</returns>
    public async Task<bool> TerminateThenKillAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        _process.Signal("TERM");
        try
        {
            await _process.WaitForExitAsync(grace, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            await _process.KillAllAsync();
            return false;
        }
    }

    /// <summary>Kills only the service (kill -9); its attempts see the end of their input.</summary>
    public async Task KillAsync()
    {
        _process.Signal("KILL");
        await _process.WaitForExitAsync(s_timeout);
    }

    /// <summary>Kills the service and its attempts (kill -9), as when a machine fails.</summary>
    public Task KillWithAttemptsAsync() => _process.KillAllAsync();

    /// <summary>Sends a signal (STOP or CONT) to the service, not to its attempts.</summary>
    public void Signal(string signal) => _process.Signal(signal);

    /// <summary>Sends SIGSTOP or SIGCONT to the service and its attempts.</summary>
    public void SignalWithAttempts(string signal)
    {
        foreach (var process in Attempts().Prepend(_process.Id))
        {
            ChildProcess.SignalTo(process, signal);
        }
    }

    /// <summary>Processes of its running attempts.</summary>
    public IReadOnlyList<int> Attempts() => _process.Children();

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}

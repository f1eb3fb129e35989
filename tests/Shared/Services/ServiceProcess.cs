using System.Net;

namespace Cgh.Tests;

/// <summary>One service as a process of its own, from its built output folder.</summary>
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

    /// <summary>Where it serves pages, or <c>/health</c> alone.</summary>
    public string Address => $"http://127.0.0.1:{_port}";

    public string Output => _process.Output;

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    /// <summary>Starts <c>PROGRAM serve</c> and waits until it answers over HTTP.</summary>
    /// <param name="program">Its assembly.</param>
    /// <param name="environment">Connection strings, the data folder, settings.</param>
    /// <param name="stop">Gives up.</param>
    public static async Task<ServiceProcess> StartAsync(string program, IReadOnlyDictionary<string, string?> environment, CancellationToken stop)
    {
        var service = Start(program, environment);
        try
        {
            await service.WaitUntilHealthyAsync(stop);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>As <see cref="StartAsync"/>, without waiting.</summary>
    /// <param name="program">Its assembly.</param>
    /// <param name="environment">Connection strings, the data folder, settings.</param>
    /// <param name="processor">The only processor that it and what it starts may use (Linux); null: any.</param>
    public static ServiceProcess Start(string program, IReadOnlyDictionary<string, string?> environment, int? processor = null)
    {
        var port = Loopback.FreePort();
        var all = new Dictionary<string, string?>(environment) { ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}" };
        string[] arguments = Path.GetFileNameWithoutExtension(program) == "Cgh.Dashboard" ? ["--urls", $"http://127.0.0.1:{port}"] : [];
        var (start, before) = ChildProcess.On(processor, "dotnet");
        return new ServiceProcess(ChildProcess.Start(start, [.. before, program, "serve", .. arguments], all), port);
    }

    /// <summary>Waits until <c>/health</c> says that the service can work.</summary>
    public Task WaitUntilHealthyAsync(CancellationToken stop) => WaitUntilHealthIsAsync(HttpStatusCode.OK, stop);

    /// <summary>Waits until <c>/health</c> answers with <paramref name="status"/>.</summary>
    public async Task WaitUntilHealthIsAsync(HttpStatusCode status, CancellationToken stop)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        await _process.WaitUntilAsync(
            async () =>
            {
                try
                {
                    return (await http.GetAsync(new Uri($"{Address}/health"), stop)).StatusCode == status;
                }
                catch (Exception error) when (error is HttpRequestException || (error is TaskCanceledException && !stop.IsCancellationRequested))
                {
                    return false;
                }
            },
            s_timeout,
            stop);
    }

    /// <summary>SIGTERM, and waits for its end.</summary>
    public Task<int> TerminateAsync(CancellationToken stop)
    {
        _process.Signal("TERM");
        return _process.WaitForExitAsync(s_timeout, stop);
    }

    /// <summary>kill -9 of the service alone: its attempts find their input ended.</summary>
    public async Task KillAsync()
    {
        _process.Signal("KILL");
        await _process.WaitForExitAsync(s_timeout);
    }

    /// <summary>kill -9 of the service and its attempts at once, as when a machine dies.</summary>
    public Task KillWithAttemptsAsync() => _process.KillAllAsync();

    /// <summary>SIGSTOP or SIGCONT, to the service and its attempts.</summary>
    public void SignalWithAttempts(string signal)
    {
        foreach (var process in Attempts().Prepend(_process.Id))
        {
            ChildProcess.SignalTo(process, signal);
        }
    }

    /// <summary>Processes of the attempts that it runs now.</summary>
    public IReadOnlyList<int> Attempts() => _process.Children();

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}

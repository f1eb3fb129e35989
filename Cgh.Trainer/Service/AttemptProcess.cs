using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Trainer.Service;

/// <summary>
/// One attempt at a run: the trainer's own command line in a process of its own, because Torch's generator, thread count
/// and memory belong to a process, and a native crash then ends one attempt and not the service.
/// </summary>
internal sealed class AttemptProcess : IAsyncDisposable
{
    private const int ErrorLinesKept = 20;

    private readonly Process _process;
    private readonly Channel<AttemptEvent> _events = Channel.CreateUnbounded<AttemptEvent>();
    private readonly Queue<string> _errors = new();
    private readonly Task _reading;
    private readonly Task _readingErrors;
    private readonly Lock _orders = new();
    private bool _handedBack;
    private long _heard = Stopwatch.GetTimestamp();

    private AttemptProcess(Process process)
    {
        _process = process;
        _reading = ReadEventsAsync();
        _readingErrors = ReadErrorsAsync();
    }

    /// <summary>What the attempt tells, until it ends.</summary>
    public ChannelReader<AttemptEvent> Events => _events.Reader;

    /// <summary>Last line that the attempt wrote to standard error.</summary>
    public string? LastError
    {
        get
        {
            lock (_errors)
            {
                return _errors.LastOrDefault();
            }
        }
    }

    /// <summary>Starts <paramref name="program"/> (a .dll runs under the dotnet that runs this process).</summary>
    /// <param name="program">A .dll or an executable.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="input">First line of its standard input, before any order.</param>
    public static AttemptProcess Start(string program, IEnumerable<string> arguments, string? input = null)
    {
        var managed = program.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        var start = new ProcessStartInfo(managed ? DotnetPath() : program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in managed ? [program, .. arguments] : arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // The attempt's own runtime settings; what is set for the host is not meant for it.
        start.Environment.Remove("ASPNETCORE_URLS");
        var attempt = new AttemptProcess(Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start."));
        if (input is not null)
        {
            attempt.WriteLine(input);
        }

        return attempt;
    }

    /// <summary>Time since the process said anything at all.</summary>
    public TimeSpan Silence => Stopwatch.GetElapsedTime(Volatile.Read(ref _heard));

    /// <summary>Tells the attempt what is wished of its run; it stops within one step.</summary>
    public void Tell(StopRequest request) => WriteLine(request == StopRequest.Cancel ? "cancel" : "pause");

    /// <summary>Tells the attempt to write a checkpoint and leave: its standard input ends.</summary>
    public void HandBack()
    {
        lock (_orders)
        {
            if (_handedBack)
            {
                return;
            }

            _handedBack = true;
            try
            {
                _process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It has left already.
            }
        }
    }

    /// <summary>Ends the process unless it leaves by itself in this time.</summary>
    public void KillAfter(TimeSpan grace) => _ = Task.Delay(grace).ContinueWith(_ => Kill(), TaskScheduler.Default);

    /// <summary>Ends the process at once.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has left already.
        }
    }

    /// <summary>Waits until the process has left and all it said is read.</summary>
    public async Task<int> WaitAsync(CancellationToken stop)
    {
        await _process.WaitForExitAsync(stop);
        await Task.WhenAll(_reading, _readingErrors).WaitAsync(stop);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Kill();
            await _process.WaitForExitAsync();
        }

        await Task.WhenAll(_reading, _readingErrors);
        _process.Dispose();
    }

    private static string DotnetPath() =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet"
            ? path
            : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private void WriteLine(string line)
    {
        lock (_orders)
        {
            if (_handedBack)
            {
                return;
            }

            try
            {
                _process.StandardInput.WriteLine(line);
                _process.StandardInput.Flush();
            }
            catch (IOException)
            {
                // It has left already.
            }
        }
    }

    private async Task ReadEventsAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            Volatile.Write(ref _heard, Stopwatch.GetTimestamp());

            // A native library may print a line of its own; what is no object of ours is kept for the error report.
            if (!line.StartsWith('{'))
            {
                KeepError(line);
                continue;
            }

            try
            {
                if (JsonSerializer.Deserialize<AttemptEvent>(line, CghJson.Line) is { } told)
                {
                    _events.Writer.TryWrite(told);
                }
            }
            catch (JsonException)
            {
                KeepError(line);
            }
        }

        _events.Writer.Complete();
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            KeepError(line);
        }
    }

    private void KeepError(string line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_errors)
        {
            _errors.Enqueue(line);
            if (_errors.Count > ErrorLinesKept)
            {
                _errors.Dequeue();
            }
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Cgh.Tests;

/// <summary>A program that a test starts, signals and ends. What it prints is kept; it never outlives its owner's disposal.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _name;
    private readonly StringBuilder _output = new();
    private bool _disposed;

    private ChildProcess(Process process, string name)
    {
        _process = process;
        _name = name;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _disposed || _process.HasExited;

    /// <summary>Standard output and standard error so far.</summary>
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

    /// <summary>What to start, and with which arguments first, so that <paramref name="program"/> runs on this processor alone (Linux); on any where it is null.</summary>
    public static (string Start, string[] Before) On(int? processor, string program) =>
        processor is { } only ? ("taskset", ["-c", only.ToString(CultureInfo.InvariantCulture), program]) : (program, []);

    /// <param name="program">What to run.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables to set; null takes one away.</param>
    /// <param name="workingDirectory">Where it runs; here unless given.</param>
    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        // None of these programs is asked anything; one that reads its input sees the end of it.
        process.StandardInput.Close();
        return new ChildProcess(process, Path.GetFileName(program));
    }

    /// <summary>SIGTERM, SIGKILL, SIGSTOP or SIGCONT, by the name without SIG; to this process alone.</summary>
    public void Signal(string signal) => SignalTo(_process.Id, signal);

    /// <summary>As <see cref="Signal"/>, to any process that a test knows to be its own.</summary>
    public static void SignalTo(int processId, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{processId}"]);
        kill.WaitForExit();
    }

    /// <summary>Processes that this one has started and that run now.</summary>
    public IReadOnlyList<int> Children()
    {
        using var list = Process.Start(new ProcessStartInfo("ps", ["-o", "pid=", "--ppid", $"{_process.Id}"]) { RedirectStandardOutput = true })!;
        var found = list.StandardOutput.ReadToEnd();
        list.WaitForExit();
        return [.. found.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(int.Parse)];
    }

    /// <summary>kill -9, of this process and all it started.</summary>
    public async Task KillAllAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
    }

    /// <summary>Waits for its end and all of its output.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitForExitAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{_name} did not end within {timeout}. It said: {Output}");
        }

        return _process.ExitCode;
    }

    /// <summary>Waits until <paramref name="holds"/>; a process that ends before that is an error.</summary>
    public async Task WaitUntilAsync(Func<Task<bool>> holds, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        for (var began = Stopwatch.GetTimestamp(); !await holds(); await Task.Delay(50, cancellationToken))
        {
            if (_process.HasExited)
            {
                await _process.WaitForExitAsync(cancellationToken);
                throw new InvalidOperationException($"{_name} ended with {_process.ExitCode}. It said: {Output}");
            }

            if (Stopwatch.GetElapsedTime(began) > timeout)
            {
                throw new TimeoutException($"{_name} was not ready within {timeout}. It said: {Output}");
            }
        }
    }

    /// <summary>As <see cref="WaitUntilAsync"/>, until something answers at a port of 127.0.0.1.</summary>
    public Task WaitForPortAsync(int port, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        WaitUntilAsync(() => Loopback.AnswersAsync(port, cancellationToken), timeout, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // Its owner's owner disposes of it again.
        if (!_disposed)
        {
            await KillAllAsync();
            _disposed = true;
            _process.Dispose();
        }
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
    }
}

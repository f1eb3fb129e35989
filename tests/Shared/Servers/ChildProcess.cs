using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Cgh.Tests;

/// <summary>A program started by a test, with its captured output; killed on disposal.</summary>
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

    /// <summary>The program and leading arguments that run <paramref name="program"/> on this processor only (Linux), or anywhere if null.</summary>
    public static (string Start, string[] Before) On(int? processor, string program) =>
        processor is { } only ? ("taskset", ["-c", only.ToString(CultureInfo.InvariantCulture), program]) : (program, []);

    /// <summary>
    /// The program and leading arguments that run <paramref name="program"/> so that signals end it: a shell ignores INT and QUIT for its jobs in the
    /// background, nohup ignores HUP, and the programs that they start inherit that.
    /// </summary>
    public static (string Start, string[] Before) Interruptible(string program) =>
        OperatingSystem.IsLinux() ? ("env", ["--default-signal=HUP,INT,QUIT", program]) : (program, []);

    /// <param name="program">The program to run.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Environment variables to set; null removes one.</param>
    /// <param name="workingDirectory">Working directory; the current one by default.</param>
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
        // Standard input is empty: a program that reads it gets the end of input.
        process.StandardInput.Close();
        return new ChildProcess(process, Path.GetFileName(program));
    }

    /// <summary>Sends a signal (INT, TERM, KILL, STOP or CONT) to this process only.</summary>
    public void Signal(string signal) => SignalTo(_process.Id, signal);

    /// <summary>Sends a signal to another process of the test.</summary>
    public static void SignalTo(int processId, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{processId}"]);
        kill.WaitForExit();
    }

    /// <summary>Running child processes.</summary>
    public IReadOnlyList<int> Children()
    {
        using var list = Process.Start(new ProcessStartInfo("ps", ["-o", "pid=", "--ppid", $"{_process.Id}"]) { RedirectStandardOutput = true })!;
        var found = list.StandardOutput.ReadToEnd();
        list.WaitForExit();
        return [.. found.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(int.Parse)];
    }

    /// <summary>Kills this process and its children (kill -9).</summary>
    public async Task KillAllAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
    }

    /// <summary>Waits until it has exited and all its output is read.</summary>
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

    /// <summary>Waits until <paramref name="holds"/>; throws if the process exits first.</summary>
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

    /// <summary>Waits until a port of 127.0.0.1 accepts connections.</summary>
    public Task WaitForPortAsync(int port, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        WaitUntilAsync(() => Loopback.AnswersAsync(port, cancellationToken), timeout, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // Already disposed.
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

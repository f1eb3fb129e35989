using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Trainer.Commands;

namespace Cgh.Trainer.Service;

/// <summary>
/// One attempt at a run, as a separate process: Torch's random generator, thread count and memory are per process, and a native
/// crash ends only this attempt.
/// </summary>
internal sealed class AttemptProcess : IAttemptProcess
{
    private const int MaxErrorLines = 20;

    private readonly Process _process;
    private readonly Channel<AttemptEvent> _events = Channel.CreateUnbounded<AttemptEvent>();
    private readonly Queue<string> _errors = new();
    private readonly Task _reading;
    private readonly Task _readingErrors;
    private readonly TimeProvider _clock;
    private readonly Lock _input = new();
    private bool _inputClosed;
    private long _lastOutput;

    private AttemptProcess(Process process, TimeProvider clock)
    {
        _process = process;
        _clock = clock;
        _lastOutput = clock.GetTimestamp();
        _reading = ReadEventsAsync();
        _readingErrors = ReadErrorsAsync();
    }

    public ChannelReader<AttemptEvent> Events => _events.Reader;

    public long MemoryBytes
    {
        get
        {
            try
            {
                _process.Refresh();
                return _process.WorkingSet64;
            }
            catch (InvalidOperationException)
            {
                // It has exited.
                return 0;
            }
        }
    }

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

    /// <summary>Starts <paramref name="program"/>; a .dll runs under the same dotnet as this process.</summary>
    /// <param name="program">A .dll or an executable.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="clock">Measures the time since the last output.</param>
    /// <param name="input">First line of its standard input, before any stop request.</param>
    public static AttemptProcess Start(string program, IEnumerable<string> arguments, TimeProvider clock, string? input = null)
    {
        var managed = program.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        var start = new ProcessStartInfo(managed ? DotnetPath() : program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            // As the attempt has it too, whatever the terminal's is: on Windows that is seldom UTF-8.
            StandardInputEncoding = SupervisedOption.Encoding,
            StandardOutputEncoding = SupervisedOption.Encoding,
            StandardErrorEncoding = SupervisedOption.Encoding,
        };
        foreach (var argument in managed ? [program, .. arguments] : arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // Set for the service, not for the attempt.
        start.Environment.Remove("ASPNETCORE_URLS");
        var attempt = new AttemptProcess(Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start."), clock);
        if (input is not null)
        {
            attempt.WriteLine(input);
        }

        return attempt;
    }

    public TimeSpan SinceLastOutput => _clock.GetElapsedTime(Volatile.Read(ref _lastOutput));

    public void RequestStop(StopRequest request) => WriteLine(request == StopRequest.Cancel ? "cancel" : "pause");

    public void HandBack()
    {
        lock (_input)
        {
            if (_inputClosed)
            {
                return;
            }

            _inputClosed = true;
            try
            {
                _process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It has already exited.
            }
        }
    }

    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has already exited.
        }
    }

    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        await Task.WhenAll(_reading, _readingErrors).WaitAsync(cancellationToken);
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
        lock (_input)
        {
            if (_inputClosed)
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
                // It has already exited.
            }
        }
    }

    private async Task ReadEventsAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            Volatile.Write(ref _lastOutput, _clock.GetTimestamp());

            // Native libraries may print to standard output too; such lines are kept for the error message.
            if (!line.StartsWith('{'))
            {
                KeepError(line);
                continue;
            }

            try
            {
                if (JsonSerializer.Deserialize<AttemptEvent>(line, CghJson.Line) is { } report)
                {
                    _events.Writer.TryWrite(report);
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
            if (_errors.Count > MaxErrorLines)
            {
                _errors.Dequeue();
            }
        }
    }
}

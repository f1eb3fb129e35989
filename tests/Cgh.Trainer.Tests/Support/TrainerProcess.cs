using System.Diagnostics;
using System.Text.Json;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Trainer.Tests.Support;

/// <summary>Runs the trainer's command line as a process.</summary>
internal sealed class TrainerProcess : IDisposable
{
    // Only to end the tests if the process hangs; no result depends on timing.
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(10);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private TrainerProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public static string Program => Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Cgh.Trainer.exe" : "Cgh.Trainer");

    public int Id => _process.Id;

    /// <summary>Starts <c>Cgh.Trainer arguments</c>.</summary>
    public static TrainerProcess Start(params string[] arguments) => StartWith([], arguments);

    /// <summary>Starts <c>Cgh.Trainer arguments</c> with these variables in its environment.</summary>
    public static TrainerProcess StartWith(Dictionary<string, string> environment, params string[] arguments)
    {
        var (program, before) = ChildProcess.Interruptible(Program);
        var start = new ProcessStartInfo(program, [.. before, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove(DataFolder.Variable);
        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        return new TrainerProcess(Process.Start(start)!);
    }

    /// <summary>Runs <c>Cgh.Trainer arguments</c> until it exits.</summary>
    public static (int ExitCode, string Output, string Errors) Run(params string[] arguments)
    {
        using var process = Start(arguments);
        return process.Finish();
    }

    /// <summary>Returns the next event of a supervised attempt, except heartbeats; null at the end.</summary>
    public AttemptEvent? NextEvent()
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (JsonSerializer.Deserialize<AttemptEvent>(line, CghJson.Line) is { } happened and not AttemptAlive)
            {
                return happened;
            }
        }

        return null;
    }

    public void Say(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Sends a signal, such as TERM.</summary>
    public void Signal(string signal) => ChildProcess.SignalTo(_process.Id, signal);

    /// <summary>Kills the process (SIGKILL).</summary>
    public void Kill() => _process.Kill();

    public (int ExitCode, string Output, string Errors) Finish()
    {
        var output = _process.StandardOutput.ReadToEndAsync();
        if (!_process.WaitForExit(s_timeout))
        {
            _process.Kill();
            Assert.Fail("The trainer did not exit.");
        }

        return (_process.ExitCode, output.Result, _errors.Result);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cgh.Core;

namespace Cgh.Benchmarks.Harness;

/// <summary>
/// A process that does one piece of work each time it is asked to. Both sides of a comparison are such processes: each has
/// its own Torch, allocator and peak of memory, and they are asked in turn.
/// </summary>
/// <remarks>The process says "ready" and a JSON object, then answers every line with the seconds that the work took.</remarks>
internal sealed class Worker : IDisposable
{
    private readonly Process _process;
    private readonly string _name;
    private readonly Task<string> _errors;

    private Worker(string name, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        _name = name;
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (variable, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[variable] = value;
        }

        _process = Process.Start(start) ?? throw new UserErrorException($"{program} did not start.");
        _errors = _process.StandardError.ReadToEndAsync();
        var ready = Answer();
        if (!ready.StartsWith("ready ", StringComparison.Ordinal))
        {
            throw new UserErrorException($"{name} answered '{ready}' where 'ready' was expected.");
        }

        About = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(ready["ready ".Length..])!;
    }

    /// <summary>What the process says of itself.</summary>
    public IReadOnlyDictionary<string, JsonElement> About { get; }

    /// <summary>This program's own work.</summary>
    public static Worker Ours(IReadOnlyDictionary<string, string>? environment, params string[] arguments) =>
        new($"worker {string.Join(' ', arguments)}", Environment.ProcessPath!, ["worker", .. arguments], environment);

    /// <summary>The same in Python.</summary>
    public static Worker Peer(params string[] arguments) =>
        new($"peer.py {string.Join(' ', arguments)}", Python.Path!, [Path.Combine(AppContext.BaseDirectory, "peer", "peer.py"), .. arguments], environment: null);

    /// <summary>Seconds that the work takes this time.</summary>
    public double Sample()
    {
        _process.StandardInput.WriteLine("run");
        _process.StandardInput.Flush();
        return double.Parse(Answer(), CultureInfo.InvariantCulture);
    }

    /// <summary>Processor time of the process so far, over all its threads.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Largest resident memory of the process so far, in bytes; null where the system does not tell.</summary>
    public long? PeakMemory()
    {
        var status = $"/proc/{_process.Id}/status";
        var line = File.Exists(status) ? File.ReadLines(status).FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)) : null;
        return line is null ? null : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private string Answer()
    {
        if (_process.StandardOutput.ReadLine() is { } line)
        {
            return line;
        }

        _process.WaitForExit();
        throw new UserErrorException($"{_name} ended with {_process.ExitCode}: {_errors.Result.Trim().Split('\n')[^1]}");
    }
}

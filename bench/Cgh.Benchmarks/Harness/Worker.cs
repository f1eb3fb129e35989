using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cgh.Core;

namespace Cgh.Benchmarks.Harness;

/// <summary>
/// A process that does a unit of work on request. Each side of a comparison is such a process, with its own Torch, allocator and peak
/// memory.
/// </summary>
/// <remarks>The process prints "ready" and a JSON object. For every line on standard input, it does the work and prints the seconds it took.</remarks>
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

    /// <summary>Properties that the process reports about its work.</summary>
    public IReadOnlyDictionary<string, JsonElement> About { get; }

    /// <summary>Starts this program as a worker.</summary>
    public static Worker Ours(IReadOnlyDictionary<string, string>? environment, params string[] arguments) =>
        new($"worker {string.Join(' ', arguments)}", Environment.ProcessPath!, ["worker", .. arguments], environment);

    /// <summary>Starts a Python peer.</summary>
    public static Worker Peer(params string[] arguments) =>
        new(
            $"peer.py {string.Join(' ', arguments)}",
            Python.Path!,
            [Path.Combine(AppContext.BaseDirectory, "peer", "peer.py"), .. arguments],
            environment: null);

    /// <summary>Requests the work once and returns its duration in seconds.</summary>
    public double Sample()
    {
        _process.StandardInput.WriteLine("run");
        _process.StandardInput.Flush();
        return double.Parse(Answer(), CultureInfo.InvariantCulture);
    }

    /// <summary>Processor time of the process so far, over all threads.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Peak resident memory of the process in bytes; null if the system does not report it.</summary>
    public long? PeakMemory()
    {
        var status = $"/proc/{_process.Id}/status";
        var lines = File.Exists(status) ? File.ReadLines(status) : [];
        return lines.FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)) is { } peak
            ? long.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024
            : null;
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
        throw new UserErrorException($"{_name} exited with {_process.ExitCode}: {_errors.Result.Trim().Split('\n')[^1]}");
    }
}
